"""What an indicator answers: its headline, a cell, a sum, its parts, every cell."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from domain.events import Definition
from domain.period import Period
from tests.oracle.accounts import Logged
from tests.oracle.claims import CLEARANCES, Said, Times, World, claims_at
from tests.oracle.figures import asked_for, cell_of, share_a_day, shown, total
from tests.oracle.judging import Context, Part, Reasons, headline, observed_first, one_cell
from tests.oracle.origins import independent, origins, voices_of
from tests.oracle.policies import LATEST_PUBLICATION
from tests.oracle.sums import LEVELS, addends, least, summed

ASSESSMENT = "assessment/1"


@dataclass(frozen=True)
class Asked:
    """What is asked of an indicator beside the times; without a policy, by its own."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None
    incident: str | None = None
    policy: str | None = None


HEADLINE = Asked()


@dataclass(frozen=True)
class Question:
    """An indicator, its definition, the claims, and what is asked of it."""

    name: str
    definition: Definition
    world: World
    asked: Asked

    @property
    def measure(self) -> str:
        """The measure of the indicator."""
        return self.definition.measure

    @property
    def policy(self) -> str:
        """The policy that answers."""
        return self.asked.policy or self.definition.policy

    @property
    def context(self) -> Context:
        """What every step has to know."""
        whole = self.asked.period is None and self.asked.incident is None
        return Context(self.definition, self.world, self.policy, whole)

    def about(self, claim: Said) -> bool:
        """Whether a claim is about what is asked."""
        asked, says = self.asked, claim.statement
        if asked.originator is not None and self.world.voice(asked.originator) != claim.voice:
            return False
        if asked.incident not in (None, says.incident):
            return False
        if self.measure == "increment":
            touches = asked.period is None or share_a_day(claim.period.bounds, asked.period.bounds)
            return touches and asked.cohort in (None, says.cohort)
        if says.cohort != asked.cohort:
            return False
        return asked.period is None or asked_for(self.definition, claim, asked.period)

    def origins(self) -> list[Said]:
        """The claims that may speak for a voice, or be an unknown addend."""
        question = replace(self, asked=replace(self.asked, period=None)) if self.sums else self
        active = self.world.active(self.name)
        if self.policy == LATEST_PUBLICATION:
            found = [claim for claim in active if claim.figure]
        else:
            found = origins(self.world, self.name)[0]
            found += [c for c in active if self.sums and not (c.links or c.tells)]
        return [claim for claim in found if question.about(claim)]

    @property
    def sums(self) -> bool:
        """Whether the answer is a sum."""
        return self.measure == "increment"

    def counted(self) -> list[Said]:
        """The claims about what is asked that give a figure, or say that there is none."""
        return [c for c in self.world.active(self.name) if c.tells and self.about(c)]


def part_of(question: Question) -> Part:
    """What the indicator's own claims come to."""
    context, claims = question.context, question.origins()
    if question.sums:
        return summed(context, claims, question.asked.period)
    if context.headline:
        return headline(context, claims)
    why = Reasons()
    part = one_cell(context, observed_first(claims, why))
    part.excluded.take(why)
    return part


def answer(
    logged: Sequence[Logged], indicator: str, times: Times, asked: Asked = HEADLINE
) -> dict[str, Any]:
    """The estimate of an indicator at the times asked, from all events up to then."""
    world = claims_at(logged, times)
    definition = world.definitions.get(indicator)
    return estimate(definition, indicator, world, asked) if definition else UNKNOWN


def estimate(
    definition: Definition, indicator: str, world: World, asked: Asked = HEADLINE
) -> dict[str, Any]:
    """The estimate that a world of claims makes."""
    question = Question(indicator, definition, world, asked)
    part = part_of(question)
    parts = from_parts(question, frozenset())
    if part.own or parts is None:
        return shown_part(question, part) | {"from_parts": _figure_of(question, parts)}
    counted = {claim.id: claim for claim in [*question.counted(), *parts.counted]}
    return shown_part(question, parts, list(counted.values())) | {"answered_from": "parts"}


