"""Metrics as a monitor reads them: the format of Prometheus, or OpenMetrics where that is accepted."""

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder


def exposition(registry: CollectorRegistry, accepted: str) -> tuple[bytes, str]:
    """The metrics in the format that an `Accept` header prefers, with its media type."""
    try:
        encode, media_type = choose_encoder(accepted)
    except (TypeError, ValueError):  # the version that it names is no number
        encode, media_type = generate_latest, CONTENT_TYPE_PLAIN_0_0_4
    return encode(registry), media_type
