"""What is so in a service when its metrics are read: positions, lag, queue, rebuild, sizes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from projections.catalogue import CATALOGUE
from projections.pending import pending
from service import __version__
from service.access.token_store import TokensUnavailable
from service.attestation.standing import KINDS
from service.health import log_error, readiness
from service.log.port import LogDamaged, LogUnavailable
from service.metrics.sizes import Sizes
from service.metrics.table import BY_NAME
from service.nodes.node import ROLES
from service.service import Service
from service.views.faults import ViewsUnusable
from service.webhooks.answers import STATES, state_of
from service.webhooks.store import WebhooksUnavailable

PROJECTOR = "intellog_projector"
_MERGED = "+Inf"


class State(Collector):
    """Reads the state of a service at each scrape."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._sizes = Sizes(service.settings.data)

    def collect(self) -> Iterator[Family]:
        """Every figure that is read and not counted."""
        yield from self._positions()
        yield from self._signing()
        yield from self._pending()
        yield from self._work()
        yield from self._rebuild()
        yield from self._webhooks()
        yield from self._attestation()
        orders, size = self._service.writer.queued
        yield _gauge("write_queue_requests", orders)
        yield _gauge("write_queue_bytes", size)
        for name, count in self._sizes.read():
            yield _gauge(name, count)
        yield _labelled("build_info", [(__version__, 1)])

    def _positions(self) -> Iterator[Family]:
        lag, state = self._service.follower.lag, readiness(self._service)
        behind, seconds = state["head"] - state["position"], state["lag_seconds"]
        yield _gauge("ready", state["ready"])
        node = self._service.node
        if node.writes:
            yield _gauge("log_writable", log_error(self._service) is None)
        yield _labelled("node_role", ((each, each == node.role) for each in ROLES))
        yield _gauge("log_heard_seconds", node.heard_seconds)
        yield _gauge("log_head", state["head"])
        yield _gauge("views_position", state["position"])
        yield _gauge("views_lag_events", behind)
        yield _gauge("views_lag_seconds", seconds)
        yield _gauge("views_stalled_seconds", lag.still())
        names = [each.name for each in CATALOGUE]
        yield _labelled("projection_position", ((name, state["position"]) for name in names))
        yield _labelled("projection_lag_events", ((name, behind) for name in names))
        yield _labelled("projection_lag_seconds", ((name, seconds) for name in names))

    def _signing(self) -> Iterator[Family]:
        with suppress(LogUnavailable):  # `intellog_ready` says so
            last = self._service.log.tree.latest()
            yield _gauge("checkpoint_size", 0 if last is None else last.size)
        if self._service.publisher is not None:
            yield _gauge("signing_failed", self._service.publisher.failure is not None)

    def _pending(self) -> Iterator[Family]:
        try:
            with self._service.views.reading() as db:
                yield _labelled("projection_pending", pending(db).items())
        except ViewsUnusable:  # `intellog_ready` says so
            return

    def _work(self) -> Iterator[Family]:
        follower = self._service.follower
        work = follower.work
        yield _counter("projector_events_total", work.events)
        yield _counter("projector_restarts_total", follower.restarts)
        metric = BY_NAME["intellog_projector_batch_duration_seconds"]
        family = HistogramMetricFamily(metric.name, metric.help)
        family.add_metric((), [*_cumulative(work.counts)], sum_value=work.seconds)
        yield family

    def _webhooks(self) -> Iterator[Family]:
        counts, head = self._service.webhooks.counts, self._service.log.head()
        yield _counter("webhook_delivered_total", counts.delivered)
        yield _counter("webhook_failures_total", counts.failed)
        try:
            hooks = [(state_of(self._service, h), h) for h in self._service.webhooks.all()]
        except (WebhooksUnavailable, TokensUnavailable):  # requests for them say so
            return
        states = Counter(state for state, _ in hooks)
        yield _labelled("webhooks", ((each, states[each]) for each in STATES))
        behind = [head - h.cursor.position for state, h in hooks if state in ("active", "failing")]
        yield _gauge("webhook_backlog_events", max(behind, default=0))

    def _attestation(self) -> Iterator[Family]:
        standing, tree = self._service.standing, self._service.log.tree
        yield _counters("attestations_total", standing.attested.items())
        yield _counters("attestation_failures_total", standing.failed.items())
        try:
            lasts = [(kind, tree.newest(kind)) for kind in KINDS]
        except (LogUnavailable, LogDamaged):  # `intellog_ready` says so
            return
        yield _labelled("attested_size", ((kind, last[0] if last else 0) for kind, last in lasts))

    def _rebuild(self) -> Iterator[Family]:
        job = self._service.follower.rebuild
        yield _gauge("rebuild_running", job is not None and job.state == "running")
        yield _gauge("rebuild_done_events", job.done if job else 0)
        yield _gauge("rebuild_total_events", job.total if job else 0)
        yield _gauge("rebuild_failed", job is not None and job.state == "failed")
        yield _gauge("rebuild_differing_projections", len(job.differs) if job else 0)


def registry_of(service: Service) -> CollectorRegistry:
    """All metrics of a service: counted, read, and what the system says of its processes."""
    registry = CollectorRegistry()
    for collector in (service.metrics.registry, State(service)):
        registry.register(collector)
    ProcessCollector(registry=registry)
    if service.follower.pid is not None:
        ProcessCollector(PROJECTOR, lambda: service.follower.pid or 0, registry=registry)
    return registry


def _gauge(name: str, value: float) -> Family:
    metric = BY_NAME[f"intellog_{name}"]
    return GaugeMetricFamily(metric.name, metric.help, value=float(value))


def _labelled(name: str, values: Iterable[tuple[str, float]]) -> Family:
    metric = BY_NAME[f"intellog_{name}"]
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    for label, value in values:
        family.add_metric((label,), value)
    return family


def _counters(name: str, values: Iterable[tuple[str, float]]) -> Family:
    metric = BY_NAME[f"intellog_{name}"]
    family = CounterMetricFamily(metric.name, metric.help, labels=metric.labels)
    for label, value in values:
        family.add_metric((label,), value)
    return family


def _counter(name: str, value: float) -> Family:
    metric = BY_NAME[f"intellog_{name}"]
    return CounterMetricFamily(metric.name, metric.help, value=value)


def _cumulative(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    """The buckets of a histogram, each with the number of all that are below its upper end."""
    ends, below = [*BY_NAME["intellog_projector_batch_duration_seconds"].buckets], 0
    for end, count in zip([*map(str, ends), _MERGED], counts, strict=True):
        below += count
        yield end, float(below)
