"""What a chart is drawn by: scales of place, shape and colour, axes, and how much of it fits."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from itertools import accumulate, groupby
from math import ceil, floor, log10
from unicodedata import east_asian_width

from domain.times import DAY, from_micros, to_micros

_SECOND, _MINUTE, _HOUR = 1_000_000, 60_000_000, 3_600_000_000
_WEEK = 7 * DAY
_MONDAY = 4 * DAY
"""1970 began on a Thursday; weeks are counted from the Monday after."""
_FIXED = (
    *(n * _SECOND for n in (1, 5, 15)),
    *(n * _MINUTE for n in (1, 5, 15)),
    *(n * _HOUR for n in (1, 3, 6, 12)),
    *(DAY, 2 * DAY, _WEEK, 2 * _WEEK),
)
_MONTHS = (1, 3, 6, *(12 * n * 10**e for e in range(4) for n in (1, 2, 5)))
_A_MONTH = 30.4 * DAY
_FIRST, _LAST = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
_ACROSS, _UPWARD = 8, 5
_LETTERS = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "k"))
_IN_FULL = 10_000
"""Figures below this are written out."""
_FAR_FROM_ZERO, _LEAST_RANGE, _HEADROOM = 0.7, 0.001, 1.2
_SAME, _GAPS, _REACH = 3.0, (7.0, 3.0, 0.5), 56
_MARGIN = 8
_NARROW, _WIDE = 6.2, 11.0
Place = tuple[float, float]
_NOT_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

SHAPES = {
    "o0": "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0Z",
    "o1": "M-4-4H4V4H-4Z",
    "o2": "M0-5L4.8 3.8H-4.8Z",
    "o3": "M0-5.5L5.5 0L0 5.5L-5.5 0Z",
    "o4": "M0 5L4.8-3.8H-4.8Z",
    "o5": "M-1.7-5H1.7V-1.7H5V1.7H1.7V5H-1.7V1.7H-5V-1.7H-1.7Z",
    "o6": "M2.3-4.7 4.7-2.3 2.4 0 4.7 2.3 2.3 4.7 0 2.4-2.3 4.7-4.7 2.3-2.4 0-4.7-2.3-2.3-4.7 0-2.4Z",
    "o7": "M0-5.2L4.9-1.6 3.1 4.2H-3.1L-4.9-1.6Z",
    "rest": "M-4-4.5H4L-4 4.5H4Z",
}
"""The outline of each class of originators, around (0, 0): from a circle to an hourglass."""
_COLOURS = {
    "ground": ("#fff", "#16181c"), "ink": ("#1d2125", "#e8eaed"), "quiet": ("#5c6269", "#a3a9b0"),
    "grid": ("#dde0e4", "#33373d"), "line": ("#0072b2", "#56b4e9"), "other": ("#6b5b00", "#c9b458"),
    "o0": ("#d55e00", "#f07f35"), "o1": ("#007f5c", "#2fbf93"), "o2": ("#b3508a", "#dd8fba"),
    "o3": ("#a87000", "#e69f00"), "o4": ("#1d2125", "#f1f3f4"), "o5": ("#2f86b8", "#8ccbf2"),
    "o6": ("#857c00", "#f0e442"), "o7": ("#6a4fb0", "#b09cf0"), "rest": ("#757a80", "#9aa0a6"),
}  # fmt: skip
"""In light and in dark, after Okabe and Ito; all but the grid 3:1 and more against the ground."""
_RULES = """\
.chart:not([width]) { display: block; width: 100%; min-width: 36rem; height: auto; }
.chart text { font: 11px system-ui, sans-serif; fill: var(--chart-quiet); }
.chart .heading { font-size: 14px; font-weight: 600; fill: var(--chart-ink); }
.chart .ground { fill: var(--chart-ground); }
.chart .grid { stroke: var(--chart-grid); }
.chart .axis { stroke: var(--chart-quiet); }
.chart .cursor { stroke: var(--chart-ink); }
.chart .band { fill: var(--chart-line); fill-opacity: 0.2; }
.chart .fade { stop-color: var(--chart-line); }
.chart .best, .chart .bound, .chart .compared, .chart .whisker { fill: none; stroke-width: 1; }
.chart .best, .chart .bound { stroke: var(--chart-line); }
.chart .best { stroke-width: 2.5; }
.chart .compared { stroke: var(--chart-other); stroke-width: 1.5; }
.chart .whisker { stroke: currentColor; }
.chart .shape { fill: var(--chart-ground); stroke: currentColor; stroke-width: 1.5; }
.chart .used .shape { fill: currentColor; stroke: var(--chart-ground); stroke-width: 0.75; }
.chart .excluded { opacity: 0.6; }
""" + "".join(f".{name} {{ color: var(--chart-{name}); }}\n" for name in SHAPES)


def _style(light: str, dark: str) -> str:
    return f"{light}@media (prefers-color-scheme: dark) {{\n{dark}}}\n"


def _named(mode: int) -> str:
    return f":root {{{''.join(f' --chart-{name}: {c[mode]};' for name, c in _COLOURS.items())} }}\n"


def _written_in(mode: int) -> str:
    return re.sub(r"var\(--chart-(\w+)\)", lambda name: _COLOURS[name[1]][mode], _RULES)


STYLE = _style(_named(0), _named(1)) + _RULES
"""The rules of the chart's classes, for a page's stylesheet."""
OWN_STYLE = _style(_written_in(0), _written_in(1))
"""The same without custom properties, which word processors do not know."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Maps a range of moments or figures to a stretch of the picture, in a straight line."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        """Where a value stands; one outside the range stands at its nearer end."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def number_range(numbers: Sequence[float]) -> tuple[float, float]:
    """The least and the largest figure of an axis: from 0 unless far from it, with room above."""
    least, largest = min(numbers), max(numbers)
    bottom, upper = min(least, 0.0), max(largest, 0.0)
    if _FAR_FROM_ZERO * largest < least < largest:
        # Never closer than a hundredth of the figures, or labels would need all their digits.
        bottom = least - max(largest - least, largest / 100) / 4
    elif least < 0:
        bottom -= (upper - least) / 10
    room = max(upper - bottom, _LEAST_RANGE) if upper > bottom else 1.0
    return bottom, bottom + room * _HEADROOM


def number_ticks(bottom: float, top: float, *, whole: bool) -> list[tuple[float, str]]:
    """Round figures of a range with their labels; whole ones where figures are counted."""
    step = _round_step((top - bottom) / _UPWARD)
    step = max(step, 1.0) if whole else step
    values = [n * step for n in range(ceil(bottom / step), floor(top / step) + 1)]
    largest = max(map(abs, values), default=0.0)
    size, letter = next((each for each in _LETTERS if max(each[0], _IN_FULL) <= largest), (1.0, ""))
    digits = max(0, -floor(log10(step / size)))
    return [(v, f"{v / size:,.{digits}f}{letter}" if v else "0") for v in values]


def _round_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 and so on that is not below `least`."""
    power = 10.0 ** floor(log10(least))
    return next((n * power for n in (1, 2, 5) if n * power >= least), 10 * power)


