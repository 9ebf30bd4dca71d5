"""The tools that list: what there is for some words, and what contradicts what."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from domain.near import Lookalikes
from domain.vocabulary import split_claim_id
from service.http.parameters import bad_parameter
from service.model_context.answers import ConflictsThen, FindThen, NearName
from service.model_context.arguments import DEFAULT_LIMIT, KINDS, Given, without
from service.model_context.asking import Ask, addressed
from service.model_context.figures import ESTIMATE
from service.model_context.permalinks import permalink
from service.model_context.support import answers, supported
from service.query.standpoint import AsOfAnswer
from service.query.words import explained_heading

CONFLICTS = "/v1/conflicts"
CLAIM = "/v1/claims/{report}/{n}"
FOUND = dict(zip(KINDS, ("/v1/estimates", "/v1/sources", "/v1/reports"), strict=True))
"""Where each kind of thing is searched for."""
_NAMED: Mapping[str, tuple[str, str]] = {
    "indicators": ("/v1/indicators", "title"),
    "sources": ("/v1/sources", "name"),
}
"""What names may be meant where nothing is found: where they are listed, and what they are called."""
_MOST_NAMES = "1000"


async def find(ask: Ask, given: Given) -> FindThen:
    """Indicators, sources and reports for some words, each list with its own times."""
    if "cursor" in given and "what" not in given:
        raise bad_parameter("cursor", f"is of one list; give what: {', '.join(KINDS)}")
    query = {"limit": str(DEFAULT_LIMIT), **without(given, "what")}
    found: dict[str, Any] = {}
    for what in _kinds(given):
        page = await ask(addressed(FOUND[what], {}, query))
        found[what] = {**page, "permalink": permalink(FOUND[what], given, page["as_of"])}
    as_of = next(iter(found.values()))["as_of"]
    empty = not any(each["items"] for each in found.values())
    near = await _near(ask, given, as_of) if empty else []
    answer: FindThen = {"q": given["q"], "near": near, "as_of": as_of}
    answer.update(found)  # type: ignore[typeddict-item]
    return answer


def _kinds(given: Given) -> Sequence[str]:
    if "what" not in given:
        return KINDS
    if given["what"] not in KINDS:
        raise bad_parameter("what", f"must be one of {', '.join(KINDS)}")
    return [given["what"]]


async def _near(ask: Ask, given: Given, as_of: AsOfAnswer) -> list[NearName]:
    """Names that have a word which one of those asked may be a misspelling of."""
    named, query = list[NearName](), {"limit": _MOST_NAMES, "known_at": str(as_of["position"])}
    for what, (path, called) in _NAMED.items():
        if given.get("what") in (None, what):
            page = await ask(addressed(path, {}, query))
            named += [{"what": what, "id": each["id"], "title": each[called]} for each in page["items"]]
    by_word: dict[str, list[NearName]] = {}
    for each in named:
        for word in {each["id"], *f"{each['id'].replace('-', ' ')} {each['title']}".lower().split()}:
            by_word.setdefault(word, []).append(each)
    alike = Lookalikes(by_word)
    words = [near for word in given["q"].lower().split() for near in alike.of(word)]
    meant = {(each["what"], each["id"]): each for word in words for each in by_word[word]}
    return list(meant.values())[:DEFAULT_LIMIT]


async def conflicts(ask: Ask, given: Given) -> ConflictsThen:
    """Open flags, each with the figure of its indicator, its support and its marking.

    A flag is marked like that figure and like the claims that it is about.
    """
    page = await ask(addressed(CONFLICTS, {}, {"limit": str(DEFAULT_LIMIT), **given}))
    as_of, flags = page["as_of"], page["items"]
    at = without(given, "limit", "cursor", "code", "indicator")
    at["known_at"] = str(as_of["position"])
    figures = [addressed(ESTIMATE, {"indicator": each["indicator"]}, at) for each in flags]
    claims = [[_claim(name, at) for name in each["claims"]] for each in flags]
    found = await answers(ask, [*figures, *chain.from_iterable(claims)])
    items = [
        _conflict(flag, found[figure], [found[claim] for claim in about])
        for flag, figure, about in zip(flags, figures, claims, strict=True)
    ]
    return {
        "items": items,
        "next_cursor": page["next_cursor"],
        "permalink": permalink(CONFLICTS, given, as_of),
        "as_of": as_of,
    }


def _claim(name: str, at: Given) -> str:
    report, n = split_claim_id(name)
    return addressed(CLAIM, {"report": report, "n": str(n)}, at)


def _conflict(flag: Any, then: Any, claims: Sequence[Any]) -> Any:
    figure = explained_heading(then).text
    return supported({**flag, "title": then["title"], "figure": figure}, then, *claims)
