"""What a text proposes, and what others propose from it, as callers receive it."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from domain.near import did_you_mean, nearest
from domain.reading import checking
from domain.reading.known import Candidate, Known
from domain.reading.proposal import NotAFigure, Proposal
from domain.reading.quotes import Searched
from domain.reading.reading import read
from domain.reading.scenes import day_of_publication
from domain.times import written_day
from domain.vocabulary import Quantity, Quote, Stance, Statement
from service.query.names import similar_claims
from service.query.proposal_answers import (
    CheckAnswer,
    CheckedClaim,
    ClaimProblem,
    DraftAnswer,
    DraftEvidence,
    DraftReport,
    IndicatorCandidate,
    NotFigureItem,
    OriginatorCandidate,
    ProposalItem,
    ProposedClaim,
    ProposedQuantity,
    ProposedStance,
    QuoteFields,
)
from service.query.proposal_questions import Propose
from service.query.reading import is_filed, known
from service.query.report_claims import ClaimQuote
from service.query.standpoint import Standpoint


def draft(here: Standpoint, asked: Propose) -> DraftAnswer:
    """The draft of a report that a text makes; without a day of publication that of its date line."""
    published = asked.published_at
    day = written_day(published) if published else day_of_publication(asked.text)
    found = read(asked.text, day, known(here, day))
    report: DraftReport = {"evidence": _evidence(asked.text)}
    if asked.publisher is not None:
        report["publisher"] = asked.publisher
    if asked.url is not None:
        report["url"] = asked.url
    if asked.title is not None:
        report["title"] = asked.title
    if day is not None:
        report["published_at"] = str(published or day)
    return {
        "report": report,
        "claims": [_item(each) for each in found.proposals],
        "not_figures": [_not_figure(each) for each in found.not_figures],
    }


def _evidence(text: str) -> DraftEvidence:
    """What is kept of the text: its hash in UTF-8, in which a lone surrogate becomes `?`."""
    return {"sha256": sha256(text.encode("utf-8", "replace")).hexdigest(), "media_type": "text/plain"}


def _item(made: Proposal) -> ProposalItem:
    return {
        "claim": _claim(made),
        "quote": _quote(made.quote),
        "counted": made.counted,
        "why": list(made.why),
        "candidates": {
            "indicator": [_indicator(each) for each in made.indicators],
            "originator": [_originator(each) for each in made.originators],
        },
        "links": [{"claim": each.claim, "why": each.why} for each in made.links],
        "ticked": made.ticked,
    }


def _claim(made: Proposal) -> ProposedClaim:
    claim: ProposedClaim = {"status": made.status, "quote": _quote_fields(made.quote)}
    if made.indicator:
        claim["indicator"] = made.indicator
    if made.originator:
        claim["originator"] = made.originator
    if made.spokesperson:
        claim["spokesperson"] = made.spokesperson
    if made.stated_at:
        claim["stated_at"] = made.stated_at
    if made.period:
        claim["period"] = made.period
    if made.quantity:
        claim["quantity"] = _quantity(made.quantity)
    if made.stance:
        claim["stance"] = _stance(made.stance)
    if made.links:
        claim["basis"] = "relay"
        claim["derived_from"] = [made.links[0].claim]
    return claim


def _quantity(quantity: Quantity) -> ProposedQuantity:
    said: ProposedQuantity = {"qualifier": quantity.qualifier}
    if quantity.low is not None:
        said["low"] = quantity.low
    if quantity.best is not None:
        said["best"] = quantity.best
    if quantity.high is not None:
        said["high"] = quantity.high
    return said


def _stance(stance: Stance) -> ProposedStance:
    return {"asserts": stance.asserts}


def _quote(quote: Quote) -> ClaimQuote:
    return {
        "exact": quote.exact,
        "prefix": quote.prefix,
        "suffix": quote.suffix,
        "start": quote.start,
        "end": quote.end,
    }


def _quote_fields(quote: Quote) -> QuoteFields:
    fields: QuoteFields = {"exact": quote.exact}
    if quote.prefix:
        fields["prefix"] = quote.prefix
    if quote.suffix:
        fields["suffix"] = quote.suffix
    if quote.start is not None and quote.end is not None:
        fields["start"], fields["end"] = quote.start, quote.end
    return fields


def _indicator(candidate: Candidate) -> IndicatorCandidate:
    return {"id": candidate.id, "title": candidate.name, "score": candidate.score}


def _originator(candidate: Candidate) -> OriginatorCandidate:
    return {
        "id": candidate.id,
        "name": candidate.name,
        "score": candidate.score,
        "new": candidate.new,
    }


def _not_figure(each: NotAFigure) -> NotFigureItem:
    quantity = _quantity(each.quantity) if each.quantity else None
    return {"quote": _quote(each.quote), "why": each.why, "quantity": quantity}


def check(here: Standpoint, text: str, claims: Sequence[Statement]) -> CheckAnswer:
    """What the text and the log do not bear out of each claim that somebody proposes."""
    log, searched = known(here, None), Searched(text)
    return {"claims": [_checked(here, log, searched, n, each) for n, each in enumerate(claims, 1)]}


def _checked(here: Standpoint, log: Known, text: Searched, n: int, claim: Statement) -> CheckedClaim:
    problems = [_problem(n, doubt, []) for doubt in checking.doubts_of(text, claim)]
    problems += [_problem(n, doubt, near) for doubt, near in _unknown(here, log, claim)]
    place = text.place(claim.quote) if claim.quote else None
    return {
        "n": n,
        "verdict": "refused" if problems else "holds",
        "start": place[0] if place else None,
        "end": place[1] if place else None,
        "problems": problems,
    }


def _problem(n: int, doubt: checking.Doubt, near: list[str]) -> ClaimProblem:
    pointer = f"/claims/{n - 1}/{doubt.field}"
    return {"code": doubt.code, "pointer": pointer, "detail": doubt.detail, "near": near}


def _unknown(
    here: Standpoint, log: Known, claim: Statement
) -> Iterator[tuple[checking.Doubt, list[str]]]:
    """What a claim names that the log does not have, with near ids."""
    sources = [each.id for each in log.sources]
    named: tuple[tuple[checking.Code, str, str | None, list[str]], ...] = (
        ("unknown-indicator", "indicator", claim.indicator, [each.id for each in log.indicators]),
        ("unknown-originator", "originator", claim.originator, sources),
        ("unknown-spokesperson", "spokesperson", claim.spokesperson, sources),
    )
    for code, field, name, ids in named:
        if name is not None and name not in ids:
            near = nearest(name, ids)
            detail = f"the log has no {_KINDS[field]} '{name}'{did_you_mean(near, '; add it first')}"
            yield checking.Doubt(code, field, detail), near
    for parent in (*claim.derived_from, *claim.rests_on):
        if not is_filed(here, parent):
            near = similar_claims(here.db, parent)
            detail = f"the log has no claim '{parent}'{did_you_mean(near, '; file its report first')}"
            yield checking.Doubt("unknown-claim", "derived_from", detail), near


_KINDS = {"indicator": "indicator", "originator": "source", "spokesperson": "source"}
