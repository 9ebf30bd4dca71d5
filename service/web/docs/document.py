"""A page of the documents: its Markdown as HTML that leads to the other pages."""

import posixpath
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from service.web.docs.folder import FIRST, documents

ROOT = "/docs"


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page below one heading, up to the next one: its level, anchor and plain words."""

    level: int
    anchor: str
    title: str
    words: str


@dataclass(frozen=True, slots=True)
class Document:
    """A page: its name in the folder, its HTML, and its sections in order."""

    name: str
    html: str
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        """Its first heading."""
        return self.sections[0].title if self.sections else self.name


@cache
def document(name: str) -> Document:
    """The page of a name; raises `KeyError` if there is none."""
    return rendered(name, documents()[name].read_text("utf-8"), documents())


def rendered(name: str, text: str, names: Container[str]) -> Document:
    """A page from its Markdown. Links lead to what is in `names`; others within the folder are text."""
    parser = MarkdownIt("commonmark", {"html": False}).enable("table")
    parser.add_render_rule("table_open", _table_open)
    parser.add_render_rule("table_close", lambda *_: "</table>\n</div>\n")
    parser.add_render_rule("fence", _fence)
    tokens = parser.parse(text)
    for token in tokens:
        _lead(token.children or [], name, names)
    sections = tuple(_sections(tokens))
    return Document(name, parser.renderer.render(tokens, parser.options, {"n": 0}), sections)


def address_of(name: str) -> str:
    """The address of a page, or of what is served beside the pages."""
    path = name.removesuffix(".md") if name != FIRST else ""
    return f"{ROOT}/{path}".rstrip("/")


def anchor_of(title: str, taken: Mapping[str, int]) -> str:
    """The anchor of a heading, by the rule that code hosts have; a repeated one is numbered."""
    kept = "".join(each for each in title.strip().lower() if each.isalnum() or each in " -_")
    anchor = kept.replace(" ", "-")
    return f"{anchor}-{taken[anchor]}" if anchor in taken else anchor


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    """The sections of a page; sets the anchors of its headings."""
    taken = dict[str, int]()
    for n, token in enumerate(tokens):
        if token.type == "heading_open":
            title = _plain(tokens[n + 1])
            anchor = anchor_of(title, taken)
            taken[anchor_of(title, {})] = taken.get(anchor_of(title, {}), 0) + 1
            token.attrSet("id", anchor)
            below = takewhile(lambda each: each.type != "heading_open", tokens[n + 1 :])
            yield Section(int(token.tag[1]), anchor, title, " ".join(map(_plain, below)))


def _plain(token: Token) -> str:
    """The words of a block, without markup."""
    if token.children is None:
        return token.content
    return "".join(" " if each.type == "softbreak" else each.content for each in token.children)


def _lead(line: Sequence[Token], name: str, names: Container[str]) -> None:
    """Have links and pictures lead to where the documents are served; other files are only named."""
    tag = "a"
    for token in line:
        if token.type == "link_open":
            address = _address(str(token.attrGet("href")), name, names)
            tag = "span" if address is None else "a"
            token.attrs = {"class": "file"} if address is None else {"href": address}
        elif token.type == "image":
            token.attrSet("src", _address(str(token.attrGet("src")), name, names) or "")
        if token.type.startswith("link_"):
            token.tag = tag


def _address(link: str, name: str, names: Container[str]) -> str | None:
    """Where a link of a page leads; None if that is a file which is not served."""
    parts = urlsplit(link)
    if parts.scheme or not parts.path:
        return link
    path = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path))
    if path not in names:
        return None
    return address_of(path) + (f"#{parts.fragment}" if parts.fragment else "")


def _table_open(
    renderer: RendererHTML, tokens: Sequence[Token], n: int, options: Any, env: dict[str, int]
) -> str:
    env["n"] += 1
    return f'<div class="wide" role="region" tabindex="0" aria-label="Table {env["n"]}">\n<table>\n'


def _fence(
    renderer: RendererHTML, tokens: Sequence[Token], n: int, options: Any, env: dict[str, int]
) -> str:
    """A block of code that can be scrolled by keyboard."""
    return f'<pre tabindex="0"><code>{escapeHtml(tokens[n].content)}</code></pre>\n'
