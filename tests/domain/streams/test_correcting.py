"""Correcting a report: numbers, dates, and what is a correction at all."""

from typing import Any

import pytest

from domain.commands import CorrectReport, WithdrawReport
from tests.domain.streams.reports import PUBLISHER, RECORD, corrected, report, withdrawn
from tests.spec import KNOWN, claim, filed, given, registered


def test_claims_keep_their_number_and_a_new_one_takes_the_next() -> None:
    given(*KNOWN, filed("wire-1", claim(1), claim(2))).when(
        CorrectReport, **RECORD, claims=[claim(3), claim(22, n=2), claim(4)]
    ).then_events(corrected(claims=[claim(3, n=3), claim(22, n=2), claim(4, n=4)]))


def test_a_number_once_used_is_never_given_to_another_claim() -> None:
    two = filed("wire-1", claim(1), claim(2))
    without_the_second = corrected(claims=[claim(1, n=1)])

    given(*KNOWN, two, without_the_second).when(
        CorrectReport, **RECORD, claims=[claim(1, n=1), claim(5)]
    ).then_events(corrected(claims=[claim(1, n=1), claim(5, n=3)]))


def test_a_claim_left_out_may_come_back_under_its_own_number() -> None:
    two = filed("wire-1", claim(1), claim(2))

    given(*KNOWN, two, corrected(claims=[claim(1, n=1)])).when(
        CorrectReport, **RECORD, claims=[claim(1, n=1), claim(2, n=2)]
    ).then_events(corrected(claims=[claim(1, n=1), claim(2, n=2)]))


@pytest.mark.parametrize(
    ("claims", "pointer"),
    [
        ([claim(n=3)], "/claims/0/n"),
        ([claim(), claim(n=4)], "/claims/1/n"),
        ([claim(n=1), claim(n=1)], "/claims/1/n"),
        ([claim(), claim(n=2)], "/claims/1/n"),
        ([claim(n=0)], "/claims/0/n"),
        ([], "/claims"),
    ],
)
def test_a_claim_number_must_be_one_of_the_report_or_the_next_and_given_once(
    claims: list[dict[str, Any]], pointer: str
) -> None:
    given(*KNOWN, filed()).when(CorrectReport, **RECORD, claims=claims).then_refused("invalid", pointer)


def test_the_next_number_may_be_given() -> None:
    given(*KNOWN, filed()).when(CorrectReport, **RECORD, claims=[claim(2, n=2), claim(3)]).then_events(
        corrected(claims=[claim(2, n=2), claim(3, n=3)])
    )


def test_a_record_correction_of_the_provenance_alone_leaves_the_claims() -> None:
    given(*KNOWN, filed()).when(
        CorrectReport, **RECORD, reason="typo", provenance={"title": "Killed", "publisher": "tass"}
    ).then_events(
        registered("tass"),
        corrected(reason="typo", provenance={"title": "Killed", "publisher": "tass"}),
    )

    state = report(
        filed(title="Klled", url="https://wire/1"), corrected(provenance={"title": "Killed"})
    )

    assert state.versions[-1].claims == state.versions[0].claims
    assert state.versions[-1].provenance.title == "Killed"
    assert state.versions[-1].provenance.url == "https://wire/1"


def test_a_publishers_correction_bears_its_own_date() -> None:
    given(*KNOWN, filed()).when(
        CorrectReport, **PUBLISHER, reason="they erred", claims=[claim(200, n=1)]
    ).then_events(
        corrected("publisher", reason="they erred", published_at="2025-01-20", claims=[claim(200, n=1)])
    )


