"""The protocol over standard input and output: one client, until its end closes."""

import asyncio
import math
import os
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType
from typing import cast

import anyio
import httpx2
from anyio.streams.memory import MemoryObjectSendStream
from mcp.server.stdio import stdio_server

from service.model_context.asking import over
from service.model_context.server import model_server

_CHUNK = 65_536


def answer_stdio(client: httpx2.Client) -> None:
    """Answer what comes on standard input from a service, until it closes or a signal ends it.

    Only the protocol goes to standard output: what else is printed goes to standard error.
    """
    signal.signal(signal.SIGTERM, _exit)
    with suppress(KeyboardInterrupt):
        try:
            anyio.run(_answer, client)
        except* BrokenPipeError:
            pass  # nobody reads the answers any more


def _exit(sig: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


async def _answer(client: httpx2.Client) -> None:
    server = model_server(lambda _: over(client))
    lines, given = anyio.create_memory_object_stream[str](math.inf)
    # The library's own reader waits in a thread until a line comes, and the process with it.
    reader = threading.Thread(
        target=_read, args=(sys.stdin.fileno(), lines, asyncio.get_running_loop()), daemon=True
    )
    reader.start()
    async with given, stdio_server(cast("anyio.AsyncFile[str]", given)) as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _read(number: int, lines: MemoryObjectSendStream[str], loop: asyncio.AbstractEventLoop) -> None:
    """Pass on the lines of a file, and then its end."""
    rest = b""
    with suppress(RuntimeError):  # the loop has ended: nobody answers any more
        while chunk := os.read(number, _CHUNK):
            *whole, rest = (rest + chunk).split(b"\n")
            for line in whole:
                loop.call_soon_threadsafe(_pass_on, lines, line.decode("utf-8", "replace"))
        loop.call_soon_threadsafe(lines.close)


def _pass_on(lines: MemoryObjectSendStream[str], line: str) -> None:
    with suppress(anyio.BrokenResourceError):
        lines.send_nowait(line)
