"""Words without their endings, so that a text and a title meet; a few words of one meaning as one."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from domain.reading.word_lists import listed, words

_WORD = re.compile(r"[^\W_]+")
_PLURALS = listed("ies es s")
_ENDINGS = listed("ation ment ing er or ed ian ean ia ea")
_LEAST = 3
_ALIKE = {
    word: alike.split()[0]
    for alike in (
        "soldier soldiers troop troops servicemen serviceman fighters fighter",
        "killed dead died death deaths fatalities fatality slain kill",
        "wounded injured injuries hurt",
        "sent send sends dispatched dispatch deployed deployment deployments",
        "builders builder construction",
        "deminers deminer demining sappers sapper",
        "planned plan plans",
        "rebuild rebuilds rebuilding reconstruction reconstruct",
        "workers worker labourers labourer laborers laborer",
        "condemn condemns condemned condemning",
        "destabilise destabilize destabilised destabilized destabilisation destabilization",
    )
    for word in alike.split()
}
_EMPTY = words(
    "a an the of in on at to for from by with and or is are was were be been it its they "
    "their them this that these those who which as than more most less not no other others "
    "new all any some has have had will would may might can could into over under about up "
    "down out one two per he she his her our we during between against after before while "
    "also both each such"
)


@lru_cache(maxsize=16_384)
def stem(word: str) -> str:
    """A word in lower case without its ending; words of one meaning have one stem."""
    word = word.lower()
    if word in _ALIKE:
        return _ALIKE[word]
    singular = _without(word, _PLURALS)
    return _bare(_ALIKE.get(singular) or _without(singular, _ENDINGS))


def _without(word: str, endings: Sequence[str]) -> str:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _LEAST:
            return word[: -len(ending)]
    return word


def _bare(word: str) -> str:
    """Drones and drone, technologies and technology end alike."""
    return word[:-1] if len(word) > _LEAST and word[-1] in "ey" else word


def stems_of(text: str) -> tuple[str, ...]:
    """The stems of the words of a text that mean something, in order."""
    return tuple(stem(word) for word in words_of(text) if word not in _EMPTY)


def words_of(text: str) -> list[str]:
    """The words and numbers of a text in lower case."""
    return _WORD.findall(text.lower())


def shared(some: Iterable[str], others: Iterable[str]) -> set[str]:
    """The stems that are in both."""
    return set(some) & set(others)
