"""Generated claims that meet often, and what is said of one without the program."""

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.vocabulary import Measure
from tests.domain.estimates.suspecting import MEASURES
from tests.histories import said

DAYS = tuple(f"2025-01-{day:02}" for day in (1, 2, 5, 15, 16, 17, 20, 29))
PERIODS = (None, None, "2025-01-01", "2025-01-05", "../2025-01-15", "2025-01-01/2025-01-20")
FIGURES: tuple[dict[str, Any], ...] = (
    *({"best": 100}, {"best": 100}, {"best": 105}, {"best": 300}, {"best": 300}),
    *({"low": 100}, {"high": 100}, {"best": 300, "qualifier": "about"}, {}),
    *({"qualifier": "unknown"}, {"best": 9}),
)
WORDS = st.tuples(
    st.sampled_from(("nis", "us", "uk")),
    st.sampled_from(DAYS),
    st.sampled_from(PERIODS),
    st.sampled_from((None, None, None, "east")),
    st.sampled_from(FIGURES),
    st.sampled_from(("own-intelligence", "own-intelligence", "relay")),
    st.sampled_from(((), (), (0,), (1,), (2, 3))),
    st.booleans(),
)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Measure, list[Claim]]:
    """Claims that meet often, each linked to some before it that were stated no later day."""
    measure = draw(st.sampled_from(MEASURES))
    made = list[Claim]()
    for n, words in enumerate(draw(st.lists(WORDS, max_size=9))):
        originator, day, period, cohort, figure, basis, links, asserts = words
        body: dict[str, Any] = figure or {"qualifier": "unspecified"}
        if measure == "proposition":
            body = {"asserts": asserts}
        body = {**body, "originator": originator, "voice": originator, "cohort": cohort, "basis": basis}
        claim = said(f"r{n}/1", measure=measure, stated=day, period=period, position=n + 1, **body)
        parents = [made[i].id for i in links if i < n and made[i].stated_day <= claim.stated_day]
        made.append(replace(claim, links=tuple(parents)))
    # Of one day the one that was recorded first may have been stated last.
    return measure, [
        replace(c, stated=c.stated + draw(st.integers(0, 2)) * 3_600_000_000) for c in made
    ]


def has_figure(claim: Claim) -> bool:
    return any(x is not None for x in (claim.low, claim.best, claim.high))


def told(claim: Claim) -> tuple[int, ...]:
    """When it was said, to the last tie."""
    return claim.stated, claim.published, claim.position, claim.n
