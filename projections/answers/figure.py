"""The six fields of a figure as callers receive it, and when two figures are the same."""

from typing import Literal

from typing_extensions import TypedDict

from domain.estimates.estimate import Estimate, Verdict
from projections.answers.values import Number, number


class FigureAnswer(TypedDict):
    """A figure with its bounds, or the verdict on a proposition; all null is unknown."""

    best: Number
    low: Number
    high: Number
    verdict: Verdict | None
    open_low: bool
    open_high: bool


FigureField = Literal["best", "low", "high", "verdict", "open_low", "open_high"]
FIGURE: tuple[FigureField, ...] = ("best", "low", "high", "verdict", "open_low", "open_high")
"""The fields of a figure, in the order in which answers have them."""
UNKNOWN_FIGURE: FigureAnswer = {
    "best": None,
    "low": None,
    "high": None,
    "verdict": None,
    "open_low": False,
    "open_high": False,
}


def figure_answer(estimate: Estimate) -> FigureAnswer:
    """The figure of an estimate as callers receive it."""
    figure = estimate.figure
    return {
        "best": number(figure.best),
        "low": number(figure.low),
        "high": number(figure.high),
        "verdict": estimate.verdict,
        "open_low": figure.known and figure.low is None,
        "open_high": figure.known and figure.high is None,
    }


def figure_of(answer: FigureAnswer) -> FigureAnswer:
    """The figure in a larger answer, alone."""
    return {
        "best": answer["best"],
        "low": answer["low"],
        "high": answer["high"],
        "verdict": answer["verdict"],
        "open_low": answer["open_low"],
        "open_high": answer["open_high"],
    }


def same_figure(one: FigureAnswer | None, other: FigureAnswer | None) -> bool:
    """Whether two answers have the same figure, whatever it rests on; None is before any figure."""
    if one is None or other is None:
        return one is other
    return all(one[name] == other[name] for name in FIGURE)