def test_a_correction_registers_the_sources_that_nobody_knew() -> None:
    given(*KNOWN, filed()).when(
        CorrectReport, **RECORD, claims=[claim(n=1, originator="gur", spokesperson="budanov")]
    ).then_events(
        registered("gur"),
        registered("budanov"),
        corrected(claims=[claim(n=1, originator="gur", spokesperson="budanov")]),
    )


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (RECORD | {"published_at": "2025-01-20"}, "/published_at"),
        (PUBLISHER | {"published_at": None}, "/published_at"),
        (PUBLISHER | {"published_at": "2025-01-12T23:59:59Z"}, "/published_at"),
        (PUBLISHER | {"published_at": "2025-01-13T08:59:00+09:00"}, "/published_at"),
    ],
)
def test_a_publishers_correction_has_a_date_not_before_its_report_and_ours_has_none(
    command: dict[str, Any], pointer: str
) -> None:
    given(*KNOWN, filed()).when(CorrectReport, **command, claims=[claim(1, n=1)]).then_refused(
        "invalid", pointer
    )


def test_the_reports_own_date_is_the_one_that_we_mended() -> None:
    """A publisher's act may not lie before the date that the report has by now."""
    later = corrected(provenance={"published_at": "2025-01-20"})
    earlier = corrected(provenance={"published_at": "2025-01-01"})
    act = {"report": "wire-1", "kind": "publisher", "published_at": "2025-01-15"}

    given(*KNOWN, filed(), later).when(WithdrawReport, **act).then_refused("invalid", "/published_at")
    given(*KNOWN, filed(), earlier).when(
        WithdrawReport, **act | {"published_at": "2025-01-05"}
    ).then_events(withdrawn("publisher", published_at="2025-01-05"))


def test_a_publisher_may_correct_at_the_very_time_of_its_report() -> None:
    given(*KNOWN, filed()).when(
        CorrectReport, **PUBLISHER | {"published_at": "2025-01-13"}, claims=[claim(1, n=1)]
    ).then_events(corrected("publisher", published_at="2025-01-13", claims=[claim(1, n=1)]))


@pytest.mark.parametrize(
    "nothing",
    [
        RECORD,
        RECORD | {"provenance": {}},
        RECORD | {"provenance": {"title": None}, "claims": None},
        PUBLISHER,
        PUBLISHER | {"provenance": {"published_at": "2025-01-20"}},  # a report keeps its own date
    ],
)
def test_a_correction_that_corrects_nothing_is_refused(nothing: dict[str, Any]) -> None:
    given(*KNOWN, filed()).when(CorrectReport, **nothing).then_refused("invalid", "")


def test_a_correction_with_claims_does_not_repeat_one_without() -> None:
    title = {"title": "Killed"}

    given(*KNOWN, filed(), corrected(provenance=title)).when(
        CorrectReport, **RECORD, provenance=title, claims=[claim(1, n=1)]
    ).then_events(corrected(provenance=title, claims=[claim(1, n=1)]))


def test_a_new_claim_does_not_repeat_a_known_one_that_says_the_same() -> None:
    given(*KNOWN, filed(), corrected(claims=[claim(2, n=1)])).when(
        CorrectReport, **RECORD, claims=[claim(2)]
    ).then_events(corrected(claims=[claim(2, n=2)]))


def test_a_new_claim_does_not_repeat_one_that_an_earlier_correction_brought() -> None:
    """The last correction only reworded claim 2; a claim without a number is a third."""
    brought = corrected(claims=[claim(1, n=1), claim(2, n=2)])
    reworded = corrected(claims=[claim(1, n=1), claim(3, n=2)])

    given(*KNOWN, filed("wire-1", claim(1)), brought, reworded).when(
        CorrectReport, **RECORD, claims=[claim(1, n=1), claim(3)]
    ).then_events(corrected(claims=[claim(1, n=1), claim(3, n=3)]))


def test_a_correction_that_was_corrected_since_may_be_made_again() -> None:
    one, two = corrected(claims=[claim(1, n=1)]), corrected(claims=[claim(2, n=1)])

    given(*KNOWN, filed(), one, two).when(CorrectReport, **RECORD, claims=[claim(1, n=1)]).then_events(
        one
    )
