"""A cited figure is moved by the first event after which its answer leaves the rule."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import CiteFigure, CloseCitation, Command
from domain.estimates.citation_rule import Told, left
from domain.events import FigureCited
from domain.period import parse_period
from domain.times import to_micros
from projections.answers.as_of import NOW, AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import computed_answer
from projections.answers.questions import Narrowing
from projections.moved.projection import MOVED, idle
from projections.tables.cited_figures import CITED_FIGURES
from projections.tables.projection import Recorded, state_digest
from service.query.citations import CitationItem, citations
from service.query.standpoint import Standpoint
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import MEASURES, Desk, long_story, stories, views_of

Row = dict[str, Any]


def followed(views: ViewFile) -> ViewFile:
    """Views in which every citation is followed."""
    while idle(views.writer):
        pass
    return views


def with_citations(commands: Sequence[Command], seed: int) -> list[Command]:
    """A story in which figures are cited, cited anew and closed by chance."""
    random, told = Random(seed), list[Command]()
    for n, command in enumerate(commands):
        told.append(command)
        if n > len(MEASURES) and random.random() < 0.25:
            told.append(_citing(random, n))
        if random.random() < 0.05:
            told.append(CloseCitation(citation=f"c{random.randrange(6)}"))
    return told


def _citing(random: Random, n: int) -> Command:
    names = tuple(MEASURES)
    body: Row = {
        "id": f"c{random.randrange(6)}-{n}" if random.random() < 0.8 else f"c{random.randrange(6)}",
        "indicator": random.choice(names),
        "where": "Bulletin",
        "position": random.choice((None, None, n)),
        "published_by": random.choice((None, None, "2025-02-10", "2025-03-15")),
        "valid_at": random.choice((None, None, None, "2025-02-20")),
        "cohort": random.choice((None, None, None, "east")),
        "policy": random.choice((None, None, "most-conservative/1")),
        "when_it_moves": random.choice(
            ({}, {"by_percent": 20}, {"or_support": False}, {"by_percent": 0, "or_flag": False})
        ),
    }
    return CiteFigure.model_validate(body, strict=False)


def told(body: EstimateAnswer) -> Told:
    contrary = [flag["claims"] for flag in body["flags"] if flag["code"] == "contradiction"]
    figures = body["best"], body["low"], body["high"], body["verdict"], body["support"]["level"]
    return Told(*figures, frozenset(tuple(sorted(claims)) for claims in contrary))


def expected(views: ViewFile, event: FigureCited, position: int, until: int) -> int | None:
    """Since which position a figure is moved: every answer compared, event by event."""
    period = None if event.period is None else parse_period(event.period)
    asked = Narrowing(event.cohort, period, event.originator, event.policy, event.incident)
    by, until_day = (
        None if time is None else to_micros(time) for time in (event.published_by, event.valid_at)
    )

    def answered(as_of: AsOf) -> Told:
        return told(computed_answer(views.writer, event.indicator, as_of, asked))

    cited = answered(AsOf(event.position, by, until_day))
    for at in range(event.position, until):
        if left(event.when_it_moves, cited, answered(AsOf(at))):
            return max(at, position)
    return None


def moves(views: ViewFile) -> dict[tuple[str, int], int | None]:
    rows = views.writer.execute("SELECT citation, position, body FROM moved_figures").fetchall()
    return {
        (name, at): None if body is None else json.loads(body)["position"] for name, at, body in rows
    }


def all_expected(views: ViewFile, head: int) -> dict[tuple[str, int], int | None]:
    rows = views.writer.execute("SELECT position, until, body FROM cited_figures").fetchall()
    found = dict[tuple[str, int], int | None]()
    for position, until, body in rows:
        event = FigureCited.model_validate_json(body, strict=False)
        found[event.citation, position] = expected(views, event, position, min(until, head + 1))
    return found


@given(stories, st.integers(0, 1_000))
@examples(40)
def test_what_is_kept_is_what_every_answer_shows(commands: list[Command], seed: int) -> None:
    recorded = Desk().take(with_citations(commands, seed)).recorded
    views = followed(views_of(recorded))
    assert moves(views) == all_expected(views, len(recorded))


@pytest.mark.parametrize("seed", range(3))
def test_so_it_is_in_a_long_history(seed: int) -> None:
    recorded = Desk().take(with_citations(long_story(seed, 120), seed)).recorded
    views = followed(views_of(recorded))
    found = moves(views)
    assert found == all_expected(views, len(recorded))
    assert len(found) > 10 and None in found.values() and set(found.values()) != {None}


def apart(recorded: Sequence[Recorded], batch: int) -> ViewFile:
    """Views that followed each batch at once."""
    views = ViewFile.create(Path(":memory:"))
    for start in range(0, len(recorded), batch):
        views.apply(recorded[start : start + batch])
        followed(views)
    return views


@given(stories, st.integers(1, 20), st.integers(0, 1_000))
@examples(30)
def test_followed_live_rebuilt_or_not_yet_the_state_is_the_same(
    commands: list[Command], batch: int, seed: int
) -> None:
    recorded = Desk().take(with_citations(commands, seed)).recorded
    rebuilt, live = views_of(recorded), apart(recorded, batch)
    for projection in (CITED_FIGURES, MOVED):
        unfollowed = state_digest(projection, rebuilt.writer)
        assert unfollowed == state_digest(projection, live.writer)
    unfollowed = state_digest(MOVED, rebuilt.writer)
    assert unfollowed == state_digest(MOVED, followed(rebuilt).writer)


def listed(views: ViewFile, position: int) -> list[CitationItem]:
    here = Standpoint(views.writer, NOW.at(position), current=False)
    return citations(here, None, None, 0, 1_000)


@pytest.mark.parametrize("seed", range(2))
def test_the_list_is_the_same_however_much_is_kept_and_as_of_any_position(seed: int) -> None:
    recorded = Desk().take(with_citations(long_story(seed, 60), seed)).recorded
    views, places = views_of(recorded), range(20, len(recorded) + 1, 9)
    before = [listed(views, at) for at in places]
    followed(views)
    assert [listed(views, at) for at in places] == before
    for at, items in zip(places, before, strict=True):
        then = views_of(recorded[:at])
        assert listed(then, at) == items
