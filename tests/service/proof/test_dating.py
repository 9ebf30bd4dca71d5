"""Events between two checkpoints that others have stamped: when they can have been recorded."""

from datetime import datetime, timedelta

import pytest

from service.proof.dating import Stamped, misdated
from service.tree.entry import TreeEntry

SKEW = timedelta(seconds=60)


def at(time: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-01T{time}Z")


def entry(index: int, time: str) -> TreeEntry:
    return TreeEntry(index, f"2026-03-01T{time}Z", bytes(32))


NINE, TEN = Stamped(2, at("09:00:00")), Stamped(4, at("10:00:00"))


@pytest.mark.parametrize(
    ("index", "time", "kind"),
    [
        (0, "00:00:01", None),  # nothing is known of what was before the first
        (1, "09:01:00", None),
        (1, "09:01:01", "post-dated"),  # it was there at nine
        (2, "08:59:00", None),
        (2, "08:58:59.999999", "back-dated"),  # it was not there before nine
        (3, "10:01:00", None),
        (3, "10:01:00.5", "post-dated"),
        (4, "09:59:00", None),
        (4, "09:58:59", "back-dated"),
        (4, "23:59:59", None),  # nothing is known of what comes after the last
    ],
)
def test_an_entry_lies_between_the_times_around_it(index: int, time: str, kind: str | None) -> None:
    found = list(misdated([entry(index, time)], [TEN, NINE], SKEW))

    assert [(each.index, each.kind) for each in found] == ([(index, kind)] if kind else [])


def test_what_is_wrong_names_the_stamp_that_shows_it() -> None:
    [found] = misdated([entry(3, "07:00:00")], [NINE, TEN], SKEW)

    assert (found.recorded_at, found.by) == (at("07:00:00"), NINE)


def test_a_stamp_that_came_late_over_an_old_checkpoint_says_no_more_than_those_before_it() -> None:
    late = Stamped(3, at("12:00:00"))  # over fewer entries than TEN, though later

    assert [each.by for each in misdated([entry(2, "11:00:00")], [NINE, late, TEN], SKEW)] == [TEN]
    assert not list(misdated([entry(4, "10:00:01")], [NINE, late, TEN], SKEW))


def test_a_stamp_is_as_exact_as_its_authority_says() -> None:
    rough = Stamped(2, at("09:00:00"), timedelta(minutes=10))

    assert not list(misdated([entry(1, "09:11:00"), entry(2, "08:49:00")], [rough], SKEW))
    assert len(list(misdated([entry(1, "09:11:01"), entry(2, "08:48:59")], [rough], SKEW))) == 2


def test_without_stamps_nothing_is_known() -> None:
    assert not list(misdated([entry(0, "00:00:00")], []))
