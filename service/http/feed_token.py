"""The token in the address of a feed, for programs that read feeds and cannot send a header."""

from urllib.parse import parse_qsl, urlencode

from starlette.types import Scope

FEED_TOKEN = "intellog.feed-token"
"""The member of a scope that holds the tokens which stood in its address."""
FEEDS, _NAME = "/feeds/", "token"


def take_feed_token(scope: Scope) -> None:
    """Take the token out of the address of a feed, so that nothing else sees, keeps or logs it."""
    query = scope["query_string"].decode("latin-1")
    if not scope["path"].startswith(FEEDS) or _NAME not in query:
        return
    pairs = parse_qsl(query, keep_blank_values=True)
    found = [value for name, value in pairs if name == _NAME]
    if found:
        scope[FEED_TOKEN] = found
        scope["query_string"] = urlencode([pair for pair in pairs if pair[0] != _NAME]).encode()


def with_feed_token(scope: Scope, address: str) -> str:
    """The address of another page of a feed, with the token that this one was asked for with."""
    tokens = scope.get(FEED_TOKEN, [])
    if not tokens:
        return address
    return f"{address}{'&' if '?' in address else '?'}{urlencode({_NAME: tokens[0]})}"
