"""Tokens on the command line: made, listed and revoked in a data directory or on a server.

In a directory it works beside a running server, which notices at once.
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import typer
from rich.table import Table

from domain.times import BadTime, parse_instant, show_instant
from domain.vocabulary import MARKINGS, ROLES, Marking, Role
from service.access.token_rows import IssuedTokenAnswer, TokenAnswer
from service.access.token_store import FILE, TokensUnavailable
from service.access.tokens import BadToken, TokenFile
from service.cli.client import USAGE, Target, client_of, fail
from service.cli.completion import completion
from service.cli.offline import settings_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import say, say_json, show, warn
from service.cli.tables import table

token_app = typer.Typer(
    help="Make, list and revoke the tokens that let callers in.", no_args_is_help=True
)


@token_app.command()
def create(
    subject: Annotated[str, typer.Option("--subject", help="Who holds it: the actor of its events.")],
    role: Annotated[
        str,
        typer.Option(
            "--role",
            help=f"What it may do: {', '.join(ROLES)}.",
            autocompletion=completion("role"),
        ),
    ],
    clearance: Annotated[
        str,
        typer.Option(
            "--clearance",
            help=f"What it may see: up to one of {', '.join(MARKINGS)}.",
            autocompletion=completion("clearance"),
        ),
    ],
    expires: Annotated[
        str | None, typer.Option("--expires", help="When it ends: a date or an RFC 3339 time.")
    ] = None,
    note: Annotated[str, typer.Option("--note", help="What it is for.")] = "",
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Make a token, and print it: this once, and never again."""
    given = {"subject": subject, "role": role, "clearance": clearance, "note": note}
    made = _created(Target(data, url), {**given, "expires_at": _end(expires)})
    if as_json:
        say_json(made)
        return
    say(made["token"])
    warn(
        f"token {made['id']} lets {made['subject']} in as {made['role']}, up to {made['clearance']},"
        f" {_until(made)}. It is not shown again: keep it where only its holder can read it."
    )


@token_app.command("list")
def list_(data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """List all tokens, the oldest first, without their secrets."""
    found = _listed(Target(data, url))
    if not as_json:
        show(found, _table)
        return
    for each in found:
        say_json(each)


@token_app.command()
def revoke(
    id: Annotated[str, typer.Argument(help="Id of a token, as `intellog token list` shows it.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Accept a token no longer, at once: what is open under it ends."""
    revoked = _revoked(Target(data, url), id)
    if as_json:
        say_json(revoked)
    else:
        say(f"token {revoked['id']} of {revoked['subject']} was revoked at {revoked['revoked_at']}")


def _created(target: Target, asked: dict[str, Any]) -> IssuedTokenAnswer:
    if target.url is not None:
        with client_of(target) as client:
            return client.issue_token(**asked)
    end, actor = asked["expires_at"], settings_of(target.data).actor
    with _file(target, create=True) as tokens:
        token, text = tokens.issue(
            asked["subject"],
            cast(Role, asked["role"]),
            cast(Marking, asked["clearance"]),
            None if end is None else parse_instant(end),
            asked["note"],
            actor,
        )
    return {**token.answer(), "token": text}


def _listed(target: Target) -> list[TokenAnswer]:
    if target.url is not None:
        with client_of(target) as client:
            return [*client.tokens()]
    with _file(target) as tokens:
        return [each.answer() for each in tokens.tokens()]


def _revoked(target: Target, id: str) -> TokenAnswer:
    if target.url is not None:
        with client_of(target) as client:
            return client.revoke_token(id)
    with _file(target) as tokens:
        token = tokens.revoke(id, settings_of(target.data).actor)
    if token is None:
        fail(f"there is no token {id[:60]!r} in {target.data}; intellog token list shows all")
    return token.answer()


@contextmanager
def _file(target: Target, *, create: bool = False) -> Iterator[TokenFile]:
    """The tokens of a directory; failures end the command with one line.

    Without `create` there must be some, so that a mistyped directory is not taken for an empty one.
    """
    if not create and not (target.data / FILE).is_file():
        fail(f"there are no tokens in {target.data}; name a directory with --data, or --url", USAGE)
    try:
        with closing(TokenFile(target.data, lambda: datetime.now(UTC))) as tokens:
            yield tokens
    except BadToken as bad:
        fail(str(bad), USAGE)
    except TokensUnavailable as error:
        fail(str(error))


def _end(expires: str | None) -> str | None:
    if expires is None:
        return None
    try:
        return show_instant(parse_instant(expires))
    except BadTime as bad:
        fail(f"--expires {expires[:60]}: {bad}", USAGE)


def _table(tokens: Iterable[TokenAnswer]) -> Table:
    result = table("id", "subject", "role", "clearance", "accepted", "last used")
    result.columns[0].no_wrap = True
    for each in tokens:
        used = (each["last_used_at"] or "never").partition("T")[0]
        row = each["subject"], each["role"], each["clearance"], _until(each), used
        result.add_row(each["id"], *row)
    return result


def _until(token: TokenAnswer) -> str:
    """For how long a token is accepted, in words."""
    if token["revoked_at"] is not None:
        return "revoked"
    if token["expires_at"] is None:
        return "until revoked"
    expired = parse_instant(token["expires_at"]) <= datetime.now(UTC)
    return f"{'expired' if expired else 'until'} {token['expires_at'].removesuffix('T00:00:00Z')}"
