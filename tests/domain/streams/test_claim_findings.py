"""What may be found out about a claim: that somebody disputes it. Others: test_grades_and_links."""

from typing import Any

import pytest

from domain.commands import DisputeClaim
from domain.events import AnyReportEvent, ClaimDisputed, ReportHeld, ReportWithdrawn
from domain.streams.report_state import Filed, Report, Unfiled, disputes_at, evolve
from domain.times import parse_until
from domain.vocabulary import ActKind
from tests.spec import KNOWN, a, claim, filed, given, registered

MOD = registered("mod")
BODY = {"claim": "wire-1/1", "by": "mod", "reason": "no such brigade"}


def disputed(n: int = 1, **more: Any) -> ClaimDisputed:
    """The defence ministry disputes a claim of the wire's report, unless said otherwise."""
    body = {"by": "mod", "reason": "no such brigade"} | more
    return a(ClaimDisputed, report="wire-1", n=n, **body)


def withdrawn(kind: ActKind = "record", **more: Any) -> ReportWithdrawn:
    return a(ReportWithdrawn, report="wire-1", kind=kind, reason="", **more)


@pytest.mark.parametrize("when", [{}, {"published_at": "2025-01-14"}, {"published_at": "2025-01-01"}])
def test_a_claim_is_disputed(when: dict[str, Any]) -> None:
    """Also from before its publication on: who denies beforehand denies what is then said."""
    dispute = disputed(**when)

    given(*KNOWN, MOD, filed()).when(DisputeClaim, **BODY, **when).then_events(dispute)
    given(*KNOWN, MOD, filed(), dispute).when(DisputeClaim, **BODY, **when).then_nothing()


def test_a_source_that_nobody_knew_is_registered_before_it_disputes() -> None:
    given(*KNOWN, filed()).when(DisputeClaim, **BODY).then_events(MOD, disputed())


def test_a_claim_of_a_report_under_check_may_be_disputed() -> None:
    held = ReportHeld(report="wire-1", reason="")

    given(*KNOWN, MOD, filed(), held).when(DisputeClaim, **BODY).then_events(disputed())


def test_who_disputes_twice_disputes_once() -> None:
    """Also where another disputed it in between."""
    before = (*KNOWN, MOD, filed(), disputed(), disputed(by="nis"))

    given(*before).when(DisputeClaim, **BODY).then_nothing()


@pytest.mark.parametrize(
    "change",
    [
        {"by": "nis"},
        {"reason": "a forgery"},
        {"published_at": "2025-01-14"},
        {"claim": "wire-1/2"},
    ],
)
def test_another_dispute_is_another_fact(change: dict[str, str]) -> None:
    before = (*KNOWN, MOD, filed("wire-1", claim(1), claim(2)), disputed())
    more = {name: value for name, value in change.items() if name != "claim"}

    given(*before).when(DisputeClaim, **BODY | change).then_events(
        disputed(int(change.get("claim", "wire-1/1")[-1]), **more)
    )


def test_a_claim_that_is_not_there_cannot_be_disputed() -> None:
    world = given(*KNOWN, MOD, filed())

    told = world.when(DisputeClaim, **BODY | {"claim": "wire-1/2"}).then_refused("not-found")
    assert "'wire-1/2'" in told and "wire-1/1" in told
    world.when(DisputeClaim, **BODY | {"claim": "wire-2/1"}).then_refused("not-found")


@pytest.mark.parametrize(
    "gone", [withdrawn(), withdrawn("publisher", published_at="2025-01-14")], ids=["by us", "by it"]
)
def test_a_claim_of_a_withdrawn_report_cannot_be_disputed(gone: ReportWithdrawn) -> None:
    """Not even as it already was: nothing more is to be said of it."""
    for events in ([gone], [disputed(), gone]):
        given(*KNOWN, MOD, filed(), *events).when(DisputeClaim, **BODY).then_refused("report-withdrawn")


@pytest.mark.parametrize(
    ("field", "value"),
    [("by", "The Ministry"), ("by", None), ("claim", "wire-1"), ("published_at", "soon"), ("n", 1)],
)
def test_a_dispute_is_read_strictly(field: str, value: object) -> None:
    given(*KNOWN, filed()).when(DisputeClaim, **BODY | {field: value}).then_refused(
        "invalid", f"/{field}"
    )


def report(*events: AnyReportEvent) -> Filed:
    state: Report = Unfiled()
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Filed)
    return state


def test_a_report_keeps_every_dispute_with_its_place_in_the_stream() -> None:
    first, second = disputed(), disputed(2, by="nis", published_at="2025-01-14")
    state = report(filed("wire-1", claim(1), claim(2)), first, withdrawn(), second)

    assert [(each.number, each.disputed) for each in state.disputes] == [(2, first), (4, second)]
    assert state.version == 4
    assert [version.number for version in state.versions] == [1, 3]


@pytest.mark.parametrize(
    ("n", "day", "by"),
    [
        (1, None, ["mod", "nis"]),
        (1, "2025-01-14", ["mod", "nis"]),
        (1, "2025-01-13", ["mod"]),
        (2, None, ["gur"]),
        (3, None, []),
    ],
)
def test_the_disputes_of_one_claim_that_count_at_a_publication_time(
    n: int, day: str | None, by: list[str]
) -> None:
    """One without a date of its own counts at every time."""
    later = disputed(by="nis", published_at="2025-01-14")
    state = report(
        filed("wire-1", claim(1), claim(2), claim(3)), disputed(), disputed(2, by="gur"), later
    )

    found = disputes_at(state, n, parse_until(day) if day else None)
    assert [each.by for each in found] == by
