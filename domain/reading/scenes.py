"""A text sentence by sentence, with who speaks in each and what dates and numbers it names."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from domain.reading.attribution import Saying, is_hearsay, name_text, sayings_of
from domain.reading.dates import Dated, dates_of, expressions_in
from domain.reading.figure import Figure, Found
from domain.reading.figures import figures_of
from domain.reading.sentences import Sentence, sentences_of
from domain.reading.status import status_said
from domain.reading.stems import words_of
from domain.reading.tokens import Tokens
from domain.reading.voices import Sources, Voice
from domain.reading.word_lists import words
from domain.vocabulary import Status

_REMEMBERED = 9
_HEAD = 2_000
"""Characters among which the date line is."""
_FARTHEST = 60
"""Tokens of a clause to either side."""
_CARRIED = 1
"""How many sentences behind an attributed one are still in its voice."""
_BOUNDARIES = frozenset({";", ",", "—", "but", "while", "whereas", "and", "who", "which", "although"})
_DAY = len("2025-06-26")
_BACK = words("he she it they these those")
_TURNS = frozenset({";", "but", "while", "whereas", "although"})


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice, the phrase that names it if the sentence has one, and how it came to be its."""

    voice: Voice
    why: str
    saying: Saying | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """A sentence with what is in it."""

    sentence: Sentence
    words: str
    """All its words."""
    status: tuple[Status, str] | None
    """What its verbs say, all of them taken together."""
    dates: Sequence[Dated] = ()
    found: Sequence[Found] = ()
    speakers: Sequence[Speaker] = ()

    @property
    def tokens(self) -> Tokens:
        """The tokens of the sentence."""
        return self.sentence.tokens

    @property
    def figures(self) -> list[Figure]:
        """Its figures that a log could hold."""
        return [each for each in self.found if isinstance(each, Figure) and not each.because]

    def speaker_at(self, first: int) -> Speaker | None:
        """Who says what stands at a token: who is named in the same clause, the last one before it."""
        begun, ended = self._turn(first)
        named = [s for s in self.speakers if s.saying is None or begun <= s.saying.first < ended]
        named = [s for s in named if s.saying is None or not s.saying.weak] or named
        if not named:
            return self.speakers[0] if len(self.speakers) == 1 else None
        before = [s for s in named if s.saying is not None and s.saying.first <= first]
        cited = [s for s in named if s.saying is not None and s.saying.how in ("citing", "quoting")]
        return cited[0] if cited else before[-1] if before else named[0]

    def _turn(self, at: int) -> tuple[int, int]:
        """The clause around a token, up to where another may begin to speak."""
        return _clause(self.tokens, at, _TURNS)

    def status_at(self, first: int, after: int) -> tuple[Status, str] | None:
        """What the verbs in the clause around some tokens say."""
        if self.status is None:
            return None
        begun, ended = _clause(self.tokens, first, _BOUNDARIES, after)
        return status_said(" ".join(token.text for token in self.tokens[begun:ended]))

    def day_of(self, speaker: Speaker) -> str | None:
        """The day on which a speaker said it, if the sentence names one with it."""
        saying = speaker.saying
        days = [d.period for d in self.dates if saying and _is_of(self.tokens, d, saying)]
        return next((day for day in days if day and len(day) == _DAY), None)

    def said_on(self) -> set[int]:
        """The indices, among its dates, of those that say when a speaker spoke."""
        sayings = [speaker.saying for speaker in self.speakers if speaker.saying is not None]
        return {
            i
            for i, dated in enumerate(self.dates)
            if any(_is_of(self.tokens, dated, saying) for saying in sayings)
        }


def day_of_publication(text: str) -> date | None:
    """The day in the date line of a text: a whole date in what stands before its first sentence."""
    for sentence in sentences_of(text[:_HEAD]):
        if sentence.form != "heading":
            return None
        for dated in dates_of(sentence.tokens, None):
            if dated.period is not None and len(dated.period) == _DAY:
                return date.fromisoformat(dated.period)
    return None


