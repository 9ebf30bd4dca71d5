"""A feed as Atom (RFC 4287), in pages (RFC 5005, 3)."""

import re
from xml.etree.ElementTree import Element, SubElement, tostring

from service.interop.feed import Entry, Feed

_BEYOND_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def atom(feed: Feed) -> bytes:
    """The document of a page."""
    root = Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": "en"})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "updated", feed.updated)
    _text(SubElement(root, "author"), "name", "intellog")
    links = {"self": feed.page, "alternate": feed.home, "first": feed.first, "next": feed.next}
    for rel, href in links.items():
        if href is not None:
            SubElement(root, "link", rel=rel, href=href)
    for entry in feed.entries:
        _append(root, entry)
    document: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return document


def _append(root: Element, entry: Entry) -> None:
    element = SubElement(root, "entry")
    _text(element, "id", entry.id)
    _text(element, "title", entry.title)
    _text(element, "updated", entry.updated)
    SubElement(element, "link", rel="alternate", type="text/html", href=entry.url)
    SubElement(element, "link", rel="related", type="text/html", href=entry.event_url)
    for topic in entry.topics:
        SubElement(element, "category", term=_plain(topic))
    _text(element, "summary", entry.summary)
    _text(element, "rights", entry.marking)


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = _plain(text)


def _plain(text: str) -> str:
    return _BEYOND_XML.sub("\ufffd", text)
