"""Holding, releasing, marking and withdrawing a report, and what it takes no more after that."""

from typing import Any

import pytest

from domain.commands import (
    Command,
    CorrectReport,
    GradeClaim,
    HoldReport,
    LinkClaim,
    MarkReport,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.events import ReportMarked, ReportWithdrawn
from tests.domain.streams.reports import HELD, RECORD, RELEASED, ROOT, corrected, report, withdrawn
from tests.spec import KNOWN, a, claim, filed, given


def test_a_report_is_held_once_and_released_once() -> None:
    hold, release = {"report": "wire-1", "reason": "under check"}, {"report": "wire-1"}

    given(*KNOWN, filed()).when(HoldReport, **hold).then_events(HELD)
    given(*KNOWN, filed(), HELD).when(HoldReport, report="wire-1", reason="again").then_nothing()
    given(*KNOWN, filed(), HELD).when(ReleaseReport, **release).then_events(RELEASED)
    given(*KNOWN, filed()).when(ReleaseReport, **release).then_nothing()
    given(*KNOWN, filed(), HELD, RELEASED).when(HoldReport, **hold).then_events(HELD)


def test_a_held_report_takes_corrections_and_stays_held() -> None:
    correction = corrected(claims=[claim(1, n=1)])

    given(*KNOWN, filed(), HELD).when(CorrectReport, **RECORD, claims=[claim(1, n=1)]).then_events(
        correction
    )
    assert report(filed(), HELD, correction).held


def test_a_marking_is_changed_where_it_differs() -> None:
    amber = a(ReportMarked, report="wire-1", marking="TLP:AMBER+STRICT", reason="theirs")
    body = {"report": "wire-1", "marking": "TLP:AMBER+STRICT", "reason": "theirs"}

    given(*KNOWN, filed()).when(MarkReport, **body).then_events(amber)
    given(*KNOWN, filed()).when(MarkReport, report="wire-1", marking="TLP:CLEAR").then_nothing()
    given(*KNOWN, filed(), amber).when(MarkReport, **body | {"reason": "again"}).then_nothing()


@pytest.mark.parametrize(
    ("body", "event"),
    [
        ({}, withdrawn("record")),
        ({"kind": "record", "reason": "a test"}, withdrawn("record", reason="a test")),
        ({"published_at": "2025-01-20"}, withdrawn("publisher", published_at="2025-01-20")),
        (
            {"kind": "publisher", "published_at": "2025-01-13"},
            withdrawn("publisher", published_at="2025-01-13"),
        ),
    ],
)
def test_a_report_is_withdrawn_by_us_unless_the_publisher_did(
    body: dict[str, Any], event: ReportWithdrawn
) -> None:
    given(*KNOWN, filed()).when(WithdrawReport, report="wire-1", **body).then_events(event)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "publisher"},
        {"kind": "publisher", "published_at": "2025-01-12"},
        {"published_at": "2025-01-12"},
        {"kind": "record", "published_at": "2025-01-20"},
    ],
)
def test_a_withdrawal_has_a_date_exactly_if_it_is_the_publishers(body: dict[str, Any]) -> None:
    given(*KNOWN, filed()).when(WithdrawReport, report="wire-1", **body).then_refused(
        "invalid", "/published_at"
    )


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CorrectReport, RECORD | {"claims": [claim(1, n=1)]}),
        (WithdrawReport, {"report": "wire-1", "reason": "another"}),
        (WithdrawReport, {"report": "wire-1", "published_at": "2025-01-20"}),
        (HoldReport, {"report": "wire-1"}),
        (ReleaseReport, {"report": "wire-1"}),
        (MarkReport, {"report": "wire-1", "marking": "TLP:RED"}),
        (GradeClaim, {"claim": "wire-1/1", "credibility": 2}),
        (LinkClaim, {"claim": "wire-1/1", "derived_from": "root-1/1"}),
        (UnlinkClaim, {"claim": "wire-1/1", "derived_from": "root-1/1"}),
    ],
)
def test_a_withdrawn_report_takes_no_command(kind: type[Command], body: dict[str, Any]) -> None:
    given(*KNOWN, ROOT, filed(), withdrawn()).when(kind, **body).then_refused("report-withdrawn")


@pytest.mark.parametrize(
    "event", [withdrawn(reason="a test"), withdrawn("publisher", published_at="2025-01-20")]
)
def test_the_same_withdrawal_again_yields_nothing(event: ReportWithdrawn) -> None:
    given(*KNOWN, filed(), event).when(
        WithdrawReport, **event.model_dump(mode="json", exclude_none=True)
    ).then_nothing()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (CorrectReport, RECORD | {"claims": [claim()]}),
        (WithdrawReport, {"report": "wire-1"}),
        (HoldReport, {"report": "wire-1"}),
        (ReleaseReport, {"report": "wire-1"}),
        (MarkReport, {"report": "wire-1", "marking": "TLP:RED"}),
        (GradeClaim, {"claim": "wire-1/1", "credibility": 2}),
        (LinkClaim, {"claim": "wire-1/1", "derived_from": "root-1/1"}),
        (UnlinkClaim, {"claim": "wire-1/1", "derived_from": "root-1/1"}),
    ],
)
def test_a_report_that_was_never_filed_is_not_found(kind: type[Command], body: dict[str, Any]) -> None:
    given(*KNOWN, ROOT).when(kind, **body).then_refused("not-found")
