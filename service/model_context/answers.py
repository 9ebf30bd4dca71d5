"""What tools answer: the answers of the interface, each figure with its support and marking."""

from collections.abc import Sequence
from typing import NotRequired

from typing_extensions import TypedDict

from domain.vocabulary import Marking
from projections.answers.estimate_answer import SupportAnswer
from service.query.board import BoardItem
from service.query.changes import ChangeEvent, CountedChanges
from service.query.explanations import CountedExplanation
from service.query.flags import OpenFlag
from service.query.history import VintageRow
from service.query.listed import CountedEstimate
from service.query.proposal_answers import DraftAnswer
from service.query.search import ReportHit
from service.query.sources import SourceItem
from service.query.standpoint import AsOfAnswer


class Then(TypedDict):
    """The times that an answer is for."""

    as_of: AsOfAnswer


class Cited(Then):
    """An answer with the address under which it stays the same."""

    permalink: str


class Cut(TypedDict):
    """A list of which a part is shown; the next part is on `next_page`, null after the last."""

    list: str
    shown: int
    of: int
    next_page: int | None


class Parts(TypedDict):
    """The lists of an answer that are not shown whole."""

    cut: Sequence[Cut]


class EstimateThen(CountedEstimate, Cited):
    """One estimate, with its support, marking and flags."""


class ExplanationThen(CountedExplanation, Cited, Parts):
    """An estimate with the claims that it uses, those left out and why, and those that relay others."""


class Supported(TypedDict):
    """How well the figure of an item is supported, and who may read it."""

    support: SupportAnswer
    marking: Marking


class SupportedEvent(ChangeEvent, Supported):
    """An event that changed an estimate, with its support then; marked like what it changed."""


class ChangesThen(CountedChanges, Cited, Parts, Supported):
    """What changed in an estimate between two record times, and by which events."""

    events: list[SupportedEvent]  # type: ignore[misc]  # each says more than in the interface


class SupportedVintage(VintageRow, Supported):
    """A figure as it stood for a span of time, with its support and marking then."""


class VintagesThen(Cited):
    """How a figure was revised, oldest first."""

    indicator: str
    title: str | None
    unit: str | None
    items: list[SupportedVintage]
    next_cursor: str | None


class Conflict(OpenFlag, Supported):
    """An open flag, with the figure of its indicator in words, its support and its marking."""

    title: str | None
    figure: str


class ConflictsThen(Cited):
    """Open flags: contradictions, disputes, falls, suspected relays and more."""

    items: list[Conflict]
    next_cursor: str | None


class FoundIndicators(Cited):
    """Estimates of the indicators that were found."""

    items: list[BoardItem]
    next_cursor: str | None


class FoundSources(Cited):
    """Sources that were found, each with its grade."""

    items: list[SourceItem]
    next_cursor: str | None


class FoundReports(Cited):
    """Reports that were found, each with the claims in which the words are."""

    items: list[ReportHit]
    next_cursor: str | None


class NearName(TypedDict):
    """A name that may be meant: the id of an indicator or a source, and its title."""

    what: str
    id: str
    title: str


class FindThen(Then):
    """What was found for words; `near` are names that may be meant where nothing was."""

    q: str
    indicators: NotRequired[FoundIndicators]
    sources: NotRequired[FoundSources]
    reports: NotRequired[FoundReports]
    near: list[NearName]


class NoSupport(TypedDict):
    """That a draft is supported by nothing yet, and why."""

    level: None
    reasons: list[str]


class DraftThen(DraftAnswer, Then, Parts):
    """The claims that a text may make: not recorded, so without support and marking yet."""

    support: NoSupport
    marking: None
