"""Dates as they were written: what is kept of them, and how far ahead they may lie."""

from typing import Any

import pytest

from domain.commands import Command, CorrectReport, DisputeClaim, FileReport, WithdrawReport
from domain.events import ClaimDisputed, Event, ReportCorrected, ReportWithdrawn
from domain.streams.report_state import Filed, valid_period
from domain.times import parse_instant, show_instant
from tests.spec import KNOWN, World, a, claim, filed, given

FILE: dict[str, Any] = {"id": "wire-1", "publisher": "wire"}
NOW = "2025-11-15T12:00:00Z"
AHEAD = "2025-11-16T12:00:00.000001Z"


def corrected(kind: str = "record", **more: Any) -> ReportCorrected:
    return a(ReportCorrected, report="wire-1", kind=kind, **{"reason": ""} | more)


def period_of(*events: Event) -> tuple[str, str]:
    """The period of the first claim of a report by default, and when it was published."""
    state = World(events).report("wire-1")
    assert isinstance(state, Filed)
    version = state.versions[-1]
    return valid_period(version.claims[1], version.provenance).text, show_instant(version.published_at)


# -- as written ------------------------------------------------------------------------------------

PUBLISHED: list[tuple[str, dict[str, str], str]] = [
    ("2025-01-13", {"published_at": "2025-01-13"}, "2025-01-13"),
    ("2025-01-13T23:00:00Z", {"published_at": "2025-01-13T23:00:00Z"}, "2025-01-13"),
    ("2025-01-13T18:00:00+09:00", {"published_at": "2025-01-13T09:00:00Z"}, "2025-01-13"),
    (
        "2025-01-13T08:00:00+09:00",
        {"published_at": "2025-01-12T23:00:00Z", "published_on": "2025-01-13"},
        "2025-01-13",
    ),
    (
        "2025-01-13T22:00:00-05:00",
        {"published_at": "2025-01-14T03:00:00Z", "published_on": "2025-01-13"},
        "2025-01-13",
    ),
    (
        "2025-01",
        {"published_at": "2025-01-31T23:59:59.999999Z", "published_on": "2025-01"},
        "2025-01",
    ),
    ("2024", {"published_at": "2024-12-31T23:59:59.999999Z", "published_on": "2024"}, "2024"),
]


@pytest.mark.parametrize(("written", "stored", "period"), PUBLISHED)
def test_a_publication_keeps_the_day_month_or_year_that_was_written(
    written: str, stored: dict[str, str], period: str
) -> None:
    body = {**FILE, "published_at": written, "claims": [claim()]}
    event = filed("wire-1", claim(), **stored)

    given(*KNOWN).when(FileReport, **body).then_events(event)
    given(*KNOWN, event).when(FileReport, **body).then_nothing()
    assert period_of(event) == (period, show_instant(parse_instant(stored["published_at"])))


@pytest.mark.parametrize(("written", "stored", "period"), PUBLISHED[:5])
def test_a_statement_keeps_the_day_that_was_written(
    written: str, stored: dict[str, str], period: str
) -> None:
    names = {"published_at": "stated_at", "published_on": "stated_on"}
    said = {names[name]: value for name, value in stored.items()}
    body = {**FILE, "published_at": "2025-01-14"}
    event = filed("wire-1", claim() | said, published_at="2025-01-14")

    given(*KNOWN).when(FileReport, **body, claims=[claim(stated_at=written)]).then_events(event)
    assert period_of(event)[0] == period


def test_the_same_day_by_another_offset_is_the_same_report_and_another_day_is_not() -> None:
    event = filed("wire-1", published_at="2025-01-12T23:00:00Z", published_on="2025-01-13")
    before = given(*KNOWN, event)
    body = {**FILE, "claims": [claim()]}

    before.when(FileReport, **body, published_at="2025-01-13T00:00:00+01:00").then_nothing()
    before.when(FileReport, **body, published_at="2025-01-12T23:00:00Z").then_refused("id-taken")


EARLIER = filed("wire-1", published_at="2025-01-12T23:00:00Z", published_on="2025-01-13")
MONTH = {"published_at": "2025-01-31T23:59:59.999999Z", "published_on": "2025-01"}


@pytest.mark.parametrize(
    ("given_", "stored", "period"),
    [
        ({"published_at": "2025-01"}, MONTH, "2025-01"),
        ({"published_at": "2025-01-10"}, {"published_at": "2025-01-10"}, "2025-01-10"),
        ({"title": "T"}, {"title": "T"}, "2025-01-13"),
    ],
)
def test_a_record_correction_of_the_date_replaces_the_day_with_it(
    given_: dict[str, str], stored: dict[str, str], period: str
) -> None:
    event = corrected(provenance=stored)

    given(*KNOWN, EARLIER).when(
        CorrectReport, report="wire-1", kind="record", provenance=given_
    ).then_events(event)
    assert period_of(EARLIER, event)[0] == period


