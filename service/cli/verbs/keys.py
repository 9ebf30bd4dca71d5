"""The keys that sign a log, on the command line: in its directory, also beside a running server.

A server reads them again before it signs. They are never sent anywhere.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from service.cli.client import USAGE, fail
from service.cli.offline import settings_of, stored_log
from service.cli.options import DEFAULT_DATA, Data, Json
from service.cli.output import say, say_json, warn
from service.proof.errors import Malformed
from service.proof.key_file import KeyUnusable
from service.settings import Settings
from service.signing.guard import SigningGuard
from service.signing.keyring import KeyRefused, KeyRing, RingKey
from service.signing.signer import keys_directory, origin_of

key_app = typer.Typer(help="Make, change and list the keys that sign the log.", no_args_is_help=True)
Name = Annotated[
    str | None,
    typer.Option("--name", help="Name of the log in its checkpoints: a host and a path, no scheme."),
]
Id = Annotated[str, typer.Argument(help="Id of a key, as `intellog key list` shows it.")]


@key_app.command("list")
def list_(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """List every key that signs or ever signed the log, as verifiers read it."""
    with _ring(settings_of(data)) as ring:
        found = ring.read().keys
    for each in found:
        if as_json:
            say_json({"id": each.id, **asdict(each)})
        else:
            say(_listed(each))


@key_app.command()
def create(name: Name = None, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Make the first key, whose name stays that of the log; a server makes one if there is none."""
    settings = settings_of(data)
    with _ring(settings) as ring:
        _said(ring.create(name or _name(settings)), "signs", as_json)


@key_app.command()
def rotate(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Add a key: checkpoints bear the signatures of both, until the old one is retired."""
    with _ring(settings_of(data)) as ring:
        made = ring.rotate()
        old = ring.read().signing[0]
        _said(made, "signs as well", as_json)
    warn(f"tell those who verify; once they know it: intellog key retire {old.id}")


@key_app.command()
def retire(id: Id, data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Sign no more with a key, and delete its private part; what it has signed stays valid."""
    with _ring(settings_of(data)) as ring:
        _said(ring.retire(id), "signs no more", as_json)


@key_app.command()
def witness(data: Data = DEFAULT_DATA, as_json: Json = False) -> None:
    """Show the key with which this log's service cosigns other logs; it is made if there is none."""
    with _ring(settings_of(data)) as ring:
        public = ring.witness_key().public
    if as_json:
        say_json({"id": public.id.hex(), "vkey": public.written()})
        return
    say(public.written())
    warn(f"others name it in their policy: witness {public.name} {public.written()} <url>")


@key_app.command()
def recover(
    name: Name = None,
    accept_loss: Annotated[
        bool,
        typer.Option("--accept-loss", help="Go on without the events that were signed and are gone."),
    ] = False,
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Go on under another name after signed events were lost: the old one signs no shorter log."""
    if not accept_loss:
        fail(
            "the old name ends here, and whoever trusts it must be told; to go on, give --accept-loss",
            USAGE,
        )
    settings = settings_of(data)
    with _ring(settings) as ring, stored_log(settings) as log:
        origin, lost = _lost(ring, log.id, data)
        made = ring.recover(name or _next(origin), lost)
        _said(made, f"signs instead of {origin}", as_json)


def _lost(ring: KeyRing, log: str, data: Path) -> tuple[str, str]:
    """The name under which a log has signed what it has lost, and what that is, in words."""
    found = ring.read()
    last = None if found.log is None else SigningGuard(ring.directory, found.log).last()
    if last is not None and found.log != log:
        return last.origin, f"{last.origin} had signed the log {found.log}, whose place {log} has taken"
    if last is None or last.lost is None:
        fail(
            "no loss of signed events was accepted, so the log goes on under its name; if it is"
            f" damaged, first: intellog serve --data {data} --accept-loss"
        )
    return last.origin, f"{last.origin} signs no more: {last.lost}"


def _said(key: RingKey, what: str, as_json: bool) -> None:
    if as_json:
        say_json({"id": key.id, **asdict(key)})
        return
    say(key.vkey)
    warn(f"key {key.id} of {key.name} {what}, since {key.retired_at or key.added_at}")


def _name(settings: Settings) -> str:
    """The name of the first key: that of the settings, or from the id of the log."""
    if settings.origin or settings.public_url:
        return origin_of(settings, "")
    with stored_log(settings) as log:
        return origin_of(settings, log.id)


def _next(origin: str) -> str:
    """A name for a log that goes on: with a number behind it, or the next one."""
    first, _, number = origin.rpartition("/")
    return f"{first}/{int(number) + 1}" if first and number.isdigit() else f"{origin}/2"


@contextmanager
def _ring(settings: Settings) -> Iterator[KeyRing]:
    """The key ring of a directory; failures end the command with one line."""
    try:
        yield KeyRing(keys_directory(settings), lambda: datetime.now(UTC))
    except (KeyRefused, KeyUnusable, Malformed, OSError) as error:
        fail(str(error))


def _listed(key: RingKey) -> str:
    """A key in a line of its own, to be copied whole, and below it the time in which it signs."""
    until = f", until {key.retired_at[:19]}Z" if key.retired_at else ""
    return f"{key.vkey}\n  signs since {key.added_at[:19]}Z{until}"
