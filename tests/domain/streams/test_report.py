"""What may be done to a report, and what it says at which publication time."""

from typing import Any

import pytest

from domain.commands import (
    Command,
    CorrectReport,
    FileReport,
    GradeClaim,
    HoldReport,
    LinkClaim,
    MarkReport,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.events import (
    AnyReportEvent,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
)
from domain.streams.report_state import (
    Filed,
    Report,
    Unfiled,
    claim_at,
    claim_numbers,
    evolve,
    in_force,
    links,
    report_status,
    stated_at,
    valid_period,
)
from domain.streams.versions import timeline
from domain.times import parse_instant, parse_until
from tests.spec import ACTOR, KILLED, KNOWN, a, claim, defined, filed, given, registered

FILE: dict[str, Any] = {
    "id": "wire-1",
    "publisher": "wire",
    "published_at": "2025-01-13",
    "claims": [claim()],
}


def corrected(kind: str = "record", **more: Any) -> ReportCorrected:
    return a(ReportCorrected, report="wire-1", kind=kind, **{"reason": ""} | more)


def withdrawn(kind: str = "record", **more: Any) -> ReportWithdrawn:
    return a(ReportWithdrawn, report="wire-1", kind=kind, **{"reason": ""} | more)


def linked(parent: str, n: int = 1) -> ClaimLinked:
    return a(ClaimLinked, report="wire-1", n=n, derived_from=parent, reason="")


def unlinked(parent: str, n: int = 1) -> ClaimUnlinked:
    return a(ClaimUnlinked, report="wire-1", n=n, derived_from=parent, reason="")


HELD = a(ReportHeld, report="wire-1", reason="under check")
RELEASED = a(ReportReleased, report="wire-1", reason="")
ROOT = filed("root-1", claim(), published_at="2025-01-10")

# -- filing ----------------------------------------------------------------------------------


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


# -- correcting --------------------------------------------------------------------------------

RECORD: dict[str, Any] = {"report": "wire-1", "kind": "record"}
PUBLISHER = {"report": "wire-1", "kind": "publisher", "published_at": "2025-01-20"}


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


# -- holding, releasing, marking, withdrawing ------------------------------------------------


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


# -- grading ------------------------------------------------------------------------------------

GRADED = a(ClaimGraded, report="wire-1", n=1, credibility=2, grader=ACTOR, reason="two agencies")


def test_a_claim_is_graded_by_whoever_gives_the_command() -> None:
    body = {"claim": "wire-1/1", "credibility": 2, "reason": "two agencies"}

    given(*KNOWN, filed()).when(GradeClaim, **body).then_events(GRADED)
    given(*KNOWN, filed(), GRADED).when(GradeClaim, **body).then_nothing()
    given(*KNOWN, filed(), GRADED, actor="bob").when(GradeClaim, **body).then_events(
        GRADED.model_copy(update={"grader": "bob"})
    )
    given(*KNOWN, filed(), GRADED).when(GradeClaim, **body | {"credibility": 6}).then_events(
        GRADED.model_copy(update={"credibility": 6})
    )


@pytest.mark.parametrize("credibility", [0, 7, 2.5, "2", True, None])
def test_credibility_is_a_whole_number_from_1_to_6(credibility: object) -> None:
    given(*KNOWN, filed()).when(GradeClaim, claim="wire-1/1", credibility=credibility).then_refused(
        "invalid", "/credibility"
    )


@pytest.mark.parametrize("kind", [GradeClaim, LinkClaim, UnlinkClaim])
def test_a_claim_that_the_report_never_had_is_not_found(kind: type[Command]) -> None:
    more = {"credibility": 2} if kind is GradeClaim else {"derived_from": "root-1/1"}

    given(*KNOWN, ROOT, filed()).when(kind, claim="wire-1/2", **more).then_refused("not-found")


def test_a_grade_stays_with_its_claim_through_corrections() -> None:
    state = report(filed(), GRADED, corrected(claims=[claim(2, n=1), claim(1, n=2)]))

    assert state.grades == {1: GRADED}


# -- linking --------------------------------------------------------------------------------------

TO_ROOT = {"claim": "wire-1/1", "derived_from": "root-1/1"}
FILED_LINK = filed("wire-1", claim(derived_from=["root-1/1"]))


def test_a_claim_is_linked_and_unlinked() -> None:
    link, unlink = linked("root-1/1"), unlinked("root-1/1")

    given(*KNOWN, ROOT, filed()).when(LinkClaim, **TO_ROOT).then_events(link)
    given(*KNOWN, ROOT, FILED_LINK).when(LinkClaim, **TO_ROOT).then_nothing()
    given(*KNOWN, ROOT, filed(), link).when(UnlinkClaim, **TO_ROOT).then_events(unlink)
    given(*KNOWN, ROOT, FILED_LINK).when(UnlinkClaim, **TO_ROOT).then_events(unlink)
    given(*KNOWN, ROOT, FILED_LINK, unlink).when(LinkClaim, **TO_ROOT).then_events(link)
    given(*KNOWN, ROOT, filed()).when(UnlinkClaim, **TO_ROOT).then_refused("not-found")


def test_a_link_may_be_unlinked_that_its_publisher_corrected_away_for_it_still_shows_before() -> None:
    since = by_publisher("2025-01-20", 200)

    given(*KNOWN, ROOT, FILED_LINK, since).when(UnlinkClaim, **TO_ROOT).then_events(
        unlinked("root-1/1")
    )


CORRECTION = corrected(claims=[claim(1, n=1)])
CORRECTION_WITH_LINK = corrected(claims=[claim(1, n=1, derived_from=["root-1/1"])])
TITLE = corrected(provenance={"title": "Killed"})


@pytest.mark.parametrize(
    ("events", "parents"),
    [
        ([FILED_LINK], {"root-1/1"}),
        ([FILED_LINK, TITLE], {"root-1/1"}),
        # What a correction's claims derive from replaces what they were filed with...
        ([FILED_LINK, CORRECTION], set()),
        ([filed(), CORRECTION_WITH_LINK], {"root-1/1"}),
        ([FILED_LINK, CORRECTION, CORRECTION_WITH_LINK], {"root-1/1"}),
        # ...and leaves what was found since.
        ([filed(), linked("root-1/1"), CORRECTION], {"root-1/1"}),
        ([filed(), linked("other-1/1"), CORRECTION_WITH_LINK], {"other-1/1", "root-1/1"}),
        # A link once unlinked stays so, however often it is filed, until somebody links it.
        ([FILED_LINK, unlinked("root-1/1")], set()),
        ([FILED_LINK, unlinked("root-1/1"), CORRECTION_WITH_LINK], set()),
        ([FILED_LINK, CORRECTION, unlinked("root-1/1"), CORRECTION_WITH_LINK], set()),
        ([FILED_LINK, unlinked("root-1/1"), linked("root-1/1"), CORRECTION], {"root-1/1"}),
        # Links belong to a claim.
        ([filed(), linked("root-1/1"), corrected(claims=[claim(5, n=2)])], set()),
    ],
)
def test_links_as_filed_found_and_unfound(events: list[AnyReportEvent], parents: set[str]) -> None:
    state = report(*events)
    version = in_force(state)

    assert version is not None
    assert links(state, version, max(version.claims)) == parents


# -- what is in force when --------------------------------------------------------------------------


def report(*events: AnyReportEvent) -> Filed:
    state: Report = Unfiled()
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Filed)
    assert state.version == len(events)
    return state


def by_publisher(on: str, *figures: float | None) -> ReportCorrected:
    return corrected("publisher", published_at=on, claims=said(*figures))


def by_us(*figures: float | None) -> ReportCorrected:
    return corrected(claims=said(*figures))


def said(*figures: float | None) -> list[dict[str, Any]]:
    return [claim(best, n=n) for n, best in enumerate(figures, start=1) if best is not None]


def dated(on: str) -> ReportCorrected:
    return corrected(provenance={"published_at": on})


def gone(on: str) -> ReportWithdrawn:
    return withdrawn("publisher", published_at=on)


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


def test_indicators_of_every_measure_take_reports() -> None:
    killed, seen = defined("new-this-week", "increment"), defined("war", "proposition")
    claims = [
        claim(indicator="new-this-week", period="2025-01-06/2025-01-12"),
        claim(indicator="war", quantity=None, stance={"asserts": True, "likelihood": "likely"}),
    ]

    given(*KNOWN, killed, seen).when(FileReport, **FILE | {"claims": claims}).then_events(
        filed("wire-1", *claims)
    )
