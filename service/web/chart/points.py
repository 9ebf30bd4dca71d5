"""The claims of a chart as points: a shape for the originator, a whisker from bound to bound."""

from collections.abc import Iterator, Sequence
from typing import get_args

from service.web.chart.picture import ClaimPoint, Picture, PointKind, figures_of, legend
from service.web.chart.plot import BOTTOM, LEFT, RIGHT, Plot, time_scale
from service.web.chart.style import SHAPES
from service.web.chart.svg import coordinate, escaped, path
from service.web.chart.thinning import evenly_spread, without_overlap

MOST_POINTS = 150
"""Maximum number of points in a chart."""
_ARROW = 14


def visible_points(picture: Picture) -> list[ClaimPoint]:
    """Return up to `MOST_POINTS` points in order of time, preferring those of used claims."""
    span = time_scale(picture)
    points = [p for p in picture.points if figures_of(p) and span.low <= p.at <= span.high]
    # At the same moment, used claims come last: they are drawn on top and keep their position.
    weight = get_args(PointKind)[::-1].index
    points.sort(key=lambda point: (point.at, weight(point.kind), point.originator, point.label))
    kept = list[int]()
    for wanted in (True, False):
        those = [index for index, point in enumerate(points) if (point.kind == "used") is wanted]
        room_left = MOST_POINTS - len(kept)
        kept += [those[n] for n in evenly_spread([points[index].at for index in those], room_left)]
    return [points[index] for index in sorted(kept)]


def point_elements(picture: Picture, plot: Plot, points: Sequence[ClaimPoint]) -> Iterator[str]:
    """Yield one SVG element per point; points after `picture.now` are hidden."""
    classes = {name: each for each, name in legend(picture) if each != "rest"}
    centers = [(plot.x(point.at), plot.y(_center(point))) for point in points]
    places = without_overlap(centers, LEFT, RIGHT)
    for point, (x, y) in zip(points, places, strict=True):
        origin = classes.get(point.originator, "rest")
        drawn = _whisker(point, plot, x, y) + shape(origin, point.kind, x, y)
        drawn = f"<title>{escaped(point.label)}</title>{drawn}"
        # Hidden, not clipped: a clip would cut points in half, and a hidden point must not take focus.
        later = picture.now is not None and point.at > picture.now
        hidden = ' visibility="hidden"' if later else ""
        own = hidden if point.href is None else ""
        drawn = f'<g class="point {origin} {point.kind}" data-at="{point.at}"{own}>{drawn}</g>'
        yield drawn if point.href is None else f'<a href="{escaped(point.href)}"{hidden}>{drawn}</a>'


def _center(point: ClaimPoint) -> float:
    """The figure where a point is drawn: its best, else the middle of its bounds, or its only bound."""
    figures = figures_of(point)
    return point.best if point.best is not None else sum(figures) / len(figures)


def _whisker(point: ClaimPoint, plot: Plot, x: float, y: float) -> str:
    """A line from bound to bound; on an open side it extends a little and ends in an arrow."""
    ends = [y, *(plot.y(figure) for figure in figures_of(point))]
    top = max(plot.top, min(ends) - _ARROW) if point.open_high else min(ends)
    bottom = min(BOTTOM, max(ends) + _ARROW) if point.open_low else max(ends)
    heads = [(top, 4)] * point.open_high + [(bottom, -4)] * point.open_low
    arrows = (
        f"M{coordinate(x - 3)} {coordinate(end + back)}l3 {-back}l3 {back}" for end, back in heads
    )
    line = f"M{coordinate(x)} {coordinate(top)}V{coordinate(bottom)}" + "".join(arrows)
    return path("whisker", line) if top < bottom else ""


def shape(origin: str, kind: str, x: float, y: float) -> str:
    """The outline of an originator's class at a position; smaller for relays and left-out claims."""
    small = " scale(0.7)" if kind in ("relay", "excluded") else ""
    place = f"translate({coordinate(x)} {coordinate(y)}){small}"
    return f'<path class="shape" transform="{place}" d="{SHAPES[origin]}"/>'
