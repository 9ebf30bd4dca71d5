"""Tables that verbs write to a file, as the interface sends them: `--csv FILE`, `--xlsx FILE`."""

from collections.abc import Iterator, Mapping
from inspect import Parameter
from typing import Annotated, Any

import typer

from service.cli.client import USAGE, Target, client_of, fail
from service.cli.transfer import save

FORMS = ("csv", "xlsx")


def table_options() -> Iterator[Parameter]:
    """An option for each form of a table."""
    for form in FORMS:
        described = f"Write a table to this {form.upper()} file; - for standard output."
        typed = Annotated[str | None, typer.Option(f"--{form}", metavar="FILE", help=described)]
        yield Parameter(form, Parameter.KEYWORD_ONLY, annotation=typed, default=None)


def tables_asked(given: dict[str, Any]) -> dict[str, str]:
    """Take the files of tables out of the options of a verb, by form."""
    files = {form: given.pop(form, None) for form in FORMS}
    return {form: file for form, file in files.items() if file is not None}


def write_tables(
    target: Target, address: str, query: Mapping[str, str], files: Mapping[str, str]
) -> None:
    """Write each table to its file, as it comes; a refusal ends the command with its detail."""
    if [*files.values()].count("-") > 1:
        fail("only one table can go to standard output", USAGE)
    with client_of(target) as client:
        for form, file in files.items():
            save(client, f"{address}.{form}", file, query)
