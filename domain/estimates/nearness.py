"""The claims of an increment that can matter to one of its periods or incidents, among all.

Cells count together where one shares days with another, and that one with the next.
"""

from collections.abc import Hashable, Iterable, Sequence

from domain.estimates.cells import Span, hull, meet, span
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question, concerns


def near_claims(question: Question, claims: Sequence[Claim]) -> list[Claim]:
    """The claims in cells that share days with what is asked, or with others that do.

    What derives from others is among them wherever it is, since it may stand in for one of these, and
    so is what is planned, since it may replace an earlier plan. All claims are near to the whole.
    """
    if question.measure != "increment" or (question.cell is None and question.incident is None):
        return list(claims)
    said = dict[Hashable, list[Span]]()
    for claim in claims:
        said.setdefault(_cell(claim), []).append(span(claim.cell))
    days = {cell: hull(spans) for cell, spans in said.items()}
    asked = {days[_cell(claim)] for claim in claims if concerns(question, claim)}
    if question.cell is not None:
        asked.add(span(question.cell))
    near = [each for each in _connected(days.values()) if any(meet(each, one) for one in asked)]
    return [
        claim
        for claim in claims
        if claim.links or claim.prospective or any(meet(days[_cell(claim)], each) for each in near)
    ]


def _cell(claim: Claim) -> Hashable:
    """What a claim is about; an incident whatever its cohort."""
    return claim.incident or claim.cell


def _connected(spans: Iterable[Span]) -> list[Span]:
    """The days of cells that share days, one after another."""
    found = list[Span]()
    for first, last in sorted(spans):
        if found and first <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return found
