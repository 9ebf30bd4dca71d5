"""From a text and what the log knows to a draft: what an analyst ticks, and what is no figure."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

from domain.reading.figure import Figure
from domain.reading.known import Candidate, Known
from domain.reading.naming import Names, Surroundings, surest
from domain.reading.nouns import counted, stems_of_each
from domain.reading.parts import Part, with_sums
from domain.reading.proposal import Draft, NotAFigure, Proposal
from domain.reading.propositions import propositions_of
from domain.reading.quantities import quantity_of, quantity_text
from domain.reading.quotes import quote_of
from domain.reading.relays import Link, links_of
from domain.reading.repeats import without_repeats
from domain.reading.scenes import Scene, Speaker, scenes_of
from domain.reading.stems import stems_of
from domain.reading.voices import Sources
from domain.vocabulary import Quote, Status


def read(text: str, published: date | None, known: Known) -> Draft:
    """The draft of a report that a text, published on some day, makes."""
    reading = _Reading(text, published, known)
    figures = with_sums(list(reading.figures()))
    claims = [replace(part.proposal, links=reading.links(part.proposal)) for part in figures]
    proposals, repeated = without_repeats(figures, claims)
    asserted = propositions_of(text, reading.scenes, reading.names)
    in_order = sorted([*proposals, *asserted], key=lambda each: each.quote.start or 0)
    others = sorted([*reading.not_figures(), *repeated], key=lambda each: each.quote.start or 0)
    return Draft(tuple(in_order), tuple(others))


@dataclass(frozen=True)
class _Period:
    text: str | None
    why: str


class _Reading:
    def __init__(self, text: str, published: date | None, known: Known) -> None:
        self._text = text
        self._published = published
        self.names = Names(known.indicators)
        self._indicators = {each.id: each for each in known.indicators}
        self._claims_on = cache(known.claims_on)
        self.scenes = scenes_of(text, published, Sources(known.sources))

    def links(self, proposal: Proposal) -> tuple[Link, ...]:
        """The claims that a proposed one may be derived from."""
        if proposal.quantity is None or proposal.indicator is None:
            return ()
        claims = self._claims_on(proposal.indicator)
        return links_of(proposal.quantity, proposal.originator, self._published, claims)

    def figures(self) -> Iterator[Part]:
        """Every figure that a log could hold, with what the text says of it."""
        for i, scene in enumerate(self.scenes):
            figures = scene.figures
            for figure, words in zip(figures, self._surroundings(i, scene, figures), strict=True):
                yield Part(self._proposal(scene, figure, words), figure, i, scene.sentence)

    def _surroundings(self, i: int, scene: Scene, figures: Sequence[Figure]) -> Iterator[Surroundings]:
        """The words around each figure of a sentence; what another one counts is not its own."""
        counted = stems_of_each(scene.tokens, figures)
        often = Counter(stem for stems in counted for stem in stems)
        lead = scene.sentence.lead
        beside = (
            self.scenes[lead] if lead is not None else self.scenes[i - 1] if i and figures else None
        )
        around = set(stems_of(beside.words)) if beside is not None else set[str]()
        spoken = set(stems_of(scene.words))
        for own in counted:
            yield Surroundings(own, {stem for stem in spoken if stem in own or not often[stem]}, around)

    def not_figures(self) -> Iterator[NotAFigure]:
        """Every number that is none, in order."""
        for scene in self.scenes:
            for each in scene.found:
                if each.because:
                    quote = self._quote(scene, each.first, each.after)
                    quantity = quantity_of(each) if isinstance(each, Figure) else None
                    yield NotAFigure(quote, each.because, quantity)

    def _quote(self, scene: Scene, first: int, after: int) -> Quote:
        return quote_of(self._text, scene.tokens[first].start, scene.tokens[after - 1].end)

    def _proposal(self, scene: Scene, figure: Figure, words: Surroundings) -> Proposal:
        begun, ended = counted(scene.tokens, figure)
        after = ended if ended > begun else figure.after
        status, verbs = self._status(scene, figure)
        candidates = self.names.figures(words, figure.sort, status or "reported")
        sure = surest(candidates)
        speaker = scene.speaker_at(figure.first) if scene.sentence.form != "heading" else None
        period = self._period(scene, figure)
        made = Proposal(
            quote=self._quote(scene, figure.first, after),
            why=tuple(_why(figure, verbs, speaker, period.why, candidates)),
            indicator=sure,
            period=period.text,
            status=self._status_of(sure, status),
            quantity=quantity_of(figure),
            counted=self._words(scene, begun, ended),
            indicators=tuple(candidates),
            ticked=sure is not None and not figure.earlier,
        )
        return self._said(made, scene, speaker)

    def _said(self, made: Proposal, scene: Scene, speaker: Speaker | None) -> Proposal:
        """A proposal with who says it, and when."""
        if speaker is None:
            return made
        voice = speaker.voice
        return replace(
            made,
            originator=voice.source,
            spokesperson=voice.spokesperson,
            originators=tuple(voice.candidates),
            stated_at=self._stated(scene, speaker),
        )

    def _stated(self, scene: Scene, speaker: Speaker) -> str | None:
        """The day on which it was said, if the text names one that is not after its publication."""
        day, published = scene.day_of(speaker), self._published
        return day if day and published and day <= published.isoformat() else None

    def _words(self, scene: Scene, first: int, after: int) -> str:
        if first >= after:
            return ""
        return " ".join(self._text[scene.tokens[first].start : scene.tokens[after - 1].end].split())

    def _status(self, scene: Scene, figure: Figure) -> tuple[Status | None, str]:
        """The status that the clause of a figure names; of the rest, only whether all is to come."""
        said = scene.status_at(figure.first, figure.after)
        if said is not None:
            return said
        lead = scene.sentence.lead
        wider = (scene.status, self.scenes[lead].status if lead is not None else None)
        return next(filter(_is_to_come, wider), None) or (None, "")

    def _status_of(self, indicator: str | None, status: Status | None) -> Status:
        """The status that the text names, else the one that fits the indicator."""
        if status is not None:
            return status
        known = self._indicators.get(indicator or "")
        return "planned" if known is not None and known.plans_for else "reported"

    def _period(self, scene: Scene, figure: Figure) -> _Period:
        """The period that is named nearest to a figure, in its sentence or in the lead of its list."""
        lead = scene.sentence.lead
        for at, place in ((figure.first, scene), (0, self.scenes[lead] if lead is not None else None)):
            if place is None:
                continue
            said_on = place.said_on()
            named = [each for i, each in enumerate(place.dates) if i not in said_on and each.period]
            if named:
                nearest = min(named, key=lambda each: _steps(at, each.first))
                words = place.tokens[nearest.first : nearest.after]
                said = self._text[words[0].start : words[-1].end]
                return _Period(nearest.period, f"“{' '.join(said.split())}” is {nearest.period}")
        return _Period(None, "")


def _steps(figure: int, dated: int) -> int:
    """How far a date is from a figure; one behind it is nearer than one before it."""
    return dated - figure if dated > figure else 2 * (figure - dated)


def _is_to_come(said: tuple[Status, str] | None) -> bool:
    return said is not None and said[0] in ("planned", "forecast")


def _why(
    figure: Figure, verbs: str, speaker: Speaker | None, period: str, candidates: Sequence[Candidate]
) -> Iterator[str]:
    yield f"figure: {quantity_text(quantity_of(figure))}"
    if figure.earlier:
        yield "what it was before: it has become another"
    if figure.unit == "fraction":
        yield "a fraction, in whole percent"
    if candidates:
        yield f"indicator: by its words, {candidates[0].score:.2f}"
    yield f"originator: {speaker.why}" if speaker else "originator: nobody is named"
    if period:
        yield f"period: {period}"
    if verbs:
        yield f"status: “{verbs}”"
