"""Vintages on the record axis are the same whether the changes of the headline are kept or not.

Of a page only its rows, and the one after them, are read or computed.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from projections.answers.as_of import AsOf
from projections.answers.cell_estimates import EVERY
from projections.answers.moments import Axis
from projections.answers.questions import HEADLINE
from service.query.changed import kept_vintages
from service.query.history import vintage_rows
from service.query.standpoint import Standpoint
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import MEASURES, Desk, define, desk_of, file, says, stories, views_of
from tests.projections.changed.test_changed import followed
from tests.work import calls


@given(stories, st.integers(0, 200))
@examples(80)
def test_they_are_the_same(story: list[Command], back: int) -> None:
    desk = Desk().take(story)
    views, head = views_of(desk.recorded), len(desk.recorded)
    as_of = AsOf(max(0, head - back % (head + 1)))
    here = Standpoint(views.writer, as_of)
    before = {name: vintage_rows(here, name, HEADLINE, "record", every=False) for name in MEASURES}
    part = slice(back % 4, back % 4 + back % 3 + 1)
    for name, rows in before.items():
        assert vintage_rows(here, name, HEADLINE, "record", every=False, part=part) == rows[part]
    followed(views)
    for name, rows in before.items():
        assert kept_vintages(here, name, EVERY) is not None
        assert vintage_rows(here, name, HEADLINE, "record", every=False) == rows
        assert vintage_rows(here, name, HEADLINE, "record", every=False, part=part) == rows[part]


PAGE = slice(3, 6)


def revised() -> tuple[ViewFile, Standpoint]:
    """Views of a figure that was revised forty times."""
    filed = (file(str(n), f"2025-01-{n % 28 + 1:02}", says("nis", n)) for n in range(40))
    desk = desk_of(define(), *filed)
    views = views_of(desk.recorded)
    return views, Standpoint(views.writer, AsOf(len(desk.recorded)))


@pytest.mark.parametrize("axis", ["record", "publication"])
def test_of_a_page_only_its_rows_are_computed(axis: Axis) -> None:
    _, here = revised()
    with calls() as called:
        rows = vintage_rows(here, "killed", HEADLINE, axis, every=True, part=PAGE)
    assert len(rows) == 3
    assert called["defined_estimate"] <= 8


def test_of_a_page_only_its_rows_are_read() -> None:
    views, here = revised()
    followed(views)
    with calls() as called:
        rows = vintage_rows(here, "killed", HEADLINE, "record", every=False, part=PAGE)
    assert len(rows) == 3
    assert called["loads"] == 4
