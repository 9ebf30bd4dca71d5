"""One page of changed estimates, as the interface, the page and the feeds ask for it."""

from typing import NamedTuple

from projections.changed.projection import Place
from service.http.parameters import BOARD_FILTERS, Asked
from service.http.times import FROM, between
from service.query.board import BoardFilter
from service.query.changed import ChangedItem, changed
from service.query.standpoint import Standpoint


class ChangedPage(NamedTuple):
    """Changed estimates, and the place of the last one where more follow."""

    items: list[ChangedItem]
    last: Place | None


def changed_page(here: Standpoint, asked: Asked, limit: int, *, latest_first: bool) -> ChangedPage:
    """At most `limit` changes for the filters, the span and the cursor of a request."""
    wanted = BoardFilter(*(asked.get(name) for name in BOARD_FILTERS))
    start = asked[FROM]
    after = (start[0], start[1]) if start else None
    found = changed(here, wanted, between(here, asked), after, limit + 1, latest_first=latest_first)
    last = found[limit - 1][0] if len(found) > limit else None
    return ChangedPage([item for _, item in found[:limit]], last)
