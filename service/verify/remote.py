"""Verifies the log of a server by what it publishes: its tree, and the events that a reader may see."""

from collections.abc import Sequence
from pathlib import Path

from domain.vocabulary import MARKINGS, ROLES
from service.proof.keys import PublicKey
from service.tree.entry import TreeEntry
from service.verify.bodies import Event, Lost
from service.verify.growing import leaves_of
from service.verify.lines import Sent, later_redactions, sent_lines
from service.verify.listeners import NOBODY, Listeners
from service.verify.published import HashTiles, decoded, entries_of, times_in
from service.verify.report import LogReport, report_of
from service.verify.roots import Roots
from service.verify.server import NotLetIn, Server
from service.verify.signatures import (
    Memory,
    Signed,
    Stored,
    judge,
    recalled,
    remembered_stop,
    settle,
    signed_of,
    trust_in,
)
from service.verify.stated import keys_at
from service.verify.times import Order
from service.verify.trust import Trust
from service.verify.verdicts import Finding, NotVerified

ME = "/v1/me"


class Remote:
    """The walk through the entries that a server publishes, and the events that it sends."""

    def __init__(self, server: Server, roots: Roots, sent: Sent, listeners: Listeners) -> None:
        self.roots, self.sent, self._listeners = roots, sent, listeners
        self.findings: list[Finding] = []
        self._order, self._tiles = Order(), HashTiles(server)

    def take(self, bundle: list[bytes]) -> None:
        """Verify the next entries, and the events among them that were sent whole."""
        first, leaves = self.roots.tree.size, leaves_of(bundle)
        times = None if self._reads_entries else times_in(bundle, first)
        if times is not None and self._order.follow(times):
            self.sent.withheld += len(bundle)
        else:
            self._take_each([decoded(each, n) for n, each in enumerate(bundle, first)])
        self.findings += self._tiles.leaves(leaves)
        for tile in self.roots.extend(leaves):
            self.findings += self._tiles.tile(tile)

    @property
    def _reads_entries(self) -> bool:
        return not self.sent.is_over or self._listeners.wants_entries

    def _take_each(self, entries: list[TreeEntry]) -> None:
        self._listeners.entries(entries)
        for entry in entries:
            if fault := self._order.fault(entry.index + 1, entry.recorded_at):
                self.findings.append(fault)
            match self.sent.take(entry):
                case Event() as event:
                    self._listeners.event(event)
                case Lost() as lost:
                    self._listeners.lost(lost)

    def end(self) -> list[Finding]:
        """Return all findings."""
        self.findings += self._tiles.end()
        return [*self.findings, *self.sent.end(), *self.roots.end(self.roots.tree.size)]


def verify_server(
    server: Server,
    given: Trust | None = None,
    known: Path | None = None,
    listeners: Listeners = NOBODY,
    older: Sequence[Stored] = (),
) -> LogReport:
    """Verify the log of a server and return what was found; the arguments are as for a directory.

    `older` are earlier checkpoints of it, which are verified as well.

    Raises CannotRead where the server does not send what is needed.
    """
    note = server.checkpoint()
    memory = recalled(known, note, None)
    signed = _signed(note, older, given, memory, keys_at(server))
    if not signed.verified:
        return _report(None, signed, memory, signed.findings)
    size = signed.verified[-1][0].size
    roots = Roots([*signed.stops(), *remembered_stop(memory)])
    remote = Remote(server, roots, _sent(server, size), listeners)
    try:
        for bundle in entries_of(server, size):
            remote.take(bundle)
            listeners.told(roots.tree.size, size)
        findings = remote.end()
    except NotVerified as refused:
        findings = [refused.finding, *remote.findings, *remote.sent.findings]
    return _report(remote, signed, memory, [*findings, *signed.findings])


def _signed(
    note: bytes,
    older: Sequence[Stored],
    given: Trust | None,
    memory: Memory,
    stated: list[PublicKey],
) -> Signed:
    trust = trust_in(given, memory, stated)
    where = "the server's checkpoint"
    signed = signed_of([*older, Stored(None, note, where)], trust)
    judge(signed, note)
    return signed


def _sent(server: Server, size: int) -> Sent:
    """The events that the reader is sent: none if the server does not know him."""
    try:
        return Sent(
            sent_lines(server, size),
            everything=_sees_all(server),
            later=lambda: later_redactions(server, size),
        )
    except NotLetIn:
        return Sent(iter(()), everything=False)


def _sees_all(server: Server) -> bool:
    """Whether the reader may see everything, by what the server says of the one who asks."""
    me = server.json(ME)
    return (me.get("role"), me.get("clearance")) == (ROLES[-1], MARKINGS[-1])


def _report(
    remote: Remote | None, signed: Signed, memory: Memory, findings: list[Finding]
) -> LogReport:
    remembered = settle(memory, signed, None, findings)
    tree = None if remote is None else remote.roots.tree
    sent = None if remote is None else remote.sent
    return report_of(
        {
            "entries": tree.size if tree else 0,
            "root": tree.root().hex() if tree else "",
            "bodies": sent.bodies if sent else 0,
            "redacted": sent.gone.redacted() if sent else [],
            "withheld": sent.withheld if sent else 0,
            "checkpoints": len(signed.verified),
            "unsigned": 0,
        },
        signed.newest(),
        remembered,
        findings,
    )
