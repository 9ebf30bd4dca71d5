"""Support and marking of what is in lists: how well an item is supported, and who may read it."""

from collections.abc import Iterable, Mapping
from typing import Any

import anyio

from domain.vocabulary import Marking, restriction
from service.model_context.asking import Ask

AT_ONCE = 4
"""How many addresses are asked at the same time."""


def supported(item: Any, then: Any, *others: Any) -> Any:
    """An item with the support of an estimate; marked like it, or like another if that is stricter."""
    marking = strictest([then["marking"], *(each["marking"] for each in others)])
    return {**item, "support": then["support"], "marking": marking}


def strictest(markings: Iterable[Marking]) -> Marking:
    """The most restrictive of markings."""
    return max(markings, key=restriction)


async def answers(ask: Ask, addresses: Iterable[str]) -> Mapping[str, Any]:
    """The answer of each address, a few asked at a time; raises what the first that failed raised."""
    found, failed = dict[str, Any](), list[Exception]()
    turns = anyio.CapacityLimiter(AT_ONCE)

    async def find(address: str) -> None:
        async with turns:
            try:
                found[address] = None if failed else await ask(address)
            except Exception as error:
                failed.append(error)

    async with anyio.create_task_group() as tasks:
        for address in dict.fromkeys(addresses):
            tasks.start_soon(find, address)
    if failed:
        raise failed[0]
    return found
