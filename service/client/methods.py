"""Methods from functions that plan a call: one function serves the blocking and the awaiting client."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, overload

from service.client.exchange import Plan
from service.client.intents import Intent, tried, written
from service.client.plans import Many

if TYPE_CHECKING:
    from service.client.answers import DryRunAnswer, Written
    from service.client.awaiting import AsyncItems, Awaiting
    from service.client.blocking import Blocking, Items

P = ParamSpec("P")
T = TypeVar("T")


class Asked(Generic[P, T]):
    """A method that asks once."""

    def __init__(self, plan: Callable[P, Plan[T]]) -> None:
        self.plan = plan

    @overload
    def __get__(self, at: None, owner: type) -> Callable[P, Plan[T]]: ...
    @overload
    def __get__(self, at: Blocking, owner: type) -> Callable[P, T]: ...
    @overload
    def __get__(self, at: Awaiting, owner: type) -> Callable[P, Coroutine[Any, Any, T]]: ...
    def __get__(self, at: Blocking | Awaiting | None, owner: type) -> Callable[P, Any]:
        if at is None:
            return self.plan

        @wraps(self.plan)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return at.ask(self.plan(*args, **kwargs))

        return method


class Iterated(Generic[P, T]):
    """A method that returns an iterator."""

    def __init__(self, plan: Callable[P, Many[T]]) -> None:
        self.plan = plan

    @overload
    def __get__(self, at: None, owner: type) -> Callable[P, Many[T]]: ...
    @overload
    def __get__(self, at: Blocking, owner: type) -> Callable[P, Items[T]]: ...
    @overload
    def __get__(self, at: Awaiting, owner: type) -> Callable[P, AsyncItems[T]]: ...
    def __get__(self, at: Blocking | Awaiting | None, owner: type) -> Callable[P, Any]:
        if at is None:
            return self.plan

        @wraps(self.plan)
        def method(*args: P.args, **kwargs: P.kwargs) -> Any:
            return at.iterate(self.plan(*args, **kwargs))

        return method


def writing(intent: Callable[P, Intent]) -> Asked[P, Written]:
    """The method that carries an intent out."""
    return Asked(_then(intent, written))


def trying(intent: Callable[P, Intent]) -> Asked[P, DryRunAnswer]:
    """The method that says what an intent would record and change."""
    return Asked(_then(intent, tried))


def _then(intent: Callable[P, Intent], plan: Callable[[Intent], Plan[T]]) -> Callable[P, Plan[T]]:
    @wraps(intent)
    def planned(*args: P.args, **kwargs: P.kwargs) -> Plan[T]:
        return plan(intent(*args, **kwargs))

    return planned
