"""The tools about one figure: what it is, why, what changed it and how it was revised."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.model_context.answers import (
    ChangesThen,
    Cut,
    EstimateThen,
    ExplanationThen,
    VintagesThen,
)
from service.model_context.arguments import DEFAULT_LIMIT, Given, part, without
from service.model_context.asking import Ask, addressed
from service.model_context.permalinks import permalink
from service.model_context.support import answers, supported
from service.query.changes import MOST_EVENTS
from service.query.explanations import MOST_EXPLAINED

MOST_ITEMS = 1_000
"""Maximum number of items that the interface gives of a list in one answer."""
ESTIMATE = "/v1/estimates/{indicator}"
EXPLANATION = f"{ESTIMATE}/explanation"
CHANGES = f"{ESTIMATE}/changes"
VINTAGES = f"{ESTIMATE}/vintages"


async def estimate(ask: Ask, given: Given) -> EstimateThen:
    """One estimate at any times."""
    body = await _about(ask, ESTIMATE, given)
    answer: EstimateThen = _cited(body, permalink(ESTIMATE, given, body["as_of"]))
    return answer


async def explanation(ask: Ask, given: Given) -> ExplanationThen:
    """An estimate with every claim used or left out, of each list a part."""
    body = await _about(ask, EXPLANATION, _of_lists(given, MOST_EXPLAINED))
    link = permalink(EXPLANATION, given, body["as_of"])
    answer: ExplanationThen = _cited(in_part(body, ("used", "relays", "excluded"), given), link)
    return answer


async def changes(ask: Ask, given: Given) -> ChangesThen:
    """What changed in an estimate, of the events and differences a part.

    What an event changed is marked like the figures before and after it.
    """
    body = await _about(ask, CHANGES, _of_lists(given, MOST_EVENTS))
    body = in_part(body, ("events", "differences", "words"), given)
    at = without(given, "limit", "page", "since", "until")
    then = [_at(at, each["position"] - before) for each in body["events"] for before in (1, 0)]
    found = await answers(ask, then)
    events = [
        supported(each, found[after], found[before])
        for each, before, after in zip(body["events"], then[::2], then[1::2], strict=True)
    ]
    whole = supported({**body, "events": events}, body["after"], body["before"])
    answer: ChangesThen = _cited(whole, permalink(CHANGES, given, body["as_of"]))
    return answer


async def vintages(ask: Ask, given: Given) -> VintagesThen:
    """How a figure was revised; each figure with the support and marking that it had then."""
    page = await _about(ask, VINTAGES, {"limit": str(DEFAULT_LIMIT), **given})
    as_of, rows = page["as_of"], page["items"]
    asked = without(given, "limit", "cursor", "axis", "all")
    now = _at(asked, as_of["position"])
    if given.get("axis") == "publication":
        then = [_at({**asked, "published_by": row["from"]}, as_of["position"]) for row in rows]
    else:
        then = [_at(asked, row["cause"]["position"]) for row in rows]
    found = await answers(ask, [now, *then])
    return {
        "indicator": found[now]["indicator"],
        "title": found[now]["title"],
        "unit": found[now]["unit"],
        "items": [supported(row, found[each]) for row, each in zip(rows, then, strict=True)],
        "next_cursor": page["next_cursor"],
        "permalink": permalink(VINTAGES, given, as_of),
        "as_of": as_of,
    }


async def _about(ask: Ask, path: str, given: Given) -> Any:
    """The answer of an address about an indicator."""
    return await ask(_address(path, given))


def _of_lists(given: Given, least: int) -> Given:
    """The arguments that ask for lists as long as the part of them that is wanted, or longer."""
    most = min(MOST_ITEMS, max(least, part(given).stop))
    return {**without(given, "page"), "limit": str(most)}


def _address(path: str, given: Given) -> str:
    return addressed(path, {"indicator": given["indicator"]}, without(given, "indicator"))


def _at(given: Given, position: int) -> str:
    """The address of the estimate that is asked for, as of a position."""
    return _address(ESTIMATE, {**given, "known_at": str(position)})


def _cited(body: Mapping[str, Any], link: str) -> Any:
    return {**body, "permalink": link}


def in_part(body: Mapping[str, Any], names: Sequence[str], given: Given) -> Any:
    """An answer with the part of its lists that was asked for, and how many there are."""
    shown, cut = part(given), list[Cut]()
    short = {**body}
    for name in names:
        items = body[name]
        short[name], every = items[shown], body.get(f"n_{name}", len(items))
        if len(short[name]) < every:
            last = shown.stop >= min(every, MOST_ITEMS)
            more = None if last else shown.stop // (shown.stop - shown.start) + 1
            cut.append({"list": name, "shown": len(short[name]), "of": every, "next_page": more})
    return {**short, "cut": cut}
