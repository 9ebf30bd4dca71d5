"""Figures that a text gives again: in its headline, or further down in the same voice."""

from collections.abc import Hashable, Sequence
from fractions import Fraction

from domain.reading.parts import Part
from domain.reading.proposal import NotAFigure, Proposal


def without_repeats(
    parts: Sequence[Part], proposals: Sequence[Proposal]
) -> tuple[list[Proposal], list[NotAFigure]]:
    """The proposals but for those that say again what another says, and those others with why."""
    kept, dropped = list[Proposal](), list[NotAFigure]()
    said = {part.figure.numbers for part in parts if part.sentence.form != "heading"}
    first: dict[Hashable, int] = {}
    for part, proposal in zip(parts, proposals, strict=True):
        why = _why_in_heading(part, said) or _why_again(part, proposal, first)
        if why:
            dropped.append(NotAFigure(proposal.quote, why, proposal.quantity))
        else:
            kept.append(proposal)
    return kept, dropped


def _why_in_heading(part: Part, said: set[tuple[Fraction, ...]]) -> str:
    if part.sentence.form != "heading":
        return ""
    if not part.figure.numbers:
        return "stands in a headline and gives no number" if said else ""
    return "stands in a headline, and again in the text" if part.figure.numbers in said else ""


def _why_again(part: Part, proposal: Proposal, first: dict[Hashable, int]) -> str:
    """Why a figure in a later sentence is the one before it: the same numbers of the same things."""
    if not part.figure.numbers or part.sentence.form == "heading":
        return ""
    what = proposal.indicator or proposal.counted.lower()
    key = part.figure.numbers, what, proposal.originator, proposal.period, part.figure.sort
    at = first.setdefault(key, part.scene)
    return "is given before in the text" if what and at != part.scene else ""