def excluded(
    definition: Definition, indicator: str, world: World, asked: Asked = HEADLINE
) -> dict[str, set[str]]:
    """Why each active claim of an indicator is not used; a claim that is used has no reason.

    The claims of a straddler that counts are used, and have one.
    """
    question = Question(indicator, definition, world, asked)
    part = part_of(question)
    used = {claim.id for claim in part.used}
    for claim in world.active(indicator):
        if not question.about(claim):
            part.excluded.add("not-asked", [claim])
        elif claim.id not in used and not part.excluded[claim.id]:
            part.excluded.add("relay" if claim.links else "no-figure", [claim])
    return {name: reasons for name, reasons in part.excluded.items() if reasons}


# A whole from its parts


def from_parts(question: Question, above: frozenset[str]) -> Part | None:
    """The sum of the parts' answers; None without parts or where none of them has a figure."""
    never = question.policy in (LATEST_PUBLICATION, ASSESSMENT)
    if never or question.name in above or question.measure == "proposition":
        return None
    above |= {question.name}
    definitions = question.world.definitions
    asked = [
        replace(question, name=name, definition=definitions[name])
        for name in question.definition.parts
        if name in definitions
    ]
    found = [_of_part(each, above) for each in asked]
    if question.measure == "stock":
        found = _of_one_time(question, found)
    if not any(_has_figure(part) for part in found):
        return None
    return _sum_of_parts(found, asked)


def _of_part(question: Question, above: frozenset[str]) -> Part:
    """What a part answers, itself from its parts where it has no origin."""
    part = part_of(question)
    if not part.own and (parts := from_parts(question, above)):
        return parts
    return replace(part, cutoff=_cutoff(part), counted=question.counted())


def _has_figure(part: Part) -> bool:
    return part.known and bool(part.used or part.low is not None or part.high is not None)


def _of_one_time(question: Question, parts: Sequence[Part]) -> list[Part]:
    """The parts; those whose cut-off lies too far behind the latest count as without a figure."""
    latest = max((part.cutoff for part in parts if part.cutoff), default=None)
    days = timedelta(days=question.definition.fresh_days)
    return [
        Part(counted=part.counted) if latest and part.cutoff and latest - part.cutoff > days else part
        for part in parts
    ]


def _sum_of_parts(parts: Sequence[Part], asked: Sequence[Question]) -> Part:
    telling = [part for part in parts if _has_figure(part)]
    levels = [part.level for part in telling if part.level]
    flags = [flag for part in telling for flag in part.flags]
    if len(telling) < len(parts):
        flags.append(("unknown-addend", ()))
    used = {claim.id: claim for part in telling for claim in part.used}
    floors = [least(each.definition) for each in asked]
    return Part(
        best=total(part.best for part in parts),
        low=total(
            part.low if part in telling else floor for part, floor in zip(parts, floors, strict=True)
        ),
        high=total(part.high for part in parts),
        known=True,
        used=list(used.values()),
        level=min(levels, key=LEVELS.index, default=None),
        flags=flags,
        cutoff=max((claim.shown_cutoff for claim in used.values()), default=None),
        counted=list({claim.id: claim for part in parts for claim in part.counted}.values()),
    )


