"""What is known of each report: its wordings in time, and how each of its claims stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from service.proof.standalone.records import Event, Statement

Logged = tuple[int, Event]
"""An event and its position."""


@dataclass
class Wording:
    """What a report says from a publication time on, unless a record correction replaced it.

    `dated` is the report's own date, by default that of its statements; `dated_on` the same as it was
    written, where that is not the UTC day. `first` is whether it is the report as first published.
    """

    published: datetime
    dated: datetime
    dated_on: str | None
    publisher: str
    claims: dict[int, Statement]
    first: bool
    fixed: "Wording | None" = None

    @property
    def since(self) -> datetime:
        """From when on the world could read it."""
        return self.fixed.since if self.fixed else self.published


@dataclass
class Account:
    """All that is known of one report."""

    id: str
    position: int
    marking: str
    wordings: list[Wording]
    held: bool = False
    withdrawal: Event = None
    credibility: dict[int, int] = field(default_factory=dict)
    linked: set[tuple[int, str]] = field(default_factory=set)
    unlinked: set[tuple[int, str]] = field(default_factory=set)
    disputes: list[Event] = field(default_factory=list)

    def links(self, n: int, wording: Wording) -> frozenset[str]:
        """The claims that claim n is derived from, as far as we know."""
        links = set(wording.claims[n].derived_from) | {parent for m, parent in self.linked if m == n}
        return frozenset(links - {parent for m, parent in self.unlinked if m == n})

    def numbers(self) -> list[int]:
        """The numbers of all claims that the report ever made."""
        return sorted({n for wording in self.wordings for n in wording.claims})


def accounts(logged: Iterable[Logged], position: int) -> dict[str, Account]:
    """Every report as known at a position, with the marking that it has at the end of the log."""
    found: dict[str, Account] = {}
    for at, event in logged:
        if event.TYPE == "ReportMarked" and event.report in found:
            found[event.report].marking = event.marking
        elif at <= position and event.TYPE.startswith(("Report", "Claim")):
            _add(found, at, event)
    return found


def _add(found: dict[str, Account], at: int, event: Event) -> None:
    if event.TYPE == "ReportFiled":
        found[event.report] = Account(event.report, at, event.marking, [_filed(event)])
        return
    account = found[event.report]
    if event.TYPE == "ReportCorrected":
        account.wordings.append(_corrected(account, event))
    elif event.TYPE == "ReportWithdrawn":
        account.withdrawal = event
    elif event.TYPE == "ReportHeld":
        account.held = True
    elif event.TYPE == "ReportReleased":
        account.held = False
    elif event.TYPE == "ClaimGraded":
        account.credibility[event.n] = event.credibility
    elif event.TYPE == "ClaimLinked":
        account.linked.add((event.n, event.derived_from))
        account.unlinked.discard((event.n, event.derived_from))
    elif event.TYPE == "ClaimUnlinked":
        account.linked.discard((event.n, event.derived_from))
        account.unlinked.add((event.n, event.derived_from))
    elif event.TYPE == "ClaimDisputed":
        account.disputes.append(event)


def _filed(event: Event) -> Wording:
    source = event.provenance
    claims = {claim.n: claim for claim in event.claims}
    day = source.published_at
    return Wording(day, day, source.published_on, source.publisher, claims, first=True)


def _corrected(account: Account, event: Event) -> Wording:
    old = counting(account, event.published_at) or account.wordings[0]
    change = event.provenance
    publisher = (change.publisher if change else None) or old.publisher
    claims = old.claims if event.claims is None else {claim.n: claim for claim in event.claims}
    dated, dated_on = old.dated, old.dated_on
    if event.kind == "publisher":
        assert event.published_at is not None
        return Wording(event.published_at, dated, dated_on, publisher, dict(claims), first=False)
    if change and change.published_at:
        dated, dated_on = change.published_at, change.published_on
    published = dated if old.first else old.published
    old.fixed = Wording(published, dated, dated_on, publisher, dict(claims), old.first)
    return old.fixed


def counting(account: Account, by: datetime | None) -> Wording | None:
    """The wording last published by then, last recorded among those."""
    reached = published(account, by)
    return _latest(reached) if reached else None


def published(account: Account, by: datetime | None) -> list[Wording]:
    """What the publisher had said by then, one wording for each publication."""
    return [w for w in account.wordings if not w.fixed and (by is None or w.since <= by)]


def _latest(wordings: Sequence[Wording]) -> Wording:
    latest = max(wording.since for wording in wordings)
    return [wording for wording in wordings if wording.since == latest][-1]


def standing(account: Account, n: int, by: datetime | None) -> tuple[str, Wording]:
    """How claim n stands at a publication time, and the wording that it stands in."""
    said = [wording for wording in account.wordings if n in wording.claims]
    gone = account.withdrawal
    if gone and (gone.published_at is None or by is None or by >= gone.published_at):
        return _withdrawn(account, gone, n, by)
    current = counting(account, by)
    if current and n in current.claims:
        return ("held" if account.held else "active"), current
    before = [wording for wording in said if by is None or wording.since <= by]
    if before:
        return "corrected", _latest(before)
    earliest = min(wording.since for wording in said)
    return "not-yet-published", _latest([wording for wording in said if wording.since == earliest])


def _withdrawn(account: Account, gone: Event, n: int, by: datetime | None) -> tuple[str, Wording]:
    """How a claim of a withdrawn report stands; ours reaches back over all that it ever said."""
    last = when_withdrawn(account, gone)
    words = last if n in last.claims else _latest([w for w in account.wordings if n in w.claims])
    if gone.kind == "publisher":
        return "withdrawn", words
    if by is not None and by < min(wording.since for wording in account.wordings):
        return "not-yet-published", words
    return ("withdrawn-by-us" if n in last.claims else "corrected"), words


def when_withdrawn(account: Account, gone: Event) -> Wording:
    """What a report last said when it was withdrawn."""
    return counting(account, gone.published_at) or account.wordings[0]
