"""What a report and its claims say at which publication time, and how they stand."""

from typing import Any

import pytest

from domain.events import AnyReportEvent
from domain.streams.report_state import (
    Filed,
    Unfiled,
    claim_at,
    claim_numbers,
    in_force,
    report_status,
    stated_at,
    valid_period,
)
from domain.streams.versions import timeline
from domain.times import parse_instant, parse_until
from tests.domain.streams.reports import (
    HELD,
    RELEASED,
    by_publisher,
    by_us,
    corrected,
    dated,
    gone,
    report,
    withdrawn,
)
from tests.spec import claim, filed

WITHDRAWN = "withdrawn"
Spans = list[tuple[str, str]]
TIMELINES: list[tuple[str, list[AnyReportEvent], Spans]] = [
    ("as filed, for ever", [filed()], [("2025-01-13", "300")]),
    (
        "a publisher's correction takes force from its own date",
        [filed(), by_publisher("2025-01-20", 200)],
        [("2025-01-13", "300"), ("2025-01-20", "200")],
    ),
    (
        "ours from that of the version that it replaces",
        [filed(), by_us(200)],
        [("2025-01-13", "200")],
    ),
    (
        "and only of that one",
        [filed(), by_publisher("2025-01-20", 200), by_us(250)],
        [("2025-01-13", "300"), ("2025-01-20", "250")],
    ),
    (
        "the last published counts, not the last recorded",
        [filed(), by_publisher("2025-01-25", 250), by_publisher("2025-01-20", 200)],
        [("2025-01-13", "300"), ("2025-01-20", "200"), ("2025-01-25", "250")],
    ),
    (
        "of those published at once the last recorded",
        [filed(), by_publisher("2025-01-20", 200), by_publisher("2025-01-20", 250)],
        [("2025-01-13", "300"), ("2025-01-20", "250")],
    ),
    (
        "a correction published with its report replaces it",
        [filed(), by_publisher("2025-01-13", 200)],
        [("2025-01-13", "200")],
    ),
    (
        "a publisher's correction without claims keeps those that were in force at its date",
        [
            filed(),
            by_publisher("2025-01-25", 250),
            corrected("publisher", published_at="2025-01-20", provenance={"title": "Killed"}),
        ],
        [("2025-01-13", "300"), ("2025-01-20", "300"), ("2025-01-25", "250")],
    ),
    (
        "a claim left out is withdrawn, a new one begins with its version",
        [filed("wire-1", claim(1), claim(2)), by_publisher("2025-01-20", None, 22, 3)],
        [("2025-01-13", "1 2"), ("2025-01-20", "22 3")],
    ),
    (
        "a date that we had too late",
        [filed(), dated("2025-01-10")],
        [("2025-01-10", "300")],
    ),
    (
        "a date that we had too early",
        [filed(), dated("2025-01-15")],
        [("2025-01-15", "300")],
    ),
    (
        "a date mended twice",
        [filed(), dated("2025-01-10"), dated("2025-01-12"), by_us(200)],
        [("2025-01-12", "200")],
    ),
    (
        "the date of the report is not that of its publisher's correction",
        [filed(), by_publisher("2025-01-20", 200), dated("2025-01-10")],
        [("2025-01-13", "300"), ("2025-01-20", "200")],
    ),
    (
        "nor where both are the same",
        [filed(), by_publisher("2025-01-13", 200), dated("2025-01-10")],
        [("2025-01-13", "200")],
    ),
    (
        "the publisher withdrew it",
        [filed(), gone("2025-01-20")],
        [("2025-01-13", "300"), ("2025-01-20", WITHDRAWN)],
    ),
    (
        "the publisher withdrew it at once",
        [filed(), gone("2025-01-13")],
        [("2025-01-13", WITHDRAWN)],
    ),
    (
        "the publisher withdrew it after correcting it",
        [filed(), by_publisher("2025-01-20", 200), gone("2025-01-25")],
        [("2025-01-13", "300"), ("2025-01-20", "200"), ("2025-01-25", WITHDRAWN)],
    ),
    (
        "a withdrawal is for good, whatever is dated later",
        [filed(), by_publisher("2025-01-25", 200), gone("2025-01-20")],
        [("2025-01-13", "300"), ("2025-01-20", WITHDRAWN)],
    ),
    ("ours takes back all that it ever said", [filed(), withdrawn()], [("2025-01-13", WITHDRAWN)]),
    (
        "corrections included",
        [filed(), by_publisher("2025-01-20", 200), withdrawn()],
        [("2025-01-13", WITHDRAWN)],
    ),
    (
        "from the date that it truly bore",
        [filed(), dated("2025-01-15"), withdrawn()],
        [("2025-01-15", WITHDRAWN)],
    ),
]


