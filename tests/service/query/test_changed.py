"""What changed since a position is the end of all that changed, and costs no more than that."""

import pytest

from projections.answers.as_of import NOW
from service.query.board import BoardFilter
from service.query.changed import changed, changes_since
from service.query.standpoint import Standpoint
from tests.histories import MEASURES, Desk, define, desk_of, file, long_story, says, views_of
from tests.places import LONG

SEEDS = range(40 if LONG else 4)


@pytest.mark.parametrize("seed", SEEDS)
def test_it_is_the_end_of_all_changes(seed: int) -> None:
    views = views_of(Desk().take(long_story(seed, 50)).recorded)
    here, head = Standpoint(views.writer, NOW, current=True), views.position()
    whole = changed(here, BoardFilter(), (0, head), None, 1_000, latest_first=False)
    for since in range(0, head, 3):
        asked = changed(here, BoardFilter(), (since, head), None, 1_000, latest_first=False)
        assert asked == [each for each in whole if each[0][0] > since]
        for name in MEASURES:
            found = [each["cause"]["position"] for each in changes_since(here, name, since)]
            assert found == [place[0] for place, _ in asked if place[1] == name]


def test_its_cost_does_not_grow_with_the_history_before() -> None:
    def effort(reports: int) -> int:
        days = (f"2025-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(reports))
        filed = (file(f"r{n}", day, says("nis", n + 1)) for n, day in enumerate(days))
        views, asked = views_of(desk_of(define(), *filed).recorded), list[str]()
        here = Standpoint(views.writer, NOW, current=True)
        views.writer.set_trace_callback(asked.append)
        assert len(changes_since(here, "killed", views.position() - 2)) == 2
        return len(asked)

    assert effort(100) <= effort(50)
