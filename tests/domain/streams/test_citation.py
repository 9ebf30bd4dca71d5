"""Citing a figure and closing the citation: what is recorded, what is refused."""

from typing import Any

import pytest

from domain.clearance import is_cleared
from domain.commands import CiteFigure, CloseCitation
from domain.events import CitationClosed, FigureCited
from domain.streams.decider import decide, stream_of
from domain.vocabulary import MARKINGS
from tests.spec import KILLED, KNOWN, World, a, defined, given, registered

WHERE = "https://example.org/story"
RULE = {"or_support": True, "or_flag": True}
CITE: dict[str, Any] = {"id": "c1", "indicator": "killed", "where": WHERE}
CLOSED = a(CitationClosed, citation="c1", indicator="killed", reason="corrected")


def cited(**more: Any) -> FigureCited:
    plain = {"citation": "c1", "indicator": "killed", "where": WHERE, "note": ""}
    question = {"policy": "latest-best-source/2", "position": 3, "when_it_moves": RULE}
    return a(FigureCited, **plain | question | more)


def test_it_is_cited_at_the_end_of_the_log_by_the_policy_in_force() -> None:
    given(*KNOWN).when(CiteFigure, **CITE).then_events(cited())


def test_all_of_the_question_is_kept() -> None:
    asked = {
        "period": "2025-01",
        "cohort": "east",
        "originator": "nis",
        "policy": "most-conservative/1",
    }
    rule = {"by_percent": 5, "or_support": False, "or_flag": True}
    more = {"note": "box", "marking": "TLP:AMBER", "position": 2, "when_it_moves": rule}
    sent = CITE | asked | more | {"published_by": "2025-05-01", "valid_at": "2025-04-01T09:00:00+09:00"}
    kept = {"published_by": "2025-05-01T23:59:59.999999Z", "valid_at": "2025-04-01T00:00:00Z"}
    given(*KNOWN).when(CiteFigure, **sent).then_events(cited(**asked, **more, **kept))


def test_the_policy_is_the_one_at_the_position_that_is_cited() -> None:
    before, now = KILLED, defined("killed", policy="most-conservative/1")
    world = given(before, registered("nis"), now)
    world.when(CiteFigure, **CITE, position=2).then_events(cited(position=2))
    world.when(CiteFigure, **CITE).then_events(cited(policy="most-conservative/1"))


def test_the_same_again_is_nothing_and_a_later_position_cites_it_anew() -> None:
    before = (*KNOWN, cited())
    given(*before).when(CiteFigure, **CITE).then_nothing()
    given(*before).when(CiteFigure, **CITE, position=3).then_nothing()
    given(*before).when(CiteFigure, **CITE, position=4).then_events(cited(position=4))
    given(*before).when(CiteFigure, **CITE, note="box").then_events(cited(note="box"))
    anew = {"position": 4, "published_by": "2025-09-02"}
    given(*before).when(CiteFigure, **CITE, **anew).then_events(
        cited(**anew | {"published_by": "2025-09-02T23:59:59.999999Z"})
    )


def test_closed_it_is_told_of_no_more_until_it_is_cited_again() -> None:
    close = {"citation": "c1", "reason": "corrected"}
    given(*KNOWN, cited()).when(CloseCitation, **close).then_events(CLOSED)
    given(*KNOWN, cited(), CLOSED).when(CloseCitation, citation="c1").then_nothing()
    given(*KNOWN, cited(), CLOSED).when(CiteFigure, **CITE).then_events(cited(position=5))


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        ({"indicator": "kiled"}, "unknown-indicator", "/indicator"),
        ({"policy": "latest-best"}, "invalid", "/policy"),
        ({"position": 4}, "invalid", "/position"),
        ({"position": 0}, "invalid", "/position"),
        ({"originator": "nobody"}, "invalid", "/originator"),
        ({"incident": "raid"}, "invalid", "/incident"),
        ({"where": " "}, "invalid", "/where"),
        ({"where": ""}, "invalid", "/where"),
        ({"period": "2025-13"}, "invalid", "/period"),
        ({"published_by": "yesterday"}, "invalid", "/published_by"),
        ({"when_it_moves": {"by_percent": -1}}, "invalid", "/when_it_moves/by_percent"),
        ({"when_it_moves": {"or_flags": True}}, "invalid", "/when_it_moves/or_flags"),
        ({"figure": 600}, "invalid", "/figure"),
    ],
)
def test_what_is_refused(change: dict[str, Any], code: Any, pointer: str) -> None:
    given(*KNOWN).when(CiteFigure, **CITE | change).then_refused(code, pointer)


def test_refusals_name_what_may_be_meant() -> None:
    told = given(*KNOWN).when(CiteFigure, **CITE | {"indicator": "kiled"})
    assert "killed" in told.then_refused("unknown-indicator", "/indicator")
    told = given(*KNOWN).when(CiteFigure, **CITE, policy="latest-best-sorce/2")
    assert "did you mean latest-best-source/2" in told.then_refused("invalid", "/policy")
    told = given(*KNOWN).when(CiteFigure, id="c1", indicator="killed")
    told.then_refused("invalid", "/where")


def test_an_indicator_must_be_defined_at_the_position() -> None:
    world = given(registered("nis"), KILLED)
    told = world.when(CiteFigure, **CITE, position=1).then_refused("invalid", "/position")
    assert "not defined yet at position 1" in told


@pytest.mark.parametrize(
    "change", [{"indicator": "present"}, {"where": "elsewhere"}, {"cohort": "east"}]
)
def test_a_citation_stays_that_of_its_figure(change: dict[str, Any]) -> None:
    world = given(*KNOWN, defined("present", "stock"), cited())
    world.when(CiteFigure, **CITE | change).then_refused("id-taken")


def test_what_is_not_cited_cannot_be_closed() -> None:
    given(*KNOWN).when(CloseCitation, citation="c9").then_refused("not-found")


@pytest.mark.parametrize("marked", ["citation", "indicator", "originator"])
def test_a_citation_is_seen_by_those_who_see_all_that_it_names(marked: str) -> None:
    of = {each: {"marking": "TLP:AMBER"} if each == marked else {} for each in _NAMED}
    indicator = defined("killed", **of["indicator"])
    source = registered("nis").model_copy(update=of["originator"])
    world = World([indicator, source])
    command = a(CiteFigure, **CITE, originator="nis", **of["citation"])
    world.record(decide(command, world.state(stream_of(command)), world))
    seen = [is_cleared(clearance, "citation:c1", world.state) for clearance in MARKINGS]
    assert seen == [False, False, True, True, True]


_NAMED = ("citation", "indicator", "originator")
