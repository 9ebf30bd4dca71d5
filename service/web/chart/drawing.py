"""The revision chart: how a figure was revised over time, written as SVG.

Along time the picture only grows, so "as believed at T" is all of it, clipped at T: lines and bands
lie under one clip rectangle that begins at 0, so that its width is the place of T; marks hide.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, NamedTuple, get_args

from domain.estimates.figures import single_number
from domain.times import DAY, from_micros
from service.web.chart import scales
from service.web.chart.scales import OWN_STYLE, SHAPES, Scale, fitted, label, path, room, short, text

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 744, 26, 308
"""Where the first and the last moment stand, and the upper and lower edge of the figures."""
MOST_MARKS, MOST_STEPS = 150, 600
STYLE = scales.STYLE
"""The rules of the chart's classes, for a page's stylesheet."""
_COLUMN, _ARROW = 2.5, 14
Kind = Literal["used", "superseded", "relay", "excluded"]


@dataclass(frozen=True, slots=True)
class Step:
    """The figure from a moment on, until the next step; moments are microseconds since 1970."""

    at: int
    best: float | None
    low: float | None
    high: float | None
    open_low: bool
    open_high: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """One claim, at the time when it was published, or recorded; `label` says it in words."""

    at: int
    low: float | None
    best: float | None
    high: float | None
    open_low: bool
    open_high: bool
    originator: str
    kind: Kind
    label: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn; `compared` is what the latest publication would have had one believe.

    Steps come in order of time. What comes after `now` is hidden; None hides nothing.
    """

    steps: Sequence[Step]
    compared: Sequence[Step]
    marks: Sequence[Mark]
    start: int
    end: int
    title: str
    unit: str
    now: int | None = None


class _Span(NamedTuple):
    """From where to where a step is drawn."""

    start: float
    end: float
    step: Step


class _Plot:
    """Where the moments and figures of one picture stand."""

    def __init__(self, picture: Picture, top: int) -> None:
        self.top = top
        drawn: list[Step | Mark] = [*picture.steps, *picture.compared, *picture.marks]
        self.figures = [figure for each in drawn for figure in _figures(each)]
        self.times = _times(picture)
        self.numbers = Scale(*scales.number_range(self.figures or [0]), BOTTOM, top)
        self.x, self.y = self.times.place, self.numbers.place

    def spans(self, steps: Sequence[Step]) -> list[_Span]:
        """The steps that show, each until the next and the last one to the edge."""
        first, last = self.times.low, self.times.high
        until = [*(step.at for step in steps[1:]), last]
        steps = [s for s, end in zip(steps, until, strict=False) if s.at <= last and end > first]
        places = [self.x(step.at) for step in steps]
        if len(steps) > MOST_STEPS:
            kept = scales.telling(places, [_levels(step) for step in steps], _COLUMN)
            steps, places = [steps[i] for i in kept], [places[i] for i in kept]
        return [_Span(*each) for each in zip(places, [*places[1:], RIGHT], steps, strict=False)]

    def line(self, spans: Sequence[_Span], of: Callable[[Step], float | None]) -> str:
        """The path of a step line: level until the next step, broken where there is no figure."""
        d, last = list[str](), ""
        for span in spans:
            figure = of(span.step)
            y = "" if figure is None else short(self.y(figure))
            if y and y == last:
                d.pop()
            elif y:
                d.append(f"V{y}" if last else f"M{short(span.start)} {y}")
            if y:
                d.append(f"H{short(span.end)}")
            last = y
        return "".join(d)


def draw(picture: Picture, *, standalone: bool = False) -> str:
    """The chart as an SVG element; `standalone` as a document with its own colours, title and key.

    Within a page it takes all colours from the page's stylesheet, see `STYLE`.
    """
    key, top = _key(picture) if standalone else ("", TOP)
    plot, marks, now = _Plot(picture, top), _shown(picture), picture.now
    seen, at = (f"{WIDTH}", f"{RIGHT}") if now is None else (short(plot.x(now)),) * 2
    hidden = ' visibility="hidden"' if now is None else ""
    parts = (
        _opening(picture, plot, standalone),
        scales.definitions(seen, HEIGHT),
        key,
        *scales.axes(plot.times, plot.numbers, plot.figures, picture.unit),
        _note(picture, plot, len(marks)),
        '<g clip-path="url(#seen)">',
        path("compared", plot.line(plot.spans(picture.compared), _level)),
        *_estimate(plot, plot.spans(picture.steps)),
        "</g>",
        *_marks(picture, plot, marks),
        f'<line class="cursor" x1="{at}" x2="{at}" y1="{top}" y2="{BOTTOM}"{hidden}/></svg>',
    )
    return "".join(parts)


