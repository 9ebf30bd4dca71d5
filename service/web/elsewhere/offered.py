"""What the page of an estimate offers to those who show its figure elsewhere."""

from typing import Any

from starlette.requests import Request

from service.query.standpoint import Standpoint
from service.web.elsewhere.oembed import discovery
from service.web.elsewhere.question import PAGE, elsewhere
from service.web.elsewhere.shown import heading_of
from service.web.elsewhere.snippets import snippets
from service.web.links import address
from service.web.replay.subject import Subject

_OF_THE_PAGE = ("axis", "compare", "min_position")
"""What its address says of the page alone."""


def offered_elsewhere(request: Request, subject: Subject, here: Standpoint) -> dict[str, Any]:
    """The template variables: the badge, what to paste, and the links by which programs find it."""
    base, query = str(request.base_url).rstrip("/"), request.query_params.multi_items()
    indicator, position = subject.row.id, here.as_of.position
    heading = heading_of(subject.row.definition.title, subject.narrowing, here.echo)
    at = {"at": position} if "known_at" in subject.asked else {}
    asked = [each for each in query if each[0] in PAGE and each[0] not in _OF_THE_PAGE]
    return {
        "badge": elsewhere("badge", indicator, query, **at),
        "badge_words": heading,
        "snippets": snippets(base, indicator, heading, position, query),
        "discovered": discovery(base, base + address(request.url.path, asked)),
    }
