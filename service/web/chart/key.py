"""Title and key of a chart that is used outside a page."""

from typing import get_args

from service.web.chart.picture import Picture, PointKind, legend
from service.web.chart.plot import WIDTH
from service.web.chart.points import shape
from service.web.chart.svg import coordinate, escaped, label, path, shortened, text_width


def title_and_key(picture: Picture) -> tuple[str, int]:
    """Return the title and key as SVG, and the y where the plot starts below them."""
    lines = [("best", "our estimate"), ("compared", "latest publication wins")]
    entries = [(path(name, "M-7 0H7"), words) for name, words in lines[: 1 + bool(picture.compared)]]
    samples = [(each, each, "used", name) for each, name in legend(picture)]
    kinds = {point.kind for point in picture.points}
    samples += [
        ("o4", "o0", kind, kind) for kind in get_args(PointKind) if kind in kinds and len(kinds) > 1
    ]
    for colour, outline, kind, name in samples:
        drawn = f'<g class="{colour} {kind}">{shape(outline, kind, 0, 0)}</g>'
        entries.append((drawn, shortened(name, 170)))
    x, y = 8.0, 42
    drawn = f'<text class="heading" x="8" y="20">{escaped(shortened(picture.title, 570))}</text>'
    for sample, name in entries:
        if x + text_width(name) + 18 > WIDTH:
            x, y = 8.0, y + 17
        drawn += f'<g transform="translate({coordinate(x + 7)} {y})">{sample}{label(11, 4, name)}</g>'
        x += text_width(name) + 34
    return drawn, y + 34
