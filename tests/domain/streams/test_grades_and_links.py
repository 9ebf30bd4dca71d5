"""Grades and links of a claim: as they were filed, found and unfound."""

import pytest

from domain.commands import Command, GradeClaim, LinkClaim, UnlinkClaim
from domain.events import AnyReportEvent, ClaimGraded
from domain.streams.report_state import in_force, links
from tests.domain.streams.reports import ROOT, by_publisher, corrected, linked, report, unlinked
from tests.spec import ACTOR, KNOWN, a, claim, filed, given

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
