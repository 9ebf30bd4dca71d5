"""Two readers of one log compare what they were shown."""

import pytest

from service.proof.checkpoint import checkpoint_of
from service.proof.errors import BadSignature, Malformed
from service.proof.keys import new_key
from service.proof.note import parse_note
from service.proof.split_view import SplitView, refuse_split
from tests.service.witness.logs import SmallLog, other_bytes, small_log


@pytest.fixture
def log() -> SmallLog:
    return small_log(size=9)


def compared(log: SmallLog, one: bytes, other: bytes) -> None:
    refuse_split(one, other, [log.key.public], log.path)


@pytest.mark.parametrize(("old", "new"), [(0, 9), (1, 9), (4, 9), (8, 9), (9, 9), (0, 0)])
def test_two_sizes_of_one_history_fit_in_either_order(log: SmallLog, old: int, new: int) -> None:
    compared(log, log.checkpoint(old), log.checkpoint(new))
    compared(log, log.checkpoint(new), log.checkpoint(old))


def test_two_trees_of_one_size_are_two_histories_and_both_are_kept(log: SmallLog) -> None:
    notes = log.checkpoint(), log.fork(4).grow(9).checkpoint()
    with pytest.raises(SplitView, match="two different trees of 9 leaves") as found:
        compared(log, *notes)

    assert found.value.notes == notes
    assert found.value.code == "inconsistent"


def test_a_later_tree_that_does_not_begin_with_the_earlier_one_is_another_history(
    log: SmallLog,
) -> None:
    fork = log.fork(4).grow(12)
    for history in (log.grow(12), fork):  # whichever the log makes its proof of
        with pytest.raises(SplitView, match="is not shown to be the beginning"):
            refuse_split(log.checkpoint(9), fork.checkpoint(12), [log.key.public], history.path)
    compared(log, log.checkpoint(4), fork.checkpoint(4))  # up to there it is one


def test_what_is_not_signed_by_the_log_accuses_nobody(log: SmallLog) -> None:
    fork = log.fork(4).grow(9)
    for note in (other_bytes(fork.checkpoint()), fork.checkpoint(key=new_key(log.origin))):
        with pytest.raises(BadSignature):
            compared(log, log.checkpoint(), note)


def test_checkpoints_of_two_logs_are_not_compared(log: SmallLog) -> None:
    other = small_log("other.example", 9)
    keys = [log.key.public, other.key.public]
    with pytest.raises(Malformed, match="are two logs"):
        refuse_split(log.checkpoint(), other.checkpoint(), keys, log.path)
    assert checkpoint_of(parse_note(other.checkpoint()).text).origin == "other.example"
