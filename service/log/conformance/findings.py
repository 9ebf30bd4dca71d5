"""How a check says what a log did against its contract."""

from collections.abc import Callable
from typing import TypeVar

LONGEST = 300
"""Maximum number of characters of a value in a finding."""

E = TypeVar("E", bound=Exception)


class Broken(Exception):
    """What a log did against its contract, in words."""


def same(what: str, found: object, expected: object) -> None:
    """Raise `Broken` unless what was found is what was expected."""
    if found != expected:
        raise Broken(f"{what}: expected {_short(expected)}, found {_short(found)}")


def holds(what: str, fact: bool) -> None:
    """Raise `Broken` unless a fact holds; `what` states the fact."""
    if not fact:
        raise Broken(f"it is not so that {what}")


def refused(kind: type[E], what: str, call: Callable[[], object], saying: str = "") -> E:
    """Return the error of this kind with which a call is refused; raise `Broken` if it is not."""
    try:
        answer = call()
    except kind as error:
        holds(f"the refusal of {what} says {saying!r} ({_short(str(error))})", saying in str(error))
        return error
    except Exception as error:
        raise Broken(
            f"{what}: expected a {kind.__name__}, found {type(error).__name__}: {error}"
        ) from error
    raise Broken(f"{what} was not refused with a {kind.__name__}, but answered {_short(answer)}")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... ({len(text):,} characters)"
