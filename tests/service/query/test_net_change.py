"""Several changes of an answer as one: what was before the first, what is after the last."""

import pytest

from projections.answers.as_of import NOW
from service.query.board import BoardFilter
from service.query.changed import changed, changes_since
from service.query.net_change import answers_differ, net_change
from service.query.standpoint import Standpoint
from tests.histories import Desk, long_story, views_of


@pytest.mark.parametrize("seed", range(3))
def test_the_net_of_all_later_changes_is_the_step_between_the_answers(seed: int) -> None:
    views = views_of(Desk().take(long_story(seed, 60)).recorded)
    here = Standpoint(views.writer, NOW, current=True)
    rows = changed(here, BoardFilter(), (0, NOW.position), None, 1_000, latest_first=False)
    assert rows
    for (since, indicator), _ in rows:
        mine = [row for place, row in rows if place[1] == indicator]
        later = [row for row in mine if row["position"] > since]
        found = changes_since(here, indicator, since)
        assert [each["cause"] for each in found] == [row["cause"] for row in later]
        net, before = net_change(found), [row for row in mine if row["position"] <= since][-1]["after"]
        if net is None:
            assert not later or not answers_differ(before, later[-1]["after"])
        else:
            assert {**net["before"], "used": []} == {**before, "used": []} if net["before"] else True
            assert net["after"] == later[-1]["after"]
            raised = {str(flag) for row in later for flag in row["flags_raised"]}
            assert {str(flag) for flag in net["flags_raised"]} <= raised


def test_nothing_changed_is_no_change() -> None:
    assert net_change([]) is None
