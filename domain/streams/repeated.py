"""Lists that may name nothing twice."""

from collections.abc import Sequence

from domain.errors import refuse


def check_once(pointer: str, names: Sequence[str]) -> None:
    """Refuse a list that names something twice, whatever the case of its letters."""
    before = set[str]()
    for i, name in enumerate(names):
        if name.casefold() in before:
            raise refuse("invalid", f"{pointer}/{i}", f"'{name}' is listed twice")
        before.add(name.casefold())
