"""Figures that a text names as parts of a whole: their sum, and the period that the whole lends."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby

from domain.estimates.figures import number_text
from domain.reading.figure import Figure
from domain.reading.proposal import Proposal
from domain.reading.qualifiers import number_of
from domain.reading.sentences import Sentence

_REACH = 4
"""How many sentences before its parts a whole may stand."""


@dataclass(frozen=True, slots=True)
class Part:
    """A proposed figure with where it stands."""

    proposal: Proposal
    figure: Figure
    scene: int
    sentence: Sentence

    @property
    def group(self) -> tuple[str, int]:
        """The list, or the sentence, that it is in."""
        lead = self.sentence.lead
        return ("list", lead) if lead is not None else ("sentence", self.scene)


def with_sums(parts: Sequence[Part]) -> list[Part]:
    """The same figures, those that are parts with their sum, and with what the whole says of them."""
    made = list(parts)
    for indices in _groups(parts):
        group = [parts[i] for i in indices]
        bests = [part.figure.best or Fraction() for part in group]
        total = sum(bests, Fraction())
        terms = " and ".join(number_text(number_of(best)) for best in bests)
        said = f"sum: {terms} make {number_text(number_of(total))}"
        whole = next(
            (i for i in range(indices[0] - 1, -1, -1) if _is_whole(parts[i], group[0], float(total))),
            None,
        )
        for i in indices:
            made[i] = _told(made[i], said, None if whole is None else parts[whole].proposal)
        if whole is not None:
            made[whole] = _told(made[whole], said, None)
    return made


def _groups(parts: Sequence[Part]) -> Iterator[list[int]]:
    """The indices of figures that stand side by side, each of something else."""
    for _, found in groupby(range(len(parts)), key=lambda i: parts[i].group):
        indices = [i for i in found if _can_add(parts[i])]
        names = {parts[i].proposal.counted.lower() for i in indices}
        if len(indices) > 1 and len(names) == len(indices) and "" not in names:
            yield indices


def _can_add(part: Part) -> bool:
    figure = part.figure
    return figure.sort == "count" and figure.best is not None and part.sentence.form != "heading"


def _is_whole(one: Part, part: Part, total: float) -> bool:
    figure = one.figure
    near = part.scene - one.scene <= _REACH and one.sentence.form != "heading"
    return near and figure.sort == "count" and figure.best is not None and float(figure.best) == total


def _told(part: Part, said: str, whole: Proposal | None) -> Part:
    made = replace(part.proposal, why=(*part.proposal.why, said))
    if whole is not None:
        made = replace(made, why=(*made.why, f"parts of: “{whole.quote.exact}”"))
        if made.period is None and whole.period is not None:
            made = replace(
                made, period=whole.period, why=(*made.why, f"period: that of the whole, {whole.period}")
            )
        if made.originator is None and not made.originators:
            made = replace(made, originator=whole.originator, originators=whole.originators)
    return replace(part, proposal=made)
