"""Verbs that ask: their options are the parameters of the address that answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import Parameter, Signature
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any

import typer

from service.api import briefing, inspect, read
from service.cli.client import USAGE, Target, client_of, fail
from service.cli.completion import completion
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.printing import print_answer, print_items
from service.cli.table_files import table_options, tables_asked, write_tables
from service.client.plans import listed
from service.client.values import address, claim_address, query_of
from service.http.parameters import PARAMETERS
from service.http.parameters import Parameter as Described
from service.http.reads import Read

Layout = Callable[[Any], Any]
READS: Mapping[str, Read] = {each.path: each for each in (*read.READS, *inspect.READS, *briefing.READS)}
"""What is read, by its address."""
_INNER = ("cursor",)
"""Parameters that the command line sets itself."""
_TYPES: Mapping[str, type] = {"integer": int, "number": float}
_FLAGS: Mapping[str, str] = {"q": "--find", "period_from": "--from", "period_to": "--to"}
"""Options that are not named like their parameter."""
_ARGUMENTS: Mapping[str, str] = {
    "indicator": "Id of an indicator.",
    "claim": "A claim, as <report>/<n>.",
    "id": "Its id.",
}
"""The help of the argument of a verb, by the name of its place in the address."""


def asking(path: str, layout: Layout, *, chart: Layout | None = None) -> Callable[..., None]:
    """The verb that asks an address: its help is what the address answers.

    A list is read whole, or up to `--limit`; with `chart` there is another layout, for `--chart`. What
    is a table can be written to a file.
    """
    asked = READS[path]
    place = _place(path)

    def run(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
        where = _address(path, given.pop("target", ""))
        shown = chart if chart is not None and given.pop("chart") else layout
        files = tables_asked(given)
        most: int | None = given.pop("limit", None)
        query, target = query_of(None, given), Target(data, url)
        if files:
            write_tables(target, where, query if most is None else {**query, "limit": str(most)}, files)
            return
        if asked.shape.wrap == "page":
            with client_of(target) as client:
                print_items(client.iterate(listed(where, query, most)), shown, as_json)
        else:
            print_answer(target, where, query, shown, as_json)

    more = (_chart(),) if chart is not None else ()
    target = (argument(place, _ARGUMENTS[place]),) if place else ()
    tables = table_options() if asked.table else ()
    named = [*target, *options(asked.query), *more, *tables]
    return signed(run, named, (asked.look.__doc__ or "").partition("\n")[0])


def _place(path: str) -> str | None:
    """What an address has a place for, None if it has none."""
    if "{n}" in path:
        return "claim"
    return path.partition("{")[2].partition("}")[0] or None


def _address(path: str, target: str) -> str:
    if "{n}" not in path:
        return address(path, target) if "{" in path else path
    try:
        return claim_address(path, target)
    except ValueError as bad:
        fail(str(bad), USAGE)


def options(names: Iterable[str]) -> Iterator[Parameter]:
    """An option for each of these parameters of the interface."""
    for name in names:
        if name not in _INNER:
            yield _option(name)


def _option(name: str) -> Parameter:
    parameter = PARAMETERS[name]
    flag = _FLAGS.get(name, f"--{name.replace('_', '-')}")
    words, described = parameter.schema.get("enum", []), _described(name, parameter)
    if words == ["true", "false"]:
        return _keyword(name, Annotated[bool, typer.Option(flag, help=described)], False)
    if words and not any(word in described for word in words):
        described += f" One of {', '.join(words)}."
    kind: Any = _TYPES.get(parameter.schema["type"], str)
    metavar = "TEXT" if kind is str else "NUMBER"
    offered = completion(name, parameter.schema)
    option = typer.Option(flag, help=described, metavar=metavar, autocompletion=offered)
    return _keyword(name, Annotated[kind | None, option], None)


def _described(name: str, parameter: Described) -> str:
    """What a parameter is for; the command line reads all pages, so its own `limit` is another."""
    if name == "limit":
        return "Maximum number of items; by default all."
    text = parameter.description.replace("`", "").removeprefix("true: ")
    return text[:1].upper() + text[1:]


def argument(name: str, described: str, *, required: bool = True) -> Parameter:
    """The argument of a verb, which its help describes."""
    typed = typer.Argument(metavar=name.upper(), help=described, autocompletion=completion(name))
    if required:
        return _keyword("target", Annotated[str, typed], Parameter.empty)
    return _keyword(name, Annotated[str | None, typed], None)


def _chart() -> Parameter:
    option = typer.Option("--chart", help="Draw a chart, one line per revision.")
    return _keyword("chart", Annotated[bool, option], False)


def signed(run: Callable[..., None], named: Sequence[Parameter], doc: str) -> Callable[..., None]:
    """A function with these parameters, and those that every verb has, as typer reads them."""
    shared = {"data": (Data, DEFAULT_DATA), "url": (Url, None), "as_json": (Json, False)}
    parameters = [*named, *(_keyword(name, *each) for name, each in shared.items())]
    vars(run)["__signature__"] = Signature(parameters)
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    run.__doc__ = doc
    return run


def _keyword(name: str, annotation: Any, default: Any) -> Parameter:
    typed = f"{name}_" if iskeyword(name) else name
    return Parameter(typed, Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
