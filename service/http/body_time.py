"""The time that a body may take: as a whole, or, for one of any length, between two parts of it."""

import asyncio
import re

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
        try:
            async with asyncio.timeout_at(self._due):
                message = await self._receive()
        except TimeoutError:
            self._coming = False
            within = f"nothing came for {self._seconds} s" if self._endless else ""
            raise Problem("too-slow", within or f"the body took over {self._seconds} s") from None
        self._coming = bool(message.get("more_body"))
        return message
