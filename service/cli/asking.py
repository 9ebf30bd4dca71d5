"""Verbs that ask: their options are the parameters of the address that answers."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from inspect import Parameter, Signature
from itertools import islice
from keyword import iskeyword
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from service.api import inspect, read
from service.cli.client import USAGE, Target, client_of, fail, pages
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.printing import print_answer, print_items
from service.http.parameters import PARAMETERS
from service.http.parameters import Parameter as Described
from service.http.reads import Read

Layout = Callable[[Any], Any]
READS: Mapping[str, Read] = {each.path: each for each in (*read.READS, *inspect.READS)}
"""What is read, by its address."""
LARGEST_PAGE = 1_000
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

    A list is read whole, or up to `--limit`; with `chart` there is another layout, for `--chart`.
    """
    asked = READS[path]
    place = _place(path)

    def run(data: Path, url: str | None, as_json: bool, **given: Any) -> None:
        address = _address(path, given.pop("target", ""))
        shown = chart if chart is not None and given.pop("chart") else layout
        query, target = queried(given), Target(data, url)
        if asked.shape.wrap == "page":
            most: int | None = query.pop("limit")
            with client_of(target) as client:
                items = pages(client, address, limit=min(most or LARGEST_PAGE, LARGEST_PAGE), **query)
                print_items(islice(items, most), shown, as_json)
        else:
            print_answer(target, address, query, shown, as_json)

    more = (_chart(),) if chart is not None else ()
    target = (argument(place, _ARGUMENTS[place]),) if place else ()
    named = [*target, *options(asked.query), *more]
    return signed(run, named, (asked.look.__doc__ or "").partition("\n")[0])


def _place(path: str) -> str | None:
    """What an address has a place for, None if it has none."""
    if "{n}" in path:
        return "claim"
    return path.partition("{")[2].partition("}")[0] or None


def _address(path: str, target: str) -> str:
    if "{n}" not in path:
        start, _, rest = path.partition("{")
        return f"{start}{quote(target, safe='')}{rest.partition('}')[2]}" if rest else path
    report, _, n = target.rpartition("/")
    if not report:
        fail(f"{target[:60]!r} is no claim; name one as <report>/<n>, such as r1/2", USAGE)
    return path.format(report=quote(report, safe=""), n=quote(n, safe=""))


def queried(given: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a request from the options of a verb; a switch is `true` or not sent."""
    return {
        name.removesuffix("_"): ("true" if typed else None) if isinstance(typed, bool) else typed
        for name, typed in given.items()
    }


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
    option = typer.Option(flag, help=described, metavar="TEXT" if kind is str else "NUMBER")
    return _keyword(name, Annotated[kind | None, option], None)


def _described(name: str, parameter: Described) -> str:
    """What a parameter is for; the command line reads all pages, so its own `limit` is another."""
    if name == "limit":
        return "Maximum number of items; by default all."
    text = parameter.description.replace("`", "").removeprefix("true: ")
    return text[:1].upper() + text[1:]


def argument(name: str, described: str, *, required: bool = True) -> Parameter:
    """The argument of a verb, which its help describes."""
    typed = typer.Argument(metavar=name.upper(), help=described)
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
