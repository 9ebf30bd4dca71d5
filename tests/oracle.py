"""The rules implemented a second time, naively: from all events to an answer, without any state.

It shares with the program only the events and the parsing of periods, and no rule. Every question reads
every event, every pair is compared, dates stay dates. It is slow, and meant to be.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time
from fractions import Fraction
from itertools import combinations
from typing import Any

from domain import events as e
from domain.events import Definition, Event
from domain.period import Period, parse_period
from domain.vocabulary import NumberedStatement

Logged = tuple[int, Event]
"""An event and its position."""
CLEARANCES = ("TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED")
RELIABILITY = ("A", "B", "C", "F", "D", "E")
CREDIBILITY = (1, 2, 3, 6, 4, 5)
STAND_IN_FOR = ("not-yet-known", "not-yet-published", "beyond-clearance", "withdrawn-by-us")


@dataclass(frozen=True)
class Times:
    """The times asked: a position, and perhaps the other two times and a clearance."""

    position: int
    published_by: datetime | None = None
    valid_at: datetime | None = None
    clearance: str = "TLP:RED"


@dataclass
class Wording:
    """What a report says from a publication time on, unless a record correction replaced it."""

    published: datetime
    dated: datetime
    publisher: str
    claims: dict[int, NumberedStatement]
    fixed: "Wording | None" = None

    @property
    def since(self) -> datetime:
        return self.fixed.since if self.fixed else self.published


@dataclass
class Account:
    """All that is known of one report."""

    id: str
    position: int
    marking: str
    wordings: list[Wording]
    held: bool = False
    withdrawal: e.ReportWithdrawn | None = None
    credibility: dict[int, int] = field(default_factory=dict)
    linked: set[tuple[int, str]] = field(default_factory=set)
    unlinked: set[tuple[int, str]] = field(default_factory=set)
    disputes: list[e.ClaimDisputed] = field(default_factory=list)


@dataclass(frozen=True)
class Said:
    """One claim as it stands at the times asked."""

    id: str
    report: str
    n: int
    position: int
    statement: NumberedStatement
    stated: datetime
    published: datetime
    period: Period
    standing: str
    links: frozenset[str]
    reliability: str | None
    credibility: int | None
    marking: str
    disputed: bool

    @property
    def originator(self) -> str:
        return self.statement.originator

    @property
    def cutoff(self) -> datetime:
        if self.period.last is None:
            return self.stated
        return min(self.stated, datetime.combine(self.period.last, time.max, UTC))

    @property
    def vintage(self) -> tuple[datetime, datetime, int, int]:
        return self.stated, self.published, self.position, self.n

    @property
    def weak(self) -> bool:
        return self.statement.basis == "relay" and not self.links

    @property
    def place(self) -> tuple[str, str | None]:
        return self.statement.indicator, self.statement.cohort


# From events to claims


def accounts(logged: Iterable[Logged], position: int) -> dict[str, Account]:
    """Every report as known at a position, with the marking that it has at the end of the log."""
    found: dict[str, Account] = {}
    for at, event in logged:
        if isinstance(event, e.ReportMarked) and event.report in found:
            found[event.report].marking = event.marking
        elif at <= position and isinstance(event, e.ReportEvent):
            _add(found, at, event)
    return found


def _add(found: dict[str, Account], at: int, event: e.ReportEvent) -> None:
    if isinstance(event, e.ReportFiled):
        day, publisher = event.provenance.published_at, event.provenance.publisher
        first = Wording(day, day, publisher, {claim.n: claim for claim in event.claims})
        found[event.report] = Account(event.report, at, event.marking, [first])
        return
    account = found[event.report]
    if isinstance(event, e.ReportCorrected):
        account.wordings.append(_corrected(account, event))
    elif isinstance(event, e.ReportWithdrawn):
        account.withdrawal = event
    elif isinstance(event, e.ReportHeld):
        account.held = True
    elif isinstance(event, e.ReportReleased):
        account.held = False
    elif isinstance(event, e.ClaimGraded):
        account.credibility[event.n] = event.credibility
    elif isinstance(event, e.ClaimLinked):
        account.linked.add((event.n, event.derived_from))
        account.unlinked.discard((event.n, event.derived_from))
    elif isinstance(event, e.ClaimUnlinked):
        account.linked.discard((event.n, event.derived_from))
        account.unlinked.add((event.n, event.derived_from))
    elif isinstance(event, e.ClaimDisputed):
        account.disputes.append(event)


def _corrected(account: Account, event: e.ReportCorrected) -> Wording:
    old = counting(account, event.published_at) or account.wordings[0]
    dated = old.dated
    published = event.published_at
    change = event.provenance
    publisher = (change.publisher if change else None) or old.publisher
    if event.kind == "record":
        dated = (change.published_at if change else None) or dated
        published = dated if old.published == old.dated else old.published
    assert published is not None
    claims = old.claims if event.claims is None else {claim.n: claim for claim in event.claims}
    new = Wording(published, dated, publisher, dict(claims))
    if event.kind == "record":
        old.fixed = new
    return new


def counting(account: Account, by: datetime | None) -> Wording | None:
    """The wording last published by then, last recorded among those."""
    reached = [w for w in account.wordings if not w.fixed and (by is None or w.since <= by)]
    return _latest(reached) if reached else None


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


def _withdrawn(
    account: Account, gone: e.ReportWithdrawn, n: int, by: datetime | None
) -> tuple[str, Wording]:
    """How a claim of a withdrawn report stands; ours reaches back over all that it ever said."""
    last = _withdrawn_wording(account, gone)
    words = last if n in last.claims else _latest([w for w in account.wordings if n in w.claims])
    if gone.kind == "publisher":
        return "withdrawn", words
    if by is not None and by < min(wording.since for wording in account.wordings):
        return "not-yet-published", words
    return ("withdrawn-by-us" if n in last.claims else "corrected"), words


def _withdrawn_wording(account: Account, gone: e.ReportWithdrawn) -> Wording:
    """What a report last said when it was withdrawn."""
    return counting(account, gone.published_at) or account.wordings[0]


def report_answer(logged: Sequence[Logged], name: str, times: Times) -> dict[str, Any] | None:
    """What a report says at the times asked; None where it is hidden or not published."""
    account = accounts(logged, times.position).get(name)
    if account is None or CLEARANCES.index(account.marking) > CLEARANCES.index(times.clearance):
        return None
    by, gone = times.published_by, account.withdrawal
    words, status = counting(account, by), "held" if account.held else "open"
    if gone and gone.kind == "publisher":
        assert gone.published_at is not None
        if by is None or by >= gone.published_at:
            words, status = _withdrawn_wording(account, gone), "withdrawn"
    elif gone:
        reached = by is None or by >= min(w.since for w in account.wordings if not w.fixed)
        words, status = (_withdrawn_wording(account, gone) if reached else None), "withdrawn"
    if words is None:
        return None
    return {
        "status": status,
        "publisher": words.publisher,
        "published_at": words.dated,
        "claims": {f"{name}/{n}": _words(account, n, words) for n in sorted(words.claims)},
    }


def claim_answer(logged: Sequence[Logged], name: str, times: Times) -> dict[str, Any] | None:
    """A claim at the times asked; None where its report is hidden."""
    report, _, n = name.rpartition("/")
    if report_answer(logged, report, times) is None:
        return None
    said = claims_at(logged, times).get(name)
    if said is None:
        return None
    account = accounts(logged, times.position)[report]
    words = standing(account, int(n), times.published_by)[1]
    return {
        **_words(account, int(n), words),
        "standing": said.standing,
        "publisher": words.publisher,
        "published_at": words.published,
    }


def _words(account: Account, n: int, words: Wording) -> dict[str, Any]:
    """What a claim says in a wording, with the defaults filled in."""
    claim = words.claims[n]
    stated = claim.stated_at or words.dated
    links = set(claim.derived_from) | {parent for m, parent in account.linked if m == n}
    return {
        "indicator": claim.indicator,
        "quantity": claim.quantity,
        "stated_at": stated,
        "period": claim.period or stated.date().isoformat(),
        "derived_from": sorted(links - {parent for m, parent in account.unlinked if m == n}),
        "credibility": account.credibility.get(n),
    }


def claims_at(logged: Sequence[Logged], times: Times) -> dict[str, Said]:
    """Every claim known at the position, each with its standing."""
    reliability = {
        event.source: event.reliability
        for at, event in logged
        if at <= times.position and isinstance(event, e.SourceGraded)
    }
    return {
        said.id: said
        for account in accounts(logged, times.position).values()
        for n in sorted({n for wording in account.wordings for n in wording.claims})
        for said in [_said(account, n, times, reliability)]
    }


def _said(account: Account, n: int, times: Times, reliability: Mapping[str, str]) -> Said:
    by = times.published_by
    stands, wording = standing(account, n, by)
    statement = wording.claims[n]
    stated = statement.stated_at or wording.dated
    links = set(statement.derived_from) | {parent for m, parent in account.linked if m == n}
    links -= {parent for m, parent in account.unlinked if m == n}
    said = Said(
        id=f"{account.id}/{n}",
        report=account.id,
        n=n,
        position=account.position,
        statement=statement,
        stated=stated,
        published=wording.published,
        period=parse_period(statement.period or stated.date().isoformat()),
        standing=stands,
        links=frozenset(links),
        reliability=reliability.get(statement.originator),
        credibility=account.credibility.get(n),
        marking=account.marking,
        disputed=any(
            dispute.published_at is None or by is None or dispute.published_at <= by
            for dispute in account.disputes
            if dispute.n == n
        ),
    )
    if CLEARANCES.index(account.marking) > CLEARANCES.index(times.clearance):
        return replace(said, standing="beyond-clearance")
    if stands == "active" and times.valid_at is not None and said.cutoff > times.valid_at:
        return replace(said, standing="beyond-valid-at")
    return said


# From claims to origins


def roots(claim: Said, world: dict[str, Said]) -> dict[str, int]:
    """The ends of every chain of links from a claim, with the length of the shortest."""
    found: dict[str, int] = {}
    paths = [[claim.id]]
    while paths:
        path = paths.pop()
        parents = world[path[-1]].links if path[-1] in world else frozenset[str]()
        if not parents and len(path) > 1:
            found[path[-1]] = min(found.get(path[-1], len(path)), len(path))
        paths += [[*path, parent] for parent in parents if parent not in path]
    return found


def origins(world: dict[str, Said], indicator: str, measure: str) -> tuple[list[Said], set[str]]:
    """The claims that count as origins, and those that stand in for a root withdrawn by us."""
    active = counting_claims(world, indicator, measure)
    ends = {claim.id: roots(claim, world) for claim in active if claim.links}

    def may(claim: Said) -> bool:
        return all(
            root in world and world[root].standing in STAND_IN_FOR and world[root].place == claim.place
            for root in ends[claim.id]
        )

    relays = [claim for claim in active if claim.links and may(claim)]
    chosen = dict[str, Said]()
    withdrawn = set[str]()
    for root in {root for claim in relays for root in ends[claim.id]}:
        following = [claim for claim in relays if root in ends[claim.id]]
        closest = min(following, key=lambda claim: (ends[claim.id][root], claim.vintage))
        chosen[closest.id] = closest
        if world[root].standing == "withdrawn-by-us":
            withdrawn.add(closest.id)
    return [claim for claim in active if not claim.links] + list(chosen.values()), withdrawn


# From origins to an answer


def figures(claim: Said) -> list[float]:
    """The numbers that a claim gives."""
    q = claim.statement.quantity
    return [x for x in (q.low, q.best, q.high) if x is not None] if q else []


Bounds = tuple[Fraction | None, Fraction | None]
Days = tuple[date | None, date | None]
"""First and last day, None where open."""


def bounds(claim: Said) -> Bounds:
    """Low and high of a claim, None where it is open."""
    q = claim.statement.quantity
    assert q is not None
    low = q.low if q.low is not None else q.best
    high = q.high if q.high is not None else q.best
    if q.qualifier in ("at-least", "more-than") and q.high is None:
        high = None
    if q.qualifier in ("at-most", "less-than", "up-to") and q.low is None:
        low = None
    return (
        None if low is None else Fraction(low),
        None if high is None else Fraction(high),
    )


def widened(claim: Said) -> Bounds:
    """The bounds used to compare: if they are out of order, the widest range that was given."""
    low, high = bounds(claim)
    low = None if low is None else Fraction(min(figures(claim)))
    high = None if high is None else Fraction(max(figures(claim)))
    q = claim.statement.quantity
    assert q is not None
    if q.qualifier not in ("about", "nearly"):
        return low, high
    tenth = 0.1
    return (
        None if low is None else Fraction(float(low) - abs(float(low)) * tenth),
        None if high is None else Fraction(float(high) + abs(float(high)) * tenth),
    )


def under(one: Said, other: Said) -> bool:
    """Whether one claim lies wholly below another."""
    high, low = widened(one)[1], widened(other)[0]
    return high is not None and low is not None and high < low


def apart(one: Said, other: Said) -> bool:
    """Whether two claims have no point in common."""
    if one.statement.stance and other.statement.stance:
        return one.statement.stance.asserts != other.statement.stance.asserts
    return under(one, other) or under(other, one)


def cell(measure: str, period: Period) -> Days:
    """The days of a cell; a single date of a total means everything up to it."""
    if measure == "cumulative" and "/" not in period.text:
        return None, period.last
    return period.first, period.last


def contradictory(measure: str, one: Said, other: Said) -> bool:
    """Whether two claims of different originators contradict each other."""
    if not apart(one, other):
        return False
    if cell(measure, one.period) == cell(measure, other.period):
        return True
    if measure == "increment":
        return False
    days = (one.cutoff.date() - other.cutoff.date()).days
    if abs(days) <= 3:
        return True
    earlier, later = (one, other) if one.cutoff < other.cutoff else (other, one)
    return measure == "cumulative" and under(later, earlier)


def rank(claim: Said) -> tuple[int, int]:
    """How good a claim is by its grades: the least is best."""
    return (
        RELIABILITY.index(claim.reliability or "F"),
        CREDIBILITY.index(claim.credibility or 6),
    )


@dataclass
class Part:
    """What one cell, or one headline, comes to."""

    best: float | None = None
    low: float | None = None
    high: float | None = None
    used: list[Said] = field(default_factory=list)
    level: str | None = None
    flags: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


def level(measure: str, used: Sequence[Said]) -> str | None:
    """The support of one figure."""
    if not used:
        return None
    if any(contradictory(measure, one, other) for one, other in combinations(used, 2)):
        return "contested"
    firm = [claim for claim in used if not claim.weak]
    pairs = [pair for pair in combinations(firm, 2) if not apart(*pair)]
    good = [claim for claim in firm if claim.reliability in ("A", "B")]
    for three in combinations(good, 3):
        if not any(apart(one, other) for one, other in combinations(three, 2)):
            return "strong"
    return "corroborated" if pairs else "single"


def judged(definition: Definition, claims: Sequence[Said], *, headline: bool) -> Part:
    """One cell or one headline: weak claims, vintages, freshness, policy, support, flags."""
    measure = definition.measure
    strong = [claim for claim in claims if not claim.weak]
    claims = strong or claims
    order: Callable[[Said], Any] = (
        (lambda c: (c.cutoff, c.vintage)) if headline else (lambda c: c.vintage)
    )
    vintages = [
        max((c for c in claims if c.originator == originator), key=order)
        for originator in {claim.originator for claim in claims}
    ]
    timed = headline and measure in ("stock", "cumulative")
    if timed:
        vintages = [c for c in vintages if not any(_outdates(definition, o, c) for o in vintages)]
    used = sorted(vintages, key=lambda c: (c.cutoff, c.vintage), reverse=True)
    used.sort(key=rank)
    part = Part(used=used, level=level(measure, used))
    for one, other in combinations(used, 2):
        ids = (one.id, other.id)
        if contradictory(measure, one, other):
            part.flags.append(("contradiction", ids))
        elif measure == "cumulative" and apart(one, other):
            part.flags.append(("divergence", ids))
        days = (other.cutoff.date() - used[0].cutoff.date()).days
        if timed and one is used[0] and days > definition.fresh_days:
            part.flags.append(("newer-elsewhere", (other.id, one.id)))
    part.flags += [("grade-1-unsupported", (c.id,)) for c in used if _unsupported(c, used)]
    if used and measure != "proposition":
        _figure(part)
    return part


def _unsupported(claim: Said, used: Sequence[Said]) -> bool:
    """Whether a claim graded 1 has no other independent origin that agrees with it."""
    others = [other for other in used if other.originator != claim.originator and not other.weak]
    return claim.credibility == 1 and all(apart(other, claim) for other in others)


def _outdates(definition: Definition, other: Said, claim: Said) -> bool:
    days = (other.cutoff.date() - claim.cutoff.date()).days
    return rank(other)[0] <= rank(claim)[0] and days > definition.fresh_days


def _figure(part: Part) -> None:
    quantity = part.used[0].statement.quantity
    assert quantity is not None
    lows, highs = zip(*(bounds(claim) for claim in part.used), strict=True)
    part.best = quantity.best
    part.low = None if None in lows else float(min(lows))
    part.high = None if None in highs else float(max(highs))


def summed(definition: Definition, claims: Sequence[Said]) -> tuple[Part, bool]:
    """An increment: the sum over cells, and whether it is known."""
    places = {(c.statement.cohort, c.period.bounds) for c in claims}
    outer = [
        (cohort, days)
        for cohort, days in places
        if not any(cohort == o and days != d and inside(days, d) for o, d in places)
    ]
    outer.sort(key=lambda p: (p[0] or "", p[1][0] or date.min))
    by_place = {p: [c for c in claims if (c.statement.cohort, c.period.bounds) == p] for p in outer}
    parts = [judged(definition, by_place[place], headline=False) for place in outer]
    clashing = {
        place
        for one, other in combinations(outer, 2)
        if share_a_day(one[1], other[1]) and (one[0] == other[0] or None in (one[0], other[0]))
        for place in (one, other)
    }
    total = Part(used=[claim for part in parts for claim in part.used])
    total.flags = [flag for part in parts for flag in part.flags]
    levels = ("contested", "single", "corroborated", "strong")
    total.level = min((p.level for p in parts if p.level), key=levels.index, default=None)
    if clashing:
        ids = [c.id for c in total.used if (c.statement.cohort, c.period.bounds) in clashing]
        total.flags.append(("overlap", tuple(ids)))
    elif parts:
        for bound in ("best", "low", "high"):
            values = [getattr(part, bound) for part in parts]
            if None not in values:
                setattr(total, bound, float(sum(Fraction(value) for value in values)))
    return total, bool(parts) and not clashing


def inside(days: Days, outer: Days) -> bool:
    """Whether some days all lie within others."""
    (first, last), (outer_first, outer_last) = days, outer
    begins = outer_first is None or (first is not None and first >= outer_first)
    ends = outer_last is None or (last is not None and last <= outer_last)
    return begins and ends


def share_a_day(one: Days, other: Days) -> bool:
    """Whether two periods have a day in common."""
    return not any(
        last is not None and first is not None and last < first
        for last, first in ((one[1], other[0]), (other[1], one[0]))
    )


@dataclass(frozen=True)
class Asked:
    """What is asked of an indicator beside the times."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None


