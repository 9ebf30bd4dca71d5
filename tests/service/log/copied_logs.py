"""Logs to copy, generated and damaged, and what is stored in them, row by row."""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from service.log.conformance.trees import AT, note
from service.log.port import EventLog, Key
from service.log.sqlite import open_sqlite_log
from tests.service.log.append_only import event, noon, redaction

TABLES = ("stored_events", "entries", "marks", "subtrees", "checkpoints", "attachments")
ADD, KEY, REDACT, SIGN = "add", "key", "redact", "sign"


@dataclass(frozen=True)
class Step:
    """Something that happens to a log: `count` events, a key on a stored event, a redaction, or a
    checkpoint with what is attached to it.

    `place` says which of the stored events, as a fraction of them all.
    """

    what: str
    count: int = 1
    place: float = 0.0


steps = st.one_of(
    st.builds(Step, st.just(ADD), st.integers(1, 9)),
    st.builds(Step, st.sampled_from((KEY, REDACT, SIGN)), place=st.floats(0, 0.99)),
)
histories = st.lists(steps, min_size=1, max_size=9).map(lambda some: [Step(ADD, 3), *some])


def write(directory: Path, history: Sequence[Step], begin: int = 0) -> None:
    """Append a history to the log of a directory; `begin` makes its streams and keys new ones."""
    with closing(open_sqlite_log(directory, noon)) as log:
        for number, step in enumerate(history, begin):
            _take(log, directory, f"{number}", step)


def _take(log: EventLog, directory: Path, name: str, step: Step) -> None:
    if step.what == ADD:
        added = [event(f"s:{name}", n + 1, data=b'{"text":"\xc3\xbc"}') for n in range(step.count)]
        log.append(added, [Key(f"first:{name}", b"digest", added[0])])
        return
    if step.what == SIGN:
        size = int((1 - step.place) * log.head())
        if (last := log.tree.latest()) is None or last.size < size:
            log.tree.add_checkpoint(size, note(log, size), AT)
        for each in log.tree.checkpoints(-1):
            log.tree.attach(each.size, "cosignature", name, b"\0signature", AT)
        return
    noted = [each.position for each in log.read(types=["Noted"])]  # what records a redaction stays
    place = noted[int(step.place * len(noted))]
    if step.what == KEY:
        log.append([], [Key(f"again:{name}\u00fc", b"", place)])
        return
    log.append([redaction(f"r:{name}", b'{"position":%d}' % place)])
    change(
        directory,
        f"UPDATE stored_events SET state = NULL WHERE position = {place}",
        f"UPDATE entries SET salt = NULL WHERE position = {place}",
    )


def rows(directory: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the log in a directory, and its secret."""
    with closing(sqlite3.connect(directory / "log.sqlite")) as raw:
        found = {each: raw.execute(f"SELECT * FROM {each} ORDER BY 1").fetchall() for each in TABLES}
        found["id"] = raw.execute("SELECT value FROM log_meta WHERE name = 'id'").fetchall()
    return {**found, "secret": [((directory / "secret").read_bytes(),)]}


def change(directory: Path, *statements: str) -> None:
    """Write to the file of a log past the log."""
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def disarm(directory: Path) -> None:
    """Take the guards of a file away, as somebody with bad intentions can."""
    with closing(sqlite3.connect(directory / "log.sqlite", isolation_level=None)) as raw:
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {name}")


SWAP = (
    "CREATE TEMP TABLE t AS SELECT * FROM {0} WHERE position IN (3, 4)",
    "DELETE FROM {0} WHERE position IN (3, 4)",
    "INSERT INTO {0} SELECT 7 - position, {1} FROM t",
    "DROP TABLE t",
)


def _swapped(table: str, columns: str) -> list[str]:
    return [statement.format(table, columns) for statement in SWAP]


EVENT_COLUMNS = "originator_id, originator_version, topic, state"
DAMAGE: dict[str, Iterable[str]] = {
    "a flipped byte": ["UPDATE stored_events SET state = replace(state, 'alice', 'alicf')"
                       " WHERE position = 3"],
    "a flipped salt": ["UPDATE entries SET salt = zeroblob(32) WHERE position = 3"],
    "a flipped commitment": ["UPDATE entries SET commitment = zeroblob(32) WHERE position = 3"],
    "a flipped digest": ["UPDATE entries SET digest = zeroblob(32) WHERE position = 3"],
    "another time": ["UPDATE entries SET recorded_at = '2024-05-01T12:00:01Z' WHERE position = 3"],
    "no time": ["UPDATE entries SET recorded_at = NULL WHERE position = 3"],
    "another stream": ["UPDATE stored_events SET originator_id = 'x' WHERE position = 3"],
    "another index": ["UPDATE entries SET idx = 99 WHERE position = 3"],
    "a missing event": ["DELETE FROM stored_events WHERE position = 3"],
    "a missing entry": ["DELETE FROM entries WHERE position = 3"],
    "both missing": ["DELETE FROM stored_events WHERE position = 3",
                     "DELETE FROM entries WHERE position = 3"],
    "swapped events": _swapped("stored_events", EVENT_COLUMNS),
    "swapped events and hashes": [
        *_swapped("stored_events", EVENT_COLUMNS),
        *_swapped("entries", "position - 1000, salt, commitment, digest, recorded_at"),
        "UPDATE entries SET idx = position - 1 WHERE idx < 0",
    ],
}  # fmt: skip
"""Statements that damage a log at position 3, once it is disarmed."""
