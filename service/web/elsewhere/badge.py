"""A figure as a badge: an SVG that says it alone, in one line or in a column of any width.

Its colours are inside, for light and for dark. It loads nothing, so it works as an `<img>`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from service.web.chart.svg import coordinate, escaped
from service.web.elsewhere.metrics import lines_of, shortened, text_width
from service.web.elsewhere.shown import Shown

SIZE, LINE, PAD = 12, 16, 8
"""The font's size, the height of a line and the space beside it, in pixels."""
LARGE = 18
"""The font's size of a figure in a column."""
LONGEST = 420
"""Maximum width of a text in a badge of one line; all of it is in its title."""
_HELD = re.compile(
    r"(?<=was) (?=[~≥≤<>\d])|(?<=[~≥≤<>]) (?=\d)|(?<=position) (?=\d)|(?<=\d) (?=origins?\b)"
)
"""The spaces at which no line ends: between a number and what says of what it is."""
Kind = Literal["title", "facts", "revised", "marking", "problem", "good", "weak", "bad", "none"]
COLOURS: Mapping[Kind, tuple[tuple[str, str], tuple[str, str]]] = {
    "title": (("#2b3038", "#ffffff"), ("#3a404a", "#f1f3f6")),
    "facts": (("#eef0f3", "#33383f"), ("#1f2329", "#d4d9e0")),
    "revised": (("#fff0d6", "#7a4200"), ("#33281a", "#f0b45f")),
    "marking": (("#ffffff", "#16181c"), ("#101216", "#e9ebef")),
    "problem": (("#565c66", "#ffffff"), ("#565c66", "#ffffff")),
    "good": (("#11693f", "#ffffff"), ("#74cf9e", "#0b2417")),
    "weak": (("#8a4b00", "#ffffff"), ("#f0b45f", "#2a1a00")),
    "bad": (("#a81e1e", "#ffffff"), ("#ff938c", "#330a0a")),
    "none": (("#565c66", "#ffffff"), ("#a7aeba", "#16181c")),
}
"""Ground and text of each part, in light and in dark mode."""
LEVELS: Mapping[str, Kind] = {
    "strong": "good",
    "corroborated": "good",
    "single": "weak",
    "contested": "bad",
}


def _rules(mode: int) -> str:
    return "".join(
        f".{kind} rect{{fill:{both[mode][0]}}}.{kind} text{{fill:{both[mode][1]}}}"
        for kind, both in COLOURS.items()
    )


STYLE = (
    "text{font-family:Verdana,'DejaVu Sans',sans-serif}.strong{font-weight:700}"
    f"{_rules(0)}@media (prefers-color-scheme:dark){{{_rules(1)}}}"
)
"""The rules of every badge; the policy of its answer names them by their hash."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a badge: what it says, in which colours, and whether it is the figure."""

    text: str
    kind: Kind
    main: bool = False


def badge(shown: Shown, width: int | None = None) -> str:
    """A figure as an SVG: in one line, or in a column of a width in pixels."""
    title = f"{shown.heading}: {shown.figure}"
    parts = tuple(_parts(shown, whole=width is not None))
    if width is None:
        return _in_one_line(title, shown.sentence, parts)
    return _in_a_column(title, shown.sentence, parts, width)


def problem_badge(title: str, detail: str, width: int | None = None) -> str:
    """A badge that says why there is no figure."""
    parts = Part("intellog", "title"), Part(f"{title}: {detail}", "problem")
    if width is None:
        return _in_one_line(title, detail, parts)
    return _in_a_column(title, detail, parts, width)


def _parts(shown: Shown, *, whole: bool) -> Iterator[Part]:
    """What a badge says, in order; the day and position of a live one only in a `whole` one."""
    yield Part(shown.heading, "title")
    yield Part(shown.figure, LEVELS.get(shown.level, "none"), main=True)
    if shown.marking != "TLP:CLEAR":
        yield Part(shown.marking, "marking")
    yield Part(f"{shown.date} · {shown.support}", "facts")
    if shown.cutoff and (whole or shown.pinned):
        yield Part(f"pinned {shown.stand}" if shown.pinned else shown.stand, "facts")
    if shown.revised is not None:
        yield Part(shown.revised.words, "revised")


def _in_one_line(title: str, description: str, parts: Sequence[Part]) -> str:
    height, left, drawn = LINE + PAD, 0.0, list[str]()
    for part in parts:
        text = part.text if part.main else shortened(part.text, LONGEST, SIZE)
        width = round(text_width(text, SIZE, bold=part.main) + 2 * PAD, 1)
        written = _text(text, left + PAD, 16.5, SIZE, part.main)
        drawn.append(_group(part.kind, left, 0, width, height, written))
        left = round(left + width, 1)
    return _picture(title, description, left, height, drawn)


def _in_a_column(title: str, description: str, parts: Sequence[Part], width: int) -> str:
    top, drawn = 0.0, list[str]()
    for part in parts:
        size = LARGE if part.main else SIZE
        step = LINE + size - SIZE
        lines = lines_of(_HELD.sub("\u00a0", part.text), width - 2 * PAD, size, bold=part.main)
        height = len(lines) * step + PAD
        written = "".join(
            _text(line, PAD, top + PAD / 2 + n * step + size, size, part.main)
            for n, line in enumerate(lines)
        )
        drawn.append(_group(part.kind, 0, top, width, height, written))
        top += height
    return _picture(title, description, width, top, drawn)


def _text(words: str, x: float, y: float, size: int, bold: bool) -> str:
    """A line that is drawn at the width that was computed for it, whatever the font."""
    width = coordinate(text_width(words, size, bold=bold))
    name = ' class="strong"' if bold else ""
    return (
        f'<text{name} x="{coordinate(x)}" y="{coordinate(y)}" font-size="{size}"'
        f' textLength="{width}" lengthAdjust="spacingAndGlyphs">{escaped(words)}</text>'
    )


def _group(kind: Kind, x: float, y: float, width: float, height: float, written: str) -> str:
    at = f'x="{coordinate(x)}" y="{coordinate(y)}"'
    size = f'width="{coordinate(width)}" height="{coordinate(height)}"'
    return f'<g class="{kind}"><rect {at} {size}/>{written}</g>'


def _picture(title: str, description: str, width: float, height: float, drawn: Sequence[str]) -> str:
    size = f'width="{coordinate(width)}" height="{coordinate(height)}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">'
        f'<title id="title">{escaped(title)}</title><desc id="desc">{escaped(description)}</desc>'
        f'<style>{STYLE}</style><clipPath id="corners"><rect {size} rx="4"/></clipPath>'
        f'<g clip-path="url(#corners)" shape-rendering="crispEdges">{"".join(drawn)}</g></svg>'
    )
