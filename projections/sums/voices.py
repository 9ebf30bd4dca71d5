"""How many addends of a sum each voice has a part in."""

import json
import sqlite3
from functools import lru_cache

from projections.sums.writing import Change


class VoiceCounts:
    """The number of addends of each voice, read when it first matters."""

    def __init__(self, db: sqlite3.Connection, indicator: str) -> None:
        self._db, self._indicator = db, indicator
        self._counts = dict[str, int]()

    def follow(self, change: Change) -> int:
        """Count a change; return by how many the voices have grown."""
        begun = [addend.voices for addend in change.begun]
        ended = [addend.voices for addend in change.ended]
        if begun == ended:
            return 0
        more: dict[str, int] = {}
        for texts, sign in ((begun, 1), (ended, -1)):
            for text in texts:
                for voice in _listed(text):
                    more[voice] = more.get(voice, 0) + sign
        grown = 0
        for voice, difference in more.items():
            before = self._count(voice)
            self._counts[voice] = after = before + difference
            grown += bool(after) - bool(before)
        return grown

    def _count(self, voice: str) -> int:
        if voice not in self._counts:
            row = self._db.execute(
                "SELECT addends FROM sum_voices WHERE indicator = ? AND voice = ?",
                (self._indicator, voice),
            ).fetchone()
            self._counts[voice] = row[0] if row else 0
        return self._counts[voice]

    def write(self) -> None:
        """Write the counts that matter to a change."""
        rows = [(self._indicator, voice, count) for voice, count in self._counts.items()]
        if stay := [row for row in rows if row[2]]:
            self._db.executemany("INSERT OR REPLACE INTO sum_voices VALUES (?, ?, ?)", stay)
        if gone := [row[:2] for row in rows if not row[2]]:
            self._db.executemany("DELETE FROM sum_voices WHERE indicator = ? AND voice = ?", gone)


@lru_cache(maxsize=4_096)
def _listed(voices: str) -> tuple[str, ...]:
    return tuple(json.loads(voices))