HEADLINE = Asked()


def definition_at(logged: Iterable[Logged], indicator: str, position: int) -> Definition | None:
    """An indicator's definition in force."""
    found = [
        event.definition
        for at, event in logged
        if at <= position and isinstance(event, e.IndicatorDefined | e.IndicatorRevised)
        if event.indicator == indicator
    ]
    return found[-1] if found else None


def answer(
    logged: Sequence[Logged], indicator: str, times: Times, asked: Asked = HEADLINE
) -> dict[str, Any]:
    """The estimate of an indicator at the times asked, from all events up to then."""
    definition = definition_at(logged, indicator, times.position)
    return estimate(definition, indicator, claims_at(logged, times), asked) if definition else UNKNOWN


def estimate(
    definition: Definition,
    indicator: str,
    world: dict[str, Said],
    asked: Asked = HEADLINE,
    only: Days | None = None,
) -> dict[str, Any]:
    """The estimate that a world of claims makes; `only` narrows it to claims of exactly one cell."""
    measure = definition.measure
    headline = asked.period is None and only is None

    def about(claim: Said) -> bool:
        return _about(measure, claim, asked) and only in (None, cell(measure, claim.period))

    counted = [claim for claim in counting_claims(world, indicator, measure) if about(claim)]
    found, ours = origins(world, indicator, measure)
    found = [claim for claim in found if about(claim)]
    if measure == "cumulative" and headline:
        found = [claim for claim in found if cell(measure, claim.period)[0] is None]
    if measure == "increment":
        part, known = summed(definition, found)
    else:
        part, known = judged(definition, found, headline=headline), True
    part.flags += [("rests-on-withdrawn", (claim.id,)) for claim in found if claim.id in ours]
    return _shown(part, verdict(part.used), known, counted, measure)


