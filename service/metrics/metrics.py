"""The metrics of one service: what happens is counted here, what is so is read at each scrape.

Each service has a registry of its own, because tests and commands open several in one process.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from service.metrics.table import BY_NAME
from service.write.timing import Written

_Series = tuple[Counter, Histogram | None]
SECOND = 1e9
"""Nanoseconds in a second."""


class Metrics:
    """Counters, histograms and gauges of what happens in a service; any thread may change them."""

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # each would double the number of lines
        self.registry = CollectorRegistry()
        self._requests = self._counter("intellog_http_requests_total")
        self._durations = self._histogram("intellog_http_request_duration_seconds")
        self._series: dict[tuple[str, str, str, bool], _Series] = {}
        self._refusals = self._counter("intellog_refusals_total")
        self._events = self._counter("intellog_events_appended_total")
        self._failed = self._counter("intellog_commits_failed_total")
        self._commits = self._histogram("intellog_commit_duration_seconds")
        self._commands = self._histogram("intellog_commit_commands")
        self._waits = self._histogram("intellog_write_wait_seconds")
        self.streams = self._gauge("intellog_streams_open")
        self.running = self._gauge("intellog_questions_running")
        self.waiting = self._gauge("intellog_questions_waiting")
        self.imports = self._gauge("intellog_imports_running")

    def answered(
        self, operation: str, method: str, status: str, seconds: float, *, stream: bool
    ) -> None:
        """Count a request by the template of its address; the time of a stream says nothing."""
        series = operation, method, status, stream
        # To look up a series by its labels costs more than to count in it.
        count, durations = self._series.get(series) or self._found(*series)
        count.inc()
        if durations is not None:
            durations.observe(seconds)

    def _found(self, operation: str, method: str, status: str, stream: bool) -> _Series:
        count = self._requests.labels(operation, method, status)
        durations = None if stream else self._durations.labels(operation, method)
        self._series[operation, method, status, stream] = count, durations
        return count, durations

    def refused(self, code: str) -> None:
        """Count a problem that somebody was answered with."""
        self._refusals.labels(code).inc()

    def written(self, batch: Written) -> None:
        """Count what the writer did with a batch."""
        for order in batch.orders:
            self._waits.observe((batch.begun - order.queued) / SECOND)
        if batch.failed:
            self._failed.inc()
            return
        self._commits.observe((batch.done - batch.begun) / SECOND)
        self._commands.observe(batch.commands)
        self._events.inc(batch.events)

    def _counter(self, name: str) -> Counter:
        return Counter(name, BY_NAME[name].help, BY_NAME[name].labels, registry=self.registry)

    def _gauge(self, name: str) -> Gauge:
        return Gauge(name, BY_NAME[name].help, BY_NAME[name].labels, registry=self.registry)

    def _histogram(self, name: str) -> Histogram:
        metric = BY_NAME[name]
        given = {"buckets": metric.buckets, "registry": self.registry}
        return Histogram(name, metric.help, metric.labels, **given)  # type: ignore[arg-type]


@contextmanager
def counted(gauge: Gauge) -> Iterator[None]:
    """Count the block as one more of what a gauge counts while it runs."""
    gauge.inc()
    try:
        yield
    finally:
        gauge.dec()
