"""What became of each object of a bundle: nothing is left out without being named."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic_core import to_json
from typing_extensions import TypedDict

Became = Literal["taken", "part", "known", "left-out"]
"""`taken` as lines of the import, `part` of another object, `known` to the log, or `left-out`."""


class ObjectLine(TypedDict):
    """What became of an object of a bundle, by its id, or its place where it has none.

    `lines` are the lines of the import that it became, `why` says why it became nothing or whose part.
    """

    object: str
    became: Became
    lines: list[int]
    why: str


@dataclass(slots=True)
class Conversion:
    """The lines of an import that a bundle becomes, and what became of each object."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    objects: dict[str, ObjectLine] = field(default_factory=dict)

    def take(self, object: str, *lines: dict[str, Any]) -> None:
        """Add lines that an object becomes."""
        told = self.objects.setdefault(object, _told(object, "taken", ""))
        for line in lines:
            self.lines.append(line)
            told["lines"].append(len(self.lines))

    def tell(self, object: str, became: Became, why: str) -> None:
        """Say what became of an object; what was said first stays."""
        self.objects.setdefault(object, _told(object, became, why))

    def body(self) -> bytes:
        """The lines as an import takes them."""
        return b"".join(to_json(line) + b"\n" for line in self.lines)


def _told(object: str, became: Became, why: str) -> ObjectLine:
    return {"object": object, "became": became, "lines": [], "why": why}