def time_ticks(start: int, end: int) -> list[tuple[int, str]]:
    """Whole moments between two, by the finest unit of which there is room, labelled as ISO.

    Times of a day name their date once at least: at midnight, or else at the first of them.
    """
    start, end = max(start, to_micros(_FIRST)), min(end, to_micros(_LAST))
    for step in _FIXED:
        if end - start <= step * _ACROSS:
            return _fixed_ticks(start, end, step)
    months = next(n for n in _MONTHS if end - start <= n * _A_MONTH * _ACROSS)
    part = slice(4 if months % 12 == 0 else 7)
    return [(at, _iso(at)[part]) for at in _month_starts(start, end, months)]


def _fixed_ticks(start: int, end: int, step: int) -> list[tuple[int, str]]:
    origin = _MONDAY if step % _WEEK == 0 else 0
    moments = range(start + (origin - start) % step, end + 1, step) or range(start, start + 1)
    if step % DAY == 0:
        return [(at, _iso(at)[:10]) for at in moments]
    clock = slice(11, 16 if step >= _MINUTE else 19)
    labels = [_iso(at)[clock] if at % DAY else _iso(at)[:10] for at in moments]
    if all(at % DAY for at in moments):
        labels[0] = f"{_iso(moments[0])[:10]} {labels[0]}"
    return list(zip(moments, labels, strict=True))


def _month_starts(start: int, end: int, step: int) -> Iterator[int]:
    first, last = from_micros(start), from_micros(end)
    month = first.year * 12 + first.month - 1
    month += _month(month) < first
    for number in range(month + -month % step, last.year * 12 + last.month, step):
        yield to_micros(_month(number))


