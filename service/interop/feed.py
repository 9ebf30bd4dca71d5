"""A feed, as Atom and JSON Feed both say it: of changed estimates, or of cited figures that moved."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from domain.vocabulary import Marking
from service.query.changed import ChangedItem, ListedChange, listed_change
from service.query.citations import CitationItem
from service.query.words import event

NEVER = "1970-01-01T00:00:00Z"
"""When a feed without entries was updated."""
Row = ListedChange | CitationItem
"""What an entry tells, as data."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened, with the address of the answer as it was then, and that of its event."""

    id: str
    title: str
    text: str
    updated: str
    marking: Marking
    topics: Sequence[str]
    url: str
    event_url: str
    row: Row

    @property
    def summary(self) -> str:
        """The whole of it in words; with the marking, if there is one."""
        return self.text if self.marking == "TLP:CLEAR" else f"{self.text} {self.marking}."


@dataclass(frozen=True, slots=True)
class Feed:
    """A page of a feed, latest entry first; `page` is its address, `first` that of the first page."""

    id: str
    title: str
    home: str
    page: str
    first: str
    next: str | None
    entries: Sequence[Entry]

    @property
    def updated(self) -> str:
        """When its latest entry was."""
        return self.entries[0].updated if self.entries else NEVER


def change_entry(item: ChangedItem, id: str, topics: Sequence[str], url: str, event_url: str) -> Entry:
    """A changed estimate: the indicator, what changed, and which event did it."""
    title, cause = f"{item['title']}: {item['words']}", item["cause"]
    by = event(cause["type"]) + (f" {cause['report']}" if cause["report"] else "")
    text = f"{title}. {by}, at position {cause['position']}."
    updated = item["recorded_at"] or NEVER
    row = listed_change(item)
    return Entry(id, title, text, updated, item["marking"], topics, url, event_url, row)


def moved_entry(item: CitationItem, id: str, topics: Sequence[str], url: str, event_url: str) -> Entry:
    """A cited figure that moved: where it was used, and the sentence for a correction."""
    title = f"{item['title']}: cited in {item['where']}, and moved"
    moved = item["moved"]
    updated = (moved and moved["recorded_at"]) or NEVER
    text = item["correction"] or title
    return Entry(id, title, text, updated, item["marking"], topics, url, event_url, item)


def permanent_id(log: str, *names: str) -> str:
    """An id that follows from a log and names in it, wherever the log is served."""
    return uuid5(NAMESPACE_URL, "/".join(("intellog", log, *names))).urn
