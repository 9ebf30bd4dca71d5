"""Plans of the usual kinds: one answer, and a list page by page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from service.client.exchange import Call, Emit, Plan, Program, Session, decoded, reached

if TYPE_CHECKING:
    from service.client.answers import AsOfAnswer

LARGEST_PAGE = 1_000
T = TypeVar("T")


@dataclass(slots=True)
class Notes:
    """What is known of a list or a stream while it is read.

    `as_of` has the times of a list, once its first page is there; `position` is the last one that a
    stream has handed over or reached.
    """

    as_of: AsOfAnswer | None = None
    position: int | None = None

    @property
    def times(self) -> AsOfAnswer:
        """The times of a list; raises `ValueError` where they are not known."""
        if self.as_of is None:
            raise ValueError("the times come with the first item of a list; a stream has none")
        return self.as_of


@dataclass(frozen=True, slots=True)
class Many(Generic[T]):
    """A call that hands over items of one type, and notes on them."""

    program: Callable[[Session, Notes], Program[None]]


def one(path: str, query: Mapping[str, str], *, waits: bool = True) -> Plan[Any]:
    """The JSON of an address that is read."""
    return answer_of(Call("GET", path, query, waits=waits))


def answer_of(call: Call) -> Plan[Any]:
    """The JSON that a call is answered with."""

    def program(session: Session) -> Program[Any]:
        answer = yield from reached(session, replace(call, query=session.placed(call)))
        return decoded(answer)

    return program


def listed(
    path: str,
    query: Mapping[str, str],
    most: int | None = None,
    *,
    waits: bool = True,
    largest: int | None = LARGEST_PAGE,
) -> Many[Any]:
    """The items of a list, page by page, at most so many; all pages are of the same position.

    Pages are the `largest` that there may be, or, without it, of the size that the server chooses.
    """
    size = largest if most is None else min(most, LARGEST_PAGE)
    limit = {} if size is None else {"limit": str(size)}
    call = Call("GET", path, {**query, **limit}, waits=waits)

    def program(session: Session, notes: Notes) -> Program[None]:
        placed, left = session.placed(call), most
        cursor: dict[str, str] = {}
        while True:
            answer = yield from reached(session, replace(call, query={**placed, **cursor}))
            body = decoded(answer)
            notes.as_of = body.get("as_of")  # a list of what is no view of the log has none
            items = body["items"][:left]
            for item in items:
                yield Emit(item)
            left = None if left is None else left - len(items)
            if body.get("next_cursor") is None or left == 0:
                return
            cursor = {"cursor": body["next_cursor"]}

    return Many(program)
