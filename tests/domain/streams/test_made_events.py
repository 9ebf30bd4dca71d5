"""Events are made of the parts of commands without validating them again, and are the same as if."""

from hypothesis import given
from hypothesis import strategies as st

from domain.commands import CorrectReport, FileReport
from domain.errors import Refused
from domain.events import ReportCorrected, ReportFiled
from domain.streams.report import filing
from domain.vocabulary import MARKINGS, Model, NumberedStatement
from tests import strategies
from tests.spec import World, a, claim
from tests.strategies import BEFORE, correcting, published, some_claims, sources
from tests.work import calls

filings = strategies.made(
    FileReport,
    id=st.just("r-9"),
    publisher=sources,
    url=st.none() | st.just("https://example.org/a"),
    title=st.none() | st.just("Zu\u0308rich"),
    published_at=published,
    marking=st.sampled_from(MARKINGS),
    evidence=st.none() | st.just({"sha256": "0" * 64}),
    claims=some_claims,
)


def same(mine: Model, theirs: Model) -> None:
    """Two values have the same fields, in the same order, of the same types, and the same bytes."""
    assert mine == theirs
    assert list(vars(mine)) == list(vars(theirs)) == list(type(mine).model_fields)
    assert list(map(type, vars(mine).values())) == list(map(type, vars(theirs).values()))
    assert mine.model_dump_json(exclude_none=True) == theirs.model_dump_json(exclude_none=True)


@given(filings | correcting)
def test_an_event_is_what_is_read_back(command: FileReport | CorrectReport) -> None:
    world = World(BEFORE)
    try:
        decided = world.decide(command)
    except Refused:
        return
    for event in decided:
        if not isinstance(event, ReportFiled | ReportCorrected):
            continue
        again = type(event).model_validate_json(event.model_dump_json(exclude_none=True))
        same(event, again)
        for mine, theirs in zip(event.claims or (), again.claims or (), strict=True):
            same(mine, theirs)
        if isinstance(event, ReportFiled):
            assert isinstance(again, ReportFiled)
            same(event.provenance, again.provenance)


def test_a_filing_validates_nothing_again() -> None:
    command = a(FileReport, publisher="wire", published_at="2025-01-10", claims=[claim(1), claim(2)])
    with calls() as made:
        filing(command, "r-1")
    assert not any("Validator" in name or name.startswith("Model.model_validate") for name in made), (
        made
    )


def test_a_copy_of_a_made_value_has_fields_of_its_own() -> None:
    """What was set of a copy is no business of other values, though values made share their names."""
    event = filing(a(FileReport, publisher="wire", published_at="2025-01-10", claims=[claim(1)]), "r-1")
    copy = event.claims[0].model_copy(update={"text": "other"})
    assert (
        copy.model_fields_set == event.claims[0].model_fields_set == set(NumberedStatement.model_fields)
    )
    assert copy.model_fields_set is not event.claims[0].model_fields_set
    assert event.claims[0].text == ""