def x_of(picture: Picture, at: int) -> float:
    """Where a moment stands, in units of the viewBox; one outside the span at its nearer end."""
    return _times(picture).place(at)


def legend(picture: Picture) -> list[tuple[str, str]]:
    """The classes of the originators with their names, those with most marks first; then the rest."""
    counts = Counter(mark.originator for mark in picture.marks)
    names = sorted(counts, key=lambda name: (-counts[name], name))
    own, rest = names[: len(SHAPES) - 1], names[len(SHAPES) - 1 :]
    others = rest if len(rest) < 2 else [f"{len(rest)} others"]
    return [*zip(SHAPES, own, strict=False), *(("rest", name) for name in others)]


def _times(picture: Picture) -> Scale:
    """The scale of time; a span of one moment is widened to the day around it."""
    around = 0 if picture.start < picture.end else DAY // 2
    return Scale(picture.start - around, max(picture.start, picture.end) + around, LEFT, RIGHT)


def _figures(of: Step | Mark) -> list[float]:
    return [figure for figure in (of.low, of.best, of.high) if figure is not None]


def _level(step: Step) -> float | None:
    """The one figure that a step stands for."""
    return single_number(step.best, step.low, step.high)


def _levels(step: Step) -> list[float]:
    figures, level = _figures(step), _level(step)
    return [] if level is None else [min(figures), level, max(figures)]


def _opening(picture: Picture, plot: _Plot, standalone: bool) -> str:
    # An image may hold nothing that takes the focus (WAI-ARIA, children presentational).
    role = "group" if any(mark.href for mark in picture.marks) else "img"
    size = f' width="{WIDTH}" height="{HEIGHT}"' if standalone else ""
    first, last = (from_micros(at).date() for at in (picture.start, picture.end))
    said = f"Revisions: {len(picture.steps)}, reports: {len(picture.marks)}, {first} to {last}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="chart" viewBox="0 0 {WIDTH} {HEIGHT}"{size}'
        f' role="{role}" data-start="{plot.times.low}" data-end="{plot.times.high}"'
        f' data-left="{LEFT}" data-right="{RIGHT}" aria-labelledby="chart-title chart-desc">'
        f'<title id="chart-title">{text(picture.title)}</title><desc id="chart-desc">{said}</desc>'
        + (f'<style>{OWN_STYLE}</style><rect class="ground"{size}/>' if standalone else "")
    )


def _note(picture: Picture, plot: _Plot, shown: int) -> str:
    """What has to be said of the picture as a whole: nothing to show, or not all is shown."""
    if not plot.figures:
        return label(WIDTH / 2, (plot.top + BOTTOM) / 2, "no figure yet", "middle")
    words = f"{shown:,} of {len(picture.marks):,} reports shown"
    return label(RIGHT + 8, plot.top - 12, words, "end") if shown < len(picture.marks) else ""


def _estimate(plot: _Plot, spans: Sequence[_Span]) -> Iterator[str]:
    """The range as a band, open sides fading away, its bounds where it has them, and the best."""
    yield _fades(plot, spans, up=True) + _fades(plot, spans, up=False)
    for wide, run in groupby(spans, lambda span: len(set(_figures(span.step))) > 1):
        if wide:
            yield _band(plot, list(run))
    yield path("bound", plot.line(spans, lambda step: None if step.open_low else step.low))
    yield path("bound", plot.line(spans, lambda step: None if step.open_high else step.high))
    yield path("best", plot.line(spans, lambda step: step.best))


def _band(plot: _Plot, run: Sequence[_Span]) -> str:
    """One polygon around the figures of neighbouring steps: there by the largest, back by the least."""
    turned = [_Span(end, start, step) for start, end, step in reversed(run)]
    back = plot.line(turned, lambda step: min(_figures(step))).removeprefix("M")
    return path("band", f"{plot.line(run, lambda step: max(_figures(step)))}L{back}Z")


def _fades(plot: _Plot, spans: Sequence[_Span], *, up: bool) -> str:
    """What lies beyond open bounds: from the last figure it fades away to the edge of the plot."""

    def bound(span: _Span) -> float | None:
        if not (span.step.open_high if up else span.step.open_low):
            return None
        figures = _figures(span.step) or [plot.numbers.low if up else plot.numbers.high]
        return plot.y(max(figures) if up else min(figures))

    name, edge = ("up", plot.top) if up else ("down", BOTTOM)
    runs = [(short(y), list(run)) for y, run in groupby(spans, bound) if y is not None]
    boxes = ((y, short(run[0].start), short(run[-1].end)) for y, run in runs)
    paths = "".join(f'<path d="M{left} {y}H{right}V{edge}H{left}Z"/>' for y, left, right in boxes)
    crisp = 'shape-rendering="crispEdges"'  # neighbours would show seams
    return f'<g class="open" fill="url(#fade-{name})" {crisp}>{paths}</g>' if paths else ""


