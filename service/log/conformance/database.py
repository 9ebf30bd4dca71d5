"""The database of a log, reached past the log: by a connection that is none of the log's own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from service.log.conformance.findings import Broken, holds, same

TABLES = ("stored_events", "entries", "marks", "log_meta", "subtrees", "checkpoints", "attachments")
Rows = dict[str, list[tuple[Any, ...]]]


@dataclass(frozen=True)
class Database:
    """A raw connection to the database of a log.

    `refusal` is what it raises for a refused statement, whose message contains one of `messages`;
    `literal` writes bytes as SQL.
    """

    raw: Any
    refusal: type[Exception]
    messages: tuple[str, ...]
    literal: Callable[[bytes], str]

    def execute(self, statement: str) -> Any:
        """Run a statement in which `BODY`, `SALT` and `HASH` stand for bytes."""
        for name, given in ("BODY", b"{}"), ("SALT", b"0"), ("HASH", b"0" * 32):
            statement = statement.replace(name, self.literal(given))
        return self.raw.execute(statement)

    def rows(self) -> Rows:
        """All rows of all tables."""
        return {t: self.raw.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in TABLES}

    def redact(self, position: int) -> None:
        """Take away the bytes and the salt of an event."""
        self.execute(f"UPDATE stored_events SET state = NULL WHERE position = {position}")
        self.execute(f"UPDATE entries SET salt = NULL WHERE position = {position}")

    def refuses(self, what: str, act: Callable[[], object]) -> None:
        """Raise `Broken` unless an act is refused and changes nothing."""
        before = self.rows()
        try:
            act()
        except self.refusal as error:
            expected = any(message in str(error) for message in self.messages)
            holds(f"the database refuses to {what} because of its guards ({error})", expected)
        else:
            raise Broken(f"the database did not refuse to {what}")
        same(f"the tables after the database refused to {what}", self.rows(), before)
