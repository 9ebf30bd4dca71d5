"""A total turned into its steps, or steps into a running total: rows worked out from other rows.

Each cohort, and what is observed and what is expected, is a sequence of its own. A row is marked
`derived`. It lists the claims of the cell that ends where it ends, a step those of the cell before as
well; its support is the weakest, and its marking the most restrictive, of all that went into it.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Literal

from domain.estimates.claims import Cell, cell_text
from domain.estimates.derived import CellFigure, Derived, running_totals, steps
from domain.estimates.support import Support, weakest
from domain.events import Definition
from domain.vocabulary import Marking, restriction
from projections.answers.cell_estimates import CellEstimate, SeriesRow, days_order, series_row
from projections.answers.estimate_answer import flag_answer
from projections.answers.kept_sums import MOST_LISTED
from projections.answers.values import number

As = Literal["increment", "cumulative"]
"""Into what a series is turned: a total into its steps, or steps into a running total."""
AS: tuple[As, ...] = ("increment", "cumulative")


class NotDerivable(ValueError):
    """The indicator has neither steps nor a running total."""


def refuse_unless_derivable(indicator: str, definition: Definition) -> None:
    """Raise `NotDerivable` for anything but a total and an increment."""
    if definition.measure not in AS:
        raise NotDerivable(
            f"'{indicator}' is a {definition.measure}: only a total has steps, and only the steps of "
            "an increment add up to a running total"
        )


def derived_rows(
    indicator: str, definition: Definition, estimates: Iterable[CellEstimate], turned: As
) -> list[tuple[Cell, SeriesRow]]:
    """The steps or the running totals of the estimates of cells, each with its days, in order.

    For its place among others a running total counts as everything up to its last day.
    """
    sequences: dict[tuple[str | None, bool], list[CellEstimate]] = {}
    for estimate in estimates:
        place = estimate.place
        sequences.setdefault((place.cohort, place.prospective), []).append(estimate)
    rows_of = _steps if turned == "increment" else _totals
    found = [row for sequence in sequences.values() for row in rows_of(indicator, definition, sequence)]
    return sorted(found, key=lambda each: (*days_order(each[0]), each[1]["cohort"] or ""))


def _steps(
    indicator: str, definition: Definition, sequence: Sequence[CellEstimate]
) -> Iterator[tuple[Cell, SeriesRow]]:
    since = None if definition.since is None else date.fromisoformat(definition.since).toordinal()
    for step in steps(_figures(sequence), since):
        of = [sequence[n] for n in (*step.of, *step.before)]
        support, marking = weakest([_support(each) for each in of]), _most_restrictive(of)
        yield (step.first, step.last), _row(indicator, "increment", step, of, support, marking)


def _totals(
    indicator: str, definition: Definition, sequence: Sequence[CellEstimate]
) -> Iterator[tuple[Cell, SeriesRow]]:
    supports, markings = list[Support](), list[Marking]()
    for each in running_totals(_figures(sequence), definition.minimum):
        of = [sequence[n] for n in each.of]
        supports = [weakest([*supports, *map(_support, of)])]
        markings = [max([*markings, _most_restrictive(of)], key=restriction)]
        row = _row(indicator, "cumulative", each, of, supports[0], markings[0])
        yield (None, each.last), row


def _figures(sequence: Iterable[CellEstimate]) -> list[CellFigure]:
    return [
        CellFigure(each.cell, each.found.estimate.figure, each.place.incident is not None)
        for each in sequence
    ]


def _support(each: CellEstimate) -> Support:
    return each.found.estimate.support


def _most_restrictive(of: Iterable[CellEstimate]) -> Marking:
    return max((each.found.estimate.marking for each in of), key=restriction)


def _row(
    indicator: str,
    measure: As,
    derived: Derived,
    of: Sequence[CellEstimate],
    support: Support,
    marking: Marking,
) -> SeriesRow:
    """A row like that of the last of the cells, with what follows from all of them."""
    used = {claim.id: claim for each in of for claim in each.found.estimate.used}
    said = {each.place: each.said for each in of}.values()
    flags = dict.fromkeys(flag for each in of for flag in each.found.estimate.flags)
    figure, row = derived.figure, series_row(indicator, of[0])
    return {
        **row,
        "measure": measure,
        "best": number(figure.best),
        "low": number(figure.low),
        "high": number(figure.high),
        "open_low": figure.known and figure.low is None,
        "open_high": figure.known and figure.high is None,
        "incident": None,
        "period": cell_text(measure, (derived.first, derived.last)),
        "qualifier": None,
        "status": None,
        "support": {"level": support.level, "reasons": list(support.reasons)},
        "origins": len({claim.voice for claim in used.values()}),
        "claims": sum(each.claims for each in said),
        "reports": len(set[int]().union(*(each.reports for each in said))),
        "marking": marking,
        "used": list(used)[:MOST_LISTED],
        "n_used": len(used),
        "flags": [flag_answer(flag) for flag in flags],
        "derived": True,
    }
