"""The claims that a table has made so far and not taken back, kept on disk while it is read."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from service.http.problems import Problem

Claim = dict[str, Any]
_TABLES = """
CREATE TABLE claims (n INTEGER PRIMARY KEY, report TEXT, number INTEGER, cell TEXT, claim TEXT);
CREATE INDEX of_cell ON claims (cell);
CREATE INDEX of_report ON claims (report, number);
BEGIN;
"""
_CELL = ("indicator", "originator", "cohort", "incident", "period")


def cell_of(claim: Claim) -> str:
    """The cell that a claim is about."""
    return json.dumps([claim.get(name) for name in _CELL])


class Standing:
    """The claims of each report by their numbers; raises `Problem` where there is no room for them."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(_TABLES)

    def add(self, report: str, claims: Sequence[Claim]) -> None:
        """Keep the claims of a report."""
        rows = [(report, n, cell_of(c), json.dumps(c)) for n, c in enumerate(claims, start=1)]
        with _room():
            self._db.executemany(
                "INSERT INTO claims (report, number, cell, claim) VALUES (?, ?, ?, ?)", rows
            )

    def take_back(self, cells: Iterable[str]) -> dict[str, dict[int, Claim]]:
        """Drop the claims about some cells; return what is left of each report that made one."""
        touched = dict[str, None]()
        with _room():
            for cell in cells:
                found = "SELECT report FROM claims WHERE cell = ? ORDER BY n"
                touched |= dict.fromkeys(report for (report,) in self._db.execute(found, (cell,)))
                self._db.execute("DELETE FROM claims WHERE cell = ?", (cell,))
            left = "SELECT number, claim FROM claims WHERE report = ? ORDER BY number"
            return {
                report: {n: json.loads(claim) for n, claim in self._db.execute(left, (report,))}
                for report in touched
            }

    def close(self) -> None:
        """Forget everything."""
        self._db.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        message = f"what a table took back is kept on disk (in TMPDIR), which has no room: {error}"
        raise Problem("no-room", message) from None
