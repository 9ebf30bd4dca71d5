"""Every tampering with a log is named: which event, what was done, and with an exit code of its own."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.proof.checkpoint import Checkpoint, signed_checkpoint
from service.proof.keys import new_key
from service.verify.verdicts import VERDICTS
from tests.service.verify.tampered import ORIGIN, SIZES, Tampered, key_of_tests, tampered, write_story
from tests.service.verify.tampering import AT_EACH_EVENT, ZEROS, Tampering, flipped, note_of

LONG = os.environ.get("INTELLOG_TEST_LONG") == "1"
TABLES = ("stored_events", "entries")
EVERY = 7
"""Of so many bytes one is flipped in the long run."""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tampered]:
    """The seeds in memory; each test takes back what it does."""
    directory, key = tmp_path_factory.mktemp("story") / "log", key_of_tests()
    size = write_story(directory, key)
    with tampered(directory, key, size) as log:
        yield log


def test_a_log_that_nobody_touched_is_verified(story: Tampered) -> None:
    report = story.verified()
    assert (report["verdict"], report["status"], report["findings"]) == ("verified", 0, [])
    assert report["entries"] == report["bodies"] == story.size
    assert report["checkpoints"] == len(SIZES) + 1
    assert report["signed"] is not None and report["signed"]["size"] == story.size


@pytest.mark.parametrize("tampering", AT_EACH_EVENT.values(), ids=[*AT_EACH_EVENT])
def test_what_is_done_to_any_event_is_named(story: Tampered, tampering: Tampering) -> None:
    for position in range(1, story.size + 1):
        with story.done():
            done = tampering(story, position)
            if done is None:
                continue
            status, code, named, line = story.found()
        assert (code, named, status) == (done.code, done.position, done.status), (position, line)
        assert "\n" not in line and line.startswith(f"{code}: ")


@pytest.mark.skipif(not LONG, reason="takes minutes: INTELLOG_TEST_LONG=1")
def test_a_flipped_bit_in_any_seventh_byte_is_named(story: Tampered) -> None:
    for position in range(1, story.size + 1):
        for byte in range(0, len(story.body(position)), EVERY):
            with story.done():
                flipped(story, position, byte)
                assert story.found()[:3] == (7, "body-altered", position), byte


def test_each_code_has_an_exit_status_of_its_own() -> None:
    statuses = [each.status for each in VERDICTS.values()]
    assert len({*statuses}) == len(statuses) and not {0, 1, 2} & {*statuses}


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE subtrees SET hash = zeroblob(32)", "tile 1/0 (indexes 0 to 255): its hash is not"),
        ("DELETE FROM subtrees", "tile 1/0 (indexes 0 to 255): its hash is not stored"),
        ("INSERT INTO subtrees VALUES (2, 0, zeroblob(32))", "does not have all the entries under it"),
        ("UPDATE checkpoints SET size = 41 WHERE size = 40", "is for 40 entries"),
    ],
)
def test_what_is_stored_of_the_tree_is_compared(story: Tampered, statement: str, said: str) -> None:
    with story.done(statement):
        status, code, _, line = story.found()
    assert (status, code) == (6, "inconsistent") and said in line


def test_a_checkpoint_that_was_altered_has_no_right_signature(story: Tampered) -> None:
    note = note_of(story.db, 100).replace(b"\n100\n", b"\n101\n")
    with story.done():
        story.db.execute("UPDATE checkpoints SET note = ?, size = 101 WHERE size = 100", (note,))
        assert story.found()[:2] == (3, "bad-signature")


def test_a_log_that_was_rewritten_and_signed_by_another_key_is_refused(story: Tampered) -> None:
    other = new_key(ORIGIN)
    with story.done():
        AT_EACH_EVENT["replaced"](story, 50)
        for size in (*SIZES, story.size):
            root = bytes.fromhex(story.verified()["root"]) if size == story.size else ZEROS
            note = signed_checkpoint(Checkpoint(ORIGIN, size, root), [other])
            story.db.execute("UPDATE checkpoints SET note = ? WHERE size = ?", (note, size))
        assert story.found()[:2] == (3, "bad-signature")


def test_a_rewritten_log_is_told_apart_by_the_checkpoints_around_the_event(story: Tampered) -> None:
    with story.done():
        AT_EACH_EVENT["replaced"](story, 150)
        status, _, _, line = story.found()
    assert status == 6
    assert "checkpoint of 200 entries" in line and "after its first 100 entries" in line


def test_events_that_were_deleted_from_the_end_are_counted(story: Tampered) -> None:
    first = story.size - 4
    with story.done(
        *(f"DELETE FROM {t} WHERE position >= {first}" for t in ("stored_events", "entries"))
    ):
        status, code, position, line = story.found()
    assert (status, code, position) == (12, "entry-missing", first)
    assert f"to position {story.size}" in line and "5 were deleted" in line


def test_what_was_verified_is_remembered_and_an_older_copy_refused(
    story: Tampered, tmp_path: Path
) -> None:
    known = tmp_path / "known.json"
    assert story.verified(known)["remembered"] == str(known)
    older = [f"DELETE FROM {table} WHERE position > 200" for table in TABLES]
    rolled_back = [*older, "DELETE FROM checkpoints WHERE size > 200", "DELETE FROM subtrees"]
    with story.done(*rolled_back):
        assert story.verified(tmp_path / "none.json")["status"] == 0
        status, code, _, line = story.found(known)
    assert (status, code) == (6, "inconsistent")
    assert f"the checkpoint of {story.size} entries that you verified before" in line
    assert "rolled back" in line and str(known) in line
    assert len([*tmp_path.glob("known.other-*.note")]) == 1


def test_an_older_copy_that_was_written_on_is_a_fork(story: Tampered, tmp_path: Path) -> None:
    known = tmp_path / "known.json"
    story.verified(known)
    with story.done("DELETE FROM checkpoints WHERE size > 200"):
        AT_EACH_EVENT["replaced"](story, 220)
        assert story.verified(tmp_path / "none.json")["status"] == 0
        status, code, _, line = story.found(known)
    assert (status, code) == (6, "inconsistent")
    assert "after its first 200 entries" in line and "fork" in line


def test_a_log_without_its_checkpoints_is_known_by_its_id(story: Tampered) -> None:
    story.verified()
    with story.done("DELETE FROM checkpoints"):
        AT_EACH_EVENT["replaced"](story, 220)
        status, code, _, line = story.found()
    assert (status, code) == (6, "inconsistent") and "that you verified before" in line
