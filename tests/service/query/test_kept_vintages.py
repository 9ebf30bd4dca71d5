"""Vintages on the record axis are the same whether the changes of the headline are kept or not."""

from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from projections.answers.as_of import AsOf
from projections.answers.questions import HEADLINE
from service.query.changed import kept_history
from service.query.history import vintage_rows
from service.query.standpoint import Standpoint
from tests.effort import examples
from tests.histories import MEASURES, Desk, stories, views_of
from tests.projections.changed.test_changed import followed


@given(stories, st.integers(0, 200))
@examples(80)
def test_they_are_the_same(story: list[Command], back: int) -> None:
    desk = Desk().take(story)
    views, head = views_of(desk.recorded), len(desk.recorded)
    as_of = AsOf(max(0, head - back % (head + 1)))
    here = Standpoint(views.writer, as_of)
    before = {name: vintage_rows(here, name, HEADLINE, "record", every=False) for name in MEASURES}
    followed(views)
    for name, rows in before.items():
        assert kept_history(here, name) is not None
        assert vintage_rows(here, name, HEADLINE, "record", every=False) == rows
