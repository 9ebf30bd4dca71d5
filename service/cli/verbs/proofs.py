"""What the log has signed: the receipt of an event, and the checkpoints."""

from collections.abc import Iterable
from typing import Annotated

import typer
from rich.table import Table

from service.cli.client import Target, client_of
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import say, say_json, show
from service.cli.tables import table
from service.signing.published import CheckpointItem


def proof(
    position: Annotated[int, typer.Argument(metavar="POSITION", help="Position of an event.")],
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """Print the receipt of an event: that it is in the log, with its body, in one file."""
    with client_of(Target(data, url)) as client:
        found = client.proof(position)
    if as_json:
        say_json(found)
    else:
        say(found["receipt"].removesuffix("\n"))


def checkpoints(
    limit: Annotated[
        int | None, typer.Option("--limit", help="How many, the smallest first; by default all.")
    ] = None,
    data: Data = DEFAULT_DATA,
    url: Url = None,
    as_json: Json = False,
) -> None:
    """List the checkpoints that the log has published."""
    with client_of(Target(data, url)) as client:
        found = list(client.checkpoints(limit=limit))
    if not as_json:
        show(found, _table)
        return
    for each in found:
        say_json(each)


def _table(items: Iterable[CheckpointItem]) -> Table:
    result = table("size", "signed", "root", "cosigned by", "stamped by", numbers=("size",))
    result.columns[2].ratio = 1
    result.columns[2].no_wrap, result.columns[2].overflow = True, "ellipsis"
    for each in items:
        witnesses = ", ".join(one["witness"] for one in each["cosigned"])
        authorities = ", ".join(one["authority"] for one in each["stamped"])
        signed = each["signed_at"][:19].replace("T", " ")
        result.add_row(str(each["size"]), signed, each["root"], witnesses, authorities)
    return result
