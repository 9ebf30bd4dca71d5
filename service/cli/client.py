"""HTTP clients for the commands: of a running server, or of a log that this process opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import httpx2
import typer
from pydantic_core import from_json

from service.cli.bearer import bearer
from service.cli.output import warn
from service.log.port import LogLocked, LogUnavailable
from service.server import running
from service.service import opened
from service.settings import BadSetting, Settings, from_environment

REFUSED, USAGE = 1, 2


@dataclass(frozen=True, slots=True)
class Target:
    """The log that a command works on: that of a server if there is a `url`, else of a directory."""

    data: Path
    url: str | None = None


def fail(message: str, status: int = REFUSED) -> NoReturn:
    """Print an error in one line on standard error, and exit with a status."""
    warn(f"intellog: {message}")
    raise typer.Exit(status)


@contextmanager
def client_of(target: Target, *, create: bool = False) -> Iterator[httpx2.Client]:
    """A client of the log; a log that cannot be reached ends the command with a one-line error.

    Without `create` the log must exist, so that a mistyped directory is not taken for an empty log.
    """
    try:
        if target.url is not None:
            with httpx2.Client(base_url=target.url, timeout=None, headers=bearer()) as client:
                yield client
        else:
            settings = from_environment(target.data)
            if not create:
                _require_log(settings)
            with opened(settings) as service, running(service) as client:
                yield client
    except BadSetting as error:
        fail(str(error), USAGE)
    except (LogLocked, LogUnavailable) as error:
        fail(str(error))
    except httpx2.InvalidURL as error:
        fail(f"--url {target.url}: {error}", USAGE)
    except httpx2.TransportError as error:
        fail(f"{target.url or target.data}: {error or type(error).__name__}")
    except BrokenPipeError:
        raise  # nobody reads our output any more, which is no error
    except OSError as error:
        fail(reason_of(error))


def reason_of(error: OSError) -> str:
    """What the operating system refused, by its own words, with the file if it names one."""
    reason = (error.strerror or str(error)).lower()
    return f"{error.filename}: {reason}" if error.filename else reason


def _require_log(settings: Settings) -> None:
    if settings.log is None and not (settings.data / "log.sqlite").is_file():
        fail(f"there is no log in {settings.data}; name one with --data, or a server with --url", USAGE)


def body_of(response: httpx2.Response) -> Any:
    """The decoded body of a response; a problem ends the command with its detail."""
    if response.is_error:
        response.read()
        fail(_problem(response))
    return from_json(response.content)


def _problem(response: httpx2.Response) -> str:
    try:
        return str(from_json(response.content)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"the server returned status {response.status_code}"


def get(client: httpx2.Client, path: str, **query: object) -> Any:
    """The decoded body of a GET; parameters that are None are not sent."""
    given = {name: str(value) for name, value in query.items() if value is not None}
    return body_of(client.get(path, params=given))


def lines(response: httpx2.Response) -> Iterator[bytes]:
    """The lines of an NDJSON response; only a line feed ends one, unlike in `str.splitlines`."""
    rest = b""
    for chunk in response.iter_bytes():
        *ended, rest = (rest + chunk).split(b"\n")
        yield from ended
    if rest:
        yield rest


def streamed(client: httpx2.Client, path: str, **query: object) -> Iterator[tuple[bytes, Any]]:
    """The lines of a stream, as sent and decoded; one without its closing line ends the command."""
    given = {name: str(value) for name, value in query.items() if value is not None}
    headers = {"Accept": "application/x-ndjson"}
    with client.stream("GET", path, params=given, headers=headers) as answer:
        if answer.is_error:
            body_of(answer)
        received = 0
        try:
            for line in lines(answer):
                item = from_json(line)
                if "caught_up" in item:
                    return
                received += 1
                yield line, item
        except (httpx2.TransportError, ValueError):
            pass  # cut off within a line or between two: the same to whoever reads on
    fail(f"the answer was cut off after {received:,} lines: it is not the whole; run this again")


def pages(client: httpx2.Client, path: str, **query: object) -> Iterator[Any]:
    """The items of a list, page by page."""
    cursor: str | None = None
    while True:
        body = get(client, path, cursor=cursor, **query)
        yield from body["items"]
        cursor = body["next_cursor"]
        if cursor is None:
            return
