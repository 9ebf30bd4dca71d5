"""The walk through the file of a log: every entry and body, in order, in constant memory."""

from collections.abc import Iterable

from service.tree.entry import TreeEntry
from service.verify.bodies import Event, Gone, Lost, altered, misdated
from service.verify.chain import Chain
from service.verify.listeners import NOBODY, Listeners
from service.verify.rewriting import Altered, Broken, findings_of
from service.verify.roots import Roots
from service.verify.sound import Sound, sound
from service.verify.stored import Batch, StoredEntry, StoredEvent, StoredRow
from service.verify.times import Order
from service.verify.verdicts import Code, Finding, at

MOST_FINDINGS = 1_000
"""Maximum number of findings of one kind that are kept: enough to see what was done."""


class Walk:
    """Takes the rows of a file in order."""

    def __init__(self, roots: Roots, listeners: Listeners = NOBODY) -> None:
        self.roots = roots
        self.gone = Gone()
        self.bodies = 0
        self.position = 0
        """The last position at which something is stored."""
        self._listeners = listeners
        self._order, self._chain = Order(), Chain()
        self._found: list[Finding] = []
        self._altered: list[Altered] = []
        self._indexes: dict[int, int] = {}

    def take(self, batch: Batch) -> None:
        """Verify the next rows."""
        first, digest = self.position + 1, self._chain.end
        fits = None
        if batch.rows is None and digest is not None and self.roots.whole:
            fits = sound(batch.events, batch.entries, first, digest)
        if fits is None:
            self._take_each(batch.each())
        else:
            self._take_sound(first, fits)

    def _take_sound(self, first: int, batch: Sound) -> None:
        """Add a batch in which everything fits."""
        self.position += len(batch.leaves)
        self.bodies += len(batch.leaves)
        self._chain.follow(first, batch.digests)
        if not self._order.follow(batch.times):
            for position, time in enumerate(batch.times, first):
                if fault := self._order.fault(position, time):
                    self._add(fault)
        for event in batch.redactions:
            self.gone.note(event)
        self.roots.extend(batch.leaves)
        self._listeners.tell(first, batch)

    def _take_each(self, rows: Iterable[StoredRow]) -> None:
        """Verify rows one by one."""
        entries: list[TreeEntry] = []
        for row in rows:
            if row.position != self.position + 1:
                self._add_entries(entries)
                self._missing(self.position + 1, row.position - 1)
            self.position = row.position
            entry = self._entry(row.position, row.entry) if row.entry else None
            if entry is None:
                self._add_entries(entries)
                self._unread(row)
            else:
                entries.append(entry)
            if row.entry and row.event:
                self._event(row.event, row.entry)
            elif row.entry:
                self._note("body-withheld", row.position, "its row is gone, and its entry is there")
        self._add_entries(entries)

    def end(self) -> list[Finding]:
        """Return all findings."""
        count = self.roots.tree.size if self.roots.whole else self.position
        broken = Broken(self.position, self._altered, self._indexes, self._chain)
        done = findings_of(broken, short=self.roots.is_short(count))
        return [*self._found, *done, *self.gone.withheld(), *self.roots.end(count)]

    def _missing(self, first: int, last: int) -> None:
        self.roots.whole = False
        self._chain.skip()
        many = "" if first == last else f" to position {last}"
        where = f"{at(first)}{many}"
        what = "nothing is stored there, and events follow"
        self._found.append(Finding("entry-missing", where, what, first))

    def _unread(self, row: StoredRow) -> None:
        self.roots.whole = False
        self._chain.skip()
        if row.entry is None:
            what = "its entry is gone, and the event itself is there"
            self._note("entry-missing", row.position, what)
        else:
            what = "a column of its entry has a value of another kind"
            self._note("inconsistent", row.position, what)

    def _entry(self, position: int, entry: StoredEntry) -> TreeEntry | None:
        """Verify an entry and return it as the tree has it, None if it makes none."""
        _, index, recorded_at, _, commitment, digest = entry
        if not (isinstance(recorded_at, str) and isinstance(commitment, bytes)):
            return None
        if not (isinstance(digest, bytes) and isinstance(index, int)):
            return None
        if index != position - 1 and len(self._indexes) < MOST_FINDINGS:
            self._indexes[position] = index
        self._chain.take(position, commitment, digest)
        if fault := self._order.fault(position, recorded_at):
            self._add(fault)
        return TreeEntry(position - 1, recorded_at, commitment)

    def _event(self, event: StoredEvent, entry: StoredEntry) -> None:
        if event.body is None:
            self.gone.positions.append(event.position)
            self._listeners.lost(Lost(*event[:-1]))
        elif fault := altered(event, entry):
            if len(self._altered) < MOST_FINDINGS:
                self._altered.append(fault)
        else:
            found = Event(event.position, event.body)
            self.bodies += 1
            self.gone.note(found)
            if wrong := misdated(found, str(entry.recorded_at)):
                self._add(wrong)
            self._listeners.event(found)

    def _add_entries(self, entries: list[TreeEntry]) -> None:
        if entries and self.roots.whole:
            self.roots.extend([each.leaf() for each in entries])
            self._listeners.entries(entries)
        entries.clear()

    def _note(self, code: Code, position: int, what: str) -> None:
        self._add(Finding(code, at(position), what, position))

    def _add(self, finding: Finding) -> None:
        if len(self._found) < MOST_FINDINGS:
            self._found.append(finding)
