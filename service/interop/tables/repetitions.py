"""Which time a row comes with the same cells, counted on disk."""

import sqlite3

from service.http.problems import Problem


class Repetitions:
    """Counts texts; raises `Problem` where there is no room for them."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._db.executescript(
            "CREATE TABLE seen (text TEXT PRIMARY KEY, n INTEGER) WITHOUT ROWID; BEGIN;"
        )

    def named(self, text: str) -> str:
        """A text the first time that it comes, and with the number of times from then on."""
        count = "INSERT INTO seen VALUES (?, 1) ON CONFLICT DO UPDATE SET n = n + 1 RETURNING n"
        try:
            [(n,)] = self._db.execute(count, (text,)).fetchall()
        except sqlite3.Error as error:
            message = f"the rows of a table are counted on disk (in TMPDIR): {error}"
            raise Problem("no-room", message) from None
        return text if n == 1 else f"{text}-{n}"

    def close(self) -> None:
        """Forget everything."""
        self._db.close()
