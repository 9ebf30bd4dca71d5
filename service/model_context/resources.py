"""What a model reads by an address: what the interface answers, no figure without its support."""

from typing import Any

from service.model_context.asking import Ask, addressed
from service.model_context.figures import CHANGES, VINTAGES
from service.model_context.lists import CONFLICTS
from service.model_context.permalinks import place_of
from service.model_context.tools import TOOLS

INDICATORS = "/v1/indicators"
_LISTED = "100"
_SUPPORTED = {
    CHANGES: TOOLS["changes"],
    VINTAGES: TOOLS["vintages"],
    CONFLICTS: TOOLS["conflicts"],
}
"""Where the interface gives figures without support, a resource is what the tool answers."""


async def resource_body(ask: Ask, uri: str) -> Any:
    """What a resource is; raises `Problem` or `Refusal`."""
    place = place_of(uri)
    tool = _SUPPORTED.get(place.path)
    if tool is None:
        return await ask(place.address)
    return await tool.run(ask, tool.arguments.read(place.given))


async def indicators(ask: Ask, cursor: str | None) -> Any:
    """A page of the indicators, whose estimates are the resources that are listed."""
    query = {"limit": _LISTED, **({"cursor": cursor} if cursor else {})}
    return await ask(addressed(INDICATORS, {}, query))
