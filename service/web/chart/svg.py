"""SVG elements as text: paths, labels, clip and gradients."""

import re
from html import escape
from itertools import accumulate
from unicodedata import east_asian_width

_NARROW, _WIDE = 6.2, 11.0
"""Approximate widths of a letter at the size of labels."""
_NOT_XML = re.compile(r"[^\t\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def definitions(seen: str, height: int) -> str:
    """The clip rectangle of the visible part, and the gradients that fade out open sides."""
    stops = '<stop class="fade" stop-opacity="0.2"/><stop class="fade" offset="1" stop-opacity="0"/>'
    clip = f'<rect class="seen" x="0" y="0" width="{seen}" height="{height}"/>'
    up = f'<linearGradient id="fade-up" x1="0" y1="1" x2="0" y2="0">{stops}</linearGradient>'
    down = f'<linearGradient id="fade-down" x1="0" y1="0" x2="0" y2="1">{stops}</linearGradient>'
    return f'<defs><clipPath id="seen">{clip}</clipPath>{up}{down}</defs>'


def path(name: str, line: str) -> str:
    """A path with a CSS class; empty if the line is empty."""
    dashes = ' stroke-dasharray="5 4"' if name == "compared" else ""
    return f'<path class="{name}" d="{line}"{dashes}/>' if line else ""


def label(x: float, y: float, words: str, anchor: str = "start") -> str:
    """A text at a position in the chart."""
    return (
        f'<text x="{coordinate(x)}" y="{coordinate(y)}" text-anchor="{anchor}">{escaped(words)}</text>'
    )


def escaped(words: str) -> str:
    """Text that is safe in XML (section 2.2): control characters removed, markup escaped."""
    return escape(_NOT_XML.sub("", words))


def coordinate(number: float) -> str:
    """A coordinate, rounded to a tenth of a unit."""
    return f"{number:.1f}".removesuffix(".0")


def text_width(text: str) -> float:
    """The approximate width of a text, in units of the chart."""
    return sum(_WIDE if east_asian_width(letter) in "WF" else _NARROW for letter in text)


def shortened(text: str, most: float) -> str:
    """A text, cut with an ellipsis if it is wider than `most` units."""
    if text_width(text) <= most:
        return text
    widths = accumulate(text_width(letter) for letter in text)
    return text[: sum(width < most - _NARROW for width in widths)] + "…"
