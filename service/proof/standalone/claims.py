"""Every claim as it stands at the times asked, and what a report and a claim say there."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from service.proof.standalone.accounts import Account, Logged, Wording, accounts, standing
from service.proof.standalone.periods import Period, parse_period
from service.proof.standalone.records import Definition, Statement
from service.proof.standalone.refusals import Refused

CLEARANCES = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
PLANS = ("planned", "announced")


@dataclass(frozen=True)
class Times:
    """The times asked: a position, and perhaps the other two times and a clearance."""

    position: int
    published_by: datetime | None = None
    valid_at: datetime | None = None
    clearance: str = "TLP:RED"


@dataclass(frozen=True)
class Said:
    """One claim as it stands at the times asked.

    `written` is the day (or the month or year) of the statement as it was written, `moment` the last
    moment of which it can tell by that writing.
    """

    id: str
    report: str
    n: int
    position: int
    statement: Statement
    voice: str
    stated: datetime
    written: Period
    moment: datetime
    published: datetime
    period: Period
    standing: str
    links: frozenset[str]
    reliability: str | None
    credibility: int | None
    marking: str
    disputed: bool

    @property
    def cutoff(self) -> datetime:
        """The latest moment that the information covers."""
        last = self.period.last
        return self.stated if last is None else min(self.stated, end_of(last))

    @property
    def shown_cutoff(self) -> date:
        """The day of the cut-off that an answer shows."""
        days = [day for day in (self.period.last, self.written.last) if day]
        return min(days)

    @property
    def prospective(self) -> bool:
        """Whether it is about days after the one on which it was stated."""
        written, last = self.written.last, self.period.last
        assert written is not None
        return self.statement.status in (*PLANS, "forecast") and (last is None or last > written)

    @property
    def vintage(self) -> tuple[datetime, datetime, int, int]:
        """The order of a voice's claims on one cell."""
        return self.stated, self.published, self.position, self.n

    @property
    def weak(self) -> bool:
        """Whether it counts only where no other origin is."""
        relay = self.statement.basis == "relay" and not self.links
        return relay or self.credibility == 5

    @property
    def place(self) -> tuple[str, str | None]:
        """The indicator and the cohort."""
        return self.statement.indicator, self.statement.cohort

    @property
    def numbers(self) -> list[float]:
        """The numbers that it gives."""
        q = self.statement.quantity
        return [x for x in (q.low, q.best, q.high) if x is not None] if q else []

    @property
    def figure(self) -> bool:
        """Whether it has a number or a stance."""
        return bool(self.numbers) or self.statement.stance is not None

    @property
    def unknown(self) -> bool:
        """Whether its originator says that it has no figure."""
        q = self.statement.quantity
        return q is not None and q.qualifier == "unknown"

    @property
    def tells(self) -> bool:
        """Whether it gives a figure, or says that there is none."""
        return self.figure or self.unknown

    def valid(self, valid_at: datetime) -> bool:
        """Whether its cut-off, or the end of its target, is on or before a time."""
        last = self.period.last
        if self.prospective:
            return last is not None and end_of(last) <= valid_at
        return (self.moment if last is None else min(self.moment, end_of(last))) <= valid_at


class World(dict[str, Said]):
    """Every claim known at the times asked, with the voices and the definitions known then."""

    def __init__(
        self, claims: Iterable[Said], voices: Mapping[str, str], definitions: Mapping[str, Definition]
    ) -> None:
        super().__init__({claim.id: claim for claim in claims})
        self.voices = voices
        self.definitions = definitions

    def __missing__(self, claim: str) -> Said:
        """Refuse what rests on a claim that nobody has filed."""
        raise Refused("figure-differs", f"the figure depends on the claim {claim}, which is not there")

    def voice(self, source: str) -> str:
        """The voice of a source: the source itself unless it speaks for another."""
        return self.voices.get(source, source)

    def active(self, indicator: str) -> list[Said]:
        """The active claims of an indicator."""
        return [c for c in self.values() if c.standing == "active" and c.place[0] == indicator]


def end_of(day: date) -> datetime:
    """The last moment of a day."""
    return datetime.combine(day, time.max, UTC)


def definitions_at(logged: Iterable[Logged], position: int) -> dict[str, Definition]:
    """The definitions in force, by indicator."""
    return {
        event.indicator: event.definition
        for at, event in logged
        if at <= position and event.TYPE in ("IndicatorDefined", "IndicatorRevised")
    }


def definition_at(logged: Iterable[Logged], indicator: str, position: int) -> Definition | None:
    """An indicator's definition in force."""
    return definitions_at(logged, position).get(indicator)


def voices_at(logged: Iterable[Logged], position: int) -> dict[str, str]:
    """The voice of every registered source: the end of the chain of those that it speaks for."""
    speaks_for = {
        event.source: event.speaks_for
        for at, event in logged
        if at <= position and event.TYPE == "SourceRegistered"
    }
    return {source: _root(source, speaks_for) for source in speaks_for}


def _root(source: str, speaks_for: Mapping[str, str | None]) -> str:
    passed = {source}
    while (next_one := speaks_for.get(source)) and next_one not in passed:
        passed.add(next_one)
        source = next_one
    return source


def claims_at(logged: Sequence[Logged], times: Times) -> World:
    """Every claim known at the position, each with its standing."""
    reliability = {
        event.source: event.reliability
        for at, event in logged
        if at <= times.position and event.TYPE == "SourceGraded"
    }
    voices = voices_at(logged, times.position)
    said = [
        _said(account, n, times, reliability, voices)
        for account in accounts(logged, times.position).values()
        for n in account.numbers()
    ]
    return World(said, voices, definitions_at(logged, times.position))


def _said(
    account: Account, n: int, times: Times, reliability: Mapping[str, str], voices: Mapping[str, str]
) -> Said:
    by = times.published_by
    stands, wording = standing(account, n, by)
    said = claim_in(account, n, wording, voices)
    said = replace(
        said,
        standing=stands,
        reliability=reliability.get(said.statement.originator),
        disputed=any(
            dispute.published_at is None or by is None or dispute.published_at <= by
            for dispute in account.disputes
            if dispute.n == n
        ),
    )
    if CLEARANCES.index(account.marking) > CLEARANCES.index(times.clearance):
        return replace(said, standing="beyond-clearance")
    if stands == "active" and times.valid_at is not None and not said.valid(times.valid_at):
        return replace(said, standing="beyond-valid-at")
    return said


def claim_in(account: Account, n: int, wording: Wording, voices: Mapping[str, str]) -> Said:
    """Claim n as one wording of its report has it, taken as active and ungraded."""
    statement = wording.claims[n]
    stated, on = stated_in(statement, wording)
    written = parse_period(on or stated.date().isoformat())
    assert written.last is not None
    return Said(
        id=f"{account.id}/{n}",
        report=account.id,
        n=n,
        position=account.position,
        statement=statement,
        voice=voices.get(statement.originator, statement.originator),
        stated=stated,
        written=written,
        moment=end_of(written.last) if on else stated,
        published=wording.published,
        period=parse_period(statement.period or written.text),
        standing="active",
        links=account.links(n, wording),
        reliability=None,
        credibility=account.credibility.get(n),
        marking=account.marking,
        disputed=False,
    )


def stated_in(statement: Statement, wording: Wording) -> tuple[datetime, str | None]:
    """When a claim was stated, and that as it was written where it is not the UTC day."""
    if statement.stated_at is None:
        return wording.dated, wording.dated_on
    return statement.stated_at, statement.stated_on
