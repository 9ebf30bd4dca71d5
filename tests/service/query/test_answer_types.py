"""Each answer type describes what the query functions return, on the seed story and a little more."""

import importlib
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter
from pydantic_core import to_json
from typing_extensions import is_typeddict

import projections.answers
import projections.changed
import projections.moved
import service.dry_run
import service.query
from domain.commands import FileReport
from domain.vocabulary import Statement
from projections.answers.as_of import AsOf
from projections.answers.derived_series import AS, NotDerivable
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.questions import HEADLINE, Narrowing
from projections.answers.replay import replay, touches
from projections.changed.stands import Stood
from projections.tables.registry import indicators_at, sources_at
from service.api.estimate_proofs import estimate_proof
from service.dry_run import DryRunAnswer, dry_run
from service.http.bodies import parse
from service.query.board import BoardFilter, BoardItem, board
from service.query.changed import ListedChange, changed, listed_change
from service.query.changes import CountedChanges, counted_changes
from service.query.citations import CitationItem, citations
from service.query.claims import ClaimAnswer, claim
from service.query.comparison import ComparisonItem, comparison
from service.query.corrections import CorrectedField, corrections
from service.query.estimate_proof import EstimateProof
from service.query.estimates import CohortItem, UsedItem, cohort_items, estimate, used
from service.query.events import EventAnswer, FrameAnswer, event_answer, frame_answer
from service.query.explanations import (
    CountedExplanation,
    ExplainedClaim,
    ExplainedStep,
    counted_explanation,
    explained_claims,
    explained_steps,
)
from service.query.flags import OpenFlag, open_flags
from service.query.history import (
    CountedSeriesRow,
    KnownVintageRow,
    RevisionRow,
    VintageRow,
    known_vintage_rows,
    revision_rows,
    series_rows,
    vintage_rows,
)
from service.query.impact import ImpactAnswer, RelayingItem, impact, relays_of
from service.query.indicators import IndicatorItem, indicator, indicators
from service.query.open_matters import OpenAnswer, what_is_open
from service.query.proposal_answers import CheckAnswer, DraftAnswer
from service.query.proposal_questions import Propose
from service.query.proposals import check, draft
from service.query.reports import ReportAnswer, report, report_events
from service.query.search import ReportHit, search
from service.query.slippage import SlippageRow, slippage_rows
from service.query.sources import SourceAnswer, SourceItem, source, sources
from service.query.standpoint import AsOfAnswer, Standpoint
from service.server import running
from service.service import Service, opened
from service.settings import Settings
from service.views.history import position_of
from service.write.decisions import WriteRequest
from tests.http_spec import Api, Ask, post
from tests.http_spec import claim as said
from tests.http_spec import indicator as defined
from tests.http_spec import report as filed
from tests.test_seeds import load

DAY = 86_400_000_000
MORE = (
    defined("killed", measure="cumulative"),
    defined("gives", measure="proposition"),
    filed("a", said(300, "nis", "killed"), said(20, "nis", "killed", cohort="east")),
    filed("b", said(600, "us", "killed"), published_at="2025-01-15"),
    filed("c", said(300, "wire", "killed", basis="relay", derived_from=["a/1"])),
    filed(
        "d", said(250, "nis", "killed"), published_at="2025-01-20", evidence={"media_type": "text/html"}
    ),
    filed("e", {"indicator": "gives", "originator": "us", "stance": {"asserts": True}}),
    post("/v1/claims/a/1/disputes", by="us", reason="too low"),
    *(
        post("/v1/citations", indicator=name, where="a", published_by="2025-01-14", cohort=cohort)
        for name, cohort in (("killed", None), ("killed", "east"), ("gives", None))
    ),
    post("/v1/citations", id="closed", indicator="killed", where="d", when_it_moves={"by_percent": 5}),
    Ask("DELETE", "/v1/citations/closed"),
    post(
        "/v1/reports/b/corrections",
        kind="publisher",
        reason="typo",
        published_at="2025-01-16",
        claims=[{**said(700, "us", "killed"), "n": 1}],
    ),
    post(
        "/v1/indicators/killed/assessments",
        best=350,
        confidence="low",
        rationale="two origins",
        claims=["a/1"],
    ),
)
"""What the seeds have none of: cohorts, stances, disputes, corrections, assessments."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that holds the seeds and more; tests only read."""
    with ExitStack() as resources:
        opening = opened(Settings(data=tmp_path_factory.mktemp("story")))
        running_service = resources.enter_context(opening)
        client = resources.enter_context(running(running_service))
        load(client)
        head = Api(client, running_service).given(*MORE)
        assert running_service.follower.wait(head, 30)
        yield running_service


