"""What a glance shows of a figure's past is the end of its vintages."""

from random import Random

import pytest
from hypothesis import given

from domain.commands import Command
from domain.estimates.figures import single_number
from domain.times import parse_instant
from projections.answers.as_of import AsOf
from projections.answers.moments import touching
from projections.answers.questions import HEADLINE
from projections.answers.recent import RECENT, recent
from projections.answers.values import number
from projections.answers.vintages import Vintage, vintages
from projections.tables.projection import FOREVER
from tests.effort import examples
from tests.histories import (
    MEASURES,
    Desk,
    Line,
    correct,
    define,
    desk_of,
    file,
    numbers,
    says,
    stories,
    views_of,
)

DAY = 86_400_000_000


def single(vintage: Vintage) -> float | None:
    body = vintage.body
    return number(single_number(body["best"], body["low"], body["high"]))


@given(stories, numbers)
@examples(60)
def test_it_is_the_vintages_at_the_latest_events(commands: list[Command], number: int) -> None:
    desk, random = Desk().take(commands), Random(number)
    views, head, most = views_of(desk.recorded), len(desk.recorded), random.randint(1, 9)
    views.complete(random.choice((0, FOREVER)))  # sums are kept, or followed from claims
    as_of = AsOf(random.choice((head, head, head // 2)))
    for name in MEASURES:
        rows = vintages(views.writer, name, as_of, HEADLINE, "record", every=False, last=most)
        touches = touching(views.writer, name, 0, as_of.position)
        found = recent(views.writer, name, as_of, most)
        assert found.figures == [single(row) for row in rows]
        assert (found.revised is None) == (not rows)
        if found.revised is not None:
            assert found.revised["position"] == rows[-1].cause.position
            assert found.revised["or_before"] == (len(rows) == 1 and len(touches) > most)


@given(stories, numbers)
@examples(30)
def test_as_of_a_publication_time_it_is_the_vintages_at_the_latest_publications(
    commands: list[Command], number: int
) -> None:
    desk, random = Desk().take(commands), Random(number)
    views, head = views_of(desk.recorded), len(desk.recorded)
    as_of = AsOf(head, random.randint(20_089, 20_270) * DAY)
    for name in MEASURES:
        rows = vintages(views.writer, name, as_of, HEADLINE, "publication", every=False, last=RECENT)
        found = recent(views.writer, name, as_of)
        assert found.figures == [single(row) for row in rows]
        if found.revised is not None:
            assert parse_instant(found.revised["published_at"]).timestamp() * 1e6 == rows[-1].moment


FILED = (
    define(),
    file("a", "2025-01-13", says("nis", 300)),
    file("b", "2025-01-09", says("nis", 200, stated_at="2025-01-09")),
)
GRADE: Line = {"grade_source": {"source": "nis", "reliability": "A", "reason": "better"}}
RIVAL = file("c", "2025-01-13", says("us", 900))


@pytest.mark.parametrize(
    ("more", "published", "position"),
    [
        ((), "2025-01-13T00:00:00Z", 4),
        (
            (correct("a", says("nis", 310, n=1), kind="publisher", published_at="2025-01-20"),),
            "2025-01-20T00:00:00Z",
            6,
        ),
        ((correct("a", says("nis", 310, n=1), kind="record"),), "2025-01-13T00:00:00Z", 6),
        ((RIVAL, GRADE), "2025-07-01T02:00:00Z", 8),
    ],
    ids=["filed", "corrected by the publisher", "corrected by us", "graded"],
)
def test_a_change_bears_the_time_at_which_it_was_published(
    more: tuple[Line, ...], published: str, position: int
) -> None:
    """What is no publication, as a grade, bears the time at which it was recorded."""
    db = views_of((desk := desk_of(*FILED, *more)).recorded).writer
    found = recent(db, "killed", AsOf(len(desk.recorded)))
    assert found.revised == {"published_at": published, "position": position, "or_before": False}


def test_its_cost_does_not_grow_with_the_history() -> None:
    def effort(reports: int) -> int:
        days = (f"2025-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(reports))
        filed = (file(f"r{n}", day, says("nis", n + 1)) for n, day in enumerate(days))
        desk = desk_of(define(), *filed)
        db, asked = views_of(desk.recorded).writer, list[str]()
        db.set_trace_callback(asked.append)
        recent(db, "killed", AsOf(len(desk.recorded)))
        return len(asked)

    assert effort(100) <= effort(50)
