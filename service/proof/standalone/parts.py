"""A whole from its parts."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from service.proof.standalone.figures import total
from service.proof.standalone.part import Part
from service.proof.standalone.policies import LATEST_PUBLICATION
from service.proof.standalone.question import ASSESSMENT, Question, part_of
from service.proof.standalone.sums import LEVELS, least


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
    if not any(part.known for part in found):
        return None
    return _sum_of_parts(found, asked)


def _of_part(question: Question, above: frozenset[str]) -> Part:
    """What a part answers, itself from its parts where it has no origin."""
    part = part_of(question)
    if not part.own and (parts := from_parts(question, above)):
        return parts
    leading = part.leading.claim if part.leading else None
    latest = max((claim.cutoff for claim in part.used), default=None)
    covers = leading.cutoff if leading else latest
    return replace(part, cutoff=shown_cutoff(part), covers=covers, counted=question.counted())


def _of_one_time(question: Question, parts: Sequence[Part]) -> list[Part]:
    """The parts; those whose cut-off lies too far behind the latest count as without a figure."""
    days = [part.covers.date() for part in parts if part.covers and part.known]
    latest, fresh = max(days, default=None), timedelta(days=question.definition.fresh_days)
    return [
        Part(counted=part.counted)
        if latest and part.covers and latest - part.covers.date() > fresh
        else part
        for part in parts
    ]


def _sum_of_parts(parts: Sequence[Part], asked: Sequence[Question]) -> Part:
    telling = [part for part in parts if part.known]
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
        covers=max((claim.cutoff for claim in used.values()), default=None),
        counted=list({claim.id: claim for part in parts for claim in part.counted}.values()),
    )


def shown_cutoff(part: Part) -> date | None:
    """The day that an answer shows: of a sum the latest, else that of the leading claim."""
    leading = part.leading.claim if part.leading else None
    return part.cutoff or (leading.shown_cutoff if leading else None)
