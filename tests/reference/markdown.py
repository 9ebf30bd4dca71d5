"""Pieces of Markdown: tables, among them those of the fields of a type."""

from collections.abc import Container, Iterable, Sequence

from service.web.description import Schema


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table, as lines with an empty one behind it; no lines without rows."""
    lines = [f"| {' | '.join(_cell(each) for each in row)} |" for row in rows]
    return [f"| {' | '.join(columns)} |", f"|{'---|' * len(columns)}", *lines, ""] if lines else []


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def code(text: str) -> str:
    """A text as it is typed."""
    return f"`{text}`"


def fields(shape: Schema, named: Container[str], page: str = "") -> list[str]:
    """The fields of a type as a table; types that are described on a page lead there."""
    rows = [
        (
            code(field["name"]) + (" (required)" if field["required"] else ""),
            " or ".join(before + _type(name, named, page) for before, name in field["types"]),
            "; ".join(field["notes"]),
        )
        for field in shape["fields"]
    ]
    return table(("field", "type", "meaning"), rows)


def _type(name: str, named: Container[str], page: str) -> str:
    return f"[{name}]({page}#{name.lower()})" if name in named else name
