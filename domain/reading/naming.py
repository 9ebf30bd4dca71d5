"""Which indicators of the log the words around a figure may mean."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import log

from domain.reading.known import Candidate, KnownIndicator
from domain.reading.stems import stems_of
from domain.reading.units import Sort
from domain.vocabulary import Status

MOST = 3
"""Maximum number of indicators proposed for one figure."""
LEAST = 0.25
"""Score from which an indicator is proposed."""
SURE = 0.45
"""Score from which it stands in the claim."""
_ALONE, _BESIDE = 0.9, 0.4
"""What a term counts alone, and how much of the score is the title's beside it."""
_VAGUE = 0.1
"""What a name of which few words are said loses: of two that fit, the longer is meant."""
_NEAR, _SAME, _AROUND = 1.0, 0.7, 0.35


@dataclass(frozen=True, slots=True)
class Surroundings:
    """The words around something that a text says, from the nearest to the farthest, as stems."""

    counted: Collection[str]
    sentence: Collection[str]
    around: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class _Name:
    indicator: KnownIndicator
    title: Collection[str]
    terms: Sequence[Collection[str]]


class Names:
    """The names of indicators, each word weighed by how few have it."""

    def __init__(self, indicators: Sequence[KnownIndicator]) -> None:
        self._names = [
            _Name(each, frozenset(stems_of(each.title)), [frozenset(stems_of(t)) for t in each.terms])
            for each in indicators
        ]
        counted = Counter(stem for name in self._names for stem in _all(name))
        self._weights = {stem: log(1 + (1 + len(self._names)) / n) for stem, n in counted.items()}
        self._having: dict[str, list[int]] = {}
        for i, name in enumerate(self._names):
            for stem in _all(name):
                self._having.setdefault(stem, []).append(i)

    def figures(self, words: Surroundings, sort: Sort, status: Status) -> list[Candidate]:
        """The indicators that a figure may be of, the likeliest first; at most three."""
        scored = [
            (self._score(name, words) * _fit(name.indicator, status), name.indicator)
            for name in self._meeting({*words.counted, *words.sentence})
            if name.indicator.measure != "proposition" and _takes(name.indicator, sort)
        ]
        return _best(scored)

    def propositions(self, words: Surroundings) -> list[Candidate]:
        """The propositions that a sentence may assert, the likeliest first."""
        scored = [
            (self._score(name, words), name.indicator)
            for name in self._meeting(words.counted)
            if name.indicator.measure == "proposition"
        ]
        return _best(scored, most=len(scored))

    def _meeting(self, stems: Collection[str]) -> list[_Name]:
        found = {i for stem in stems for i in self._having.get(stem, ())}
        return [self._names[i] for i in sorted(found)]

    def _score(self, name: _Name, words: Surroundings) -> float:
        """How much of the title is said, or all of a term, the nearer the more."""
        title = self._share(name.title, words)
        terms = max((self._term(term, words) for term in name.terms), default=0.0)
        score = max(title, _ALONE * terms, (1 - _BESIDE) * terms + _BESIDE * title)
        return score * (1 - _VAGUE / (1 + sum(_distance(stem, words) > 0 for stem in _all(name))))

    def _share(self, stems: Collection[str], words: Surroundings) -> float:
        whole = sum(self._weights[stem] for stem in stems)
        said = sum(self._weights[stem] * _distance(stem, words) for stem in stems)
        return said / whole if whole else 0.0

    def _term(self, stems: Collection[str], words: Surroundings) -> float:
        """A term counts where all its words are said, or nearly all of a long one."""
        near = [_distance(stem, words) for stem in stems]
        missing = sum(not each for each in near)
        if not near or missing > len(near) // 4:
            return 0.0
        return sum(near) / len(near)


def surest(candidates: Sequence[Candidate]) -> str | None:
    """The first candidate, if its score is good and no other has the same."""
    scores = [each.score for each in candidates[:2]]
    if not scores or scores[0] < SURE or scores[1:] == scores[:1]:
        return None
    return candidates[0].id


def _all(name: _Name) -> set[str]:
    return {*name.title, *(stem for term in name.terms for stem in term)}


def _distance(stem: str, words: Surroundings) -> float:
    if stem in words.counted:
        return _NEAR
    if stem in words.sentence:
        return _SAME
    return _AROUND if stem in words.around else 0.0


def _takes(indicator: KnownIndicator, sort: Sort) -> bool:
    share = "percent" in indicator.unit.lower() or "%" in indicator.unit
    return share if sort == "share" else not share


def _fit(indicator: KnownIndicator, status: Status) -> float:
    """What is planned is of an indicator of plans, and nothing else is."""
    plans = indicator.plans_for is not None
    return 1.0 if plans == (status == "planned") else 0.6


def _best(scored: list[tuple[float, KnownIndicator]], most: int = MOST) -> list[Candidate]:
    good = [(score, each) for score, each in scored if score >= LEAST]
    good.sort(key=lambda pair: (-pair[0], pair[1].id))
    return [Candidate(each.id, each.title, round(score, 3)) for score, each in good[:most]]
