"""Spans: one for each request, and within it two for each write, `queue` and `commit`.

Spans of a write are made from its times once it is over, so that the writer only reads the clock. They
hold no addresses, ids or bodies: the template of an address, a status, a code.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, OTELResourceDetector, Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from service import __version__
from service.process import TRACE
from service.traces.request import TracedRequest
from service.write.timing import Written

_PROPAGATOR = TraceContextTextMapPropagator()


class Traces:
    """Makes the spans of one service and hands them to a processor."""

    def __init__(self, processor: SpanProcessor) -> None:
        given = Resource({SERVICE_NAME: "intellog", SERVICE_VERSION: __version__})
        resource = Resource.get_empty().merge(given).merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("intellog", __version__)

    @contextmanager
    def request(self, request: TracedRequest) -> Iterator[None]:
        """The span of a request while the block answers it, in the trace that its headers name."""
        parent = _PROPAGATOR.extract(request.carrier)
        span = self._tracer.start_span(request.method, parent, SpanKind.SERVER)
        TRACE.set(set_span_in_context(span))
        try:
            yield
        finally:
            span.update_name(f"{request.method} {request.operation}")
            span.set_attributes(request.attributes)
            if request.failed:
                span.set_status(Status(StatusCode.ERROR))
            span.end()

    def written(self, batch: Written) -> None:
        """Make the spans of a batch, in the trace of each request in it."""
        since = time.time_ns() - time.monotonic_ns()
        size = {"intellog.commands": batch.commands, "intellog.events": batch.events}
        for order in batch.orders:
            if order.trace is None:
                continue
            context = order.trace
            queue = self._tracer.start_span("queue", context, start_time=since + order.queued)  # type: ignore[arg-type]
            queue.end(since + batch.begun)
            commit = self._tracer.start_span(
                "commit",
                context,  # type: ignore[arg-type]
                attributes=size,
                start_time=since + batch.begun,
            )
            if batch.failed:
                commit.set_status(Status(StatusCode.ERROR))
            commit.end(since + batch.done)

    def close(self) -> None:
        """Send what is left, then stop."""
        self._provider.shutdown()


def exporting() -> Traces:
    """Traces that are sent, in the background, to where the variables of OpenTelemetry say."""
    return Traces(BatchSpanProcessor(OTLPSpanExporter()))
