"""What reading a text returns: drafts of reports, and results of checks."""

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from domain.reading import checking
from domain.vocabulary import Basis, Status
from service.query.report_claims import ClaimQuote


class ProposedQuantity(TypedDict):
    """A figure as the text gives it; a bound that it does not give is absent."""

    low: NotRequired[int | float]
    best: NotRequired[int | float]
    high: NotRequired[int | float]
    qualifier: str


class ProposedStance(TypedDict):
    """Whether a proposition is asserted or denied."""

    asserts: bool


class QuoteFields(TypedDict):
    """The quoted words as a report has them; what is empty is absent."""

    exact: str
    prefix: NotRequired[str]
    suffix: NotRequired[str]
    start: NotRequired[int]
    end: NotRequired[int]


class ProposedClaim(TypedDict):
    """A claim as a report has it; a field that neither text nor log gives is absent."""

    indicator: NotRequired[str]
    originator: NotRequired[str]
    spokesperson: NotRequired[str]
    basis: NotRequired[Basis]
    stated_at: NotRequired[str]
    period: NotRequired[str]
    status: Status
    quantity: NotRequired[ProposedQuantity]
    stance: NotRequired[ProposedStance]
    derived_from: NotRequired[list[str]]
    quote: QuoteFields


class IndicatorCandidate(TypedDict):
    """An indicator that the words may mean, with a score up to 1."""

    id: str
    title: str
    score: float


class OriginatorCandidate(TypedDict):
    """A source that a name may mean, with a score up to 1; a `new` one is not in the log."""

    id: str
    name: str
    score: float
    new: bool


class Candidates(TypedDict):
    """What the words may mean, the likeliest first."""

    indicator: list[IndicatorCandidate]
    originator: list[OriginatorCandidate]


class ProposedLink(TypedDict):
    """A claim of the log that the figure may be taken from, and why."""

    claim: str
    why: str


class ProposalItem(TypedDict):
    """A proposed claim with the words that it rests on and the rules that made it."""

    claim: ProposedClaim
    quote: ClaimQuote
    counted: str
    why: list[str]
    candidates: Candidates
    links: list[ProposedLink]
    ticked: bool


class NotFigureItem(TypedDict):
    """A number that is not proposed, and why; its quantity if it is one, as a sum of money is."""

    quote: ClaimQuote
    why: str
    quantity: ProposedQuantity | None


class DraftEvidence(TypedDict):
    """The hash of the text; the text itself is not kept."""

    sha256: str
    media_type: str


class DraftReport(TypedDict):
    """The report that the claims are for; what was not given is absent, for the analyst."""

    publisher: NotRequired[str]
    url: NotRequired[str]
    title: NotRequired[str]
    published_at: NotRequired[str]
    evidence: DraftEvidence


class DraftAnswer(TypedDict):
    """The draft of a report: proposals in the order of the text, and the numbers that are none."""

    report: DraftReport
    claims: list[ProposalItem]
    not_figures: list[NotFigureItem]


class ClaimProblem(TypedDict):
    """What is wrong with a claim that somebody proposes; `near` are ids that may be meant."""

    code: checking.Code
    pointer: str
    detail: str
    near: list[str]


class CheckedClaim(TypedDict):
    """A claim that somebody proposes, by its number: where its words stand, and what is wrong."""

    n: int
    verdict: Literal["holds", "refused"]
    start: int | None
    end: int | None
    problems: list[ClaimProblem]


class CheckAnswer(TypedDict):
    """One result for each claim, in the same order."""

    claims: list[CheckedClaim]
