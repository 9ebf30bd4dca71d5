"""What it costs to follow the changes of a sum, counted in calls."""

from pathlib import Path

from projections.answers.as_of import NOW
from projections.answers.moments import touching
from projections.changed.history import Following
from projections.suspected.projection import SUSPECTED
from service.views.store import UNLIMITED, ViewFile
from tests.histories import define, desk_of, file, says
from tests.work import calls

LAST = 10
"""Number of events that are followed, at the end of a history."""


def flagged_sum(cells: int) -> ViewFile:
    """A sum of cells over which two sources contradict each other, and all that is kept of it."""
    told = (
        file(
            f"{source}-{year}", "2025-03-01", says(source, best, indicator="lost", period=f"{year:04}")
        )
        for year in range(1, cells + 1)
        for source, best in (("a", 10), ("b", 900))
    )
    views = ViewFile.create(Path(":memory:"))
    views.apply(desk_of(define("lost", "increment"), *told).recorded)
    while views.complete(UNLIMITED) or views.idle(lambda: False, [SUSPECTED]):
        pass
    return views


def followed(views: ViewFile) -> tuple[int, int]:
    """The calls that the last events take to follow, and how many flags they raise."""
    db = views.writer
    causes = touching(db, "lost", 0, NOW.position)
    begin, last = NOW.at(causes[-LAST - 1].position), causes[-1].position
    with calls() as counted:
        following = Following(db, "lost", begin, last, LAST, begun=True)
        changes = [following.after(NOW.at(cause.position), cause) for cause in causes[-LAST:]]
    return counted.total(), sum(len(each["flags_raised"]) for each in changes if each)


def test_an_event_takes_no_more_where_many_flags_stand() -> None:
    (few, raised), (many, raised_later) = followed(flagged_sum(20)), followed(flagged_sum(200))
    assert raised == raised_later > 0
    assert many < 1.5 * few, (few, many)
