"""The history of one figure, made ready for a page: steps, and what is to be seen at each."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from domain.claims import Claim
from domain.flags import Flag
from domain.policies import preference
from domain.times import from_micros, show_instant
from projections.estimates import Narrowing, number, shown
from projections.explanation import LeftOut
from projections.journal import recorded_at
from projections.retrace import Traced, retrace
from projections.steps import Axis, Cause, likeliest, steps
from projections.vintages import change_of, same_figure
from service.reports import chain
from service.standpoint import Standpoint
from service.wording import REASONS, day_of, figure, grade, quantity

MOST_STEPS = 300
MOST_WORK = 150_000
"""Of the last steps so many can be played, and fewer where there is much to retell at each."""
HIDDEN = ("not-yet-published", "not-yet-known", "beyond-clearance")
"""Reasons that are about the reader's time, not about the claim."""
Body = dict[str, Any]
Role = Literal["used", "relay", "excluded"]


@dataclass(frozen=True, slots=True)
class Headline:
    """The figure at a step, in words."""

    figure: str
    unit: str
    period: str
    cutoff: str
    level: str
    reasons: tuple[str, ...]
    origins: tuple[str, ...]
    counts: str
    marking: str
    workings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A claim at a step, in words: who said what, how good it is, why it counts or does not."""

    order: tuple[int, ...]
    claim: str
    report: str
    originator: str
    said: str
    period: str
    status: str
    basis: str
    grade: str
    published: str
    recorded: str
    position: int
    reason: str
    chain: tuple[tuple[str, str, str], ...]
    disputed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a contradiction."""

    claim: str
    report: str
    originator: str
    said: str
    period: str
    grade: str
    published: str


@dataclass(frozen=True, slots=True)
class Flagged:
    """A flag in words; the two sides where it is a contradiction."""

    code: str
    detail: str
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is to be seen at one step."""

    headline: Headline
    used: tuple[Evidence, ...]
    left_out: tuple[Evidence, ...]
    relays: tuple[Evidence, ...]
    flags: tuple[Flagged, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A step of the history: when, by which event, what became of the figure, and how to ask for it."""

    number: int
    moment: int
    ask: str
    day: str
    when: str
    cause: Cause
    figure: str
    change: str


@dataclass(frozen=True, slots=True)
class History:
    """Steps along an axis, and what is to be seen at each; at step 0 nothing is known.

    `earlier` are moments before the first step, too many to be played.
    """

    axis: Axis
    states: Sequence[Shown]
    turns: Sequence[Turn]
    claims: Sequence[tuple[Claim, Role]]
    earlier: int


class Teller:
    """Puts explanations into words; what it has looked up once it does not look up again."""

    def __init__(self, here: Standpoint) -> None:
        self._here = here
        self._recorded: dict[int, str] = {}
        self._chains: dict[object, tuple[tuple[str, str, str], ...]] = {}
        self._told: dict[object, Evidence] = {}

    def told(self, indicator: str, traced: Traced) -> Shown:
        """What is to be seen at a step."""
        explanation, result = traced.explanation, traced.explanation.assessed.result
        body = shown(indicator, explanation.assessed, explanation.counted)
        known = {claim.id: claim for claim in explanation.active}
        out = [each for each in explanation.left_out if each.reason not in HIDDEN]
        return Shown(
            headline(body, result.steps, len(result.relays)),
            tuple(self._evidence(claim, traced, "", preference(claim)) for claim in result.used),
            tuple(self._left_out(each, traced) for each in out),
            tuple(
                self._evidence(relay.claim, traced, "", _latest_first(relay.claim))
                for relay in result.relays
            ),
            tuple(_flagged(flag, known) for flag in traced.flags),
        )

    def _left_out(self, out: LeftOut, traced: Traced) -> Evidence:
        reason = REASONS.get(out.reason, out.reason)
        return self._evidence(out.claim, traced, reason, _latest_first(out.claim))

    def _evidence(self, claim: Claim, traced: Traced, reason: str, order: tuple[int, ...]) -> Evidence:
        return Evidence(
            order=order,
            claim=claim.id,
            report=claim.report,
            originator=claim.originator,
            said=said_by(claim),
            period=claim.period,
            status=claim.status,
            basis=claim.basis,
            grade=grade(claim.reliability, claim.credibility),
            published=show_instant(from_micros(claim.published)),
            recorded=self._recorded_at(claim.position),
            position=claim.position,
            reason=reason,
            chain=self._chain(claim, traced),
            disputed_by=claim.disputed_by,
        )

    def _recorded_at(self, position: int) -> str:
        if position not in self._recorded:
            stamp = recorded_at(self._here.db, position) or 0
            self._recorded[position] = show_instant(from_micros(stamp))
        return self._recorded[position]

    def _chain(self, claim: Claim, traced: Traced) -> tuple[tuple[str, str, str], ...]:
        """The claims that one was taken from, up to the origin: claim, report, originator."""
        if not claim.links:
            return ()
        key = claim.id, claim.links
        if key not in self._chains:
            found = chain(self._here.db, claim.id, traced.step.as_of)[1:]
            self._chains[key] = tuple((e["claim"], e["report"], e["originator"]) for e in found)
        return self._chains[key]


