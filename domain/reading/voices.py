"""Whom of the log's sources a name in a text means, and whose voice a sentence is in."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from unicodedata import normalize

from domain.reading.attribution import OFFICES
from domain.reading.known import Candidate, KnownSource

_WORD = re.compile(r"[^\W_]+")
_IN_BRACKETS = re.compile(r"\(([^()]{2,40})\)")
_LONGEST = 8
_SHORTEST_ID = 3
_SHORTEST_NAME = 2
_LONGEST_ID = 60
MOST = 3


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks: the id of the source if it is known or has a name of its own, else who may be meant.

    `spokesperson` is the one who said it in another's name.
    """

    name: str
    source: str | None
    candidates: Sequence[Candidate]
    spokesperson: str | None = None


@dataclass(frozen=True)
class Sources:
    """The sources of a log by the names that they have in texts."""

    sources: Sequence[KnownSource]
    _named: dict[tuple[str, ...], list[KnownSource]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for source in self.sources:
            for words in set(_names(source)):
                self._named.setdefault(words, []).append(source)
        for words, source in _surnames(self.sources):
            if words not in self._named:
                self._named[words] = [source]

    def voice(self, name: str, *, begins: bool = False) -> Voice:
        """The voice that a name means: the source with the longest name in it, else a new one."""
        found = self._longest(_words(name))
        if not found:
            return _newcomer(name, begins=begins)
        candidates = [
            Candidate(each.id, each.name or each.id, round(1 / len(found), 2)) for each in found
        ]
        if len(found) > 1:
            return Voice(name, None, candidates[:MOST])
        [source] = found
        if source.speaks_for is not None:
            return Voice(name, source.speaks_for, self._principal(source), source.id)
        return Voice(name, source.id, candidates)

    def _principal(self, source: KnownSource) -> list[Candidate]:
        whom = source.speaks_for or source.id
        named = next((each.name for each in self.sources if each.id == whom), whom)
        return [Candidate(whom, named, 1.0), Candidate(source.id, source.name or source.id, 0.5)]

    def _longest(self, words: Sequence[str]) -> list[KnownSource]:
        for length in range(min(_LONGEST, len(words)), 0, -1):
            found: dict[str, KnownSource] = {}
            for i in range(len(words) - length + 1):
                for source in self._named.get(tuple(words[i : i + length]), ()):
                    found[source.id] = source
            if found:
                return list(found.values())
        return []


def _words(name: str) -> list[str]:
    return [word for word in _WORD.findall(name.lower().replace("\u2019", "'")) if word != "s"]


def _names(source: KnownSource) -> Iterable[tuple[str, ...]]:
    """The full names of a source: its name, the short form in brackets, its aliases, its id."""
    for name in (source.name, *source.aliases):
        yield from (tuple(_words(short)) for short in _IN_BRACKETS.findall(name))
        words = tuple(_words(_IN_BRACKETS.sub(" ", name)))
        if words:
            yield words[1:] if words[0] == "the" and len(words) > 1 else words
    if len(source.id) >= _SHORTEST_ID:
        yield tuple(_words(source.id.replace("-", " ")))


def _surnames(sources: Sequence[KnownSource]) -> Iterable[tuple[tuple[str, ...], KnownSource]]:
    """The last names of persons, where only one person has it."""
    last: dict[str, list[KnownSource]] = {}
    for source in sources:
        names = source.name.split()
        told = len(names[-1]) > _SHORTEST_NAME if names else False
        if source.person and told and 1 < len(names) <= 3 and names[-1].istitle():
            last.setdefault(names[-1].lower(), []).append(source)
    return [((name,), having[0]) for name, having in last.items() if len(having) == 1]


def _newcomer(name: str, *, begins: bool) -> Voice:
    """A source that the log does not know: with an id if the name is one, else only offered.

    A capital at the beginning of a sentence makes no name: `Health officials said`.
    """
    proposed = slug(name)
    if not proposed:
        return Voice(name, None, ())
    candidate = Candidate(proposed, name, 0.3, new=True)
    spelled = _WORD.findall(name)
    office = begins and any(word in OFFICES for word in map(str.lower, spelled))
    named = any(word[0].isupper() for word in spelled[office:])
    return Voice(name, proposed if named else None, (candidate,))


def slug(name: str) -> str:
    """A name as the id of a source."""
    plain = normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return (
        re.sub(r"[^a-z0-9]+", "-", re.sub(r"['\u2019]s?\b", "", plain))
        .strip("-")[:_LONGEST_ID]
        .strip("-")
    )
