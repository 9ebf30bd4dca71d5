"""Shapes, colours and style rules of charts."""

import re

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
"""The outline of each originator's class around (0, 0), from a circle to an hourglass."""
_COLOURS = {
    "ground": ("#fff", "#16181c"), "ink": ("#1d2125", "#e8eaed"), "quiet": ("#5c6269", "#a3a9b0"),
    "grid": ("#dde0e4", "#33373d"), "line": ("#0072b2", "#56b4e9"), "other": ("#6b5b00", "#c9b458"),
    "o0": ("#d55e00", "#f07f35"), "o1": ("#007f5c", "#2fbf93"), "o2": ("#b3508a", "#dd8fba"),
    "o3": ("#a87000", "#e69f00"), "o4": ("#1d2125", "#f1f3f4"), "o5": ("#2f86b8", "#8ccbf2"),
    "o6": ("#857c00", "#f0e442"), "o7": ("#6a4fb0", "#b09cf0"), "rest": ("#757a80", "#9aa0a6"),
}  # fmt: skip
"""Colours in light and in dark mode, after Okabe and Ito; contrast 3:1 or more except the grid."""
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


def _custom_properties(mode: int) -> str:
    return f":root {{{''.join(f' --chart-{name}: {c[mode]};' for name, c in _COLOURS.items())} }}\n"


def _inlined_rules(mode: int) -> str:
    return re.sub(r"var\(--chart-(\w+)\)", lambda name: _COLOURS[name[1]][mode], _RULES)


STYLE = _style(_custom_properties(0), _custom_properties(1)) + _RULES
"""The rules for the classes of a chart, for a page's stylesheet."""
OWN_STYLE = _style(_inlined_rules(0), _inlined_rules(1))
"""The same rules without custom properties, which word processors do not support."""
