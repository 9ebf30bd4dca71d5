"""Every command that a desk may give, each as a function of its fields.

A field that is not given, or given as its default, is left to the server, which has the same default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from inspect import signature
from typing import TYPE_CHECKING, Any, ParamSpec, Unpack

from service.client.intents import Conditions, Intent, plain

if TYPE_CHECKING:
    from domain.commands import DeskCommand, NewProvenance
    from domain.estimates.citation_rule import WhenItMoves
    from domain.vocabulary import (
        ActKind,
        Confidence,
        Credibility,
        Evidence,
        Kind,
        Marking,
        Measure,
        OwnMarking,
        Reliability,
        RestatedStatement,
        Statement,
    )

    When = str | date
    Given = Mapping[str, Any]

P = ParamSpec("P")


def _command(fields: Callable[P, None]) -> Callable[P, Intent]:
    """The function that makes the intent of this name; its arguments are the fields of the command."""
    known = signature(fields)

    @wraps(fields)
    def intent(*args: P.args, **kwargs: P.kwargs) -> Intent:
        given = dict(known.bind(*args, **kwargs).arguments)
        conditions: Conditions = given.pop("how", {})
        if unknown := conditions.keys() - Conditions.__annotations__.keys():
            raise TypeError(f"unexpected keyword arguments: {', '.join(sorted(unknown))}")
        said = {
            name: plain(value)
            for name, value in given.items()
            if value is not known.parameters[name].default
        }
        return Intent(fields.__name__, said, conditions)

    return intent


def submit(command: DeskCommand, /, **how: Unpack[Conditions]) -> Intent:
    """Any command, as its model."""
    return Intent(command.NAME, plain(command), how)


@_command
def file_report(
    *,
    publisher: str,
    published_at: When,
    claims: Iterable[Given | Statement],
    id: str | None = None,
    url: str | None = None,
    title: str | None = None,
    marking: Marking = "TLP:CLEAR",
    evidence: Given | Evidence | None = None,
    **how: Unpack[Conditions],
) -> None:
    """File a report with its claims; the `id` may be left to the log."""


@_command
def define_indicator(
    id: str,
    *,
    title: str,
    measure: Measure,
    unit: str = "",
    definition: str = "",
    place: str | None = None,
    parts: Iterable[str] = (),
    policy: str | None = None,
    fresh_days: int | None = None,
    minimum: float | None = 0,
    since: When | None = None,
    plans_for: str | None = None,
    terms: Iterable[str] = (),
    topics: Iterable[str] = (),
    marking: Marking | None = None,
    **how: Unpack[Conditions],
) -> None:
    """Define what is measured, or revise that; without a `marking` it keeps the one that it has."""


@_command
def register_source(
    id: str,
    *,
    name: str | None = None,
    kind: Kind | None = None,
    country: str | None = None,
    note: str | None = None,
    aliases: Iterable[str] = (),
    speaks_for: str | None = None,
    marking: Marking | None = None,
    **how: Unpack[Conditions],
) -> None:
    """Register a source, or describe it again; without a `marking` it keeps the one that it has."""


@_command
def grade_source(
    source: str,
    *,
    reliability: Reliability,
    reason: str = "",
    marking: OwnMarking = "TLP:CLEAR",
    **how: Unpack[Conditions],
) -> None:
    """Grade a source's reliability, A to F (STANAG 2511)."""


@_command
def correct_report(
    report: str,
    *,
    kind: ActKind,
    reason: str = "",
    published_at: When | None = None,
    provenance: Given | NewProvenance | None = None,
    claims: Iterable[Given | RestatedStatement] | None = None,
    **how: Unpack[Conditions],
) -> None:
    """Correct a report: `record` where we mistyped, `publisher` where they corrected."""


@_command
def withdraw_report(
    report: str,
    *,
    kind: ActKind | None = None,
    reason: str = "",
    published_at: When | None = None,
    **how: Unpack[Conditions],
) -> None:
    """Withdraw a report: its publisher did, or we recorded what should not be here."""


@_command
def redact_report(report: str, *, reason: str, authority: str, **how: Unpack[Conditions]) -> None:
    """Destroy what a report said, for good: law or the protection of a source requires it."""


@_command
def hold_report(report: str, *, reason: str = "", **how: Unpack[Conditions]) -> None:
    """Put a report under check: left out of estimates until it is released."""


@_command
def release_report(report: str, *, reason: str = "", **how: Unpack[Conditions]) -> None:
    """Release a held report."""


@_command
def mark_report(report: str, *, marking: Marking, reason: str = "", **how: Unpack[Conditions]) -> None:
    """Give a report another TLP marking."""


@_command
def grade_claim(
    claim: str,
    *,
    credibility: Credibility,
    reason: str = "",
    marking: OwnMarking = "TLP:CLEAR",
    **how: Unpack[Conditions],
) -> None:
    """Grade a claim's credibility, 1 to 6 (STANAG 2511)."""


@_command
def link_claim(
    claim: str,
    *,
    derived_from: str,
    reason: str = "",
    marking: OwnMarking = "TLP:CLEAR",
    **how: Unpack[Conditions],
) -> None:
    """Record that a claim is derived from another."""


@_command
def unlink_claim(claim: str, *, derived_from: str, reason: str = "", **how: Unpack[Conditions]) -> None:
    """Record that a claim is not derived from another after all."""


@_command
def dispute_claim(
    claim: str,
    *,
    by: str,
    reason: str = "",
    published_at: When | None = None,
    **how: Unpack[Conditions],
) -> None:
    """Record that a source disputes a claim."""


@_command
def record_assessment(
    indicator: str,
    *,
    confidence: Confidence,
    low: float | None = None,
    best: float | None = None,
    high: float | None = None,
    rationale: str = "",
    claims: Iterable[str] = (),
    marking: OwnMarking = "TLP:CLEAR",
    **how: Unpack[Conditions],
) -> None:
    """Record an analyst's own judgement on an indicator, and the claims that it rests on."""


@_command
def cite_figure(
    indicator: str,
    *,
    where: str,
    id: str | None = None,
    period: str | None = None,
    cohort: str | None = None,
    incident: str | None = None,
    originator: str | None = None,
    policy: str | None = None,
    published_by: When | None = None,
    valid_at: When | None = None,
    position: int | None = None,
    note: str = "",
    when_it_moves: WhenItMoves | Given | None = None,
    marking: OwnMarking = "TLP:CLEAR",
    **how: Unpack[Conditions],
) -> None:
    """Cite a figure: say where it was used, and be told when it moves."""


@_command
def close_citation(citation: str, *, reason: str = "", **how: Unpack[Conditions]) -> None:
    """Close a citation: nobody is told any more that its figure moves."""
