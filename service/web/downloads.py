"""Links to what a page shows as tables and as data: each carries the question that the page asks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request

from service.interop.xlsx import can_write_workbooks
from service.web.links import address

PLACES = ("page", "after", "before", "until", "min_position", "compare", "axis")
"""Parameters of pages that say where one is, and not what is asked."""


@dataclass(frozen=True, slots=True)
class Download:
    """Something to download: what it is, and its address in each form, by the name of the form."""

    name: str
    forms: Mapping[str, str]


def asked_of(request: Request) -> dict[str, str]:
    """The question that a page is asked: its filters and the three times."""
    return {name: value for name, value in request.query_params.items() if name not in PLACES}


def table_download(
    name: str, path: str, asked: Mapping[str, str], *names: str, **more: str
) -> Download:
    """A list in all forms of a table; of the question only the parameters that it takes, if named."""
    kept = {**{n: v for n, v in asked.items() if not names or n in names}, **more}
    suffixes = {"CSV": ".csv", **({"XLSX": ".xlsx"} if can_write_workbooks() else {}), "JSON": ""}
    return Download(name, {form: address(path + suffix, kept) for form, suffix in suffixes.items()})


def downloads(request: Request, name: str, path: str, **more: str) -> Iterable[Download]:
    """The one table of a page that shows a list."""
    return [table_download(name, path, asked_of(request), **more)]