def _month(number: int) -> datetime:
    """The first moment of a month, counted from January of year 0."""
    return datetime(number // 12, number % 12 + 1, 1, tzinfo=UTC)


def _iso(micros: int) -> str:
    return from_micros(micros).isoformat()


def axes(times: Scale, numbers: Scale, figures: Sequence[float], unit: str) -> Iterator[str]:
    """The lines and labels of both axes; without figures there is nothing to count upwards."""
    whole = all(float(figure).is_integer() for figure in figures)
    upward = number_ticks(numbers.low, numbers.high, whole=whole) if figures else []
    across = time_ticks(int(times.low), int(times.high))
    left, right, bottom = times.start - _MARGIN, times.end + _MARGIN, numbers.start
    grid = (f"M{short(left)} {short(numbers.place(at))}H{short(right)}" for at, _ in upward)
    ticks = (f"M{short(times.place(at))} {short(bottom)}v5" for at, _ in across)
    yield path("grid", "".join(grid))
    yield path("axis", f"M{short(left)} {short(bottom)}H{short(right)}{''.join(ticks)}")
    for figure, words in upward:
        yield label(left - 6, numbers.place(figure) + 4, words, "end")
    for at, words in across:
        # The last may not stick out of the picture.
        x = min(times.place(at), right + 4 - room(words) / 2)
        yield label(x, bottom + 18, words, "middle")
    yield label(_MARGIN, numbers.end - 12, fitted(unit, times.end / 2))


def spread(moments: Sequence[int], most: int) -> list[int]:
    """Which of many moments, by index, to show so that they lie evenly over time.

    Time is cut into as many stretches as there are places, and the stretches take turns.
    """
    first, last = min(moments, default=0), max(moments, default=0)
    turns, order = Counter[int](), list[tuple[int, int]]()
    for index, at in enumerate(moments):
        stretch = (at - first) * most // (last - first + 1)
        order.append((turns[stretch], index))
        turns[stretch] += 1
    return sorted(index for _, index in sorted(order)[:most])


def telling(places: Sequence[float], levels: Sequence[Sequence[float]], column: float) -> list[int]:
    """Which steps of a long line, by index, still show when it is drawn in columns of this width.

    Levels are the least figure of a step, the one that it stands for, and the largest; none where
    nothing is known. Of each column are kept: the least, the largest, the extremes of the middle
    one, and the last step, which lasts until the next column.
    """
    kept = list[int]()
    for _, group in groupby(range(len(places)), lambda index: places[index] // column):
        indexes = list(group)
        extremes = {indexes[-1]}
        if known := [index for index in indexes if levels[index]]:
            extremes |= {
                min(known, key=lambda index: levels[index][0]),
                min(known, key=lambda index: levels[index][1]),
                max(known, key=lambda index: levels[index][1]),
                max(known, key=lambda index: levels[index][2]),
            }
        kept += sorted(extremes)
    return kept


def apart(places: Sequence[Place], left: float, right: float) -> list[Place]:
    """Places side by side that would hide each other: the last keeps its own, earlier ones give way.

    They give way to the left, where time has already passed, by little, and closer where many meet.
    """
    taken = list[Place]()
    for x, y in reversed(places):
        free = (
            (moved, y)
            for sign in (-1, 1)
            for gap in _GAPS
            for moved in (x + sign * n * gap for n in range(int(_REACH / gap) + 1))
            if left <= moved <= right
            and not any(abs(moved - a) < min(gap, _SAME) and abs(y - b) < _SAME for a, b in taken)
        )
        taken.append(next(free, (x, y)))
    return taken[::-1]


def room(text: str) -> float:
    """About how wide a text is, in units of the picture."""
    return sum(_WIDE if east_asian_width(letter) in "WF" else _NARROW for letter in text)


def fitted(text: str, most: float) -> str:
    """A text, cut where it would be wider than this."""
    if room(text) <= most:
        return text
    widths = accumulate(room(letter) for letter in text)
    return text[: sum(width < most - _NARROW for width in widths)] + "…"


def definitions(seen: str, height: int) -> str:
    """The clip of what is seen, and the gradients by which open sides fade away."""
    stops = '<stop class="fade" stop-opacity="0.2"/><stop class="fade" offset="1" stop-opacity="0"/>'
    clip = f'<rect class="seen" x="0" y="0" width="{seen}" height="{height}"/>'
    up = f'<linearGradient id="fade-up" x1="0" y1="1" x2="0" y2="0">{stops}</linearGradient>'
    down = f'<linearGradient id="fade-down" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'
    return f'<defs><clipPath id="seen">{clip}</clipPath>{up}{down}</defs>'


def path(name: str, line: str) -> str:
    """A path of a class; nothing where there is no line."""
    dashes = ' stroke-dasharray="5 4"' if name == "compared" else ""
    return f'<path class="{name}" d="{line}"{dashes}/>' if line else ""


def label(x: float, y: float, words: str, anchor: str = "start") -> str:
    """A text at a place of the picture."""
    return f'<text x="{short(x)}" y="{short(y)}" text-anchor="{anchor}">{text(words)}</text>'


def text(words: str) -> str:
    """Text as it may stand in XML (2.2): without control characters, and escaped."""
    return escape(_NOT_XML.sub("", words))


def short(number: float) -> str:
    """A coordinate, to a tenth of a unit."""
    return f"{number:.1f}".removesuffix(".0")
