"""A feed as JSON Feed 1.1."""

from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from domain.vocabulary import MOST_NAMES
from projections.answers.values import Instant
from service.interop.feed import Entry, Feed, Row
from service.query.listed import MOST_ASKED


class JsonFeedItem(TypedDict):
    id: str
    url: str
    external_url: str
    title: str
    content_text: str
    date_published: Instant
    tags: Annotated[list[str], Field(max_length=MOST_NAMES)]
    _intellog: Row


"""What happened; `_intellog` is the row of `/v1/changes` or of `/v1/citations`."""


class JsonFeed(TypedDict):
    """A page of a feed; `next_url` is absent on the last one."""

    version: str
    title: str
    language: str
    home_page_url: str
    feed_url: str
    next_url: NotRequired[str]
    items: Annotated[list[JsonFeedItem], Field(max_length=MOST_ASKED)]


def json_feed(feed: Feed) -> JsonFeed:
    """The document of a page."""
    body: JsonFeed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "language": "en",
        "home_page_url": feed.home,
        "feed_url": feed.page,
        "items": [_item(entry) for entry in feed.entries],
    }
    return body if feed.next is None else {**body, "next_url": feed.next}


def _item(entry: Entry) -> JsonFeedItem:
    return {
        "id": entry.id,
        "url": entry.url,
        "external_url": entry.event_url,
        "title": entry.title,
        "content_text": entry.summary,
        "date_published": entry.updated,
        "tags": list(entry.topics),
        "_intellog": entry.row,
    }
