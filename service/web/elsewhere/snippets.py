"""What to paste into another page, so that it shows a figure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape

from service.web.elsewhere.question import Pairs, elsewhere

WIDTH, NARROW, LEAST = 480, 360, 200
"""The width of a frame in pixels, the one below which its lines break more, and the least."""
HEIGHT, TALL = 240, 400
"""The height of a frame, and that of a narrow one."""


@dataclass(frozen=True, slots=True)
class Snippet:
    """A text to paste, and what it is."""

    name: str
    text: str


def frame_size(maxwidth: int | None = None, maxheight: int | None = None) -> tuple[int, int]:
    """The width and height of a frame, within those that there is room for."""
    width = min(WIDTH, maxwidth or WIDTH)
    height = HEIGHT if width >= NARROW else TALL
    return width, min(height, maxheight or height)


def frame(url: str, title: str, width: int, height: int) -> str:
    """The HTML of a frame; its page needs no scripts, and opens links in a tab of their own."""
    return (
        f'<iframe src="{escape(url)}" title="{escape(title)}" width="{width}" height="{height}"'
        ' sandbox="allow-popups allow-popups-to-escape-sandbox" loading="lazy"'
        ' style="border:0;max-width:100%"></iframe>'
    )


def snippets(
    base: str, indicator: str, heading: str, position: int, query: Pairs
) -> Mapping[str, list[Snippet]]:
    """What to paste for a figure: live, which says when it was revised since, and pinned."""
    query = list(query)
    return {
        "Live": _each(base, indicator, heading, query, written_at=position),
        "Pinned": _each(base, indicator, heading, query, at=position),
    }


def _each(base: str, indicator: str, heading: str, query: Pairs, **position: int) -> list[Snippet]:
    page = base + elsewhere("embed", indicator, query, **position)
    image = base + elsewhere("badge", indicator, query, **position)
    narrow = base + elsewhere("badge", indicator, query, width=LEAST, **position)
    return [
        Snippet("Badge", _image(image, heading)),
        Snippet("Badge, 200 px wide", _image(narrow, heading)),
        Snippet("Badge in Markdown", f"[![{_markdown(heading)}]({image})]({page})"),
        Snippet("Frame", frame(page, heading, *frame_size())),
    ]


def _markdown(text: str) -> str:
    """A text in which nothing is markup."""
    return re.sub(r"([\\`*_\[\]<>&!])", r"\\\1", text)


def _image(url: str, title: str) -> str:
    return f'<img src="{escape(url)}" alt="{escape(title)}">'
