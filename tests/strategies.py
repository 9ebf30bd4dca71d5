"""Sequences of commands over a few reports, indicators and sources, so that they meet each other."""

from typing import Any

from hypothesis import strategies as st

from domain.commands import (
    Command,
    CorrectReport,
    DefineIndicator,
    DisputeClaim,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RecordAssessment,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.events import Event
from domain.vocabulary import MARKINGS
from tests.spec import World, a, claim, defined, filed, registered

INDICATORS = {"killed": "cumulative", "present": "stock", "arrived": "increment", "war": "proposition"}
BEFORE: tuple[Event, ...] = (
    *(defined(name, measure) for name, measure in INDICATORS.items()),
    *(registered(source) for source in ("nis", "gur", "wire")),
    filed("r-1", claim(1), claim(2, indicator="present"), published_at="2025-01-10"),
    filed("r-2", claim(1, derived_from=["r-1/1"]), claim(3), published_at="2025-01-11"),
    filed("r-3", claim(4), claim(5, originator="gur"), published_at="2025-01-11"),
)
"""What happened before any sequence begins: there is something to work on."""

reports = st.sampled_from(["r-1", "r-2", "r-3", "r-4"])
sources = st.sampled_from(["nis", "gur", "wire", "tass"])
QUOTES = [{"exact": "about 600"}, {"exact": "600", "prefix": "about ", "start": 6, "end": 9}]
WHOLE_DAYS = [f"2025-01-{day:02}" for day in range(10, 14)]
EAST_AND_WEST = ["2025-01-12T03:00:00+09:00", "2025-01-11T22:00:30.5-05:00", "2025-01-13T01:00:00Z"]
days = st.sampled_from([*WHOLE_DAYS * 4, *EAST_AND_WEST])
published = st.sampled_from([*WHOLE_DAYS * 4, *EAST_AND_WEST, "2025-01"])
numbers = st.integers(1, 3)
claim_ids = st.builds("{}/{}".format, reports, numbers)
roots = st.sampled_from(["r-1/1", "r-2/1", "r-3/2"])
reasons = st.sampled_from(["", "typo"])


@st.composite
def claims(draw: st.DrawFn) -> dict[str, Any]:
    """A claim, nearly always of the kind that its indicator takes."""
    indicator = draw(st.sampled_from([*INDICATORS] * 10 + ["kiled"]))
    stance = (indicator == "war") != draw(st.sampled_from([False] * 39 + [True]))
    bounds = st.dictionaries(st.sampled_from(["low", "best", "high"]), st.integers(0, 9), min_size=1)
    return {
        "indicator": indicator,
        "originator": draw(sources),
        "spokesperson": draw(st.none() | sources),
        "stated_at": draw(st.none() | days),
        "period": "2025-01" if indicator == "arrived" else draw(st.none() | st.just("2025-01")),
        "incident": draw(st.none() | st.just("strike")) if indicator == "arrived" else None,
        "derived_from": draw(st.sampled_from([[], [], [], ["r-1/1"], ["r-2/1", "r-3/2"]])),
        "rests_on": draw(st.sampled_from([[]] * 6 + [["r-1/1"], ["r-2/2", "r-3/1"]])),
        "quote": draw(st.none() | st.sampled_from(QUOTES)),
        "stance" if stance else "quantity": {"asserts": True} if stance else draw(bounds),
    }


some_claims = st.lists(claims(), min_size=1, max_size=3)
restated = st.builds(
    lambda claims, numbers: [claim | {"n": n} for claim, n in zip(claims, numbers, strict=False)],
    some_claims,
    st.permutations([1, 2, None]),
)
provenance_changes = st.fixed_dictionaries(
    {}, optional={"title": st.sampled_from(["A", "B"]), "publisher": sources, "published_at": published}
)
acts = st.just({"kind": "record"}) | st.builds(
    lambda day: {"kind": "publisher", "published_at": day}, published
)


def made(kind: type[Command], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Command]:
    return st.fixed_dictionaries(fields).map(lambda data: a(kind, **data))


def acted(kind: type[Command], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Command]:
    data = st.builds(lambda act, rest: act | rest, acts, st.fixed_dictionaries(fields))
    return data.map(lambda data: a(kind, **data))


filing = made(FileReport, id=reports, publisher=sources, published_at=published, claims=some_claims)
linking = made(LinkClaim, claim=claim_ids, derived_from=claim_ids, reason=reasons)
unlinking = made(UnlinkClaim, claim=claim_ids, derived_from=roots, reason=reasons)
correcting = acted(
    CorrectReport,
    report=reports,
    reason=reasons,
    provenance=st.none() | provenance_changes,
    claims=st.none() | restated,
)

rare = [
    made(GradeClaim, claim=claim_ids, credibility=st.integers(1, 6), reason=reasons),
    made(
        DisputeClaim,
        claim=claim_ids,
        by=sources,
        reason=reasons,
        published_at=st.none() | published,
    ),
    made(
        RecordAssessment,
        indicator=st.sampled_from(["killed", "present", "losses", "war", "kiled"]),
        best=st.integers(0, 2),
        confidence=st.just("low"),
        claims=st.lists(claim_ids, max_size=2),
    ),
    made(HoldReport, report=reports, reason=reasons),
    made(ReleaseReport, report=reports, reason=reasons),
    made(MarkReport, report=reports, marking=st.sampled_from(MARKINGS), reason=reasons),
    acted(WithdrawReport, report=reports, reason=reasons),
    made(
        RegisterSource,
        id=sources,
        name=st.none() | st.just("Name"),
        aliases=st.sampled_from([[], ["The Service"], ["Service", "service"]]),
        speaks_for=st.none() | sources,
    ),
    made(GradeSource, source=sources, reliability=st.sampled_from("ABCDEF"), reason=reasons),
    made(
        DefineIndicator,
        id=st.sampled_from(["losses", "war"]),
        title=st.sampled_from(["A", "B"]),
        unit=st.sampled_from(["persons", "dead"]),
        measure=st.sampled_from(["proposition", "proposition", "stock"]),
        parts=st.lists(st.sampled_from([*INDICATORS, "losses"]), max_size=2),
        minimum=st.sampled_from([0, 0, -5, None]),
        plans_for=st.none() | st.sampled_from(["killed", "losses"]),
        terms=st.sampled_from([[], ["losses", "dead"], ["dead", "Dead"]]),
        topics=st.sampled_from([[], ["War"]]),
    ),
]
often = [filing] * 2 + [correcting] * 8 + [linking] * 8 + [unlinking] * 8
commands = st.sampled_from([*often, *rare]).flatmap(lambda kind: kind)
histories = st.lists(commands, min_size=10, max_size=20)


def world() -> World:
    """What a sequence begins in."""
    return World(BEFORE)
