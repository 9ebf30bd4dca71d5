"""Verbs that write: each sends one command to the interface, whose answer or refusal it prints."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx2
import typer

from domain.commands import DeskCommand
from service.acts.acts import ACTS, Act, Undo
from service.acts.fields import CommandField, fields_of
from service.api.write import WRITES, Write, Written
from service.cli.act_words import dry_run_text, undo_line, written_line
from service.cli.client import USAGE, Target, body_of, client_of, fail
from service.cli.fields import Given, body_of_fields, flag_of, option_of
from service.cli.options import DEFAULT_DATA, Data, DryRun, IfMatch, Json, Url
from service.cli.output import say, say_json, show

_ADDRESSES: Mapping[type[Any], Write] = {write.command: write for write in WRITES}
_SHARED: Mapping[str, tuple[Any, Any]] = {
    "data": (Data, DEFAULT_DATA),
    "url": (Url, None),
    "dry_run": (DryRun, False),
    "if_match": (IfMatch, None),
    "as_json": (Json, False),
}
"""What every verb takes beside the fields of its commands, with its defaults."""
_TARGETS: Mapping[str, str] = {
    "INDICATOR": "Id of an indicator.",
    "SOURCE": "Id of a source.",
    "SOURCE|CLAIM": "Id of a source, or a claim as <report>/<n>.",
    "REPORT": "Id of a report.",
    "CLAIM": "A claim, as <report>/<n>.",
}
"""What the argument of a verb names."""


@dataclass(frozen=True)
class Verb:
    """An act as a verb does it.

    A log that is not there yet is only begun by one that `begins` it. Its address does not take the
    fields in `without`.
    """

    command: type[DeskCommand]
    begins: bool = False
    without: tuple[str, ...] = ()

    @property
    def act(self) -> Act:
        """What it does, and what takes that back."""
        return ACTS[self.command]

    @property
    def write(self) -> Write:
        """Where it is written."""
        return _ADDRESSES[self.command]

    @property
    def on_claim(self) -> bool:
        """Whether it is done to a claim."""
        return self.act.target == "claim"

    @cached_property
    def fields(self) -> dict[str, CommandField]:
        """Its fields but for the one that it is done to, by name."""
        given = {self.act.field, *self.without}
        return {each.name: each for each in fields_of(self.command) if each.name not in given}


def writing(named: str, *verbs: Verb, note: str = "", doc: str | None = None) -> Callable[..., None]:
    """The function of a verb, with an option for each field of its commands.

    `named` is what its argument names; of several commands the one is meant that fits it. Its help is
    `doc`, or the first line of its command's, and the `note`.
    """
    fields = {name: field for verb in verbs for name, field in verb.fields.items()}
    if len(verbs) > 1:  # what one of them needs, the others do not take
        fields = {name: replace(field, required=False) for name, field in fields.items()}

    def run(target: str, data: Path, url: str | None, as_json: bool, **given: Any) -> None:
        verb = _fitting(verbs, target)
        asked = {"dry_run": given.pop("dry_run"), "if_match": given.pop("if_match")}
        said = {name: typed for name, typed in given.items() if typed not in (None, [])}
        _check_options(verb, fields, said, target)
        method, address, more = _request(verb, target, said, **asked)
        creates = verb.begins and not asked["dry_run"]
        with client_of(Target(data, url), create=creates) as client:
            response = client.request(method, address, **more)
            answer = body_of(response)
            if as_json:
                say_json(answer)
            elif asked["dry_run"]:
                show(answer, dry_run_text)
            else:
                _tell(verb, {"target": target, **said}, client, response, answer)

    # What typer reads: it makes the options from these.
    parameters = list(_parameters(named, fields))
    vars(run)["__signature__"] = Signature(parameters)
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = f"{doc or _first_line(verbs[0])}{note}"
    return run


def _first_line(verb: Verb) -> str:
    return (verb.command.__doc__ or "").partition("\n")[0].replace("`", "")


def _parameters(named: str, fields: Mapping[str, CommandField]) -> Iterator[Parameter]:
    def parameter(name: str, annotation: Any, default: Any) -> Parameter:
        return Parameter(name, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)

    argument = Annotated[str, typer.Argument(metavar=named, help=_TARGETS[named])]
    yield parameter("target", argument, Parameter.empty)
    for field in fields.values():
        yield parameter(field.name, option_of(field), None)
    for name, (annotation, default) in _SHARED.items():
        yield parameter(name, annotation, default)


def _fitting(verbs: tuple[Verb, ...], target: str) -> Verb:
    """Of several commands the one that is done to a claim, or not, as the target is one."""
    return next((verb for verb in verbs if verb.on_claim == ("/" in target)), verbs[0])


def _check_options(verb: Verb, fields: Mapping[str, CommandField], said: Given, target: str) -> None:
    """End the command where an option is of its other act, or a field that must be given is missing."""
    needed = [each for each in verb.fields.values() if each.required]
    takes = " and ".join(flag_of(each) for each in needed)
    for name in said:
        if name not in verb.fields:
            fail(f"{target} takes no {flag_of(fields[name])}; give {takes}", USAGE)
    if any(each.name not in said for each in needed):
        fail(f"{target}: give {takes}; --help explains all options", USAGE)


def _request(
    verb: Verb, target: str, said: Given, *, dry_run: bool, if_match: str | None
) -> tuple[str, str, dict[str, Any]]:
    """The method, address and other parts of a request."""
    write, rest = verb.write, dict(said)
    params = {"dry_run": "true"} if dry_run else {}
    headers = {} if if_match is None else {"If-Match": if_match.encode()}
    names = {"id": target}
    if verb.on_claim:
        names["report"], names["n"] = _parts(target)
    if "{parent}" in write.path:
        names["parent"], names["m"] = _parts(rest.pop("derived_from"))
    address = write.path.format_map({name: quote(each, safe="") for name, each in names.items()})
    if write.body == "none":
        return write.method, address, {"params": {**rest, **params}, "headers": headers}
    body = body_of_fields(verb.fields, rest)
    typed = {"Content-Type": b"application/json", **headers}
    return write.method, address, {"params": params, "headers": typed, "content": body}


def _parts(claim: str) -> tuple[str, str]:
    """The report and the number of a claim."""
    report, _, n = claim.rpartition("/")
    if not report or not n:
        fail(f"{claim[:60]!r} is no claim; name one as <report>/<n>, such as r1/2", USAGE)
    return report, n


def _tell(
    verb: Verb,
    facts: dict[str, Any],
    client: httpx2.Client,
    response: httpx2.Response,
    written: Written,
) -> None:
    """Print what was recorded and what takes it back."""
    is_new = _is_new(verb.write, response, written)
    say(written_line(written, verb.act.done.format_map(facts), is_new))
    if is_new is False:
        return
    undo = verb.act.undo
    if isinstance(undo, Undo) and is_new:
        before = written["position"] - 1
        facts |= {name: _earlier(name, client, response, before) for name in undo.earlier}
    say(undo_line(undo, verb.command, facts))


def _is_new(write: Write, response: httpx2.Response, written: Written) -> bool | None:
    """Whether anything was recorded; None for a PUT on what was there, whose answer does not tell."""
    if write.method == "PUT" and written["version"] > 1:
        return None
    return response.status_code == 201


def _earlier(field: str, client: httpx2.Client, response: httpx2.Response, position: int) -> str:
    """A field of what was written to, as of a position; its name where that cannot be read."""
    asked = {"known_at": position, "min_position": position}
    found = client.get(response.headers["Location"], params=asked)
    return str(found.json()[field]) if found.is_success else f"<the earlier {field}>"
