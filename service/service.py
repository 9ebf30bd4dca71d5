"""What every way in works on: log, writer, views and their follower, opened and closed together."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Unpack
from uuid import uuid4

from typing_extensions import TypedDict

from domain.estimates.suspicions import Suspicion
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.flags import suspicions_of
from projections.answers.glance import Glance, glance
from projections.answers.open_flags import StandingFlag, standing_flags
from projections.answers.vintages import Believed, believed
from projections.tables.projection import FOREVER
from projections.tables.registry import indicators_at
from service.acceptance import record_accepted
from service.access.access import Access
from service.evidence.store import EvidenceStore
from service.log.open import BadAddress, opened_log
from service.log.port import EventLog, LogLost, Loss
from service.query.memo import Memo
from service.settings import BadSetting, Settings
from service.streams.states import States
from service.views.current import Views
from service.views.directory import loss_shown, open_views
from service.views.faults import ViewsUnusable
from service.views.follower import Follower
from service.views.lock import views_locked
from service.views.progress import Progress
from service.views.remote import RemoteProjector
from service.views.seal import Inspection, seal
from service.write.decisions import Decisions
from service.write.writer import Writer

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

    @property
    def damage(self) -> str | None:
        """What is known to be wrong with the log, by this process or the projector."""
        return self.log.damage or self.follower.damage


@contextmanager
def opened(
    settings: Settings,
    clock: Clock = lambda: datetime.now(UTC),
    new_id: Callable[[], str] = lambda: uuid4().hex,
    *,
    separate_projector: bool = False,
    open_log: OpenLog = opened_log,
    **accepted: Unpack[Accepted],
) -> Iterator[Service]:
    """Open the service in its data directory, and close its parts in the reverse order.

    The views are updated by a thread of this process or, with `separate_projector`, by a process of
    their own.

    Raises `LogLocked` if another process writes the log or its views, `LogLost` if acknowledged events
    are gone, `LogUnavailable` if the store does not answer, `BadSetting` if the settings do not name a
    log that this program can open, `TokensUnavailable` if the file of the tokens cannot be used.
    """
    with _opened_log(settings, clock, open_log, accepted) as log:
        with views_locked(settings.data):
            loss = _accepted_loss(log, settings.data, accepted.get("accept_loss", False))
            record_accepted(log, loss, settings.actor, new_id)
            views = open_views(log, settings.data)
            inspection = Inspection(views)
        follower = RemoteProjector(settings, log, views) if separate_projector else Follower(log, views)
        decisions = Decisions(log, new_id, defined_ids(views))
        writer = Writer(log, decisions, States(log), follower.wake)
        try:
            memory = (
                Memo(suspicions_of),
                Memo(answer),
                Memo(glance),
                Memo(standing_flags),
                Memo(believed),
            )
            evidence = EvidenceStore(settings.data, settings.evidence_limit)
            evidence.clear_incoming()
            with closing(Access(settings, clock, writer)) as access:
                parts = settings, log, writer, views, follower, *memory, clock
                yield Service(*parts, threading.Event(), access, evidence)
        finally:
            writer.close()
            follower.close()
            inspection.close()
            views.close()
            if views.file.condemned is None:
                seal(views.file.path)


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


def defined_ids(views: Views) -> Callable[[], Sequence[str]]:
    """A function that returns the ids of all indicators in the views, for "did you mean" hints."""

    def ids() -> Sequence[str]:
        try:
            with views.reading() as db:
                return [row.id for row in indicators_at(db, FOREVER - 1)]
        except ViewsUnusable:  # a hint is not worth refusing a command for
            return []

    return ids
