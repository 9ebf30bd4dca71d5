"""The plot of one chart: its scales and the step lines drawn on them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from domain.times import DAY
from service.web.chart.picture import ClaimPoint, Picture, Step, figures_of, level_of
from service.web.chart.scale import Scale, number_range
from service.web.chart.svg import coordinate
from service.web.chart.thinning import visible_steps

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 744, 26, 308
"""The x of the first and last moment, and the y of the top and bottom edge."""
MOST_STEPS = 600
"""Maximum number of steps that are drawn one by one; longer lines are thinned."""
_COLUMN = 2.5
"""Width of the columns in which longer lines are thinned."""


class Span(NamedTuple):
    """The x range in which a step is drawn."""

    start: float
    end: float
    step: Step


class Plot:
    """The coordinates of the moments and figures of one picture."""

    def __init__(self, picture: Picture, top: int) -> None:
        self.top = top
        drawn: list[Step | ClaimPoint] = [*picture.steps, *picture.compared, *picture.points]
        self.figures = [figure for each in drawn for figure in figures_of(each)]
        self.times = time_scale(picture)
        self.numbers = Scale(*number_range(self.figures or [0]), BOTTOM, top)
        self.x, self.y = self.times.place, self.numbers.place

    def spans(self, steps: Sequence[Step]) -> list[Span]:
        """Return the visible steps, each up to the next one; the last reaches the right edge."""
        first, last = self.times.low, self.times.high
        until = [*(step.at for step in steps[1:]), last]
        steps = [s for s, end in zip(steps, until, strict=False) if s.at <= last and end > first]
        places = [self.x(step.at) for step in steps]
        if len(steps) > MOST_STEPS:
            kept = visible_steps(places, [_levels_of(step) for step in steps], _COLUMN)
            steps, places = [steps[i] for i in kept], [places[i] for i in kept]
        return [Span(*each) for each in zip(places, [*places[1:], RIGHT], steps, strict=False)]

    def line(self, spans: Sequence[Span], of: Callable[[Step], float | None]) -> str:
        """Return the path of a step line: flat until the next step, with gaps for missing figures."""
        d, last = list[str](), ""
        for span in spans:
            figure = of(span.step)
            y = "" if figure is None else coordinate(self.y(figure))
            if y and y == last:
                d.pop()
            elif y:
                d.append(f"V{y}" if last else f"M{coordinate(span.start)} {y}")
            if y:
                d.append(f"H{coordinate(span.end)}")
            last = y
        return "".join(d)


def time_scale(picture: Picture) -> Scale:
    """The time scale of a picture; a span of one moment is widened to the day around it."""
    around = 0 if picture.start < picture.end else DAY // 2
    return Scale(picture.start - around, max(picture.start, picture.end) + around, LEFT, RIGHT)


def _levels_of(step: Step) -> list[float]:
    """The lowest number of a step, the one that stands for it, and the highest; empty if none."""
    figures, level = figures_of(step), level_of(step)
    return [] if level is None else [min(figures), level, max(figures)]
