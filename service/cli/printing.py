"""Prints answers, as JSON or in a layout for people."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.cli.client import Target, client_of
from service.cli.output import say_json, show
from service.client.plans import one


def print_answer(
    target: Target, path: str, query: Mapping[str, str], layout: Any, as_json: bool
) -> None:
    """Ask for one answer and print it, as JSON or in a layout for people."""
    with client_of(target) as client:
        body = client.ask(one(path, query))
    if as_json:
        say_json(body)
    else:
        show(body, layout)


def print_items(items: Iterator[Any], layout: Any, as_json: bool) -> None:
    """Print a list, as one line of JSON for each item or in a layout for people."""
    if not as_json:
        show(list(items), layout)
        return
    for item in items:
        say_json(item)