def _shown(picture: Picture) -> list[Mark]:
    """The marks that are drawn, in order of time: all, or those used and as many others as fit."""
    span = _times(picture)
    marks = [m for m in picture.marks if _figures(m) and span.low <= m.at <= span.high]
    # Of one moment the used come last: they lie on top and keep their place.
    weight = get_args(Kind)[::-1].index
    marks.sort(key=lambda mark: (mark.at, weight(mark.kind), mark.originator, mark.label))
    kept = list[int]()
    for wanted in (True, False):
        those = [index for index, mark in enumerate(marks) if (mark.kind == "used") is wanted]
        room_left = MOST_MARKS - len(kept)
        kept += [those[n] for n in scales.spread([marks[index].at for index in those], room_left)]
    return [marks[index] for index in sorted(kept)]


def _marks(picture: Picture, plot: _Plot, marks: Sequence[Mark]) -> Iterator[str]:
    classes = {name: each for each, name in legend(picture) if each != "rest"}
    places = scales.apart([(plot.x(mark.at), plot.y(_stands(mark))) for mark in marks], LEFT, RIGHT)
    for mark, (x, y) in zip(marks, places, strict=True):
        origin = classes.get(mark.originator, "rest")
        drawn = _whisker(mark, plot, x, y) + _shape(origin, mark.kind, x, y)
        drawn = f"<title>{text(mark.label)}</title>{drawn}"
        # Not clipped: half a mark would be seen, and what is not seen must not take the focus.
        later = picture.now is not None and mark.at > picture.now
        hidden = ' visibility="hidden"' if later else ""
        own = hidden if mark.href is None else ""
        drawn = f'<g class="mark {origin} {mark.kind}" data-at="{mark.at}"{own}>{drawn}</g>'
        yield drawn if mark.href is None else f'<a href="{text(mark.href)}"{hidden}>{drawn}</a>'


def _stands(mark: Mark) -> float:
    """The figure at which a mark stands: its best, else the middle of its bounds, or its only one."""
    figures = _figures(mark)
    return mark.best if mark.best is not None else sum(figures) / len(figures)


def _whisker(mark: Mark, plot: _Plot, x: float, y: float) -> str:
    """A line from bound to bound; an open side goes a little further and ends in an arrow."""
    ends = [y, *(plot.y(figure) for figure in _figures(mark))]
    top = max(plot.top, min(ends) - _ARROW) if mark.open_high else min(ends)
    bottom = min(BOTTOM, max(ends) + _ARROW) if mark.open_low else max(ends)
    heads = [(top, 4)] * mark.open_high + [(bottom, -4)] * mark.open_low
    arrows = (f"M{short(x - 3)} {short(end + back)}l3 {-back}l3 {back}" for end, back in heads)
    line = f"M{short(x)} {short(top)}V{short(bottom)}" + "".join(arrows)
    return path("whisker", line) if top < bottom else ""


def _shape(origin: str, kind: str, x: float, y: float) -> str:
    small = " scale(0.7)" if kind in ("relay", "excluded") else ""
    place = f"translate({short(x)} {short(y)}){small}"
    return f'<path class="shape" transform="{place}" d="{SHAPES[origin]}"/>'


def _key(picture: Picture) -> tuple[str, int]:
    """Title and key of a picture that stands alone, and where the plot begins under them."""
    lines = [("best", "our estimate"), ("compared", "latest publication wins")]
    entries = [(path(name, "M-7 0H7"), words) for name, words in lines[: 1 + bool(picture.compared)]]
    samples = [(each, each, "used", name) for each, name in legend(picture)]
    kinds = {mark.kind for mark in picture.marks}
    samples += [("o4", "o0", kind, kind) for kind in get_args(Kind) if kind in kinds and len(kinds) > 1]
    for colour, shape, kind, name in samples:
        drawn = f'<g class="{colour} {kind}">{_shape(shape, kind, 0, 0)}</g>'
        entries.append((drawn, fitted(name, 170)))
    x, y = 8.0, 42
    drawn = f'<text class="heading" x="8" y="20">{text(fitted(picture.title, 570))}</text>'
    for sample, name in entries:
        if x + room(name) + 18 > WIDTH:
            x, y = 8.0, y + 17
        drawn += f'<g transform="translate({short(x + 7)} {y})">{sample}{label(11, 4, name)}</g>'
        x += room(name) + 34
    return drawn, y + 34