def series(
    definition: Definition, indicator: str, world: dict[str, Said], asked: Asked = HEADLINE
) -> dict[Days, dict[str, Any]]:
    """The estimate of each cell that has one."""
    cells = {
        cell(definition.measure, claim.period)
        for claim in counting_claims(world, indicator, definition.measure)
    }
    rows = {only: estimate(definition, indicator, world, asked, only) for only in cells}
    return {only: row for only, row in rows.items() if row["used"]}


def counting_claims(world: dict[str, Said], indicator: str, measure: str) -> list[Said]:
    """The active claims of an indicator that have a figure or a stance."""
    return [
        claim
        for claim in world.values()
        if claim.standing == "active" and claim.statement.indicator == indicator
        if figures(claim) or measure == "proposition"
    ]


def _about(measure: str, claim: Said, asked: Asked) -> bool:
    if asked.originator not in (None, claim.originator):
        return False
    if measure == "increment":
        in_cohort = asked.cohort in (None, claim.statement.cohort)
        return in_cohort and (asked.period is None or inside(claim.period.bounds, asked.period.bounds))
    if claim.statement.cohort != asked.cohort:
        return False
    return asked.period is None or cell(measure, claim.period) == cell(measure, asked.period)


def verdict(used: Sequence[Said]) -> str | None:
    """What independent origins say of a proposition together."""
    stances = [(claim.statement.stance, claim) for claim in used if claim.statement.stance]
    asserting = [claim for stance, claim in stances if stance.asserts]
    if len(asserting) < len(stances):
        return "disputed" if asserting else "denied"
    if not asserting:
        return None
    return "corroborated" if sum(not claim.weak for claim in asserting) >= 2 else "reported"


