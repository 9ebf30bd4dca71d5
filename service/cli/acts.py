"""Verbs that write: each sends one command to the interface, whose answer or refusal it prints."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from domain.commands import DeskCommand
from service.acts.acts import ACTS, Act, Undo
from service.acts.fields import CommandField, fields_of
from service.api.write import WRITES, Write, Written
from service.cli.act_words import say_tried, undo_line, written_line
from service.cli.client import USAGE, Target, client_of, fail
from service.cli.completion import any_of
from service.cli.fields import Given, body_of_fields, flag_of, option_of
from service.cli.options import DEFAULT_DATA, Data, DryRun, IfMatch, Json, Url
from service.cli.output import say, say_json
from service.client import Client, Refused
from service.client.exchange import Answer, decoded
from service.client.intents import CREATED, Conditions, Intent, answered, tried
from service.client.plans import one
from service.client.values import query_of

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
    "CITATION": "Id of a citation.",
}
"""What the argument of a verb names."""


@dataclass(frozen=True)
class Verb:
    """An act as a verb does it.

    A log that is not there yet is only begun by one that `begins` it. Its address does not take the
    fields in `without`. The `argument` is the field that what the verb names is, if not its target.
    """

    command: type[DeskCommand]
    begins: bool = False
    without: tuple[str, ...] = ()
    argument: str | None = None

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
        given = {self.act.field, self.argument, *self.without}
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
        intent = _intent(verb, target, said, asked["if_match"])
        creates = verb.begins and not asked["dry_run"]
        with client_of(Target(data, url), create=creates) as client:
            if asked["dry_run"]:
                say_tried(client.ask(tried(intent)), as_json)
                return
            answer = client.ask(answered(intent))
            if as_json:
                say_json(decoded(answer))
            else:
                about = _cited(verb, target, answer)
                _tell(verb, {"target": target, **about, **said}, client, answer)

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

    offered = any_of(*named.lower().split("|"))
    typed = typer.Argument(metavar=named, help=_TARGETS[named], autocompletion=offered)
    argument = Annotated[str, typed]
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


def _intent(verb: Verb, target: str, said: Given, if_match: str | None) -> Intent:
    """What was typed; a name that is no claim's ends the command."""
    target_field = {} if verb.argument else {verb.act.field or "id": target}
    conditions: Conditions = {} if if_match is None else {"if_match": if_match}
    if verb.write.body == "none":
        intent = Intent(verb.command.NAME, {**target_field, **said}, conditions)
    else:
        body = body_of_fields(verb.fields, said, {verb.argument: target} if verb.argument else {})
        intent = Intent(verb.command.NAME, target_field, conditions, body)
    try:
        intent.call()
    except ValueError as bad:
        fail(str(bad), USAGE)
    return intent


def _cited(verb: Verb, target: str, answer: Answer) -> dict[str, Any]:
    """What is named by a field of the command, and the id that what was recorded then has."""
    return {verb.argument: target, "target": decoded(answer)["id"]} if verb.argument else {}


def _tell(
    verb: Verb,
    facts: dict[str, Any],
    client: Client,
    answer: Answer,
) -> None:
    """Print what was recorded and what takes it back."""
    written: Written = decoded(answer)
    is_new = _is_new(verb.write, answer, written)
    say(written_line(written, verb.act.done.format_map(facts), is_new))
    if is_new is False:
        return
    undo = verb.act.undo
    if isinstance(undo, Undo) and is_new:
        before = written["position"] - 1
        facts |= {name: _earlier(name, client, answer, before) for name in undo.earlier}
    say(undo_line(undo, verb.command, facts))


def _is_new(write: Write, answer: Answer, written: Written) -> bool | None:
    """Whether anything was recorded; None for a PUT on what was there, whose answer does not tell."""
    if write.method == "PUT" and written["version"] > 1:
        return None
    return answer.status == CREATED


def _earlier(field: str, client: Client, answer: Answer, position: int) -> str:
    """A field of what was written to, as of a position; its name where that cannot be read."""
    asked = query_of(None, known_at=position, min_position=position)
    try:
        return str(client.ask(one(answer.headers["location"], asked))[field])
    except Refused:
        return f"<the earlier {field}>"
