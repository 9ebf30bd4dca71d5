"""Why an estimate is what it is: every claim used or left out, with its chain and the reason.

An indicator may have thousands of claims, of which an explanation lists the first and counts the
others; `explained_claims` and `explained_steps` have them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.estimates.claims import Claim
from projections.answers.estimate_answer import EstimateAnswer, EstimateFields, estimate_answer
from projections.answers.explanation import Explanation, LeftOutReason, Use, explain
from projections.answers.flags import flags
from projections.answers.glance import in_short
from projections.answers.questions import Narrowing
from service.query.estimates import estimate
from service.query.evidence import EvidenceItem, ExcludedItem, RelayItem, evidence_item
from service.query.listed import MOST_ASKED, ListedFields, listed_fields
from service.query.standpoint import Standpoint

MOST_EXPLAINED = 100
"""Number of claims, and of steps, in each list of an explanation, unless more are asked for."""
_MOST = Field(max_length=MOST_ASKED)


class ExplanationAnswer(EstimateFields):
    """An estimate with the claims used or left out, each with its chain and the reason."""

    used: list[EvidenceItem]
    excluded: list[ExcludedItem]
    relays: list[RelayItem]
    steps: list[str]
    n_excluded: int
    n_relays: int
    n_steps: int


class CountedExplanation(ExplanationAnswer, ListedFields):
    """An explanation of which no list is long: it has the first of each, and counts all."""

    used: Annotated[list[EvidenceItem], _MOST]
    excluded: Annotated[list[ExcludedItem], _MOST]
    relays: Annotated[list[RelayItem], _MOST]
    steps: Annotated[list[str], _MOST]


class ExplainedClaim(EvidenceItem):
    """A claim of an explanation: why it was left out and for which one, or the root that it relays."""

    use: Use
    reason: LeftOutReason | None
    by: str | None
    root: str | None


class ExplainedStep(TypedDict):
    """A step from claims to a figure, in words."""

    step: str


@dataclass(frozen=True, slots=True)
class _Row:
    """A claim of an explanation, before it is read with its chain, which takes long."""

    claim: Claim
    use: Use
    reason: LeftOutReason | None = None
    by: str | None = None
    root: str | None = None


@dataclass(frozen=True, slots=True)
class _Rows:
    """The claims of an explanation by their use, and the steps to its figure."""

    used: Sequence[_Row] = ()
    relays: Sequence[_Row] = ()
    excluded: Sequence[_Row] = ()
    steps: Sequence[str] = field(default=())


def explanation(
    here: Standpoint, indicator: str, asked: Narrowing, most: int | None = None
) -> ExplanationAnswer:
    """An estimate with the claims used or left out: up to `most` of each use, without it all."""
    here = here.on(indicator)
    explained = explain(here.db, indicator, here.as_of, asked)
    body = _body(here, indicator, asked, explained)
    rows = _rows(explained)
    excluded, relays = rows.excluded[:most], rows.relays[:most]
    return {
        **body,
        "used": [evidence_item(here, row.claim) for row in rows.used[:most]],
        "excluded": [_excluded(here, row) for row in excluded],
        "relays": [{**evidence_item(here, row.claim), "root": row.root} for row in relays],
        "steps": list(rows.steps[:most]),
        "n_excluded": len(rows.excluded),
        "n_relays": len(rows.relays),
        "n_steps": len(rows.steps),
    }


def counted_explanation(
    here: Standpoint, indicator: str, asked: Narrowing, most: int = MOST_EXPLAINED
) -> CountedExplanation:
    """An explanation of which no list is long."""
    body = explanation(here, indicator, asked, most)
    short = in_short(body["flags"])
    return {**body, **listed_fields(body, short["flags"], short["flag_counts"])}


def explained_claims(
    here: Standpoint, indicator: str, asked: Narrowing, use: Use | None, part: slice
) -> list[ExplainedClaim]:
    """A part of the claims of an explanation, of one use or of all: used, relays, left out."""
    here = here.on(indicator)
    rows = _rows(explain(here.db, indicator, here.as_of, asked))
    every = (*rows.used, *rows.relays, *rows.excluded)
    found = [row for row in every if use in (None, row.use)][part]
    return [
        {
            **evidence_item(here, row.claim),
            "use": row.use,
            "reason": row.reason,
            "by": row.by,
            "root": row.root,
        }
        for row in found
    ]


def explained_steps(
    here: Standpoint, indicator: str, asked: Narrowing, part: slice
) -> list[ExplainedStep]:
    """A part of the steps from claims to the figure."""
    here = here.on(indicator)
    rows = _rows(explain(here.db, indicator, here.as_of, asked))
    return [{"step": step} for step in rows.steps[part]]


def _body(
    here: Standpoint, indicator: str, asked: Narrowing, explained: Explanation | None
) -> EstimateAnswer:
    if explained is None:
        return estimate(here, indicator, asked)
    body = estimate_answer(indicator, explained.defined, explained.counted)
    body["flags"] += flags(here.db, indicator, here.as_of, asked, here.suspect)
    if here.knows_withheld:
        body["withheld"] = True
    return body


def _rows(explained: Explanation | None) -> _Rows:
    if explained is None:
        return _Rows()
    found = explained.defined.estimate
    return _Rows(
        [_Row(claim, "used") for claim in found.used],
        [
            _Row(relay.claim, "relay", root=root)
            for relay in found.relays
            for root in relay.roots or (None,)
        ],
        [_Row(out.claim, "excluded", out.reason, out.by) for out in explained.left_out],
        found.steps,
    )


def _excluded(here: Standpoint, row: _Row) -> ExcludedItem:
    assert row.reason is not None
    return {**evidence_item(here, row.claim), "reason": row.reason, "by": row.by}
