"""Rows that readers would compute for long are there as soon as a few events are."""

from pathlib import Path

import pytest

from projections.answers.kept_sums import kept_sum
from projections.tables.sums import is_followed
from service.views.store import FEW_EVENTS, UNLIMITED, ViewFile
from tests.projections.sums.test_effort import desk


@pytest.mark.parametrize(("events", "prompt"), [(1, True), (FEW_EVENTS, True), (FEW_EVENTS + 1, False)])
def test_a_sum_is_followed_with_a_few_events(events: int, prompt: bool) -> None:
    recorded = desk(40, "a").recorded
    views = ViewFile.create(Path(":memory:"))
    views.apply(recorded[:-events])
    views.complete(UNLIMITED)
    views.apply(recorded[-events:])
    head = recorded[-1].position
    assert is_followed(views.writer, "sorties", head) == prompt
    assert (kept_sum(views.writer, "sorties", head) is not None) == prompt


def test_what_waits_from_before_comes_first_and_the_rest_waits() -> None:
    recorded = desk(40, "a").recorded
    views = ViewFile.create(Path(":memory:"))
    views.apply(recorded[:-1])
    views.apply(recorded[-1:])
    assert not is_followed(views.writer, "sorties", recorded[-1].position)
    views.complete(UNLIMITED)
    assert is_followed(views.writer, "sorties", recorded[-1].position)
