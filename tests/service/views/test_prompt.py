"""Rows that take readers long to compute come with a few events, others right after them."""

import threading
from pathlib import Path

import pytest

from projections.answers.kept_sums import kept_sum
from projections.catalogue import CATALOGUE
from projections.sums.projection import LONG
from projections.tables.projection import Projection
from projections.tables.sums import is_followed
from service.service import opened
from service.settings import Settings
from service.views.store import FEW_EVENTS, UNLIMITED, ViewFile
from tests.histories import CLOCK
from tests.projections.sums.test_effort import desk
from tests.service.views.test_follower import write
from tests.service.views.test_views import PATIENCE


def followed(claims: int, events: int) -> ViewFile:
    """Views of a sum with a number of claims, the last of whose events came together."""
    recorded = desk(claims, "a").recorded
    views = ViewFile.create(Path(":memory:"))
    views.apply(recorded[:-events])
    views.complete(UNLIMITED)
    views.apply(recorded[-events:])
    return views


@pytest.mark.parametrize(("events", "prompt"), [(1, True), (FEW_EVENTS, True), (FEW_EVENTS + 1, False)])
def test_a_long_sum_is_followed_with_a_few_events(events: int, prompt: bool) -> None:
    views = followed(LONG, events)
    assert is_followed(views.writer, "sorties", views.position()) == prompt
    assert (kept_sum(views.writer, "sorties", views.position()) is not None) == prompt


def test_a_short_sum_is_followed_right_after_a_few_events() -> None:
    views = followed(LONG - 1, 1)
    assert not is_followed(views.writer, "sorties", views.position())
    views.complete_promptly()
    assert is_followed(views.writer, "sorties", views.position())


def test_what_waits_from_before_comes_first_and_the_rest_waits() -> None:
    recorded = desk(LONG, "a").recorded
    views = ViewFile.create(Path(":memory:"))
    views.apply(recorded[:-1])
    views.apply(recorded[-1:])
    assert not is_followed(views.writer, "sorties", recorded[-1].position)
    views.complete(UNLIMITED)
    assert is_followed(views.writer, "sorties", recorded[-1].position)


def test_what_is_built_right_after_events_keeps_nobody_from_seeing_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stood, done = list[tuple[int, int]](), threading.Event()
    complete = ViewFile.complete_promptly

    def noted(self: ViewFile, catalogue: tuple[Projection, ...] = CATALOGUE) -> None:
        complete(self, catalogue)
        stood.append((service.follower.position, self.position()))
        done.set()

    with opened(Settings(data=tmp_path), lambda: CLOCK) as service:
        monkeypatch.setattr(ViewFile, "complete_promptly", noted)
        write(service, 1)
        assert done.wait(PATIENCE)
    assert all(seen == applied for seen, applied in stood)
