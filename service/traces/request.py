"""What a trace says of a request; filled in while the request is answered."""

from dataclasses import dataclass, field

SPAN_HEADERS = (b"traceparent", b"tracestate")


@dataclass(slots=True)
class TracedRequest:
    """A request: what of the headers names its trace, its method, and then how it was answered."""

    carrier: dict[str, str]
    method: str
    operation: str = ""
    attributes: dict[str, str | int] = field(default_factory=dict)
    failed: bool = False


def carrier_of(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers that name the trace of a request."""
    return {name.decode(): value.decode("latin-1") for name, value in headers if name in SPAN_HEADERS}
