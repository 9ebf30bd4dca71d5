"""What a shell completes in a word: the ids that a log has, and the words that an option takes.

Ids are those of the directory or the server that the words before name. The user waits for them, so a
server is asked for `SECONDS` at most, and what fails offers nothing, in silence.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing, redirect_stderr, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import typer
from pydantic_core import from_json

from domain.estimates.policies import POLICY_NAMES
from domain.vocabulary import MARKINGS, ROLES
from service.cli.bearer import bearer
from service.cli.options import DEFAULT_DATA
from service.query.names import KINDS, beginning, claims_beginning
from service.views.pointer import file_in_use

Complete = Callable[[typer.Context, str], list[str]]
SECONDS = 1.0
"""Maximum time that a server is waited for."""
MOST = 200
"""Maximum number of ids that are offered."""
_LISTS: Mapping[str, str] = {
    "indicator": "/v1/indicators",
    "source": "/v1/sources",
    "report": "/v1/reports",
}
_SOURCES = ("source", "originator", "by", "speaks_for", "publisher")
_INDICATORS = ("indicator", "parts", "plans_for")
_WORDS: Mapping[str, Sequence[str]] = {
    "policy": POLICY_NAMES,
    "role": ROLES,
    "marking": MARKINGS,
    "clearance": MARKINGS,
}
"""The words of what has no schema of its own here, by its name."""
_KIND: Mapping[str, str] = {
    **dict.fromkeys(_SOURCES, "source"),
    **dict.fromkeys(_INDICATORS, "indicator"),
    **dict.fromkeys(("claim", "derived_from", "claims"), "claim"),
    **dict.fromkeys(("topic", "topics"), "topic"),
    **dict.fromkeys(("report", "id"), "report"),
    "stream": "stream",
    "actor": "actor",
}
"""What an argument, an option or a field names, by its name."""


def completion(name: str, schema: Mapping[str, Any] | None = None) -> Complete | None:
    """What completes the argument, option or field of this name: the words of its schema, or ids.

    None where a value is free, so that the shell offers files.
    """
    if words := (schema or {}).get("enum") or _WORDS.get(name):
        return _of(words)
    return _ids(_KIND[name]) if name in _KIND else None


def any_of(*kinds: str) -> Complete:
    """What completes an argument that names one of several kinds of things."""
    all_of = [_ids(kind) for kind in kinds]

    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return [each for one in all_of for each in one(ctx, incomplete)]

    return complete


def _of(words: Collection[str]) -> Complete:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        return [each for each in words if each.startswith(incomplete)]

    return complete


def _ids(kind: str) -> Complete:
    def complete(ctx: typer.Context, incomplete: str) -> list[str]:
        found = list[str]()
        with open(os.devnull, "w") as silence, redirect_stderr(silence), suppress(Exception):
            for name in _beginning(kind, incomplete, ctx.params):
                found.append(name)
                if len(found) == MOST:
                    break
        return found

    return complete


def _beginning(kind: str, start: str, given: Mapping[str, Any]) -> Iterator[str]:
    """The ids of a kind that begin with a text, in the log that the command line names."""
    if given.get("url"):
        yield from _of_server(given["url"], kind, start)
    else:
        yield from _of_directory(Path(given.get("data") or DEFAULT_DATA), kind, start)


def _of_directory(data: Path, kind: str, start: str) -> Iterator[str]:
    """From the views in a directory, which a server may be serving at the same time."""
    path = file_in_use(data)
    if path is None:
        return
    with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
        if kind == "claim":
            yield from sorted(claims_beginning(db, start, MOST))
        else:
            yield from sorted(beginning(db, KINDS[kind], start, MOST))


def _of_server(url: str, kind: str, start: str) -> Iterator[str]:
    """From a server, as far as the holder of the token may see."""
    with httpx2.Client(base_url=url, timeout=SECONDS, headers=bearer()) as client:
        if kind == "claim":
            yield from _claims(client, start)
        elif kind in _LISTS:
            yield from _listed(client, _LISTS[kind], start)


def _listed(client: httpx2.Client, path: str, start: str) -> Iterator[str]:
    """From a list, as far as it is read in time."""
    end, query = time.monotonic() + SECONDS, {"limit": "1000"}
    while time.monotonic() < end:
        body = from_json(client.get(path, params=query).raise_for_status().content)
        yield from (item["id"] for item in body["items"] if item["id"].startswith(start))
        if body["next_cursor"] is None:
            return
        query = {"limit": "1000", "cursor": body["next_cursor"]}


def _claims(client: httpx2.Client, start: str) -> Iterator[str]:
    """The claims of a report that is named already; before that, the first of each report."""
    report, named, _ = start.partition("/")
    if not named:
        yield from (f"{name}/1" for name in _listed(client, _LISTS["report"], start))
        return
    answer = client.get(f"{_LISTS['report']}/{quote(report, safe='')}").raise_for_status()
    claims = from_json(answer.content)["claims"]
    yield from (name for each in claims if (name := f"{report}/{each['n']}").startswith(start))
