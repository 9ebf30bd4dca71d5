"""The time that a body may take: as a whole, or, for one of any length, between two parts of it."""

import asyncio
import re
from collections.abc import Awaitable, Generator
from typing import Any

from starlette.types import Message, Receive, Scope

from service.http.problems import Problem
from service.http.routing import header
from service.settings import Limits

OF_ANY_LENGTH = re.compile(r"/v1/import|/v1/evidence/[^/]+|/reports/[^/]+/evidence")
"""Addresses whose bodies may take as long as they like, if something of them comes now and then."""


class BodyTime:
    """Receives the messages of a request; those that bring its body must come in time."""

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        self._receive = receive
        length = header(scope, b"content-length")
        self._coming = length not in (None, "0") or header(scope, b"transfer-encoding") is not None
        self._endless = self._coming and OF_ANY_LENGTH.fullmatch(scope["path"]) is not None
        self._seconds = limits.import_quiet_seconds if self._endless else limits.body_seconds
        self._due = 0.0

    async def receive(self) -> Message:
        """The next message; raises `Problem` if the body comes too slowly."""
        if not self._coming:
            return await self._receive()
        if self._due == 0.0 or self._endless:
            self._due = asyncio.get_running_loop().time() + self._seconds
        # Most bodies come with their head: then there is nothing to wait for, and no timer to set.
        receiving = self._receive().__await__()
        try:
            awaited = next(receiving)
        except StopIteration as there:
            message: Message = there.value
        else:
            message = await self._in_time(_Going(awaited, receiving))
        self._coming = bool(message.get("more_body"))
        return message

    async def _in_time(self, receiving: Awaitable[Message]) -> Message:
        try:
            async with asyncio.timeout_at(self._due):
                return await receiving
        except TimeoutError:
            self._coming = False
            within = f"nothing came for {self._seconds} s" if self._endless else ""
            raise Problem("too-slow", within or f"the body took over {self._seconds} s") from None


class _Going:
    """An awaitable that has begun: what it waits for first, and how it goes on after that."""

    def __init__(self, first: Any, rest: Generator[Any, Any, Message]) -> None:
        self._first, self._rest = first, rest

    def __await__(self) -> Generator[Any, Any, Message]:
        yield self._first
        return (yield from self._rest)