def _latest_first(claim: Claim) -> tuple[int, ...]:
    return tuple(-part for part in claim.headline_order)


def said_by(claim: Claim) -> str:
    """What a claim says, in a few characters."""
    if claim.asserts is not None:
        return "asserts" if claim.asserts else "denies"
    given = {name: number(getattr(claim, name)) for name in ("low", "best", "high")}
    return quantity({**given, "qualifier": claim.qualifier})


def headline(body: Body, workings: Iterable[str], relays: int) -> Headline:
    """An estimate in words."""
    numeric = body["measure"] != "proposition"
    unit = body["unit"] if numeric and figure(body) != "unknown" else ""
    return Headline(
        figure=figure(body),
        unit=unit,
        period=body["period"] or "",
        cutoff=body["cutoff"] or "",
        level=body["support"]["level"] or "",
        reasons=tuple(body["support"]["reasons"]),
        origins=tuple(body["used"]),
        counts=_counts(body, relays),
        marking=body["marking"],
        workings=tuple(workings),
    )


def _counts(body: Body, relays: int) -> str:
    def some(n: int, what: str) -> str:
        return f"{n} {what}{'' if n == 1 else 's'}"

    passed_on = f", {relays} of them passed on from others" if relays else ""
    return f"{some(body['claims'], 'claim')} in {some(body['reports'], 'report')}{passed_on}"


def _flagged(flag: Flag, known: dict[str, Claim]) -> Flagged:
    claims = [known[name] for name in flag.claims if name in known]
    sides = tuple(_side(claim) for claim in claims) if flag.code == "contradiction" else ()
    return Flagged(flag.code, flag.detail, sides)


def _side(claim: Claim) -> Side:
    return Side(
        claim=claim.id,
        report=claim.report,
        originator=claim.originator,
        said=said_by(claim),
        period=claim.period,
        grade=grade(claim.reliability, claim.credibility),
        published=show_instant(from_micros(claim.published)),
    )


def history(here: Standpoint, indicator: str, asked: Narrowing, axis: Axis) -> History:
    """The history of a figure along an axis, from the standpoint of the other two times."""
    every = steps(here.db, indicator, here.as_of, asked, axis)
    played = max(1, min(MOST_STEPS, MOST_WORK // max(1, len(every))))
    traced = list(retrace(here.db, indicator, here.as_of, asked, axis, played))
    teller = Teller(here)
    return History(
        axis,
        [_nothing(), *(teller.told(indicator, each) for each in traced)],
        list(_turns(traced, axis)),
        _roles(traced),
        max(0, len(every) - len(traced)),
    )


def _nothing() -> Shown:
    """What is to be seen before anything is known."""
    blank = Headline("unknown", "", "", "", "", (), (), "nothing known yet", "TLP:CLEAR", ())
    return Shown(blank, (), (), (), ())


def _turns(traced: Sequence[Traced], axis: Axis) -> Iterator[Turn]:
    before: Body | None = None
    for number_, each in enumerate(traced, start=1):
        body = shown("", each.explanation.assessed, each.explanation.counted)
        cause = likeliest(each.step.causes, body)
        instant, position = _instant(each.step.moment), each.step.as_of.position
        yield Turn(
            number=number_,
            moment=each.step.moment,
            ask=str(position) if axis == "record" else instant,
            day=day_of(instant),
            when=when(axis, instant, position),
            cause=cause,
            figure=figure(body),
            change=_change(cause, before, body),
        )
        before = body if before or body["used"] else None


def when(axis: Axis, instant: str | None, position: int) -> str:
    """Up to when something was to be known, in words."""
    if axis == "record":
        return f"As this log knew at position {position}" + (
            f", recorded {day_of(instant)}" if instant else ""
        )
    return f"As the world could know by {day_of(instant)}"


def before_all(here: Standpoint, told: "History") -> tuple[str, str]:
    """How to ask for the time before the first step, and that time in words."""
    if not told.turns:
        return "", ""
    first = told.turns[0]
    if told.axis == "record":
        position = int(first.ask) - 1
        stamp = recorded_at(here.db, position)
        return str(position), when("record", _instant(stamp) if stamp else None, position)
    instant = _instant(first.moment - 1)
    return instant, when("publication", instant, 0)


def _change(cause: Cause, before: Body | None, body: Body) -> str:
    """What became of the figure, in the field's word; nothing where nothing did."""
    if before is None:
        return "first" if body["used"] else ""
    return "" if same_figure(before, body) else change_of(cause, before, body)


def _instant(moment: int) -> str:
    return show_instant(from_micros(moment))


def _roles(traced: Sequence[Traced]) -> list[tuple[Claim, Role]]:
    """Every claim that was to be seen, as the chart marks it: used once, a relay, or left out."""
    used = {claim.id for each in traced for claim in each.explanation.assessed.result.used}
    roles: dict[str, tuple[Claim, Role]] = {}
    for each in traced:
        explanation, result = each.explanation, each.explanation.assessed.result
        out = (out.claim for out in explanation.left_out if out.reason not in HIDDEN)
        roles |= {c.id: (c, "excluded") for c in out if c.id not in roles}
        roles |= {r.claim.id: (r.claim, "relay") for r in result.relays if r.claim.id not in used}
        roles |= {c.id: (c, "used") for c in result.used}
    return list(roles.values())
