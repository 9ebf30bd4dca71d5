"""What describes a table beside it: a Data Package (Frictionless) with the columns and their types."""

from collections.abc import Iterable

from typing_extensions import TypedDict

from projections.answers.values import Instant
from service.interop.columns import Column, Kind


class TableField(TypedDict):
    """A column of a table: its name, and what its cells are."""

    name: str
    type: Kind


class TableSchema(TypedDict):
    """The columns of a table, in order; an empty cell is one without a value."""

    fields: list[TableField]
    missingValues: list[str]


class TableResource(TypedDict):
    """A table: where it is, its form, and its columns."""

    profile: str
    name: str
    path: str
    format: str
    mediatype: str
    encoding: str
    schema: TableSchema


class DataPackage(TypedDict):
    """A table as a package of its own; `created` is the record time that it is for."""

    profile: str
    name: str
    created: Instant | None
    resources: list[TableResource]


def datapackage(name: str, url: str, columns: Iterable[Column], created: str | None) -> DataPackage:
    """The description of the CSV at a URL."""
    fields: list[TableField] = [{"name": each.name, "type": each.kind} for each in columns]
    return {
        "profile": "tabular-data-package",
        "name": name,
        "created": created,
        "resources": [
            {
                "profile": "tabular-data-resource",
                "name": name,
                "path": url,
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": {"fields": fields, "missingValues": [""]},
            }
        ],
    }