def scenes_of(text: str, published: date | None, sources: Sources) -> list[Scene]:
    """The sentences of a text in order, each with what is in it."""
    scenes, heard, left = list[Scene](), list[Speaker](), 0
    for sentence in sentences_of(text):
        scene, sayings = _read(sentence, published)
        if sentence.form == "heading":
            scenes.append(scene)
            continue
        named = [_speaker(each, scene, text, sources, heard) for each in sayings if not each.pronoun]
        if named:
            scene, left = replace(scene, speakers=named), _CARRIED
            heard = [*heard[-_REMEMBERED:], *named]
        elif sentence.lead is not None:
            scene = replace(
                scene, speakers=_carried(scenes[sentence.lead].speakers, "the list goes on")
            )
        elif heard and (sayings or (left and _refers_back(sentence))):
            goes_on = bool(sayings) or is_hearsay(sentence.tokens)
            why = f"“{sayings[0].how}”" if sayings else "carried on from before"
            scene = replace(scene, speakers=_carried(heard[-1:], why, sayings[0] if sayings else None))
            if sentence.form != "lead":  # what follows a lead is still its own sentence
                left = _CARRIED if goes_on else left - 1
        else:
            left = 0
        scenes.append(scene)
    return scenes


def _refers_back(sentence: Sentence) -> bool:
    """Whether a sentence goes on in the voice before it: a new paragraph only if it points back."""
    first = sentence.tokens[0].lower
    return not sentence.opens or first in _BACK or is_hearsay(sentence.tokens)


def _read(sentence: Sentence, published: date | None) -> tuple[Scene, list[Saying]]:
    words = " ".join(token.text for token in sentence.tokens)
    said = status_said(words)
    dates = dates_of(sentence.tokens, published, ahead=said is not None and said[0] == "planned")
    found = figures_of(sentence.tokens, dates)
    return Scene(sentence, words, said, dates, found), sayings_of(
        sentence.tokens, frozenset(expressions_in(dates))
    )


def _speaker(
    saying: Saying, scene: Scene, text: str, sources: Sources, heard: Sequence[Speaker]
) -> Speaker:
    """Whoever a phrase names: a source, or for `the agency` the one that was named so before."""
    name = name_text(scene.tokens, saying.name, text)
    voice = sources.voice(name, begins=saying.name[0] == 0)
    if voice.source is None and len(name.split()) == 1:
        named = [each.voice for each in heard if name.lower() in _known_as(each.voice)]
        voice = named[-1] if named else voice
    return Speaker(voice, f"“{saying.how}”: {name}", saying)


def _known_as(voice: Voice) -> set[str]:
    """The words of the names of a voice."""
    return {
        word for name in (voice.name, *(c.name for c in voice.candidates)) for word in words_of(name)
    }


def _carried(speakers: Sequence[Speaker], why: str, saying: Saying | None = None) -> list[Speaker]:
    return [Speaker(each.voice, f"{each.voice.name}: {why}", saying) for each in speakers[-1:]]


def _clause(
    tokens: Tokens, first: int, ends: frozenset[str], after: int | None = None
) -> tuple[int, int]:
    begun, ended = first, first + 1 if after is None else after
    while begun > max(0, first - _FARTHEST) and tokens[begun - 1].lower not in ends:
        begun -= 1
    while ended < min(len(tokens), first + _FARTHEST) and tokens[ended].lower not in ends:
        ended += 1
    return begun, ended


def _is_of(tokens: Tokens, dated: Dated, saying: Saying) -> bool:
    """Whether a date stands with those who speak: `said on Monday`, `On Monday, X said`."""
    between = [token.lower for token in tokens[saying.after : dated.first]]
    told = between[1:] == ["on"] or between[1:] == []  # told lawmakers on Monday
    behind = dated.first >= saying.after and (
        between in ([], ["on"]) or (saying.how == "told" and told)
    )
    within = saying.first <= dated.first < saying.after
    opening = dated.first <= 1 and 0 <= saying.first - dated.after <= 2
    return behind or within or opening
