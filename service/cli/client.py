"""Clients for the commands: of a running server, or of a log that this process opens."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import httpx2
import typer

from service.access.token_store import TokensUnavailable
from service.cli.bearer import bearer
from service.cli.output import warn
from service.client import Client, Cut, Refused, Unreachable
from service.log.port import LogLocked, LogUnavailable
from service.server import running
from service.service import opened
from service.settings import BadSetting, Settings, from_environment

REFUSED, USAGE = 1, 2
PATIENCE = 0.0
"""Seconds for which a request is repeated: whoever waits at a terminal sees at once what is wrong."""


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
def client_of(target: Target, *, create: bool = False) -> Iterator[Client]:
    """A client of the log; what is refused or not reached ends the command with a one-line error.

    Without `create` the log must exist, so that a mistyped directory is not taken for an empty log.
    """
    with http_of(target, create=create) as http:
        yield Client(http, patience=PATIENCE)


@contextmanager
def http_of(target: Target, *, create: bool = False) -> Iterator[httpx2.Client]:
    """The same for what speaks HTTP by itself."""
    try:
        if target.url is not None:
            with httpx2.Client(base_url=target.url, timeout=None, headers=bearer()) as http:
                yield http
        else:
            settings = from_environment(target.data)
            if not create:
                _require_log(settings)
            with opened(settings) as service, running(service) as http:
                yield http
    except BadSetting as error:
        fail(str(error), USAGE)
    except (LogLocked, LogUnavailable, TokensUnavailable) as error:
        fail(str(error))
    except httpx2.InvalidURL as error:
        fail(f"--url {target.url}: {error}", USAGE)
    except Refused as refused:
        fail(refused.detail)
    except Cut as cut:
        fail(cut.reason)
    except Unreachable as error:
        fail(f"{target.url or target.data}: {error.reason}")
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