@pytest.mark.parametrize(
    ("events", "spans"),
    [each[1:] for each in TIMELINES],
    ids=[each[0] for each in TIMELINES],
)
def test_what_a_report_says_along_the_publication_axis(
    events: list[AnyReportEvent], spans: Spans
) -> None:
    state = report(*events)
    line = [
        (start, WITHDRAWN if version.withdrawn else " ".join(figures(version.claims)))
        for start, _, version in timeline(state.versions)
    ]
    ends = [end for _, end, _ in timeline(state.versions)]

    assert line == [(parse_instant(start), what) for start, what in spans]
    assert ends == [*(parse_instant(start) for start, _ in spans[1:]), None]


HELD_THEN_WITHDRAWN: list[AnyReportEvent] = [filed(), HELD, gone("2025-01-25")]
OUT_OF_ORDER: list[AnyReportEvent] = [
    filed(),
    by_publisher("2025-01-25", 500),
    by_publisher("2025-01-20", 400),
    by_publisher("2025-01-27", None, 5),
]
STANDINGS: list[tuple[str, list[AnyReportEvent], str | None, str, float]] = [
    ("as filed", [filed()], None, "active", 300),
    ("not before it is published", [filed()], "2025-01-12", "not-yet-published", 300),
    ("held at every publication time", [filed(), HELD], "2025-01-13", "held", 300),
    ("a withdrawal does not release it", HELD_THEN_WITHDRAWN, "2025-01-24", "held", 300),
    ("but ends it", HELD_THEN_WITHDRAWN, "2025-01-25", "withdrawn", 300),
    ("ours ends it from the start", [filed(), HELD, withdrawn()], "2025-01-13", "withdrawn-by-us", 300),
    ("the words published last", OUT_OF_ORDER, None, "corrected", 500),
    ("before that those in force", OUT_OF_ORDER, "2025-01-24", "active", 400),
    ("also of a withdrawn report", [*OUT_OF_ORDER, gone("2025-01-28")], None, "withdrawn", 500),
    ("also of one that we withdrew", [*OUT_OF_ORDER, withdrawn()], None, "corrected", 500),
    (
        "what we mistyped was said when the version that replaced it was",
        [filed(), by_publisher("2025-01-20", 400), by_us(None, 5), by_publisher("2025-01-15", 350)],
        None,
        "corrected",
        400,
    ),
]


@pytest.mark.parametrize(
    ("events", "day", "standing", "best"),
    [each[1:] for each in STANDINGS],
    ids=[each[0] for each in STANDINGS],
)
def test_how_a_claim_stands_and_in_which_words(
    events: list[AnyReportEvent], day: str | None, standing: str, best: float
) -> None:
    span = claim_at(report(*events), 1, parse_until(day) if day else None)
    assert span is not None
    quantity = span.words.claims[1].quantity
    assert (span.standing, quantity and quantity.best) == (standing, best)


def test_a_number_that_was_never_used_has_no_standing() -> None:
    assert claim_at(report(filed()), 2) is None


@pytest.mark.parametrize(
    ("events", "day", "status"),
    [
        ([filed()], "2025-01-13", "open"),
        ([filed(), HELD, RELEASED], "2025-01-13", "open"),
        (HELD_THEN_WITHDRAWN, "2025-01-24", "held"),
        (HELD_THEN_WITHDRAWN, "2025-01-25", "withdrawn"),
        ([filed(), HELD, withdrawn()], "2025-01-13", "withdrawn"),
    ],
)
def test_the_state_of_a_report_at_a_publication_time(
    events: list[AnyReportEvent], day: str, status: str
) -> None:
    state = report(*events)
    version = in_force(state, parse_until(day))
    assert version is not None
    assert report_status(state, version) == status


