"""The list of changes is the same however much of it is kept."""

import pytest

from projections.answers.as_of import NOW
from projections.changed.projection import Place, idle
from service.query.board import BoardFilter
from service.query.changed import ChangedItem, changed
from service.query.standpoint import Standpoint
from service.views.store import ViewFile
from tests.histories import Desk, long_story, views_of

Rows = list[tuple[Place, ChangedItem]]


def listed(
    views: ViewFile, *, latest_first: bool, after: Place | None = None, limit: int = 1_000
) -> Rows:
    here = Standpoint(views.writer, NOW, current=True)
    span = 0, NOW.position
    return changed(here, BoardFilter(), span, after, limit, latest_first=latest_first)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_some_or_all_of_it_kept(seed: int) -> None:
    views = views_of(Desk().take(long_story(seed, 60)).recorded)
    expected = listed(views, latest_first=False)
    assert [place for place, _ in expected] == sorted(place for place, _ in expected)
    more = True
    while more:
        more = idle(views.writer)
        assert listed(views, latest_first=False) == expected
        assert listed(views, latest_first=True) == expected[::-1]


@pytest.mark.parametrize("latest_first", [False, True])
def test_pages_of_any_length_fit_together(latest_first: bool) -> None:
    views = views_of(Desk().take(long_story(1, 60)).recorded)
    idle(views.writer)
    expected = listed(views, latest_first=latest_first)
    for limit in (1, 3, 7):
        found, after = list[tuple[Place, ChangedItem]](), None
        while page := listed(views, latest_first=latest_first, after=after, limit=limit):
            found, after = [*found, *page], page[-1][0]
        assert found == expected