def _shown(
    part: Part, said: str | None, known: bool, counted: Sequence[Said], measure: str
) -> dict[str, Any]:
    numeric = bool(part.used) and known and measure != "proposition"
    covers = part.used if measure == "increment" else part.used[:1]
    return {
        "best": part.best,
        "low": part.low,
        "high": part.high,
        "verdict": said,
        "open_low": numeric and part.low is None,
        "open_high": numeric and part.high is None,
        "used": [claim.id for claim in part.used],
        "origins": len({claim.originator for claim in part.used}),
        "claims": len(counted),
        "reports": len({claim.report for claim in counted}),
        "level": part.level,
        "flags": sorted((code, tuple(sorted(ids))) for code, ids in part.flags),
        "marking": max((c.marking for c in part.used), key=CLEARANCES.index, default="TLP:CLEAR"),
        "cutoff": max((c.cutoff.date().isoformat() for c in covers), default=None),
    }


UNKNOWN = _shown(Part(), None, False, [], "stock")
"""The answer before an indicator is defined."""
FLAGS = (
    *("contradiction", "divergence", "overlap", "newer-elsewhere", "rests-on-withdrawn"),
    "grade-1-unsupported",
)
"""The flags that follow from the origins; suspicions of single claims are another matter."""


def seen(body: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of the views, reduced to what the oracle says of it."""
    names = ("best", "low", "high", "verdict", "open_low", "open_high", "used", "origins", "claims")
    flags = [flag for flag in body["flags"] if flag["code"] in FLAGS]
    return {
        **{name: body[name] for name in (*names, "reports", "marking", "cutoff")},
        "level": body["support"]["level"],
        "flags": sorted((flag["code"], tuple(sorted(flag["claims"]))) for flag in flags),
    }


# What analysts judged, and what is suspicious

Read = Callable[[Times], dict[str, Said]]
"""Every claim at some times; given, so that who asks often may remember."""
Flags = list[tuple[str, tuple[str, ...]]]
SUSPICIONS = ("disputed", "bad-interval", "parts-mismatch", "inputs-changed")
"""The flags over all active claims that `suspicions` works out; the others are held against all
pairs of generated claims elsewhere."""


@dataclass(frozen=True)
class Judged:
    """An assessment, its place in the log, and when it was recorded."""

    position: int
    recorded_at: datetime
    event: e.AssessmentRecorded


def judgement(
    logged: Sequence[Logged], stamps: Mapping[int, datetime], indicator: str, times: Times, read: Read
) -> Judged | None:
    """The latest assessment that may be seen at the times asked."""
    found: Judged | None = None
    for at, event in logged:
        if not isinstance(event, e.AssessmentRecorded) or event.indicator != indicator:
            continue
        if at > times.position or any(
            limit is not None and stamps[at] > limit for limit in (times.published_by, times.valid_at)
        ):
            continue
        world = read(times)
        hidden = ("not-yet-published", "beyond-clearance")
        if not any(world[claim].standing in hidden for claim in event.claims):
            found = Judged(at, stamps[at], event)
    return found


def assessment(
    definition: Definition,
    indicator: str,
    judged: Judged | None,
    world: dict[str, Said],
    asked: Asked = HEADLINE,
) -> dict[str, Any]:
    """What `assessment/1` answers."""
    measure = definition.measure
    counted = [
        claim for claim in counting_claims(world, indicator, measure) if _about(measure, claim, asked)
    ]
    if judged is None or asked != HEADLINE:
        return _shown(Part(), None, False, counted, measure)
    given = judged.event
    low, high = (given.best if bound is None else bound for bound in (given.low, given.high))
    cited = [world[name] for name in given.claims]
    ends = {end for claim in cited for end in (roots(claim, world) if claim.links else [claim.id])}
    part = Part(given.best, low, high, used=cited)
    return {
        **_shown(part, None, True, counted, measure),
        "open_low": low is None,
        "open_high": high is None,
        "origins": len({world[end].originator for end in ends}),
        "cutoff": judged.recorded_at.date().isoformat(),
    }


def suspicions(
    definition: Definition,
    indicator: str,
    judged: Judged | None,
    times: Times,
    read: Read,
    asked: Asked = HEADLINE,
) -> Flags:
    """The suspicions about what was asked; a question without a cohort covers all."""
    world, measure = read(times), definition.measure

    def about(claim: Said) -> bool:
        cohort = claim.statement.cohort if asked.cohort is None else asked.cohort
        return _about(measure, claim, replace(asked, cohort=cohort))

    active = [c for c in world.values() if c.standing == "active" and c.place[0] == indicator]
    found: Flags = [("disputed", (claim.id,)) for claim in active if claim.disputed and about(claim)]
    if measure != "proposition":
        found += [("bad-interval", (c.id,)) for c in active if _disordered(c) and about(c)]
        found += [
            ("parts-mismatch", tuple(sorted(claim.id for claim in claims)))
            for claims in mismatches(definition, indicator, world)
            if any(about(claim) for claim in claims)
        ]
    changed = changed_since(judged, times, read) if judged else ()
    if changed and asked == HEADLINE:
        found.append(("inputs-changed", changed))
    return sorted(found)


def _disordered(claim: Said) -> bool:
    given = figures(claim)
    return any(one > other for one, other in combinations(given, 2))


def mismatches(definition: Definition, indicator: str, world: dict[str, Said]) -> set[tuple[Said, ...]]:
    """A whole and the one part that there is, of one cell in one report or by one originator."""
    if not definition.parts:
        return set()
    [name] = definition.parts
    wholes, parts = (counting_claims(world, each, "cumulative") for each in (indicator, name))
    keys: tuple[Callable[[Said], str], ...] = (
        lambda c: c.report,
        lambda c: "" if c.links else c.originator,  # a relay is nobody's own word
    )

    def place(claim: Said, key: Callable[[Said], str]) -> Any:
        return key(claim), claim.statement.cohort, cell("cumulative", claim.period)

    def last(claim: Said, claims: Sequence[Said], key: Callable[[Said], str]) -> bool:
        same = [other for other in claims if place(other, key) == place(claim, key)]
        return all(other.vintage <= claim.vintage for other in same)

    return {
        (whole, part)
        for key in keys
        for whole in wholes
        for part in parts
        if key(whole) and place(whole, key) == place(part, key)
        if last(whole, wholes, key) and last(part, parts, key) and _differ(whole, part)
    }


def _differ(one: Said, other: Said) -> bool:
    """Whether two claims have no point in common, to the last unit."""
    (low, high), (other_low, other_high) = bounds(one), bounds(other)
    return (high is not None and other_low is not None and high < other_low) or (
        other_high is not None and low is not None and other_high < low
    )


def changed_since(judged: Judged, times: Times, read: Read) -> tuple[str, ...]:
    """The cited claims that were not always since as they were when it was recorded."""
    worlds = [
        read(Times(position, times.published_by))
        for position in range(judged.position, times.position + 1)
    ]
    return tuple(
        name
        for name in judged.event.claims
        if len({_substance(world[name]) for world in worlds if _published(world[name])}) > 1
    )


def _published(claim: Said) -> bool:
    return claim.standing != "not-yet-published"


def _substance(claim: Said) -> tuple[Any, ...]:
    """What an analyst rests on: who says what, of when, from where, and whether it counts."""
    says = claim.statement.model_copy(update={"derived_from": ()})
    return claim.standing, repr(says), claim.stated, claim.period.text, claim.links