def test_a_corrected_claim_keeps_the_day_that_was_written() -> None:
    given(*KNOWN, filed()).when(
        CorrectReport,
        report="wire-1",
        kind="record",
        claims=[claim(n=1, stated_at="2025-01-13T08:00:00+09:00")],
    ).then_events(
        corrected(claims=[claim(n=1, stated_at="2025-01-12T23:00:00Z", stated_on="2025-01-13")])
    )


def test_other_acts_of_publishers_and_disputes_may_name_a_month() -> None:
    end = "2025-02-28T23:59:59.999999Z"
    act = {"report": "wire-1", "kind": "publisher", "published_at": "2025-02"}
    withdrawn = a(ReportWithdrawn, report="wire-1", kind="publisher", reason="", published_at=end)
    disputed = a(ClaimDisputed, report="wire-1", n=1, by="nis", reason="", published_at=end)

    given(*KNOWN, filed()).when(CorrectReport, **act, claims=[claim(1, n=1)]).then_events(
        corrected("publisher", published_at=end, claims=[claim(1, n=1)])
    )
    given(*KNOWN, filed()).when(WithdrawReport, **act).then_events(withdrawn)
    given(*KNOWN, filed()).when(
        DisputeClaim, claim="wire-1/1", by="nis", published_at="2025-02"
    ).then_events(disputed)


@pytest.mark.parametrize(
    "published", ["2025-13", "2025-00", "2025-33", "2025-01~", "2025-1", "25", "0000", "2025-", 2025]
)
def test_what_is_no_month_or_year_is_refused(published: object) -> None:
    given(*KNOWN).when(FileReport, **FILE, published_at=published, claims=[claim()]).then_refused(
        "invalid", "/published_at"
    )


@pytest.mark.parametrize("stated", ["2025-01", "2025"])
def test_a_statement_has_a_day(stated: str) -> None:
    given(*KNOWN).when(
        FileReport, **FILE, published_at="2025-01-13", claims=[claim(stated_at=stated)]
    ).then_refused("invalid", "/claims/0/stated_at")


@pytest.mark.parametrize(
    ("kind", "body", "pointer"),
    [
        (FileReport, {"published_on": "2025-01-13", "claims": [claim()]}, "/published_on"),
        (FileReport, {"claims": [claim(stated_on="2025-01-13")]}, "/claims/0/stated_on"),
        (
            CorrectReport,
            {"provenance": {"title": "T", "published_on": "2025-01"}},
            "/provenance/published_on",
        ),
        (CorrectReport, {"claims": [claim(n=1, stated_on="2025-01")]}, "/claims/0/stated_on"),
        (WithdrawReport, {"published_on": "2025-01"}, "/published_on"),
    ],
)
def test_nobody_sends_the_day_beside_the_time(
    kind: type[Command], body: dict[str, Any], pointer: str
) -> None:
    named = FILE | {"published_at": "2025-01-13"}
    named = named if kind is FileReport else {"report": "wire-1", "kind": "record"}
    given(*KNOWN, filed()).when(kind, **named | body).then_refused("invalid", pointer)


# -- the clock -------------------------------------------------------------------------------------

ACT = {"report": "wire-1", "kind": "publisher"}
DATED: list[tuple[type[Command], dict[str, Any], str]] = [
    (FileReport, {**FILE, "id": "wire-2", "claims": [claim()]}, "/published_at"),
    (CorrectReport, {**ACT, "claims": [claim(1, n=1)]}, "/published_at"),
    (WithdrawReport, ACT, "/published_at"),
    (DisputeClaim, {"claim": "wire-1/1", "by": "nis"}, "/published_at"),
    (CorrectReport, {"report": "wire-1", "kind": "record"}, "/provenance/published_at"),
]


def dated(body: dict[str, Any], pointer: str, date: str) -> dict[str, Any]:
    if pointer == "/published_at":
        return body | {"published_at": date}
    return body | {"provenance": {"published_at": date}}


@pytest.mark.parametrize(("kind", "body", "pointer"), DATED)
@pytest.mark.parametrize("date", [AHEAD, "2025-11-17", "2025-12", "2026", "9999-12-31", "9999"])
def test_no_publication_lies_ahead_of_the_clock(
    kind: type[Command], body: dict[str, Any], pointer: str, date: str
) -> None:
    told = (
        given(*KNOWN, filed(), now=NOW)
        .when(kind, **dated(body, pointer, date))
        .then_refused("invalid", pointer)
    )

    assert f"the log's clock ({NOW})" in told and "\n" not in told


