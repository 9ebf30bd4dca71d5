"""What is sent or received as files: imports, evidence, tables."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from pydantic_core import from_json, to_json

from service.client.errors import Cut, ImportFailed, Unreachable
from service.client.exchange import (
    Call,
    Chunk,
    Emit,
    Lost,
    Open,
    Plan,
    Program,
    Session,
    Wait,
    placed_at_writer,
    reached,
)
from service.client.plans import Many, Notes, answer_of
from service.client.values import address, query_of

if TYPE_CHECKING:
    from datetime import date

    from domain.commands import DeskCommand
    from service.client.answers import (
        DoneLine,
        ProgressLine,
        RefusedLine,
        StoredEvidence,
        TablePreview,
    )

    Line = DeskCommand | Mapping[str, Any] | bytes
    ImportHeard = Callable[[RefusedLine | ProgressLine], None]

NDJSON = "application/x-ndjson"
CHUNK_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of an import: the tally, and the lines that were refused, each with its problem."""

    tally: DoneLine
    refused: list[RefusedLine] = field(default_factory=list)


def import_(
    lines: Iterable[Line] | AsyncIterable[Line],
    *,
    name: str | None = None,
    dry_run: bool = False,
    media_type: str = NDJSON,
    heard: ImportHeard | None = None,
) -> Plan[Imported]:
    """Import any number of commands, one per line, in constant memory.

    A line is a command, the object that stands for one, or bytes of such lines. With `heard` each line
    of the answer that refuses one, or reports progress, is passed on as it comes, and kept nowhere.
    Raises `Cut` where the answer broke off: send the same lines again, none is recorded twice.
    """
    query = query_of(None, name=name, dry_run=dry_run)
    headers = {"Content-Type": media_type}
    body, once = (lambda: {"content": _encoded(lines)}), _is_used_up(lines)
    call = Call("POST", "/v1/import", query, headers, body, repeats=False, once=once)

    def program(session: Session) -> Program[Imported]:
        try:
            at = (yield from placed_at_writer(session, call)) if once else call
            yield from reached(session, at, Open)
        except Unreachable as error:
            raise _interrupted(session) if error.sent else error from None
        refused, last = list[Any](), None
        hear = heard or (lambda line: refused.append(line) if "line" in line else None)
        rest = b""
        while isinstance(chunk := (yield Chunk()), bytes):
            *ended, rest = (rest + chunk).split(b"\n")
            for each in map(from_json, ended):
                if "done" in each:
                    last = each
                else:
                    hear(each)
        return _tallied(session, last, refused, dry_run)

    return program


def _tallied(session: Session, last: Any, refused: list[RefusedLine], dry_run: bool) -> Imported:
    if last is None:
        raise _interrupted(session)
    if not dry_run:
        session.wrote(last["position"])
    if not last["done"]:
        raise ImportFailed(last["failed"], last)
    return Imported(last, refused)


def _interrupted(session: Session) -> Cut:
    return Cut(session.url, "the import was interrupted; run it again: no line is imported twice")


def _is_used_up(lines: Iterable[Line] | AsyncIterable[Line]) -> bool:
    """Whether lines can be gone through once only, as those of a generator or a file."""
    return isinstance(lines, Iterator | AsyncIterator)


def _encoded(lines: Iterable[Line] | AsyncIterable[Line]) -> Iterator[bytes] | AsyncIterator[bytes]:
    if isinstance(lines, AsyncIterable):
        return (_line(line) async for line in lines)
    return map(_line, lines)


def _line(line: Line) -> bytes:
    if isinstance(line, bytes):
        return line
    if not isinstance(line, Mapping):
        line = {line.NAME: line.model_dump(mode="json", exclude_unset=True)}
    return to_json(line) + b"\n"


