"""What an indicator answers: its headline, a cell, a sum, its parts, every cell."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from domain.events import Definition
from tests.oracle.accounts import Logged
from tests.oracle.claims import CLEARANCES, Said, Times, World, claims_at
from tests.oracle.figures import cell_of, shown
from tests.oracle.judging import one_cell
from tests.oracle.nesting import addends
from tests.oracle.origins import independent, origins, voices_of
from tests.oracle.part import Part
from tests.oracle.parts import from_parts, shown_cutoff
from tests.oracle.question import HEADLINE, Asked, Question, part_of


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


def shown_part(question: Question, part: Part, counted: Sequence[Said] | None = None) -> dict[str, Any]:
    counted = question.counted() if counted is None else counted
    leading = part.leading if part.leading and not part.leading.inside else None
    cutoff = shown_cutoff(part)
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
