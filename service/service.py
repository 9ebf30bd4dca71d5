"""What every way in works on: log, writer, views and their follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from typing_extensions import TypedDict

from domain.estimates.suspicions.suspicion import Suspicion
from domain.stream_names import split_stream
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.flags import suspicions_of
from projections.answers.glance import Glance, glance
from projections.answers.open_flags import StandingFlag, standing_flags
from projections.answers.vintages import Believed, believed
from service.acceptance import record_accepted
from service.access.access import Access
from service.attestation.standing import Standing
from service.attestation.trust import NOBODY, Trust, trust_of
from service.attestation.wanted import BadAttestation
from service.evidence.redacted import deleting_from
from service.evidence.store import EvidenceStore
from service.log.background import destroyed_in_background
from service.log.open import BadAddress, opened_log
from service.log.port import EventLog, LogLost, Loss
from service.metrics.metrics import Metrics
from service.nodes.followed import FollowedLog
from service.nodes.node import Node, Role
from service.nodes.source import followed_log
from service.query.memo import Memo
from service.query.names import KINDS, alike
from service.settings import BadSetting, Settings
from service.signing.publisher import Publisher
from service.signing.signer import Signer
from service.signing.start import publisher_of, signed_loss
from service.streams.states import States
from service.traces.setting import opened_traces
from service.views.current import Views
from service.views.directory import loss_shown, open_views
from service.views.faults import ViewsUnusable
from service.views.follower import Follower
from service.views.lock import views_locked
from service.views.progress import Progress
from service.views.remote import RemoteProjector
from service.views.seal import Inspection, seal
from service.webhooks.file import WebhookFile
from service.write.decisions import Decisions
from service.write.event_ids import EventIds
from service.write.timing import Written
from service.write.writer import Writer

if TYPE_CHECKING:
    from service.traces.spans import Traces

Clock = Callable[[], datetime]
OpenLog = Callable[..., AbstractContextManager[EventLog]]
"""Opens a log for writing as `opened_log` does: directory, address, clock, and what is accepted."""


class Accepted(TypedDict, total=False):
    """What an operator accepts when the log is opened; what is then found is recorded as an event.

    `accept_loss` goes on with a log that has lost acknowledged events, `accept_clock` with a clock far
    ahead of the last event.
    """

    accept_loss: bool
    accept_clock: bool


@dataclass(frozen=True, slots=True)
class Service:
    """One open log with its writer, its views and what keeps them up to date."""

    settings: Settings
    log: EventLog
    writer: Writer
    views: Views
    follower: Progress
    suspects: Memo[list[Suspicion]]
    headlines: Memo[EstimateAnswer]
    """The headlines from whose readers something is hidden; those that all may see are in the views."""
    glances: Memo[Glance]
    """What the board shows of indicators where the views do not keep it, and below all open flags."""
    flags: Memo[list[StandingFlag]]
    believed: Memo[Believed]
    clock: Clock
    stopping: threading.Event
    """Set when the service stops: event streams, which have no end of their own, then end."""
    access: Access
    evidence: EvidenceStore
    metrics: Metrics
    webhooks: WebhookFile
    node: Node
    traces: "Traces | None" = None
    publisher: Publisher | None = None
    """What signs the log; None where another process writes it."""
    trust: Trust = NOBODY
    standing: Standing = field(default_factory=Standing)
    """How it stands with those who attest what was signed."""

    @property
    def damage(self) -> str | None:
        """What is known to be wrong with the log, by this process or the projector."""
        return self.log.damage or self.follower.damage


@contextmanager
def opened(
    settings: Settings,
    clock: Clock = lambda: datetime.now(UTC),
    new_id: Callable[[], str] | None = None,
    *,
    separate_projector: bool = False,
    place: Node | None = None,
    open_log: OpenLog = opened_log,
    open_traces: "Callable[[Settings], Traces | None]" = opened_traces,
    **accepted: Unpack[Accepted],
) -> Iterator[Service]:
    """Open the service in its data directory, and close its parts in the reverse order.

    The views are updated by a thread of this process or, with `separate_projector`, by a process of
    their own. Where the settings name a log to `follow`, another process writes it; `place` says what
    this service then is to that log.

    Raises `LogLocked` if another process writes the log or its views, `LogLost` if acknowledged events
    are gone, `LogUnavailable` if the store does not answer, `BadSetting` if the settings do not name a
    log that this program can open, `TokensUnavailable` if the file of the tokens cannot be used.
    """
    traces, trust, new_id = open_traces(settings), _trust_of(settings), new_id or EventIds()
    with _sending(traces), _log_of(settings, clock, open_log, accepted) as log:
        node = _node_over(log, place or Node())
        with views_locked(settings.data):
            signer = Signer(settings, log, clock) if node.writes else None
            if signer is not None:
                _settle_losses(signer, settings, new_id, accepted.get("accept_loss", False))
            views = open_views(log, settings.data, settings.roll_back_seconds, behind=not node.writes)
            inspection = Inspection(views)
            views.publish()  # after the file was compared with its seal
        follower = _following(settings, log, views, node, separate=separate_projector)
        evidence = EvidenceStore(settings.data, settings.evidence_limit, keeps=node.writes)
        decisions = Decisions(log, new_id, alike_in(views))
        metrics = Metrics()
        observed = partial(_observe, metrics, traces)
        writer = Writer(log, decisions, States(log), follower.wake, observed)
        try:
            suspects = Memo(suspicions_of)
            memory = (
                suspects,
                Memo(answer),
                Memo(partial(glance, suspect=suspects)),
                Memo(standing_flags),
                Memo(believed),
            )
            evidence.clear_incoming()
            with _destroying(log, evidence), closing(Access(settings, clock, writer, node)) as access:
                publisher = None if signer is None else publisher_of(signer, settings, writer)
                parts = settings, log, writer, views, follower, *memory, clock
                beside = evidence, metrics, WebhookFile(settings.data, clock)
                proofs = publisher, trust
                yield Service(*parts, threading.Event(), access, *beside, node, traces, *proofs)
        finally:
            writer.close()
            follower.close()
            inspection.close()
            views.close()
            if views.file.condemned is None:
                seal(views.file.path)


def _following(
    settings: Settings, log: EventLog, views: Views, node: Node, *, separate: bool
) -> Progress:
    """What keeps the views up to date, in a thread of this process or in a process of its own."""
    follower = (
        RemoteProjector(settings, log, views)
        if separate
        else Follower(log, views, patient=not node.writes)
    )
    if node.followed is not None:
        node.followed.listen(follower.wake)
    return follower


def _trust_of(settings: Settings) -> Trust:
    try:
        return trust_of(settings.attestation)
    except BadAttestation as bad:
        raise BadSetting(str(bad)) from None


def _node_over(log: EventLog, place: Node) -> Node:
    """What a service is to its log: one that follows a log never is the writer."""
    if not isinstance(log, FollowedLog):
        return place
    role: Role = "reader" if place.role == "writer" else place.role
    return replace(place, followed=log, role=role)


@contextmanager
def _destroying(log: EventLog, evidence: EvidenceStore) -> Iterator[None]:
    """Destroy what is redacted, and its files, while the block runs, where this process writes."""
    if isinstance(log, FollowedLog):
        yield
        return
    log.destroying = deleting_from(log, evidence)
    with destroyed_in_background(log):
        yield


def _log_of(
    settings: Settings, clock: Clock, open_log: OpenLog, accepted: Accepted
) -> AbstractContextManager[EventLog]:
    """The log, to be written or, where the settings name one to follow, to be followed."""
    if settings.follow is None:
        return _opened_log(settings, clock, open_log, accepted)
    return followed_log(settings, clock)


@contextmanager
def _opened_log(
    settings: Settings, clock: Clock, open_log: OpenLog, accepted: Accepted
) -> Iterator[EventLog]:
    with ExitStack() as resources:
        try:
            log = resources.enter_context(open_log(settings.data, settings.log, clock, **accepted))
        except BadAddress as bad:
            raise BadSetting(f"INTELLOG_LOG: {bad}") from None
        yield log


def _sending(traces: "Traces | None") -> AbstractContextManager[object]:
    """Send the traces that are left when the block ends."""
    return nullcontext() if traces is None else closing(traces)


def _observe(metrics: Metrics, traces: "Traces | None", batch: Written) -> None:
    metrics.written(batch)
    if traces is not None:
        traces.written(batch)


def _settle_losses(
    signer: Signer, settings: Settings, new_id: Callable[[], str], accept_loss: bool
) -> None:
    """Record the loss that an operator accepts; what was signed and is gone is signed no more."""
    known = _accepted_loss(signer.log, settings.data, accept_loss)
    signed = signed_loss(signer, accept=accept_loss)
    losses = [each for each in (known, signed) if each is not None]
    loss = max(losses, key=lambda loss: loss.acknowledged, default=None)
    record_accepted(signer.log, loss, settings.actor, new_id)
    if signed is not None:
        signer.guard.accept(signed.detail)


def _accepted_loss(log: EventLog, directory: Path, accept_loss: bool) -> Loss | None:
    """The loss that the log or its views show, if it is accepted; raises `LogLost` if it is not."""
    shown = loss_shown(log, directory)
    if shown is not None and not accept_loss:
        raise LogLost(
            f"the log in {directory} has lost what it acknowledged: {shown.detail};"
            " restore it from a backup, or start with --accept-loss to go on without"
        )
    losses = [each for each in (log.lost, shown) if each is not None]
    return max(losses, key=lambda loss: loss.acknowledged, default=None)


def alike_in(views: Views) -> Callable[[str], Sequence[str]]:
    """A function that returns the ids in the views to compare that of a stream with, for hints."""

    def ids(stream: str) -> Sequence[str]:
        kind, name = split_stream(stream)
        try:
            with views.reading() as db:
                return alike(db, KINDS[kind], name)
        except ViewsUnusable:  # a hint is not worth refusing a command for
            return []

    return ids
