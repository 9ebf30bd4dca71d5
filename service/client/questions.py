"""Every question that the server answers, each as a function of its parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Unpack

from service.client.plans import Many, listed, one
from service.client.streams import Heard, Stream, streamed
from service.client.values import (
    Cell,
    Times,
    TimesNarrowing,
    address,
    claim_address,
    query_of,
)

if TYPE_CHECKING:
    from datetime import date
    from typing import Literal

    from domain.estimates.flags import FlagCode
    from domain.estimates.support import Level
    from domain.vocabulary import Kind, Measure, Reliability
    from projections.answers.derived_series import As
    from projections.answers.explanation import Use
    from projections.answers.moments import Axis
    from projections.answers.values import EventType
    from service.client import answers
    from service.client.exchange import Plan

_ONE = "/v1/estimates/{indicator}"


def estimates(
    *,
    q: str | None = None,
    measure: Measure | None = None,
    flag: FlagCode | None = None,
    source: str | None = None,
    topic: str | None = None,
    support: Level | None = None,
    sort: Literal["title", "revised"] | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.BoardItem]:
    """The board: the estimate of every indicator, filtered and in order."""
    filters = {"q": q, "measure": measure, "flag": flag, "source": source, "topic": topic}
    query = query_of(Times, times, **filters, support=support, sort=sort)
    return listed("/v1/estimates", query, limit)


def changed(
    *,
    since: int | str | date | None = None,
    until: int | str | date | None = None,
    order: Literal["asc", "desc"] | None = None,
    q: str | None = None,
    measure: Measure | None = None,
    flag: FlagCode | None = None,
    source: str | None = None,
    topic: str | None = None,
    support: Level | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.ListedChange]:
    """Changed estimates: a row for each change of the default answer about an indicator."""
    filters = {"q": q, "measure": measure, "flag": flag, "source": source, "topic": topic}
    span = {"since": since, "until": until, "order": order}
    return listed("/v1/changes", query_of(Times, times, **filters, support=support, **span), limit)


def briefing(
    *,
    since: int | str | date | None = None,
    until: int | str | date | None = None,
    axis: Axis | None = None,
    q: str | None = None,
    measure: Measure | None = None,
    flag: FlagCode | None = None,
    source: str | None = None,
    topic: str | None = None,
    support: Level | None = None,
    limit: int | None = None,
    known_at: int | str | date | None = None,
    min_position: int | None = None,
) -> Plan[answers.Briefing]:
    """What changed in a span, in sentences, by topic, most important first."""
    filters = {"q": q, "measure": measure, "flag": flag, "source": source, "topic": topic}
    span = {"since": since, "until": until, "axis": axis, "known_at": known_at}
    asked = {"support": support, "limit": limit, "min_position": min_position}
    return one("/v1/briefing", query_of(None, **filters, **span, **asked))


def estimate(indicator: str, **asked: Unpack[TimesNarrowing]) -> Plan[answers.Estimate]:
    """One estimate at any times, of any cell, cohort or originator."""
    return one(address(_ONE, indicator), query_of(TimesNarrowing, asked))


def used(
    indicator: str, *, limit: int | None = None, **asked: Unpack[TimesNarrowing]
) -> Many[answers.UsedItem]:
    """Every claim that an estimate uses, in its order."""
    return listed(address(f"{_ONE}/used", indicator), query_of(TimesNarrowing, asked), limit)


def cohorts(
    indicator: str, *, limit: int | None = None, **times: Unpack[Times]
) -> Many[answers.CohortItem]:
    """Every cohort of which an indicator has claims that count."""
    return listed(address(f"{_ONE}/cohorts", indicator), query_of(Times, times), limit)


def series(
    indicator: str,
    *,
    release: int | Literal["first", "latest"] | None = None,
    as_: As | None = None,
    period_from: str | None = None,
    period_to: str | None = None,
    cohort: str | None = None,
    originator: str | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.SeriesRow]:
    """The estimate of each cell, in order of period."""
    within = {"period_from": period_from, "period_to": period_to}
    named = {"cohort": cohort, "originator": originator}
    query = query_of(Times, times, release=release, as_=as_, **within, **named)
    return listed(address(f"{_ONE}/series", indicator), query, limit)


def vintages(
    indicator: str,
    *,
    axis: Axis | None = None,
    all: bool = False,
    limit: int | None = None,
    **asked: Unpack[Cell],
) -> Many[answers.VintageRow]:
    """How a figure was revised, along record or publication time."""
    query = query_of(Cell, asked, axis=axis, all=all)
    return listed(address(f"{_ONE}/vintages", indicator), query, limit)


def known_vintages(
    indicator: str, *, limit: int | None = None, **asked: Unpack[Cell]
) -> Many[answers.KnownVintageRow]:
    """How a figure was revised along both axes: what we knew when, of what was published when."""
    return listed(address(f"{_ONE}/vintages/known", indicator), query_of(Cell, asked), limit)


def revisions(
    indicator: str, *, limit: int | None = None, **asked: Unpack[Cell]
) -> Many[answers.RevisionRow]:
    """How each voice revised its figures, cell by cell and for its headline."""
    return listed(address(f"{_ONE}/revisions", indicator), query_of(Cell, asked), limit)


def slippage(
    indicator: str, *, cohort: str | None = None, limit: int | None = None, **times: Unpack[Times]
) -> Many[answers.SlippageRow]:
    """Each statement of a plan against what is fulfilled of it, by its target and now."""
    query = query_of(Times, times, cohort=cohort)
    return listed(address(f"{_ONE}/slippage", indicator), query, limit)


def explanation(
    indicator: str, *, limit: int | None = None, **asked: Unpack[TimesNarrowing]
) -> Plan[answers.Explanation]:
    """Why this figure: the claims used or left out, each with its reason and its chain."""
    query = query_of(TimesNarrowing, asked, limit=limit)
    return one(address(f"{_ONE}/explanation", indicator), query)


def explained_claims(
    indicator: str,
    *,
    use: Use | None = None,
    limit: int | None = None,
    **asked: Unpack[TimesNarrowing],
) -> Many[answers.ExplainedClaim]:
    """Every claim of an explanation: those used, relays, and those left out."""
    query = query_of(TimesNarrowing, asked, use=use)
    return listed(address(f"{_ONE}/explanation/claims", indicator), query, limit)


def explained_steps(
    indicator: str, *, limit: int | None = None, **asked: Unpack[TimesNarrowing]
) -> Many[answers.ExplainedStep]:
    """Every step from claims to a figure, in words."""
    query = query_of(TimesNarrowing, asked)
    return listed(address(f"{_ONE}/explanation/steps", indicator), query, limit)


def changes(
    indicator: str,
    *,
    since: int | str | date,
    until: int | str | date | None = None,
    limit: int | None = None,
    **asked: Unpack[TimesNarrowing],
) -> Plan[answers.Changes]:
    """What changed between two record times and which events did it, in words and in data."""
    query = query_of(TimesNarrowing, asked, since=since, until=until, limit=limit)
    return one(address(f"{_ONE}/changes", indicator), query)


def compare(
    *,
    candidate: str,
    base: str | None = None,
    axis: Axis | None = None,
    indicator: str | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.ComparisonItem]:
    """A dry run of another policy: which estimates differ under it, now and over all history."""
    query = query_of(Times, times, base=base, candidate=candidate, axis=axis, indicator=indicator)
    return listed("/v1/policies/compare", query, limit)


def compared(
    indicator: str,
    *,
    candidate: str,
    base: str | None = None,
    axis: Axis | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.PolicySpan]:
    """Every span of time in which another policy would have answered otherwise, oldest first."""
    query = query_of(Times, times, base=base, candidate=candidate, axis=axis)
    return listed(address("/v1/policies/compare/{indicator}", indicator), query, limit)


def conflicts(
    *,
    code: FlagCode | None = None,
    indicator: str | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.OpenFlag]:
    """Every open flag: contradictions at every cut-off, disputes, falls, suspected relays and more."""
    return listed("/v1/conflicts", query_of(Times, times, code=code, indicator=indicator), limit)


def open_matters(**times: Unpack[Times]) -> Plan[answers.Open]:
    """What is open: claims without a source grade, unknown sources, flags by age, relays suspected."""
    return one("/v1/open", query_of(Times, times))


def reports(
    *, q: str | None = None, limit: int | None = None, **times: Unpack[Times]
) -> Many[answers.ReportHit]:
    """Reports that contain all words of `q`, by id; without it all, published or revised last first."""
    return listed("/v1/reports", query_of(Times, times, q=q), limit)


def report(id: str, **times: Unpack[Times]) -> Plan[answers.Report]:
    """A report as it stands at the times asked."""
    return one(address("/v1/reports/{id}", id), query_of(Times, times))


def history(id: str, *, limit: int | None = None, **times: Unpack[Times]) -> Many[answers.EventAnswer]:
    """The events of a report, in order."""
    return listed(address("/v1/reports/{id}/history", id), query_of(Times, times), limit)


def claim(claim: str, **times: Unpack[Times]) -> Plan[answers.Claim]:
    """A claim, as <report>/<n>, as it stands at the times asked, with the chain to its origin."""
    return one(claim_address("/v1/claims/{report}/{n}", claim), query_of(Times, times))


def chain(claim: str, *, limit: int | None = None, **times: Unpack[Times]) -> Many[answers.ChainLink]:
    """The claims from one to its roots, itself first."""
    path = claim_address("/v1/claims/{report}/{n}/chain", claim)
    return listed(path, query_of(Times, times), limit)


def impact(claim: str, **times: Unpack[Times]) -> Plan[answers.Impact]:
    """Which estimates rest on a claim, and what they would be without it."""
    return one(claim_address("/v1/claims/{report}/{n}/impact", claim), query_of(Times, times))


def relays(
    claim: str, *, limit: int | None = None, **times: Unpack[Times]
) -> Many[answers.RelayingItem]:
    """Every claim that is derived from one, directly or not, and counts."""
    path = claim_address("/v1/claims/{report}/{n}/relays", claim)
    return listed(path, query_of(Times, times), limit)


def sources(
    *,
    q: str | None = None,
    kind: Kind | None = None,
    reliability: Reliability | Literal["ungraded"] | None = None,
    limit: int | None = None,
    **times: Unpack[Times],
) -> Many[answers.SourceItem]:
    """Every source with its grade, found by word, kind and reliability."""
    query = query_of(Times, times, q=q, kind=kind, reliability=reliability)
    return listed("/v1/sources", query, limit)


def source(id: str, **times: Unpack[Times]) -> Plan[answers.Source]:
    """A source with its grades over time and its reports."""
    return one(address("/v1/sources/{id}", id), query_of(Times, times))


def source_revisions(
    id: str, *, limit: int | None = None, **times: Unpack[Times]
) -> Many[answers.IndicatorTrackRecord]:
    """How the voice of a source revised its own figures, for each indicator."""
    return listed(address("/v1/sources/{id}/revisions", id), query_of(Times, times), limit)


def citations(
    *,
    state: answers.State | None = None,
    indicator: str | None = None,
    limit: int | None = None,
    known_at: int | str | date | None = None,
    min_position: int | None = None,
) -> Many[answers.CitationItem]:
    """Figures that somebody used, those that moved first."""
    asked = {"state": state, "indicator": indicator, "known_at": known_at}
    return listed("/v1/citations", query_of(None, **asked, min_position=min_position), limit)


def citation(
    id: str, *, known_at: int | str | date | None = None, min_position: int | None = None
) -> Plan[answers.Citation]:
    """A citation: what the figure was where it was used, what it is now, and what moved it."""
    query = query_of(None, known_at=known_at, min_position=min_position)
    return one(address("/v1/citations/{id}", id), query)


def indicators(*, limit: int | None = None, **times: Unpack[Times]) -> Many[answers.IndicatorItem]:
    """Every indicator with its definition."""
    return listed("/v1/indicators", query_of(Times, times), limit)


def indicator(id: str, **times: Unpack[Times]) -> Plan[answers.Indicator]:
    """An indicator with its definition."""
    return one(address("/v1/indicators/{id}", id), query_of(Times, times))


def events(
    *,
    after: int | None = None,
    before: int | None = None,
    type: EventType | None = None,
    stream: str | None = None,
    actor: str | None = None,
    report: str | None = None,
    source: str | None = None,
    indicator: str | None = None,
    order: Literal["asc", "desc"] | None = None,
    limit: int | None = None,
    follow: bool = False,
    heard: Heard | None = None,
    **times: Unpack[Times],
) -> Many[answers.EventAnswer]:
    """The events of the log in order; with `follow` it waits for further ones and does not end.

    After a cut it reads on from the last event. `heard` is called with what a live stream says beside
    events, and a position: `caught-up` once all that was there has come, `marking-changed` when
    something was taken away from this reader, `resumed` after a cut.
    """
    selected = {"type": type, "stream": stream, "actor": actor, "report": report, "source": source}
    given = {"after": after, "before": before, "indicator": indicator, **selected}
    query = query_of(Times, times, **given)
    if follow and (limit is not None or order == "desc"):
        raise ValueError("follow goes on for ever and forward; it takes neither limit nor order=desc")
    if order == "desc":
        return listed("/v1/events", {**query, "order": order}, limit)
    return streamed(Stream("/v1/events", query, limit, live=follow, heard=heard))


def replay(
    *,
    indicator: str | None = None,
    after: int | None = None,
    until: int | str | date | None = None,
    speed: float | None = None,
    **times: Unpack[Times],
) -> Many[answers.FrameAnswer]:
    """Estimates before and after each event, oldest first; after a cut it goes on where it was."""
    query = query_of(Times, times, indicator=indicator, after=after, until=until, speed=speed)
    return streamed(frames_of(query))


def frames_of(query: Any) -> Stream:
    """The stream of a replay, in which each indicator that an event touches has a frame."""
    paced = "speed" in query
    return Stream("/v1/replay", query, shared=lambda frame: str(frame["indicator"]), paced=paced)
