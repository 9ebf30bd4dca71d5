"""Filing a report: new sources, numbers of claims, and the same report again."""

from typing import Any

import pytest

from domain.commands import FileReport
from domain.events import AnyReportEvent, ReportFiled
from tests.domain.streams.reports import FILE, HELD, corrected, withdrawn
from tests.spec import KILLED, KNOWN, a, claim, defined, filed, given, registered


def test_a_report_is_filed_after_the_sources_that_nobody_knew() -> None:
    given(KILLED, registered("wire")).when(
        FileReport, **FILE | {"claims": [claim(spokesperson="lee"), claim(400)]}
    ).then_events(
        registered("nis"),
        registered("lee"),
        filed("wire-1", claim(spokesperson="lee"), claim(400)),
    )


def test_claims_are_numbered_from_one_and_keep_their_order() -> None:
    claims = [claim(best) for best in (300, 100, 200)]

    given(*KNOWN).when(FileReport, **FILE | {"claims": claims}).then_events(
        a(
            ReportFiled,
            report="wire-1",
            provenance={"publisher": "wire", "published_at": "2025-01-13"},
            marking="TLP:CLEAR",
            claims=[claim(300, n=1), claim(100, n=2), claim(200, n=3)],
        )
    )


@pytest.mark.parametrize(
    "again",
    [
        {},
        {"published_at": "2025-01-13T09:00:00+09:00"},
        {"claims": [claim(300.0, basis="unknown", text="")]},
        {"marking": "TLP:CLEAR", "title": None},
    ],
)
@pytest.mark.parametrize("since", [[], [HELD], [corrected(claims=[claim(1, n=1)])], [withdrawn()]])
def test_the_same_report_again_yields_nothing(
    again: dict[str, Any], since: list[AnyReportEvent]
) -> None:
    given(*KNOWN, filed(), *since).when(FileReport, **FILE | again).then_nothing()


@pytest.mark.parametrize(
    "other",
    [
        {"publisher": "tass"},
        {"published_at": "2025-01-14"},
        {"marking": "TLP:GREEN"},
        {"title": "Another"},
        {"claims": [claim(301)]},
        {"claims": [claim(), claim()]},
    ],
)
def test_an_id_is_not_taken_twice(other: dict[str, Any]) -> None:
    given(*KNOWN, filed()).when(FileReport, **FILE | other).then_refused("id-taken")


def test_an_id_stays_taken_by_what_was_filed_not_by_what_it_was_corrected_to() -> None:
    correction = corrected(claims=[claim(200, n=1)])

    given(*KNOWN, filed(), correction).when(FileReport, **FILE | {"claims": [claim(200)]}).then_refused(
        "id-taken"
    )


def test_indicators_of_every_measure_take_reports() -> None:
    killed, seen = defined("new-this-week", "increment"), defined("war", "proposition")
    claims = [
        claim(indicator="new-this-week", period="2025-01-06/2025-01-12"),
        claim(indicator="war", quantity=None, stance={"asserts": True, "likelihood": "likely"}),
    ]

    given(*KNOWN, killed, seen).when(FileReport, **FILE | {"claims": claims}).then_events(
        filed("wire-1", *claims)
    )
