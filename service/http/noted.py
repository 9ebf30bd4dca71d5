"""What is seen of a request while it is answered: which operation, and with which problem."""

from contextvars import ContextVar
from dataclasses import dataclass

NO_OPERATION = "none"
"""The operation of a request that reached none."""


@dataclass(slots=True)
class Noted:
    """The address of the operation as a template, and the code of the problem if one was answered."""

    operation: str = NO_OPERATION
    code: str | None = None
    stream: bool = False


NOTED: ContextVar[Noted | None] = ContextVar("noted", default=None)


def see_operation(template: str) -> None:
    """Note which operation answers the request."""
    if (noted := NOTED.get()) is not None:
        noted.operation = template


def see_problem(code: str) -> None:
    """Note that the request is answered with a problem."""
    if (noted := NOTED.get()) is not None:
        noted.code = code


def see_stream() -> None:
    """Note that the answer goes on for as long as its reader wants."""
    if (noted := NOTED.get()) is not None:
        noted.stream = True
