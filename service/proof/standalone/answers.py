"""What an indicator answers: its headline, a cell, a sum, its parts, every cell."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.proof.standalone.accounts import Logged
from service.proof.standalone.claims import CLEARANCES, Said, Times, World, claims_at
from service.proof.standalone.figures import shown
from service.proof.standalone.origins import independent, voices_of
from service.proof.standalone.part import Part
from service.proof.standalone.parts import from_parts, shown_cutoff
from service.proof.standalone.policies import LATEST_PUBLICATION
from service.proof.standalone.question import HEADLINE, Asked, Question, part_of
from service.proof.standalone.records import Definition, Record


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


def _figure_of(question: Question, part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    figure = shown_part(question, part)
    names = ("best", "low", "high", "open_low", "open_high")
    return {name: figure[name] for name in names} | {"parts": list(question.definition.parts)}


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


def _voices(question: Question, used: list[Said]) -> int:
    """The voices that are independent; a reader of feeds does not know what rests on what."""
    if question.policy == LATEST_PUBLICATION:
        return len({claim.voice for claim in used})
    return voices_of(used, question.world)


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
        "origins": _voices(question, part.used),
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


_NOTHING = Record({"measure": "stock", "parts": [], "policy": "", "fresh_days": 0})
UNKNOWN = shown_part(Question("-", _NOTHING, World([], {}, {}), HEADLINE), Part())
"""The answer before an indicator is defined."""
FLAGS = (
    *("contradiction", "divergence", "overlap", "unknown-addend", "whole-below-parts"),
    *("newer-elsewhere", "grade-1-unsupported"),
)
"""The flags that follow from the origins; suspicions of single claims are another matter."""


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
