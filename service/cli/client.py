"""Reaching a log from the command line: a server by its address, or a directory in this process."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx2
import typer
from pydantic_core import from_json
from rich.console import Console

from service.log.port import LogLocked, LogUnavailable
from service.server import running
from service.service import opened
from service.settings import BadSetting, Settings, from_environment

REFUSED, USAGE = 1, 2
out = Console(highlight=False, soft_wrap=False)


@dataclass(frozen=True, slots=True)
class Where:
    """Which log a command works on: a directory, or a server by its address."""

    data: Path
    url: str | None = None


def fail(message: str, status: int = REFUSED) -> NoReturn:
    """Say in one line on standard error what is wrong, and end."""
    print(f"intellog: {' '.join(message.split())}", file=sys.stderr)
    raise typer.Exit(status)


@contextmanager
def reaching(where: Where, *, creating: bool = False) -> Iterator[httpx2.Client]:
    """A client of the log; whatever is refused ends the command in one line.

    Only a verb that writes makes a log where there is none: a mistyped directory is no empty log.
    """
    try:
        if where.url is not None:
            with httpx2.Client(base_url=where.url, timeout=None) as client:
                yield client
        else:
            settings = from_environment(where.data)
            if not creating:
                _refuse_nothing(settings)
            with opened(settings) as service, running(service) as client:
                yield client
    except BadSetting as bad:
        fail(str(bad), USAGE)
    except (LogLocked, LogUnavailable) as gone:
        fail(str(gone))
    except httpx2.InvalidURL as bad_url:
        fail(f"--url {where.url}: {bad_url}", USAGE)
    except httpx2.TransportError as broken:
        fail(f"{where.url or where.data}: {broken or type(broken).__name__}")


def _refuse_nothing(settings: Settings) -> None:
    if settings.log is None and not (settings.data / "log.sqlite").is_file():
        fail(f"there is no log in {settings.data}; name its directory with --data, or a --url", USAGE)


def answered(response: httpx2.Response) -> Any:
    """The body of an answer; a problem ends the command with its detail."""
    if response.is_error:
        response.read()
        fail(_problem(response))
    return from_json(response.content)


def _problem(response: httpx2.Response) -> str:
    try:
        return str(from_json(response.content)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the server answered {response.status_code}"


def ask(client: httpx2.Client, path: str, **query: object) -> Any:
    """Read an address; what was not given is not asked."""
    given = {name: str(value) for name, value in query.items() if value is not None}
    return answered(client.get(path, params=given))


def lines(response: httpx2.Response) -> Iterator[bytes]:
    """The lines of an NDJSON answer; only a line feed ends one, whatever else text may hold."""
    rest = b""
    for chunk in response.iter_bytes():
        *ended, rest = (rest + chunk).split(b"\n")
        yield from ended
    if rest:
        yield rest


def pages(client: httpx2.Client, path: str, **query: object) -> Iterator[Any]:
    """The items of a list, page by page."""
    cursor: str | None = None
    while True:
        body = ask(client, path, cursor=cursor, **query)
        yield from body["items"]
        cursor = body["next_cursor"]
        if cursor is None:
            return
