"""A figure in words, with all that led to it: what a page shows of one moment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from domain.estimates.claims import Claim
from domain.estimates.flags import Flag
from domain.estimates.policies import preference
from domain.times import from_micros, show_instant
from projections.answers.estimates import number, shown
from projections.answers.retrace import Traced
from projections.tables.journal import recorded_at
from service.query.reports import chain
from service.query.standpoint import Standpoint
from service.query.words import REASONS, figure, grade, quantity

HIDDEN = ("not-yet-published", "not-yet-known", "beyond-clearance")
"""Reasons that are about the reader's time, not about the claim."""
Body = dict[str, Any]
Order = Callable[[Claim], tuple[int, ...]]


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
class Flagged:
    """A flag in words; the two sides where it is a contradiction."""

    code: str
    detail: str
    sides: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything that is to be seen at one step."""

    headline: Headline
    used: tuple[Evidence, ...]
    left_out: tuple[Evidence, ...]
    relays: tuple[Evidence, ...]
    flags: tuple[Flagged, ...]


class Teller:
    """Puts explanations into words; what it has looked up once it does not look up again."""

    def __init__(self, here: Standpoint) -> None:
        self._here = here
        self._recorded: dict[int, str] = {}
        self._chains: dict[object, tuple[tuple[str, str, str], ...]] = {}
        self._told: dict[tuple[int, str], tuple[Claim, Evidence]] = {}

    def told(self, indicator: str, traced: Traced) -> Shown:
        """What is to be seen at a step."""
        explanation, result = traced.explanation, traced.explanation.assessed.result
        body = shown(indicator, explanation.assessed, explanation.counted)
        known = {claim.id: claim for claim in explanation.active}
        out = [each for each in explanation.left_out if each.reason not in HIDDEN]
        return Shown(
            headline(body, result.steps, len(result.relays)),
            tuple(self._evidence(claim, traced, "", preference) for claim in result.used),
            tuple(
                self._evidence(each.claim, traced, REASONS.get(each.reason, each.reason), _latest_first)
                for each in out
            ),
            tuple(self._evidence(each.claim, traced, "", _latest_first) for each in result.relays),
            tuple(self._flagged(flag, known, traced) for flag in traced.flags),
        )

    def _flagged(self, flag: Flag, known: dict[str, Claim], traced: Traced) -> Flagged:
        about = flag.claims if flag.code == "contradiction" else ()
        claims = [known[name] for name in about if name in known]
        sides = tuple(self._evidence(claim, traced, "", preference) for claim in claims)
        return Flagged(flag.code, flag.detail, sides)

    def _evidence(self, claim: Claim, traced: Traced, reason: str, order: Order) -> Evidence:
        # By identity: of claims that are read once and seen at many steps this is most of the work.
        key = id(claim), reason
        if key not in self._told:
            self._told[key] = claim, self._tell(claim, traced, reason, order(claim))
        return self._told[key][1]

    def _tell(self, claim: Claim, traced: Traced, reason: str, order: tuple[int, ...]) -> Evidence:
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


def nothing() -> Shown:
    """What is to be seen before anything is known."""
    blank = Headline("unknown", "", "", "", "", (), (), "nothing known yet", "TLP:CLEAR", ())
    return Shown(blank, (), (), (), ())
