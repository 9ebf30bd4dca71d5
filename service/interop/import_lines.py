"""The lines of an import: cut from the body as it arrives, given keys, and parsed into commands."""

import hashlib
import json
from typing import Annotated, Any, NamedTuple

from pydantic import Field, create_model
from pydantic_core import from_json

from domain.commands import IMPORTED, Command
from domain.vocabulary import Line, Model
from service.http.bodies import BYTE_ORDER_MARK, refuse_repeated
from service.http.faults import refused_whole
from service.http.problems import Problem
from service.http.validation import validated

ImportLine: type[Model] = create_model(
    "ImportLine",
    __base__=Model,
    __doc__="One line of an import: exactly one command; a key of its own, if the caller has one; the "
    "position of its event in the log that it was exported from.",
    key=(Line | None, None),
    position=(Annotated[int, Field(ge=1)] | None, None),
    **{kind.NAME: (kind | None, None) for kind in IMPORTED},  # type: ignore[call-overload]
)

# What was decoded from JSON has no circles to look for.
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), check_circular=False)
_BESIDE = {"key", "position"}
"""Members of a line beside its command."""
COMMANDS = tuple(kind.NAME for kind in IMPORTED)


class RawLine(NamedTuple):
    """A line of the body; `text` is None if it was longer than the limit."""

    number: int
    text: bytes | None


class Lines:
    """Cuts chunks of bytes into lines; a line over the limit is skipped, not kept."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rest = bytearray()
        self._skipping = False
        self._number = 0

    def feed(self, chunk: bytes) -> list[RawLine]:
        """The lines that end in this chunk."""
        *ended, rest = chunk.split(b"\n")
        lines = [self._end(part) for part in ended]
        self._keep(rest)
        return [line for line in lines if line is not None]

    def finish(self) -> list[RawLine]:
        """The last line, if it has no line end."""
        line = self._end(b"") if self._rest or self._skipping else None
        return [line] if line else []

    def _end(self, part: bytes) -> RawLine | None:
        self._keep(part)
        text, skipped = bytes(self._rest), self._skipping
        text = (text if self._number else text.removeprefix(BYTE_ORDER_MARK)).strip()
        self._rest.clear()
        self._skipping = False
        self._number += 1
        if skipped:
            return RawLine(self._number, None)
        return RawLine(self._number, text) if text else None

    def _keep(self, part: bytes) -> None:
        self._rest += part
        if len(self._rest) > self._limit:
            self._rest.clear()
            self._skipping = True


class Content(NamedTuple):
    """A line that is JSON: its own key and position, if it has them, and its canonical form without.

    `whole` is the same JSON, decoded and encoded once more.
    """

    text: bytes
    own_key: str | None
    position: int | None
    canonical: bytes
    whole: bytes

    @property
    def digest(self) -> bytes:
        """A hash that is the same for lines of the same content."""
        return hashlib.blake2b(self.canonical, digest_size=16).digest()

    def keyed(self, secret: bytes) -> bytes:
        """The same, for those who have the secret alone."""
        return hashlib.blake2b(self.canonical, digest_size=16, key=secret).digest()

    def command(self) -> tuple[str, Command]:
        """The command of the line, with its name; raises `Refused`."""
        named = command_of(self.text)
        refuse_repeated(self.text, "line", self.whole)
        return named


def content_of(line: RawLine, limit: int) -> Content:
    """Parse a line as JSON; raises `Problem` if it is over the limit, `Refused` if it is not JSON."""
    if line.text is None:
        raise Problem("too-large", f"the line is longer than {limit:,} bytes; split it")
    try:
        members = from_json(line.text)
        whole = canonical(members)
        if not isinstance(members, dict) or not members.keys() & _BESIDE:
            return Content(line.text, None, None, whole, whole)
        command = canonical({name: each for name, each in members.items() if name not in _BESIDE})
    except ValueError as error:
        raise refused_whole(f"is not JSON: {error}", "line") from None
    key, position = members.get("key"), members.get("position")
    return Content(
        line.text,
        key if isinstance(key, str) else None,
        position if type(position) is int and position > 0 else None,
        command,
        whole,
    )


def canonical(members: Any) -> bytes:
    """A value as JSON, the same however it was written."""
    return _CANONICAL.encode(members).encode()


def command_of(text: bytes) -> tuple[str, Command]:
    """The one command of an import line, with its name; raises `Refused`."""
    line = validated(ImportLine, text, whole="line")
    members = vars(line)
    given = [name for name in line.model_fields_set - _BESIDE if members[name] is not None]
    if len(given) != 1:
        what = " and ".join(sorted(given, key=COMMANDS.index)) or "none"
        names = ", ".join(COMMANDS)
        raise refused_whole(f"must hold exactly one command, not {what}; they are {names}", "line")
    return given[0], members[given[0]]
