"""What tests of access share: a clock that stands still until told, and tokens in a directory."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from domain.times import parse_instant
from service.access.tokens import TokenFile

NOW = parse_instant("2025-06-01T12:00:00Z")


@dataclass
class Clock:
    """A clock for both kinds of time."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def monotonic(self) -> float:
        return self.now.timestamp()

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def token_file(directory: Path, clock: Clock) -> Iterator[TokenFile]:
    with closing(TokenFile(directory, clock)) as tokens:
        yield tokens


def issued(tokens: TokenFile, seconds: float | None = None) -> tuple[str, str]:
    """The id and the text of a token that is accepted, for some seconds or for good."""
    end = None if seconds is None else NOW + timedelta(seconds=seconds)
    token, text = tokens.issue("Ana Ng", "analyst", "TLP:AMBER", end, "press desk", "root")
    tokens.recorded(tokens.unrecorded())
    return token.id, text
