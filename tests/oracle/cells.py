"""What the file that checks a proof does not answer: every cell, and why a claim is not used."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from service.proof.standalone.answers import shown_part
from service.proof.standalone.claims import Said, World
from service.proof.standalone.figures import Days, cell, cell_of
from service.proof.standalone.judging import one_cell
from service.proof.standalone.nesting import addends
from service.proof.standalone.origins import origins
from service.proof.standalone.periods import parse_period
from service.proof.standalone.question import HEADLINE, Asked, Question, part_of
from service.proof.standalone.records import Definition


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


def row_key(definition: Definition, row: Mapping[str, Any]) -> tuple[Any, ...]:
    """The key in `series` of a row of an answer."""
    days: Days = (None, None)
    if row["period"] is not None:
        days = cell(definition.measure, parse_period(row["period"]), definition.since)
    return row.get("cohort"), *days, row.get("incident"), bool(row.get("prospective"))