def store_evidence(
    file: bytes | IO[bytes], *, media_type: str = "application/octet-stream"
) -> Plan[StoredEvidence]:
    """Store a file under the SHA-256 of its bytes; the answer is what a report says as `evidence`.

    A file is read twice, once for its hash, so it must be seekable.
    """
    content = _sent(file)
    digest, size = hashlib.sha256(), 0
    for part in content():
        digest.update(part)
        size += len(part)
    path = address("/v1/evidence/{sha256}", digest.hexdigest())
    headers = {"Content-Type": media_type, "Content-Length": str(size)}
    return answer_of(Call("PUT", path, headers=headers, body=lambda: {"content": content()}))


def _sent(file: bytes | IO[bytes]) -> Callable[[], Iterator[bytes]]:
    """The bytes of a file from its start, as often as they are asked for."""

    def parts() -> Iterator[bytes]:
        if isinstance(file, bytes):
            yield file
            return
        file.seek(0)
        while part := file.read(CHUNK_BYTES):
            yield part

    return parts


def evidence(sha256: str, *, min_position: int | None = None) -> Many[bytes]:
    """The bytes of a stored file, in parts; read on after a cut, and checked against their hash.

    Raises `Cut` at the end if what came has another hash.
    """
    path = address("/v1/evidence/{sha256}", sha256)
    query = query_of(None, min_position=min_position)

    def program(session: Session, notes: Notes) -> Program[None]:
        tries, digest, received = session.patience.tries(), hashlib.sha256(), 0
        ended = False
        while not ended:
            headers = {"Range": f"bytes={received}-"} if received else {}
            call = Call("GET", path, session.placed(Call("GET", path, query, waits=True)), headers)
            answer = yield from reached(session, call, Open, tries)
            skip = received if answer.status == 200 else 0
            ended = True
            while (chunk := (yield Chunk())) is not None:
                if isinstance(chunk, Lost):
                    ended = False
                    break
                part, skip = chunk[skip:], max(0, skip - len(chunk))
                digest.update(part)
                received += len(part)
                if part:
                    tries.begin()
                    yield Emit(part)
            if not ended:
                pause = tries.pause()
                if pause is None:
                    raise Cut(session.url, f"the file was cut off after {received:,} bytes", received)
                yield Wait(pause)
        if digest.hexdigest() != sha256:
            other = f"what came has another hash, {digest.hexdigest()}: it is not {sha256}"
            raise Cut(session.url, other, received)

    return Many(program)


def download(path: str, query: Mapping[str, str]) -> Many[bytes]:
    """The bytes of an answer in parts; raises `Cut` where it broke off, so that nobody keeps half."""

    def program(session: Session, notes: Notes) -> Program[None]:
        call = Call("GET", path, query, waits=True)
        yield from reached(session, Call("GET", path, session.placed(call)), Open)
        received = 0
        while (chunk := (yield Chunk())) is not None:
            if isinstance(chunk, Lost):
                reason = f"the answer was cut off after {received:,} bytes: it is not the whole"
                raise Cut(session.url, f"{reason}; ask again", received)
            received += len(chunk)
            yield Emit(chunk)

    return Many(program)


def stix(
    *,
    report: str | None = None,
    indicator: str | None = None,
    since: int | str | date | None = None,
    known_at: int | str | date | None = None,
    min_position: int | None = None,
) -> Many[bytes]:
    """The log as a STIX 2.1 bundle, in parts: all of it, or what is about a report or an indicator."""
    asked = {"report": report, "indicator": indicator, "since": since, "known_at": known_at}
    return download("/v1/stix", query_of(None, **asked, min_position=min_position))


def preview_table(
    table: bytes | IO[bytes], mapping: str, *, dry_run: bool = False
) -> Plan[TablePreview]:
    """Preview a table (CSV, XLSX, ODS) as commands, by a mapping in TOML; writes nothing."""

    def files() -> Mapping[str, Any]:
        if not isinstance(table, bytes):
            table.seek(0)
        return {"files": {"table": ("table", table), "mapping": (None, mapping)}}

    query = query_of(None, dry_run=dry_run)
    return answer_of(Call("POST", "/v1/tables/preview", query, body=files))
