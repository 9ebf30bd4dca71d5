"""Every link of the documents leads to a file that is there, and to a heading on it."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from service.web.docs.document import rendered
from tests.places import DOCS, ROOT

PAGES = [*sorted(ROOT.glob("*.md")), ROOT / "seeds" / "README.md", *sorted(DOCS.rglob("*.md"))]
SERVED = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}


def links(page: Path) -> list[str]:
    parser = MarkdownIt("commonmark").enable("table")
    lines = [token.children or [] for token in parser.parse(page.read_text("utf-8"))]
    named = [each.attrGet("href") or each.attrGet("src") for line in lines for each in line]
    return [str(link) for link in named if link]


@cache
def anchors(page: Path) -> set[str]:
    return {each.anchor for each in rendered(page.name, page.read_text("utf-8"), ()).sections}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in links(path):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = path.parent / parts.path if parts.path else path
        assert target.exists(), f"{path.relative_to(ROOT)}: {link}"
        if parts.fragment:
            assert parts.fragment in anchors(target.resolve()), f"{path.relative_to(ROOT)}: {link}"


def test_the_first_page_lists_every_other() -> None:
    listed = {urlsplit(link).path for link in links(DOCS / "README.md")}
    assert SERVED - {"README.md"} - listed == set(), "docs/README.md does not list these"


@pytest.mark.parametrize("name", sorted(SERVED))
def test_a_page_begins_with_its_only_title_and_headings_are_sentences(name: str) -> None:
    sections = rendered(name, (DOCS / name).read_text("utf-8"), ()).sections
    assert [each.level for each in sections].count(1) == 1
    assert sections[0].level == 1
    if name.startswith("reference/"):
        return
    for each in sections:
        words = re.sub(r"^\d+\.|[^\w\s]", " ", each.title).split()
        capitals = [word for word in words[1:] if word.istitle() and word not in NAMES]
        assert capitals == [], f"{name}: {each.title!r} is not written as a sentence"


NAMES = {"Connect", "Python"}
"""Words of headings that are names."""
