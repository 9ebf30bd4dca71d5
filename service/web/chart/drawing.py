"""The revision chart as SVG: how a figure was revised over time.

The chart only grows along time, so the state as believed at T is the whole chart clipped at T. Lines
and bands share one clip rectangle that starts at x = 0, so its width is the x of T; points after T are
hidden one by one.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from domain.times import from_micros
from service.web.chart.axes import axes
from service.web.chart.key import title_and_key
from service.web.chart.picture import Picture, figures_of, level_of
from service.web.chart.plot import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Plot, Span
from service.web.chart.points import point_elements, visible_points
from service.web.chart.style import OWN_STYLE
from service.web.chart.svg import coordinate, definitions, escaped, label, path


def draw(picture: Picture, *, standalone: bool = False) -> str:
    """Return the chart as an SVG element; `standalone` adds its own colours, title and key.

    Within a page, the page's stylesheet gives the colours; see `STYLE`.
    """
    header, top = title_and_key(picture) if standalone else ("", TOP)
    plot, points, now = Plot(picture, top), visible_points(picture), picture.now
    seen, at = (f"{WIDTH}", f"{RIGHT}") if now is None else (coordinate(plot.x(now)),) * 2
    hidden = ' visibility="hidden"' if now is None else ""
    parts = (
        _opening(picture, plot, standalone),
        definitions(seen, HEIGHT),
        header,
        *axes(plot.times, plot.numbers, plot.figures, picture.unit),
        _note(picture, plot, len(points)),
        '<g clip-path="url(#seen)">',
        path("compared", plot.line(plot.spans(picture.compared), level_of)),
        *_estimate(plot, plot.spans(picture.steps)),
        "</g>",
        *point_elements(picture, plot, points),
        f'<line class="cursor" x1="{at}" x2="{at}" y1="{top}" y2="{BOTTOM}"{hidden}/></svg>',
    )
    return "".join(parts)


def _opening(picture: Picture, plot: Plot, standalone: bool) -> str:
    """The opening tag with title and description for screen readers."""
    # An `img` must not contain anything focusable (WAI-ARIA, children presentational).
    role = "group" if any(point.href for point in picture.points) else "img"
    size = f' width="{WIDTH}" height="{HEIGHT}"' if standalone else ""
    first, last = (from_micros(at).date() for at in (picture.start, picture.end))
    description = f"Revisions: {len(picture.steps)}, reports: {len(picture.points)}, {first} to {last}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {HEIGHT}"{size}'
        f' role="{role}" data-start="{plot.times.low}" data-end="{plot.times.high}"'
        f' data-left="{LEFT}" data-right="{RIGHT}" aria-labelledby="chart-title chart-desc">'
        f'<title id="chart-title">{escaped(picture.title)}</title>'
        f'<desc id="chart-desc">{description}</desc>'
        + (f'<style>{OWN_STYLE}</style><rect class="ground"{size}/>' if standalone else "")
    )


def _note(picture: Picture, plot: Plot, drawn: int) -> str:
    """A note on the whole chart: that it has no figures, or that it does not show all points."""
    if not plot.figures:
        return label(WIDTH / 2, (plot.top + BOTTOM) / 2, "no figure yet", "middle")
    words = f"{drawn:,} of {len(picture.points):,} reports shown"
    return label(RIGHT + 8, plot.top - 12, words, "end") if drawn < len(picture.points) else ""


def _estimate(plot: Plot, spans: Sequence[Span]) -> Iterator[str]:
    """Yield the range as a band with faded open sides, then the bounds and the best figure as lines."""
    yield _fades(plot, spans, up=True) + _fades(plot, spans, up=False)
    for wide, run in groupby(spans, lambda span: len(set(figures_of(span.step))) > 1):
        if wide:
            yield _band(plot, list(run))
    yield path("bound", plot.line(spans, lambda step: None if step.open_low else step.low))
    yield path("bound", plot.line(spans, lambda step: None if step.open_high else step.high))
    yield path("best", plot.line(spans, lambda step: step.best))


def _band(plot: Plot, run: Sequence[Span]) -> str:
    """One polygon around consecutive steps: along the highest figures and back along the lowest."""
    turned = [Span(end, start, step) for start, end, step in reversed(run)]
    back = plot.line(turned, lambda step: min(figures_of(step))).removeprefix("M")
    return path("band", f"{plot.line(run, lambda step: max(figures_of(step)))}L{back}Z")


def _fades(plot: Plot, spans: Sequence[Span], *, up: bool) -> str:
    """The area beyond open bounds, fading from the last figure to the edge of the plot."""

    def bound(span: Span) -> float | None:
        if not (span.step.open_high if up else span.step.open_low):
            return None
        figures = figures_of(span.step) or [plot.numbers.low if up else plot.numbers.high]
        return plot.y(max(figures) if up else min(figures))

    name, edge = ("up", plot.top) if up else ("down", BOTTOM)
    runs = [(coordinate(y), list(run)) for y, run in groupby(spans, bound) if y is not None]
    boxes = ((y, coordinate(run[0].start), coordinate(run[-1].end)) for y, run in runs)
    paths = "".join(f'<path d="M{left} {y}H{right}V{edge}H{left}Z"/>' for y, left, right in boxes)
    crisp = 'shape-rendering="crispEdges"'  # without it, seams show between neighbours
    return f'<g class="open" fill="url(#fade-{name})" {crisp}>{paths}</g>' if paths else ""
