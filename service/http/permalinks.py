"""The question that a request asks, as the query of an address that always has the same answer."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from starlette.requests import Request

from domain.times import show_instant
from service.http.parameters import Asked
from service.query.standpoint import Standpoint

Pairs = Iterable[tuple[str, str]]


def pinned(asked: Pairs, position: int, **more: str) -> dict[str, str]:
    """The parameters of a question, at the position that its answer is for.

    An instant would not do: until it is over, more may be recorded.
    """
    kept = {name: value for name, value in asked if value and name not in ("cursor", "min_position")}
    return dict(sorted({**more, **kept, "known_at": str(position)}.items()))


def permalink(base: str, path: str, query: dict[str, str]) -> str:
    """An address below `base`, with a query that is pinned."""
    return f"{base.rstrip('/')}{path}?{urlencode(query)}"


def figure_query(request: Request, here: Standpoint, policy: str | None) -> dict[str, str]:
    """The question about a figure, on its page or over HTTP, pinned here and to a policy."""
    asked = request.query_params.multi_items()
    kept = [each for each in asked if each[0] not in ("axis", "compare")]
    return pinned(kept, here.as_of.position, **({"policy": policy} if policy else {}))


def figure_link(
    request: Request, indicator: str, here: Standpoint, policy: str | None, **more: str
) -> str:
    """The address of the page that shows an estimate as it is here, by the same policy, for good."""
    query = dict(sorted({**figure_query(request, here, policy), **more}.items()))
    return permalink(str(request.base_url), f"/estimates/{quote(indicator)}", query)


def figure_then(base: str, indicator: str, asked: Asked, position: int) -> str:
    """The address of the page that shows a default answer as it was at a position, for good.

    Of the question it keeps what was published and what days are covered.
    """
    kept = [(name, show_instant(asked[name])) for name in ("published_by", "valid_at") if name in asked]
    return permalink(base, f"/estimates/{quote(indicator)}", pinned(kept, position))
