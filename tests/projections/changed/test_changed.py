"""Kept changes of default answers are those between the answers themselves, event by event."""

import json
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import computed_answer
from projections.answers.figure import FIGURE
from projections.answers.flags import flags
from projections.answers.moments import touching
from projections.changed.history import COMPARED
from projections.changed.projection import CHANGED
from projections.suspected.projection import SUSPECTED
from projections.tables.projection import Recorded, state_digest
from service.views.store import UNLIMITED, ViewFile
from tests.effort import examples
from tests.histories import MEASURES, Desk, long_story, stories, views_of
from tests.work import calls

Row = dict[str, Any]


def followed(views: ViewFile) -> ViewFile:
    """Views in which every change is kept."""
    while views.complete(UNLIMITED) or views.idle(lambda: False):
        pass
    return views


def kept(views: ViewFile, indicator: str) -> list[Row]:
    query = "SELECT body FROM changed_estimates WHERE indicator = ? ORDER BY position"
    return [json.loads(body) for (body,) in views.writer.execute(query, (indicator,))]


def standing(db: sqlite3.Connection, indicator: str, position: int) -> tuple[EstimateAnswer, set[str]]:
    """The default answer at a position, and everything that is flagged there."""
    body = computed_answer(db, indicator, AsOf(position))
    found = [*body["flags"], *flags(db, indicator, AsOf(position))]
    return body, {json.dumps([flag["code"], sorted(flag["claims"])]) for flag in found}


def compared(body: EstimateAnswer) -> Row:
    return {**{name: body[name] for name in COMPARED}, "support": body["support"]["level"]}


def expected(db: sqlite3.Connection, indicator: str, head: int) -> list[Row]:
    """What each event changed, by the whole answer before it and after it."""
    rows, begun = list[Row](), False
    for cause in touching(db, indicator, 0, head):
        before, flagged = standing(db, indicator, cause.position - 1)
        after, now = standing(db, indicator, cause.position)
        rests = any(after[name] not in (None, False) for name in FIGURE) or bool(after["used"])
        was, begun = compared(before) if begun else None, begun or rests
        if now != flagged or (begun and was != compared(after)):
            both = {"position": cause.position, "before": was, "after": compared(after)}
            rows.append({**both, "raised": now - flagged, "cleared": flagged - now})
    return rows


def plain(row: Row) -> Row:
    """A kept change as it is compared."""
    flagged = {
        name: {json.dumps([flag["code"], sorted(flag["claims"])]) for flag in row[f"flags_{name}"]}
        for name in ("raised", "cleared")
    }
    bodies = {
        name: row[name] and {key: row[name][key] for key in (*COMPARED, "support")}
        for name in ("before", "after")
    }
    return {"position": row["cause"]["position"], **bodies, **flagged}


@given(stories)
@examples(80)
def test_what_is_kept_is_what_changed(commands: list[Command]) -> None:
    recorded = Desk().take(commands).recorded
    views = followed(views_of(recorded))
    for name in MEASURES:
        found = [plain(row) for row in kept(views, name)]
        assert found == expected(views.writer, name, len(recorded)), name


@pytest.mark.parametrize("seed", range(4))
def test_so_it_is_in_a_long_history(seed: int) -> None:
    recorded = Desk().take(long_story(seed, 150)).recorded
    views = followed(views_of(recorded))
    for name in MEASURES:
        found = [plain(row) for row in kept(views, name)]
        assert found == expected(views.writer, name, len(recorded)), name


def apart(recorded: Sequence[Recorded], batch: int) -> ViewFile:
    """Views that followed each batch at once."""
    views = ViewFile.create(Path(":memory:"))
    for start in range(0, len(recorded), batch):
        views.apply(recorded[start : start + batch])
        followed(views)
    return views


@given(stories, st.integers(1, 20))
@examples(40)
def test_followed_live_rebuilt_or_not_yet_the_state_is_the_same(
    commands: list[Command], batch: int
) -> None:
    recorded = Desk().take(commands).recorded
    rebuilt = views_of(recorded)
    unfollowed = state_digest(CHANGED, rebuilt.writer)
    live = state_digest(CHANGED, apart(recorded, batch).writer)
    assert unfollowed == live == state_digest(CHANGED, followed(rebuilt).writer)


def test_flags_that_are_kept_are_not_followed_a_second_time() -> None:
    views, unkept = (views_of(Desk().take(long_story(1, 60)).recorded) for _ in range(2))
    while views.complete(UNLIMITED) or views.idle(lambda: False, [SUSPECTED]):
        pass
    with calls() as counted:
        while views.idle(lambda: False, [CHANGED]):
            pass
    assert not counted["Watch.update"]
    assert state_digest(CHANGED, views.writer) == state_digest(CHANGED, unkept.writer)


def test_what_is_still_to_be_followed_is_counted() -> None:
    assert CHANGED.unmade is not None
    views = views_of(Desk().take(long_story(1, 40)).recorded)
    [(touched,)] = views.writer.execute("SELECT count(*) FROM touches")
    assert CHANGED.unmade(views.writer) == touched > 0
    assert CHANGED.unmade(followed(views).writer) == 0
