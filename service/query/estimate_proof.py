"""The proof of an estimate: the events that it depends on, each proved, and what was asked."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from domain.times import show_instant
from projections.answers.as_of import EVERYTHING
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.questions import Narrowing
from projections.answers.values import Instant, PolicyName
from service.query.estimates import estimate
from service.query.recomputing import Body, recomputed
from service.query.standpoint import Standpoint
from service.signing.published import MOST_HASHES, Base64, Salt, State

MOST_EVENTS = 10_000
"""Maximum number of events of a proof, which is made in memory: about 20 MB."""
CANNOT_SHOW = (
    "that what the events say is true: only that it was recorded, and when, and was not altered since",
    "that there is no other event in the log on which the figure depends: for that, verify the whole "
    "log and its estimates",
    "that others are shown the same log: compare checkpoints with theirs, or ask for witnesses",
)


class QuestionAnswer(TypedDict):
    """What was asked of an indicator beside the position, which `as_of` has; null where it was not."""

    indicator: str
    cohort: str | None
    period: str | None
    incident: str | None
    originator: str | None
    policy: PolicyName | None
    known_at: Instant | None
    published_by: Instant | None
    valid_at: Instant | None


class ProvedEvent(TypedDict):
    """An event of a proof: its entry in the tree, its stored bytes, and the path to the root."""

    position: int
    index: int
    entry: str
    state: State
    # Both are null where they are redacted, or the event names something not shown to the caller.
    body: Base64 | None
    salt: Salt | None
    path: Annotated[list[Base64], Field(max_length=MOST_HASHES)]


class EstimateProof(TypedDict):
    """An estimate with the events from which it can be computed again, under a signed checkpoint."""

    question: QuestionAnswer
    policy: PolicyName | None
    """The policy that answers, whether it was asked for or is the indicator's own."""
    estimate: EstimateAnswer
    checkpoint: str
    verifiers: list[str]
    """The keys that signed the checkpoint, as this server says: trust those from elsewhere."""
    events: Annotated[list[ProvedEvent], Field(max_length=MOST_EVENTS)]
    cannot_show: Annotated[list[str], Field(max_length=len(CANNOT_SHOW))]


def question_answer(here: Standpoint, indicator: str, asked: Narrowing) -> QuestionAnswer:
    """What was asked, as callers receive it."""
    times = here.echo
    return {
        "indicator": indicator,
        "cohort": asked.cohort,
        "period": asked.period.text if asked.period else None,
        "incident": asked.incident,
        "originator": asked.originator,
        "policy": asked.policy,
        "known_at": show_instant(here.known_at) if here.known_at else None,
        "published_by": times["published_by"],
        "valid_at": times["valid_at"],
    }


def proved_estimate(
    here: Standpoint, indicator: str, asked: Narrowing, events: list[Body] | None
) -> EstimateAnswer:
    """The estimate that a proof is for; `events` are those that the reader has, None where some lack.

    A reader from whom some of the indicator is hidden is given the estimate that these events make. It
    is the one that he is given elsewhere, unless links that he may not see tell which claims are one.
    """
    seen = here.on(indicator)
    if events is None or seen.as_of.clearance == EVERYTHING:
        return estimate(here, indicator, asked)
    as_of = replace(here.as_of, clearance=EVERYTHING)
    return recomputed(events, indicator, as_of, asked)