def standpoints(service: Service, db: Any) -> Iterator[Standpoint]:
    """Now, and at earlier times of all three axes."""
    head = position_of(db)
    then = service.clock()
    yield Standpoint(db, AsOf(head), current=True)
    yield Standpoint(db, AsOf(head // 2), known_at=then)
    yield Standpoint(db, AsOf(head, published_by=20_200 * DAY, valid_at=20_100 * DAY))
    yield Standpoint(db, AsOf(0))


Answers = Callable[[Service, Standpoint], Iterable[object]]


def _names(here: Standpoint) -> list[str]:
    return [row.id for row in indicators_at(here.db, position_of(here.db))]


def _claims(service: Service, here: Standpoint) -> list[str]:
    bodies = (report(here, service.log, hit["id"]) for hit in _hits(service, here))
    return [each["id"] for body in bodies if body for each in body["claims"]]


def _hits(service: Service, here: Standpoint) -> list[ReportHit]:
    return [
        hit for word in ("a", "b", "c", "d", "e") for hit in search(here, service.log, word, "", 30)
    ]


def _sources(here: Standpoint) -> list[str]:
    return [row.id for row in sources_at(here.db, here.as_of.position)]


def _narrowed(here: Standpoint) -> Iterator[tuple[str, Narrowing]]:
    for name in _names(here):
        for policy in (None, "latest-publication/1", "assessment/1"):
            yield name, Narrowing(policy=policy)
        yield name, Narrowing(cohort="east")


def _estimates(service: Service, here: Standpoint) -> Iterator[object]:
    yield from (estimate(here, name, asked) for name, asked in _narrowed(here))


def _board(service: Service, here: Standpoint) -> Iterator[object]:
    yield from (item for _, item in board(here, BoardFilter()))


def _series(service: Service, here: Standpoint) -> Iterator[object]:
    for name in _names(here):
        yield from series_rows(here, name, HEADLINE)
        yield from series_rows(here, name, HEADLINE, "first")
        try:
            for turned in AS:
                yield from series_rows(here, name, HEADLINE, turned=turned)
        except NotDerivable:
            continue


def _vintages(service: Service, here: Standpoint) -> Iterator[object]:
    for name in _names(here):
        yield from vintage_rows(here, name, HEADLINE, "record", every=True)
        yield from vintage_rows(here, name, HEADLINE, "publication", every=False)


def _known_vintages(service: Service, here: Standpoint) -> Iterator[object]:
    for name in _names(here):
        yield from known_vintage_rows(here, name, HEADLINE)


def _changes(service: Service, here: Standpoint) -> Iterator[object]:
    head = here.as_of.position
    return (counted_changes(here, name, (head // 2, head), HEADLINE) for name in _names(here))


def _comparisons(service: Service, here: Standpoint) -> Iterator[object]:
    yield from comparison(here, (None, "latest-publication/1"), "record", None, "", 100)


def _frames(service: Service, here: Standpoint) -> Iterator[object]:
    def headline(name: str, as_of: AsOf) -> EstimateAnswer:
        return estimate(Standpoint(here.db, as_of), name, with_cohorts=False)

    touched = touches(here.db, None, (0, ""), here.as_of.position, 100)
    for frame in replay(headline, touched, here.as_of, {}):
        [stored] = service.log.at([frame.position])
        yield frame_answer(frame, 0, stored)


def _dry_runs(service: Service, here: Standpoint) -> Iterator[object]:
    west, same = said(7, "uk", "killed", cohort="west"), said(300, "uk", "killed")
    for ask in (filed("z", west, published_at="2025-01-21"), filed("z", same)):
        yield dry_run(service, WriteRequest(parse(FileReport, to_json(ask.body)), "analyst"))


def _corrections(service: Service, here: Standpoint) -> Iterator[object]:
    for name in ("a", "b"):
        yield from (each for found in corrections(here, service.log, name).values() for each in found)


def _present(found: Iterable[object | None]) -> Iterator[object]:
    return (each for each in found if each is not None)


SAID = (
    "The NIS said on 26 June 2025 that about 6,000 more North Korean personnel would go to Russia in "
    "July, after Russia had announced 1,000 deminers and 5,000 builders. Flight 447 cost $3 million."
)
CHECKED: list[dict[str, Any]] = [
    {"indicator": "dprk-tranche3-planned", "originator": "nsi", "quantity": {"best": 7}},
    {
        "indicator": "dprk-tranche3-planned",
        "originator": "nis",
        "quantity": {"best": 6_000, "qualifier": "about"},
        "quote": {"exact": "about 6,000 more North Korean personnel"},
    },
]
"""Claims that somebody proposes from that: one without a quote, one that it bears out."""


def _changed(here: Standpoint) -> Iterator[ListedChange]:
    span = 0, here.as_of.position
    for latest_first in (False, True):
        for _, item in changed(here, BoardFilter(), span, None, 1_000, latest_first=latest_first):
            yield listed_change(item)


CASES: dict[Any, Answers] = {
    AsOfAnswer: lambda service, here: [here.echo],
    EstimateAnswer: _estimates,
    BoardItem: _board,
    CountedSeriesRow: _series,
    CountedExplanation: lambda _, here: (counted_explanation(here, *each) for each in _narrowed(here)),
    ExplainedClaim: lambda _, here: (
        each for asked in _narrowed(here) for each in explained_claims(here, *asked, None, slice(100))
    ),
    ExplainedStep: lambda _, here: (
        each for asked in _narrowed(here) for each in explained_steps(here, *asked, slice(100))
    ),
    DraftAnswer: lambda _, here: [draft(here, Propose(text=SAID))],
    CheckAnswer: lambda _, here: [check(here, SAID, [Statement(**each) for each in CHECKED])],
    CohortItem: lambda _, here: (each for name in _names(here) for each in cohort_items(here, name)),
    UsedItem: lambda _, here: (item for each in _narrowed(here) for item in used(here, *each, 0, 100)),
    VintageRow: _vintages,
    KnownVintageRow: _known_vintages,
    RevisionRow: lambda _, here: (r for n in _names(here) for r in revision_rows(here, n, HEADLINE)),
    SlippageRow: lambda _, here: (r for n in _names(here) for r in slippage_rows(here, n) or []),
    CountedChanges: _changes,
    ListedChange: lambda _, here: _changed(here),
    CitationItem: lambda _, here: citations(here, None, None, 0, 100),
    RelayingItem: lambda service, here: (
        each for name in _claims(service, here) for each in relays_of(here, name)
    ),
    ImpactAnswer: lambda service, here: _present(impact(here, n) for n in _claims(service, here)),
    ComparisonItem: _comparisons,
    OpenAnswer: lambda _, here: [what_is_open(here)],
    OpenFlag: lambda _, here: (flag for _, flag in open_flags(here, None, None)),
    ReportAnswer: lambda service, here: _present(
        report(here, service.log, hit["id"]) for hit in _hits(service, here)
    ),
    ReportHit: _hits,
    ClaimAnswer: lambda service, here: _present(
        claim(here, service.log, name) for name in _claims(service, here)
    ),
    SourceItem: lambda _, here: sources(here),
    SourceAnswer: lambda _, here: _present(source(here, name) for name in _sources(here)),
    IndicatorItem: lambda _, here: [
        *indicators(here, "", 100),
        *_present(indicator(here, name) for name in _names(here)),
    ],
    EventAnswer: lambda service, here: [
        *report_events(here, service.log, "a"),
        *(event_answer(each) for each in service.log.read(after=0, limit=500)),
    ],
    FrameAnswer: _frames,
    DryRunAnswer: _dry_runs,
    CorrectedField: _corrections,
    EstimateProof: lambda service, here: [
        estimate_proof(service, here, name, HEADLINE) for name in _names(here)
    ],
}


def closed(answer: Any) -> TypeAdapter[list[Any]]:
    """A strict reader of lists of an answer that refuses any key that the answer does not name."""
    return TypeAdapter(list[answer], config=ConfigDict(extra="forbid", strict=True))


@pytest.mark.parametrize("answer", CASES, ids=lambda answer: answer.__name__)
def test_an_answer_has_the_shape_of_its_type(story: Service, answer: Any) -> None:
    with story.views.reading() as db:
        found = [each for here in standpoints(story, db) for each in CASES[answer](story, here)]
    assert found
    closed(answer).validate_python(found)


def test_a_key_too_many_is_refused_however_deep() -> None:
    support: dict[str, Any] = {"level": None, "reasons": [], "more": 1}
    with pytest.raises(ValueError, match=r"support\.more"):
        closed(EstimateAnswer).validate_python([{"support": support}])


PACKAGES = (projections.answers, projections.changed, projections.moved, service.query)
MODULES = [
    service.dry_run,
    *(
        importlib.import_module(f"{package.__name__}.{each.name}")
        for package in PACKAGES
        for each in pkgutil.iter_modules(package.__path__)
    ),
]


def defined_in(module: ModuleType) -> Iterator[Any]:
    """The answer types that a module defines for others."""
    for name, value in vars(module).items():
        if is_typeddict(value) and value.__module__ == module.__name__ and name[0] != "_":
            yield value


TYPES = [each for module in MODULES for each in defined_in(module)]
BASES = {base for each in TYPES for base in each.__orig_bases__}
WITHIN = {Stood}
"""Parts of answers that are compared, and that nobody receives by themselves."""


def components() -> dict[str, Any]:
    """The schemas of all answers with all that they are made of, by name."""
    found: dict[str, Any] = {}
    for answer in CASES:
        schema = TypeAdapter(answer).json_schema(mode="serialization")
        found |= {**schema.pop("$defs", {}), schema["title"]: schema}
    return found


def test_every_type_is_named_once_and_is_part_of_an_answer() -> None:
    names = [each.__name__ for each in TYPES]
    assert len(names) == len(set(names))
    answers = {each.__name__ for each in TYPES if each not in BASES | WITHIN}
    assert answers <= components().keys() <= {*names}


def test_every_schema_has_a_description_of_one_sentence() -> None:
    for name, schema in components().items():
        assert schema["description"].endswith("."), name
        assert "\n" not in schema["description"], name


def test_instants_and_days_have_their_formats() -> None:
    schemas = components()
    assert schemas["VintageRow"]["properties"]["from"]["format"] == "date-time"
    assert schemas["EvidenceItem"]["properties"]["cutoff"]["format"] == "date"
    assert "ReportFiled" in schemas["CauseAnswer"]["properties"]["type"]["enum"]
