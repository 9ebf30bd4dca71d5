"""Verifying a log, a receipt or two checkpoints, with public reads or a copied directory alone."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from service.attestation.trust import MISSING
from service.cli.bearer import bearer
from service.cli.client import USAGE, fail, reason_of
from service.cli.offline import settings_of
from service.cli.options import DEFAULT_DATA, Json
from service.cli.output import progress_bar, say, say_json
from service.cli.verify_lines import (
    consistency_lines,
    figures_lines,
    log_lines,
    receipt_lines,
    time_lines,
)
from service.proof.time_stamp import Roots, can_stamp, roots_of
from service.settings import BadSetting
from service.verify.consistency import verify_consistency
from service.verify.directory import verify_directory
from service.verify.estimates import verify_figures_in, verify_figures_of
from service.verify.listeners import Listeners, Told
from service.verify.receipts import verify_receipt
from service.verify.remote import verify_server
from service.verify.report import complete
from service.verify.server import Server, server_at
from service.verify.stamps import verify_times_in, verify_times_of
from service.verify.trust import Trust, given_trust
from service.verify.verdicts import VERDICTS, CannotRead, NotVerified

Found = TypeVar("Found")

verify_app = typer.Typer(
    help="Verify what a log says, by its own bytes: needs public reads or a copied directory alone.",
    no_args_is_help=True,
)
Directory = Annotated[
    Path | None,
    typer.Argument(
        metavar="DIR", help="Directory of a log or of a copy; by default that of the settings."
    ),
]
Url = Annotated[str | None, typer.Option("--url", help="URL of a server, instead of a directory.")]
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="VKEY", help="A public key of the log that you trust; repeatable."),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option("--policy", help="A file that names logs and witnesses, and how many must sign."),
]
Known = Annotated[
    Path | None,
    typer.Option("--known", help="File that remembers what was verified, instead of one for each log."),
]
Wanted = Annotated[
    bool, typer.Option("--all", help="Fail where a body is redacted, or not for this reader.")
]


@verify_app.command("log")
def log(
    directory: Directory = None,
    url: Url = None,
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    every: Wanted = False,
    as_json: Json = False,
) -> None:
    """Hash every entry and event again, build the tree, and compare it with what was signed."""
    with reading() as trust, _progress(as_json) as told:
        given, listeners = trust(key, policy), Listeners(told)
        report = _verified(
            url,
            directory,
            lambda server: verify_server(server, given, known, listeners),
            lambda folder: verify_directory(folder, given, known, listeners),
        )
    report = complete(report) if every else report
    end(report, log_lines(report), as_json)


@verify_app.command("time")
def time(
    directory: Directory = None,
    url: Url = None,
    certificates: Annotated[
        Path | None,
        typer.Option(help="Roots of the time authority that you trust, in PEM; or by its setting."),
    ] = None,
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Verify the time stamps of others, and that no event is dated before or after them."""
    with reading() as trust, _progress(as_json) as told:
        given, roots = trust(key, policy), _roots(certificates)
        report = _verified(
            url,
            directory,
            lambda server: verify_times_of(server, roots, given, known, told),
            lambda folder: verify_times_in(folder, roots, given, known, told),
        )
    end(report, time_lines(report), as_json)


@verify_app.command("estimates")
def estimates(
    directory: Directory = None,
    url: Url = None,
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Build every figure again from verified events, and compare it with what is stated."""
    with reading() as trust, _progress(as_json) as told:
        given = trust(key, policy)
        report = _verified(
            url,
            directory,
            lambda server: verify_figures_of(server, given, known, told),
            lambda folder: verify_figures_in(folder, given, known, told),
        )
    end(report, figures_lines(report), as_json)


@verify_app.command("receipt")
def receipt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt, or the JSON of a proof.")],
    body: Annotated[
        Path | None, typer.Option("--body", help="The event, where the receipt does not hold it.")
    ] = None,
    key: Keys = None,
    policy: PolicyFile = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Verify that an event is in a log as it was recorded, offline."""
    with reading() as trust:
        event = None if body is None else content_of(body)
        report = verify_receipt(content_of(file), event, trust(key, policy), known)
    end(report, receipt_lines(report), as_json)


@verify_app.command("consistency")
def consistency(
    old: Annotated[Path, typer.Argument(metavar="OLD", help="A checkpoint that you kept.")],
    new: Annotated[
        Path | None, typer.Argument(metavar="NEW", help="Another one; unless given, the server's.")
    ] = None,
    url: Url = None,
    key: Keys = None,
    known: Known = None,
    as_json: Json = False,
) -> None:
    """Verify that two checkpoints are of one history, of which one is the beginning of the other."""
    if new is None and url is None:
        fail("give NEW, or the --url of a server", USAGE)
    with reading() as trust, at(url) as server:
        newer = server.checkpoint() if server and new is None else content_of(new or old)
        report = verify_consistency(content_of(old), newer, server, trust(key, None), known)
    end(report, consistency_lines(report), as_json)


Trusting = Callable[[list[str] | None, Path | None], Trust | None]


@contextmanager
def reading() -> Iterator[Trusting]:
    """Give what reads keys and a policy; what is refused in the block ends the command in a line."""
    try:
        yield _trust
    except NotVerified as refused:
        fail(str(refused), VERDICTS[refused.finding.code].status)
    except CannotRead as error:
        fail(str(error))
    except BadSetting as error:
        fail(str(error), USAGE)


@contextmanager
def at(url: str | None) -> Iterator[Server | None]:
    """The server at an address, None without one."""
    if url is None:
        yield None
    else:
        with server_at(url, bearer()) as server:
            yield server


def content_of(path: Path) -> bytes:
    """The bytes of a file, `-` for standard input; raises CannotRead."""
    try:
        return sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        raise CannotRead(reason_of(error)) from None


def _trust(keys: list[str] | None, policy: Path | None) -> Trust | None:
    return given_trust(keys or [], None if policy is None else content_of(policy))


def _roots(certificates: Path | None) -> Roots:
    """The roots of the time authority that count: those of a file, or of the settings."""
    if not can_stamp():
        fail(f"verify time {MISSING}", USAGE)
    path = certificates or settings_of(DEFAULT_DATA).attestation.time_certificates
    if path is None:
        fail("--certificates FILE: name the roots of the time authority that you trust", USAGE)
    try:
        return roots_of(content_of(path))
    except ValueError as error:
        raise CannotRead(f"{path}: {error}") from None


def _verified(
    url: str | None,
    directory: Path | None,
    of_server: Callable[[Server], Found],
    in_directory: Callable[[Path], Found],
) -> Found:
    """Verify what the arguments name: a server, or else a directory."""
    if url is None:
        return in_directory(directory or DEFAULT_DATA)
    _refuse_both(directory)
    with server_at(url, bearer()) as server:
        return of_server(server)


def _refuse_both(directory: Path | None) -> None:
    if directory is not None:
        fail("DIR, --url: give one of them", USAGE)


@contextmanager
def _progress(quiet: bool) -> Iterator[Told]:
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("verifying", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def end(report: Any, lines: Iterator[str], as_json: bool) -> None:
    """Print a report, and exit with its status."""
    if as_json:
        say_json(report)
    else:
        for line in lines:
            say(line)
    if report["status"]:
        raise typer.Exit(report["status"])
