"""Verifies times: the time stamps of others over checkpoints, and that no event is dated otherwise.

An event that entered the log between two stamped checkpoints was recorded between their times.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from typing_extensions import TypedDict

from domain.times import show_instant
from service.proof.dating import SKEW, Stamped, misdated
from service.proof.errors import NotProved
from service.proof.time_stamp import Roots, verified
from service.tree.entry import TreeEntry
from service.verify.directory import verify_directory
from service.verify.listeners import Listeners, Told
from service.verify.remote import verify_server
from service.verify.report import FindingItem, LogReport
from service.verify.server import Server
from service.verify.signatures import Stored
from service.verify.stored import stored_file
from service.verify.trust import Trust
from service.verify.verdicts import VERDICTS, CannotRead, Finding, at

MOST_FINDINGS = 1_000


class StampItem(TypedDict):
    """A time stamp that was verified: over the checkpoint of which size, by whom, and its time."""

    size: int
    authority: str
    time: str


class TimesReport(TypedDict):
    """What a verification of times found; `after` counts the entries that nobody has stamped."""

    verdict: str
    status: int
    stamps: list[StampItem]
    after: int
    findings: list[FindingItem]
    log: LogReport


class Token(NamedTuple):
    """A time stamp as it was found: over which checkpoint, whose note is `note`, by whom."""

    size: Any
    authority: str
    value: Any
    note: Any


class Times:
    """The verified time stamps of a log, and what contradicts them."""

    def __init__(self, tokens: Iterable[Token], roots: Roots) -> None:
        self.items: list[StampItem] = []
        self.findings: list[Finding] = []
        self._stamped: list[Stamped] = []
        for token in tokens:
            self._take(token, roots)

    def entries(self, entries: Sequence[TreeEntry]) -> None:
        """Compare the times of entries with those of the time stamps."""
        try:
            for each in misdated(entries, self._stamped, SKEW):
                when = show_instant(each.by.time)
                known = f"the checkpoint of {each.by.size} entries was stamped at {when}"
                what = f"{each.kind}: recorded at {show_instant(each.recorded_at)}, but {known}"
                self._add(Finding("time-wrong", at(each.index + 1), what, each.index + 1))
        except ValueError:
            return  # a time that is none is a finding of the walk itself

    def report(self, log: LogReport) -> TimesReport:
        """Return what was found, with what was found of the log itself."""
        last = max((each["size"] for each in self.items), default=0)
        wrong = bool(self.findings) and not log["status"]
        return {
            "verdict": "time-wrong" if wrong else log["verdict"],
            "status": VERDICTS["time-wrong"].status if wrong else log["status"],
            "stamps": self.items,
            "after": max(log["entries"] - last, 0),
            "findings": [
                {"code": each.code, "position": each.position, "line": each.line()}
                for each in self.findings
            ],
            "log": log,
        }

    def _take(self, token: Token, roots: Roots) -> None:
        size, authority, value, note = token
        where = f"the time stamp over the checkpoint of {size} entries"
        if not (isinstance(value, bytes) and isinstance(note, bytes)):
            self._add(Finding("time-wrong", where, "it is over no checkpoint that is stored"))
            return
        try:
            stamp = verified(value, note, roots)
        except NotProved as refused:
            self._add(Finding("time-wrong", where, str(refused)))
            return
        self._stamped.append(Stamped(size, stamp.time, stamp.accuracy))
        self.items.append({"size": size, "authority": authority, "time": show_instant(stamp.time)})

    def _add(self, finding: Finding) -> None:
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)


def verify_times_in(
    directory: Path, roots: Roots, given: Trust | None, known: Path | None, told: Told
) -> TimesReport:
    """Verify a log in a directory, and the times of its events. Raises CannotRead."""
    with stored_file(directory) as stored:
        notes = {size: note for size, note, _ in stored.checkpoints()}
        tokens = [
            Token(size, str(name), value, notes.get(size))
            for size, name, value, _ in stored.attachments("timestamp")
        ]
    times = Times(tokens, roots)
    log = verify_directory(directory, given, known, Listeners(told, entries=times.entries))
    return times.report(log)


def verify_times_of(
    server: Server, roots: Roots, given: Trust | None, known: Path | None, told: Told
) -> TimesReport:
    """Verify the log of a server, and the times of its events. Raises CannotRead."""
    tokens, older = list[Token](), list[Stored]()
    for item in _stamped_at(server):
        size = int(item["size"])
        path = f"/v1/log/checkpoints/{size}"
        note = server.get(path)
        older.append(Stored(size, note, f"checkpoint of {size} entries"))
        authority = ", ".join(str(each["authority"]) for each in item["stamped"])
        tokens.append(Token(size, authority, server.get(f"{path}/timestamp"), note))
    times = Times(tokens, roots)
    log = verify_server(server, given, known, Listeners(told, entries=times.entries), older)
    return times.report(log)


def _stamped_at(server: Server) -> Iterable[Any]:
    """The checkpoints of a server that have a time stamp, the smallest first."""
    query: dict[str, str] = {"limit": "1000"}
    while True:
        page = server.json("/v1/log/checkpoints", query)
        try:
            yield from (each for each in page["items"] if each["stamped"])
            cursor = page.get("next_cursor")
        except (KeyError, TypeError):
            raise CannotRead("/v1/log/checkpoints of the server is no list of checkpoints") from None
        if cursor is None:
            return
        query["cursor"] = str(cursor)
