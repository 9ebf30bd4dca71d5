"""Serving a log, and the example story."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Unpack

import typer
from typer.core import TyperCommand

from service import server
from service.access.token_store import TokensUnavailable
from service.cli.bearer import FOLLOW_TOKEN, token_of
from service.cli.client import PATIENCE, USAGE, fail, reason_of
from service.cli.options import DEFAULT_DATA, Data
from service.cli.output import say
from service.cli.transfer import import_summary, send_file
from service.client import Client
from service.log.port import LogLocked, LogUnavailable
from service.service import Accepted, Service
from service.settings import BadSetting, Settings, from_environment
from service.transport.connections import raise_open_files

SEEDS = files("seeds")
DEMO_SECONDS = 60.0
"""Maximum time that the demo waits for its views before it prints its address."""


class ServeCommand(TyperCommand):
    """`serve`, whose `--follow` may stand alone."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a `--follow` without an address an empty one."""
        given = list[str]()
        for each, following in zip(args, [*args[1:], "-"], strict=True):
            given.append(f"{each}=" if each == "--follow" and following.startswith("-") else each)
        return super().parse_args(ctx, given)


def serve(
    data: Data = DEFAULT_DATA,
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but a loopback one needs tokens.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8000,
    tls_cert: Annotated[
        Path | None, typer.Option("--tls-cert", help="Certificate chain as PEM, to speak TLS.")
    ] = None,
    tls_key: Annotated[Path | None, typer.Option("--tls-key", help="Its key as PEM.")] = None,
    follow: Annotated[
        str | None,
        typer.Option(
            "--follow",
            metavar="[URL]",
            help="Follow a log that another node writes, in a database or over HTTP, and answer reads;"
            " by default the log of INTELLOG_LOG.",
        ),
    ] = None,
    standby: Annotated[
        bool,
        typer.Option(
            "--standby",
            help="Wait until the process that writes the log is gone, then write it; read meanwhile.",
        ),
    ] = False,
    accept_loss: Annotated[
        bool, typer.Option("--accept-loss", help="Go on without acknowledged events that are gone.")
    ] = False,
    accept_clock: Annotated[
        bool, typer.Option("--accept-clock", help="Go on with a clock far ahead of the last event.")
    ] = False,
) -> None:
    """Serve a log over HTTP."""

    def ready(service: Service, url: str) -> None:
        what = "follows the log in" if service.node.followed else "serves"
        say(f"intellog {what} {data} at {url}")

    if (tls_cert is None) != (tls_key is None):
        fail("--tls-cert and --tls-key: give both or neither", USAGE)
    tls = (tls_cert, tls_key) if tls_cert and tls_key else None
    accepted = Accepted(accept_loss=accept_loss, accept_clock=accept_clock)
    if standby and follow is not None:
        fail(
            "--standby, --follow: a standby follows the log that it waits for; give one of them", USAGE
        )
    given = {"host": host, "port": port, "tls": tls}
    if standby:
        _stand_by(data, given, **accepted)
    else:
        _run(data, given, ready, os.environ, follow, **accepted)


def demo(
    data: Data = Path("data/demo"),
    host: Annotated[str, typer.Option(help="Loopback address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.")] = 8000,
) -> None:
    """Load the example story into a log and serve it."""

    def ready(service: Service, url: str) -> None:
        with server.running(service) as http:
            client = Client(http, patience=PATIENCE)
            for seed in sorted(SEEDS.iterdir(), key=lambda each: each.name):
                if seed.name.endswith(".ndjson"):
                    last = send_file(client, seed.open("rb"), seed.name, quiet=True)
                    say(f"{seed.name}: {import_summary(last)}")
        service.stopping.clear()
        service.follower.wait(service.log.head(), DEMO_SECONDS)
        say(_demo_hint(url))

    # The environment is ignored: it may name a real log, from which seeds cannot be removed.
    # Nobody waits for the clock of an example, which may have lain for months.
    _run(data, {"host": host, "port": port}, ready, {}, accept_clock=True)


def _run(
    data: Path,
    given: Mapping[str, Any],
    ready: Any,
    environment: Mapping[str, str],
    follow: str | None = None,
    **accepted: Unpack[Accepted],
) -> None:
    with _one_line_errors(given):
        settings = replace(from_environment(data, environment), **given)
        if follow is not None:
            settings = _following(settings, follow)
        server.serve(settings, ready, **accepted)


def _stand_by(data: Path, given: Mapping[str, Any], **accepted: Unpack[Accepted]) -> None:
    with _one_line_errors(given):
        settings = replace(from_environment(data, os.environ), **given)
        server.stand_by(settings, lambda line: say(f"intellog {line}"), **accepted)


@contextmanager
def _one_line_errors(given: Mapping[str, Any]) -> Iterator[None]:
    """Run a server; what keeps it from running ends the command with a one-line error."""
    raise_open_files()
    try:
        yield
    except BadSetting as error:
        fail(str(error), USAGE)
    except (LogLocked, LogUnavailable, TokensUnavailable) as error:
        fail(str(error))
    except server.CannotListen as error:
        fail(f"cannot listen on {given['host']}:{given['port']}: {error}; try another --port")
    except OSError as error:
        fail(reason_of(error))


def _following(settings: Settings, follow: str) -> Settings:
    """Settings of a node that follows an address, or that of the environment; raises `BadSetting`."""
    address = follow or settings.log
    if address is None:
        raise BadSetting("--follow: give the address of a log, or set INTELLOG_LOG")
    return settings.following(address, token_of(FOLLOW_TOKEN))


def _demo_hint(url: str) -> str:
    return f"""
intellog serves the example story at {url}. Try:

  curl '{url}/v1/estimates/dprk-killed'
  curl '{url}/v1/estimates/dprk-killed?published_by=2025-02-01'
  curl '{url}/v1/estimates/dprk-killed/vintages?originator=nis&axis=publication'

Press Ctrl-C to stop."""
