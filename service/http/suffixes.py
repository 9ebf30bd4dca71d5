"""Addresses of other forms: `/v1/estimates.csv` is `/v1/estimates` with `Accept: text/csv`."""

import re
from collections.abc import Iterable, Mapping

from starlette.types import ASGIApp, Receive, Scope, Send

from service.http.routing import BIBTEX, CSL, CSV, PACKAGE, PROV, RIS, XLSX, Operation

SUFFIXES: Mapping[str, str] = {
    ".csv": CSV,
    ".xlsx": XLSX,
    ".datapackage.json": PACKAGE,
    "/citation.json": CSL,
    "/citation.bib": BIBTEX,
    "/citation.ris": RIS,
    ".prov.json": PROV,
}
"""What may stand behind an address, with the media type that it asks for.

Behind an id it begins with a slash, because an id may end in anything else.
"""

_ENDS = tuple(SUFFIXES)


class Suffixes:
    """Turns the suffix of an address into the `Accept` of a request, where it has such a form."""

    def __init__(self, app: ASGIApp, operations: Iterable[Operation]) -> None:
        self._app = app
        self._paths = {
            suffix: re.compile(
                "|".join(_pattern(each.path) for each in operations if _gives(each, kind))
            )
            for suffix, kind in SUFFIXES.items()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" and scope["method"] == "GET" else ""
        if path.endswith(_ENDS) and path.startswith("/v1/"):
            scope = self._rewritten(scope)
        await self._app(scope, receive, send)

    def _rewritten(self, scope: Scope) -> Scope:
        for suffix, pattern in self._paths.items():
            path = scope["path"].removesuffix(suffix)
            if path != scope["path"] and pattern.fullmatch(path):
                others = [each for each in scope["headers"] if each[0] != b"accept"]
                accept = (b"accept", SUFFIXES[suffix].encode())
                return {
                    **scope,
                    "path": path,
                    "raw_path": path.encode(),
                    "headers": [*others, accept],
                }
        return scope


def _gives(operation: Operation, kind: str) -> bool:
    return operation.method == "GET" and kind in operation.returns.get(200, {})


def _pattern(path: str) -> str:
    return re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))
