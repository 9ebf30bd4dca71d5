"""The portions of a projection built by two processes: each takes the next one when it has time.

This one begins with the first and the helper with the last, so that the rows of either lie beside each
other. The helper's rows come in the end, in one transaction: nothing of a helper that dies is left.
"""

import sqlite3
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from projections.tables.portions import OTHER, Portions, bring_together
from projections.tables.projection import Projection
from service.log.private import create_private
from service.views.helping import Helper, HelperGone

AHEAD = 2
"""Number of portions that the helper is asked for at once, so that it need not wait for the next."""
Changing = Callable[[], AbstractContextManager[sqlite3.Connection]]
"""A transaction on the view file that is built."""


def build_shared(
    file: Path,
    db: sqlite3.Connection,
    changing: Changing,
    projection: Projection,
    helper: Helper,
) -> None:
    """Build every portion that is not built yet; `changing` is a transaction on `db`."""
    assert projection.portions is not None
    other = file.with_name(f"{file.stem}-{projection.name}.sqlite")
    create_private(other)
    try:
        _Sharing(other, db, changing, projection.portions, helper).build(str(file), projection.name)
    finally:
        other.unlink(missing_ok=True)


class _Sharing:
    def __init__(
        self,
        other: Path,
        db: sqlite3.Connection,
        changing: Changing,
        portions: Portions,
        helper: Helper,
    ) -> None:
        self._other, self._db, self._changing = other, db, changing
        self._portions, self._helper = portions, helper
        self._waiting = deque(portions.waiting(db))
        self._given = list[str]()
        self._answered = 0

    def build(self, file: str, name: str) -> None:
        there = self._is_built_together(file, name)
        # The helper has closed the file by now, and what is written need not be written twice.
        self._db.execute("PRAGMA journal_mode = OFF")
        if there:
            self._bring_together()
        else:
            self._waiting.extend(self._given)
            while self._waiting:
                self._build_next()
        with self._changing() as db:
            self._portions.end(db)

    def _is_built_together(self, file: str, name: str) -> bool:
        """Build what is to be built; whether the helper has done its part."""
        self._db.execute("PRAGMA journal_mode = WAL")  # the helper reads while this process writes
        try:
            self._helper.ask("begin", file, str(self._other), name)
            self._helper.answer()
            self._build_together()
            self._helper.ask("end")
            self._helper.answer()
        except HelperGone:
            return False
        return True

    def _build_together(self) -> None:
        while self._waiting or self._answered < len(self._given):
            while self._waiting and len(self._given) - self._answered < AHEAD:
                self._given.append(self._waiting.pop())
                self._helper.ask("build", self._given[-1])
            if self._waiting and not self._helper.has_answered():
                self._build_next()
            else:
                self._helper.answer()
                self._answered += 1

    def _build_next(self) -> None:
        with self._changing() as db:  # by itself, so that the write-ahead log does not grow
            self._portions.build(db, self._waiting.popleft())

    def _bring_together(self) -> None:
        self._db.execute(f"ATTACH ? AS {OTHER}", (str(self._other),))
        try:
            with self._changing() as db:
                bring_together(db, self._portions, OTHER)
        finally:
            self._db.execute(f"DETACH {OTHER}")
