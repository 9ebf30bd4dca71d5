"""Estimates: one estimate, and what it uses."""

from collections import Counter
from itertools import islice

from typing_extensions import TypedDict

from projections.answers.as_of import EVERYTHING
from projections.answers.claims import cohorts
from projections.answers.elsewhere import elsewhere
from projections.answers.estimate_answer import EstimateAnswer, flag_answer
from projections.answers.estimates import answer, short_answer, used_claims
from projections.answers.flags import flags, listed_flags
from projections.answers.kept_sums import MOST_FLAGS
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.replay import last_touch
from projections.headlines import headline
from projections.tables.projection import FOREVER
from service.query.listed import CountedEstimate, listed_fields
from service.query.standpoint import Standpoint


class UsedItem(TypedDict):
    """A claim that an estimate uses."""

    claim: str


class CohortItem(TypedDict):
    """A cohort of which an indicator has claims that count."""

    cohort: str


def estimate(
    here: Standpoint, indicator: str, asked: Narrowing = HEADLINE, *, with_cohorts: bool = True
) -> EstimateAnswer:
    """One estimate; the current headline is read as it is stored, everything else is computed."""
    here = here.on(indicator)
    body = (
        headline_of(here, indicator) if asked.plain else answer(here.db, indicator, here.as_of, asked)
    )
    body["flags"] += flags(here.db, indicator, here.as_of, asked, here.suspect)
    return _with_more(here, indicator, asked, body, with_cohorts=with_cohorts)


def counted_estimate(
    here: Standpoint, indicator: str, asked: Narrowing = HEADLINE, *, with_cohorts: bool = True
) -> CountedEstimate:
    """One estimate of which no list is long; of its flags no more are read than are listed."""
    here = here.on(indicator)
    body = _kept_headline(here, indicator) if here.plain and asked.plain else None
    if body is not None:
        counts = Counter(flag["code"] for flag in body["flags"])
    else:
        body, counts = short_answer(here.db, indicator, here.as_of, asked)
    suspected = listed_flags(here.db, indicator, here.as_of, asked, here.suspect, MOST_FLAGS)
    counts.update(suspected.counts)
    flags = [*body["flags"], *map(flag_answer, suspected.flags)][:MOST_FLAGS]
    found = _with_more(here, indicator, asked, body, with_cohorts=with_cohorts)
    return {**found, **listed_fields(found, flags, dict(counts))}


def _with_more(
    here: Standpoint, indicator: str, asked: Narrowing, body: EstimateAnswer, *, with_cohorts: bool
) -> EstimateAnswer:
    """An estimate with what is told beside it: what is withheld or elsewhere, and the cohorts."""
    if here.knows_withheld:
        body["withheld"] = True
    if asked.period is None:
        body = with_elsewhere(here, body)
    if with_cohorts and asked.cohort is None:
        body["cohorts"] = cohorts(here.db, indicator, here.as_of)
    return body


def with_elsewhere(here: Standpoint, body: EstimateAnswer) -> EstimateAnswer:
    """An estimate with what its claims are about, where that is why it is unknown."""
    found = elsewhere(here.db, body, here.as_of)
    return body if found is None else {**body, "elsewhere": found}


def headline_of(here: Standpoint, indicator: str) -> EstimateAnswer:
    """The headline of an indicator at a standpoint `on` it, without the flags over all its claims.

    It is read as it is kept where that is right: nothing touched the indicator since.
    """
    body = _kept_headline(here, indicator) if here.plain else None
    return body or answer(here.db, indicator, here.as_of)


def _kept_headline(here: Standpoint, indicator: str) -> EstimateAnswer | None:
    if not here.current and last_touch(here.db, indicator, FOREVER) > here.as_of.position:
        return None
    if here.as_of.clearance == EVERYTHING:
        return headline(here.db, indicator)
    kept = here.headline(here.db, indicator, here.as_of)
    return {**kept, "flags": list(kept["flags"])}  # the caller adds to them


def used(here: Standpoint, indicator: str, asked: Narrowing, start: int, limit: int) -> list[UsedItem]:
    """At most `limit` of the claims that an estimate uses, in its order, from the `start`-th on."""
    here = here.on(indicator)
    found = used_claims(here.db, indicator, here.as_of, asked)
    return [{"claim": claim} for claim in islice(found, start, start + limit)]


def cohort_items(here: Standpoint, indicator: str) -> list[CohortItem]:
    """Every cohort of which an indicator has claims that count."""
    return [{"cohort": name} for name in cohorts(here.db, indicator, here.on(indicator).as_of)]