def figures(claims: Any) -> list[str]:
    return [str(claim.quantity.best) for _, claim in sorted(claims.items())]


def test_in_force_is_inclusive_and_nothing_is_before_the_report() -> None:
    state = report(filed(), by_publisher("2025-01-20", 200))

    assert best_by(state, "2025-01-12") is None
    assert best_by(state, "2025-01-13") == 300
    assert best_by(state, "2025-01-19") == 300
    assert in_force(state, parse_instant("2025-01-20")) is state.versions[1]
    assert in_force(state) is state.versions[1]


def best_by(state: Filed, day: str) -> float | None:
    version = in_force(state, parse_until(day))
    quantity = version.claims[1].quantity if version else None
    return quantity.best if quantity else None


def test_what_a_withdrawn_report_said_last_is_what_was_in_force_on_that_day() -> None:
    state = report(filed(), by_publisher("2025-01-25", 200), gone("2025-01-20"))

    assert best_by(state, "2025-02-01") == 300


def test_every_number_ever_used_is_remembered() -> None:
    state = report(filed("wire-1", claim(1), claim(2)), by_us(1), corrected(claims=[claim(3, n=3)]))

    assert claim_numbers(state) == {1, 2, 3}
    assert claim_numbers(Unfiled()) == set()


@pytest.mark.parametrize(
    ("events", "stated", "period"),
    [
        ([filed(published_at="2025-01-13T01:00:00+09:00")], "2025-01-12T16:00:00Z", "2025-01-12"),
        ([filed("wire-1", claim(stated_at="2025-01-10"))], "2025-01-10T00:00:00Z", "2025-01-10"),
        ([filed("wire-1", claim(period="2025-01~"))], "2025-01-13T00:00:00Z", "2025-01~"),
        # The default of stated_at stays the report's date, whenever its publisher corrects it.
        ([filed(), by_publisher("2025-01-20", 200)], "2025-01-13T00:00:00Z", "2025-01-13"),
        (
            [
                filed(),
                corrected(
                    "publisher",
                    published_at="2025-01-20",
                    provenance={"published_at": "2025-01-20", "title": "Killed"},
                ),
            ],
            "2025-01-13T00:00:00Z",
            "2025-01-13",
        ),
        # Unless we had mistyped that date.
        ([filed(), dated("2025-01-11")], "2025-01-11T00:00:00Z", "2025-01-11"),
        (
            [filed(), by_publisher("2025-01-20", 200), dated("2025-01-11")],
            "2025-01-11T00:00:00Z",
            "2025-01-11",
        ),
    ],
)
def test_a_claim_is_stated_at_the_date_of_its_report_and_about_that_day_unless_it_says_otherwise(
    events: list[AnyReportEvent], stated: str, period: str
) -> None:
    version = in_force(report(*events))
    assert version is not None
    statement, provenance = version.claims[1], version.provenance

    assert stated_at(statement, provenance) == parse_instant(stated)
    assert valid_period(statement, provenance).text == period


def test_published_at_is_that_of_the_version() -> None:
    state = report(filed(), by_publisher("2025-01-20", 200), by_us(250))

    days = [parse_instant(day) for day in ("2025-01-13", "2025-01-20", "2025-01-20")]
    assert [version.published_at for version in state.versions] == days
    assert {version.provenance.published_at for version in state.versions} == {days[0]}


def test_a_version_says_whose_act_made_it() -> None:
    """A withdrawal leaves the version in force its kind."""
    state = report(filed(), by_publisher("2025-01-20", 200), by_us(250))

    assert [version.kind for version in state.versions] == ["filed", "publisher", "record"]
    assert [version.kind for version in report(filed(), withdrawn()).versions] == ["filed", "filed"]


def test_a_report_cannot_be_folded_from_the_middle_or_twice() -> None:
    with pytest.raises(ValueError, match="never filed"):
        report(HELD)
    with pytest.raises(ValueError, match="filed twice"):
        report(filed(), filed())
