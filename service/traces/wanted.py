"""Whether there are to be traces: the standard variables of OpenTelemetry say so."""

from collections.abc import Mapping

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
"""The variables that turn traces on; what else the library reads is its own business."""


class BadTraces(ValueError):
    """Variables that ask for traces that cannot be sent; the message names one and the remedy."""


def traces_wanted(environment: Mapping[str, str]) -> bool:
    """Whether the environment asks for traces; raises `BadTraces`."""
    off = environment.get("OTEL_SDK_DISABLED", "").lower() == "true"
    kind = environment.get("OTEL_TRACES_EXPORTER", "") or "otlp"
    if off or kind == "none" or not any(environment.get(name) for name in ENDPOINTS):
        return False
    if kind != "otlp":
        raise BadTraces(f"OTEL_TRACES_EXPORTER={kind[:60]}: must be otlp or none")
    return True
