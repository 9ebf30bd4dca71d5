"""The content of a chart: the steps of a figure, a point for each claim, the span of time."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from domain.estimates.figures import single_number
from projections.answers.figure import FigureAnswer
from service.web.chart.style import SHAPES

PointKind = Literal["used", "superseded", "relay", "excluded"]


@dataclass(frozen=True, slots=True)
class Step:
    """The figure from a moment until the next step; moments are microseconds since 1970."""

    at: int
    best: float | None
    low: float | None
    high: float | None
    open_low: bool
    open_high: bool


@dataclass(frozen=True, slots=True)
class ClaimPoint:
    """One claim at the time it was published or recorded; `label` is its wording."""

    at: int
    low: float | None
    best: float | None
    high: float | None
    open_low: bool
    open_high: bool
    originator: str
    kind: PointKind
    label: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything to draw; `compared` is the figure if the latest publication alone counted.

    Steps are in order of time. Everything after `now` is hidden; None hides nothing.
    """

    steps: Sequence[Step]
    compared: Sequence[Step]
    points: Sequence[ClaimPoint]
    start: int
    end: int
    title: str
    unit: str
    now: int | None = None


def legend(picture: Picture) -> list[tuple[str, str]]:
    """Return (CSS class, name) per originator, the most frequent first; the others share `rest`."""
    counts = Counter(point.originator for point in picture.points)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    own, rest = names[: len(SHAPES) - 1], names[len(SHAPES) - 1 :]
    others = rest if len(rest) < 2 else [f"{len(rest)} others"]
    return [*zip(SHAPES, own, strict=False), *(("rest", name) for name in others)]


def figures_of(of: Step | ClaimPoint) -> list[float]:
    """The numbers that a step or point gives, lowest field first."""
    return [figure for figure in (of.low, of.best, of.high) if figure is not None]


def level_of(step: Step) -> float | None:
    """The one number that stands for a step: its best, else a bound."""
    return single_number(step.best, step.low, step.high)


def step_of(at: int, figure: FigureAnswer) -> Step:
    """The step that an estimate's figure makes at a moment."""
    bounds = figure["low"], figure["high"], figure["open_low"], figure["open_high"]
    return Step(at, figure["best"], *bounds)
