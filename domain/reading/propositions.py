"""Sentences without a figure that somebody says, or that assert what the log has an indicator for."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from domain.reading.known import Candidate
from domain.reading.naming import MOST, Names, Surroundings
from domain.reading.proposal import Proposal
from domain.reading.quotes import quote_of
from domain.reading.scenes import Scene, Speaker
from domain.reading.stems import stems_of
from domain.vocabulary import Stance

_MEANT = 0.6
"""Score from which a sentence is taken to assert a proposition of the log."""
_FEWEST_WORDS = 4


def propositions_of(text: str, scenes: Sequence[Scene], names: Names) -> Iterator[Proposal]:
    """The propositions of a text, unticked: one for each of the log's that a sentence asserts."""
    for scene in scenes:
        if scene.sentence.form in ("heading", "lead") or any(not f.because for f in scene.found):
            continue
        words = _surroundings(scene, scenes)
        candidates = names.propositions(words)
        meant = [each for each in candidates if each.score >= _MEANT]
        speaker = scene.speakers[0] if scene.speakers else None
        if meant:
            yield from (_proposal(text, scene, speaker, [each]) for each in meant)
        elif speaker is not None and len(scene.tokens) >= _FEWEST_WORDS:
            yield replace(_proposal(text, scene, speaker, candidates[:MOST]), indicator=None)


def _surroundings(scene: Scene, scenes: Sequence[Scene]) -> Surroundings:
    own = set(stems_of(scene.words))
    lead = scene.sentence.lead
    begun = set(stems_of(scenes[lead].words)) if lead is not None else set()
    return Surroundings(own, own | begun)


def _end(scene: Scene) -> int:
    """Where a sentence ends, without the comma that ends an item of a list."""
    tokens = scene.tokens
    last = tokens[-2] if len(tokens) > 1 and tokens[-1].text in (",", ";") else tokens[-1]
    return last.end


def _proposal(
    text: str, scene: Scene, speaker: Speaker | None, candidates: Sequence[Candidate]
) -> Proposal:
    why = [f"proposition: by its words, {candidates[0].score:.2f}"] if candidates else []
    why.append(f"originator: {speaker.why}" if speaker else "originator: nobody is named")
    voice = speaker.voice if speaker else None
    denies = speaker is not None and speaker.saying is not None and speaker.saying.denies
    return Proposal(
        quote=quote_of(text, scene.sentence.start, _end(scene)),
        why=tuple(why),
        indicator=candidates[0].id if candidates else None,
        originator=voice.source if voice else None,
        spokesperson=voice.spokesperson if voice else None,
        stance=Stance(asserts=not denies),
        indicators=tuple(candidates),
        originators=tuple(voice.candidates) if voice else (),
    )