def _figure_of(question: Question, part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    figure = shown_part(question, part)
    names = ("best", "low", "high", "open_low", "open_high")
    return {name: figure[name] for name in names} | {"parts": list(question.definition.parts)}


# Every cell


def series(
    definition: Definition, indicator: str, world: World, asked: Asked = HEADLINE
) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The estimate of each cell by its own origins, for the whole and every cohort.

    The key is cohort, first and last day, incident, and whether the cell is prospective.
    """
    question = Question(indicator, definition, world, asked)
    found = origins(world, indicator)[0]
    context = replace(question.context, headline=False)
    rows = dict[tuple[Any, ...], dict[str, Any]]()
    for each in addends(context, [claim for claim in found if _in_series(question, claim)]):
        part = one_cell(context, each.origins)
        cell = each.cell
        counted = [
            claim
            for claim in world.active(indicator)
            if claim.tells and _in_series(question, claim)
            if cell_of(definition, claim) == cell
        ]
        if part.used:
            key = cell.cohort, *each.days, cell.incident, cell.prospective
            rows[key] = shown_part(question, part, counted)
    return rows


def _in_series(question: Question, claim: Said) -> bool:
    asked, says = question.asked, claim.statement
    voice = asked.originator is None or question.world.voice(asked.originator) == claim.voice
    cohort = asked.cohort in (None, says.cohort)
    return voice and cohort and asked.incident in (None, says.incident)


# What is shown


def verdict(used: Sequence[Said], world: World) -> str | None:
    """What independent origins say of a proposition together."""
    stances = [(claim.statement.stance, claim) for claim in used if claim.statement.stance]
    asserting = [claim for stance, claim in stances if stance.asserts]
    if len(asserting) < len(stances):
        return "disputed" if asserting else "denied"
    if not asserting:
        return None
    firm = [claim for claim in asserting if not claim.weak]
    two = any(independent(one, other, world) for one in firm for other in firm)
    return "corroborated" if two else "reported"


def _cutoff(part: Part) -> Any:
    """The day that an answer shows: of a sum the latest, else that of the leading claim."""
    leading = part.leading.claim if part.leading else None
    return part.cutoff or (leading.shown_cutoff if leading else None)


def shown_part(question: Question, part: Part, counted: Sequence[Said] | None = None) -> dict[str, Any]:
    counted = question.counted() if counted is None else counted
    leading = part.leading if part.leading and not part.leading.inside else None
    cutoff = _cutoff(part)
    return {
        "best": shown(part.best),
        "low": shown(part.low),
        "high": shown(part.high),
        "verdict": verdict(part.used, question.world),
        "open_low": part.known and part.low is None,
        "open_high": part.known and part.high is None,
        "used": sorted({claim.id for claim in part.used}),
        "origins": voices_of(part.used, question.world),
        "claims": len(counted),
        "reports": len({claim.report for claim in counted}),
        "level": part.level,
        "flags": sorted({(code, tuple(sorted(ids))) for code, ids in part.flags}),
        "marking": max((c.marking for c in part.used), key=CLEARANCES.index, default="TLP:CLEAR"),
        "cutoff": cutoff.isoformat() if cutoff else None,
        "leading": leading.claim.id if leading and leading.claim else None,
        "targets": part.targets,
        "covered": part.covered,
        "gaps": part.gaps,
        "answered_from": "claims",
        "from_parts": None,
    }


_NOTHING = Definition(
    title="-", unit="", measure="stock", definition="", parts=(), policy="", fresh_days=0
)
UNKNOWN = shown_part(Question("-", _NOTHING, World([], {}, {}), HEADLINE), Part())
"""The answer before an indicator is defined."""
FLAGS = (
    *("contradiction", "divergence", "overlap", "unknown-addend", "whole-below-parts"),
    *("newer-elsewhere", "grade-1-unsupported"),
)
"""The flags that follow from the origins; suspicions of single claims are another matter."""


def seen(body: Mapping[str, Any]) -> dict[str, Any]:
    """An answer of the views, reduced to what the oracle says of it."""
    names = ("best", "low", "high", "verdict", "open_low", "open_high", "origins", "claims", "reports")
    more = ("marking", "cutoff", "targets", "covered", "gaps", "answered_from", "from_parts")
    flags = {reduced(flag) for flag in body["flags"] if flag["code"] in FLAGS}
    leading = body["leading"]
    return {
        **{name: body[name] for name in (*names, *more)},
        "used": sorted(body["used"]),
        "level": body["support"]["level"],
        "leading": leading["claim"] if leading else None,
        "flags": sorted(flags),
    }


FIRST_ONLY = ("whole-below-parts", "relay-suspected", "stale-relay-suspected", "taken-back")
"""Flags of which only the first claim is compared."""


def reduced(flag: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    """The code of a flag and the claims in it that are compared."""
    claims = flag["claims"]
    if flag["code"] in FIRST_ONLY:
        claims = claims[:1]
    if flag["code"] == "parts-exceed-whole":
        claims = ()
    return flag["code"], tuple(sorted(claims))