@pytest.mark.parametrize(("kind", "body", "pointer"), DATED)
@pytest.mark.parametrize(
    "date", ["2025-11-16T12:00:00Z", "2025-11-16", "2025-11-17T00:00:00+14:00", "2025-11", "2025"]
)
def test_one_may_lie_a_day_ahead_and_a_month_or_year_may_have_begun(
    kind: type[Command], body: dict[str, Any], pointer: str, date: str
) -> None:
    decided = given(*KNOWN, filed(), now=NOW).when(kind, **dated(body, pointer, date))

    assert decided.refused is None


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        ("2025-11-16T12:00:00Z", None),
        (AHEAD, "the log's clock"),
        ("2026-11-15", "the log's clock"),
    ],
)
def test_no_statement_lies_ahead_of_the_clock(stated: str, wrong: str | None) -> None:
    claims = [claim(), claim(stated_at=stated)]
    decided = given(*KNOWN, now=NOW).when(FileReport, **FILE, published_at="2025", claims=claims)

    if wrong is None:
        assert decided.refused is None
    else:
        assert wrong in decided.then_refused("invalid", "/claims/1/stated_at")


# -- a statement and its publication -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("published", "stated", "taken"),
    [
        ("2025-01-13", "2025-01-14", True),
        ("2025-01-13", "2025-01-14T00:00:00.000001Z", False),
        ("2025-01-13", "2025-01-14T08:00:00+09:00", True),
        ("2025-01-13T20:00:00-05:00", "2025-01-15T01:00:00Z", True),
        ("2025-01-13T20:00:00-05:00", "2025-01-15T01:00:01Z", False),
        ("2025-01", "2025-01-31", True),
        ("2025-01", "2025-02-02", False),
        ("2024", "2025-01-01", True),
    ],
)
def test_a_statement_is_at_most_a_day_younger_than_its_publication(
    published: str, stated: str, taken: bool
) -> None:
    decided = given(*KNOWN).when(
        FileReport, **FILE, published_at=published, claims=[claim(stated_at=stated)]
    )

    if taken:
        assert decided.refused is None
    else:
        told = decided.then_refused("invalid", "/claims/0/stated_at")
        assert "lies more than a day after the publication" in told


def test_that_of_a_corrected_claim_is_its_versions() -> None:
    later = {"report": "wire-1", "claims": [claim(1, n=1, stated_at="2025-02-01")]}
    theirs = {"kind": "publisher", "published_at": "2025-02-01"}
    corrects = given(*KNOWN, filed())

    corrects.when(CorrectReport, **later, kind="record").then_refused("invalid", "/claims/0/stated_at")
    assert corrects.when(CorrectReport, **later, **theirs).refused is None
    moved = {"kind": "record", "provenance": {"published_at": "2025-02-01"}}
    assert corrects.when(CorrectReport, **later, **moved).refused is None


def test_a_correction_of_the_date_alone_may_not_leave_statements_after_it() -> None:
    report = filed(
        "wire-1", claim(), claim(1, stated_at="2025-01-12"), claim(2, stated_at="2025-01-13")
    )
    body = {"report": "wire-1", "kind": "record"}
    before = given(*KNOWN, report)

    before.when(CorrectReport, **body, provenance={"published_at": "2025-01-10"}).then_refused(
        "invalid", "/provenance/published_at"
    )
    before.when(CorrectReport, **body, provenance={"published_at": "2025-01-12"}).then_events(
        corrected(provenance={"published_at": "2025-01-12"})
    )


def test_statements_after_their_publication_that_a_log_holds_are_no_obstacle() -> None:
    """What an earlier program took stays, and may be corrected in other respects."""
    report = filed("wire-1", claim(stated_at="2025-03-01"))

    given(*KNOWN, report).when(
        CorrectReport, report="wire-1", kind="record", provenance={"title": "T"}
    ).then_events(corrected(provenance={"title": "T"}))
    given(*KNOWN, report).when(
        FileReport, **FILE, published_at="2025-01-13", claims=[claim(stated_at="2025-03-01")]
    ).then_nothing()


def test_links_are_judged_by_utc_days_whatever_day_was_written() -> None:
    root = filed("root-1", published_at="2025-01-13T23:00:00Z")
    said = claim(derived_from=["root-1/1"], stated_at="2025-01-14T08:30:00+09:00")
    event = filed(
        "wire-1",
        claim(derived_from=["root-1/1"], stated_at="2025-01-13T23:30:00Z", stated_on="2025-01-14"),
        published_at="2025-01-14",
    )

    given(*KNOWN, root).when(FileReport, **FILE, published_at="2025-01-14", claims=[said]).then_events(
        event
    )
    early = claim(derived_from=["root-1/1"], stated_at="2025-01-13T00:30:00+01:00")
    given(*KNOWN, root).when(
        FileReport, **FILE, published_at="2025-01-14", claims=[early]
    ).then_refused("link-to-later", "/claims/0/derived_from/0")
