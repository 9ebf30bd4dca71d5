"""A model's client, as the library of the protocol has it, over each transport."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, Resource, Tool

from service.cli.bearer import TOKEN
from tests.places import ROOT
from tests.service.http.team import bearer

NEW, OLD = "auto", "legacy"
"""How a client begins: with the protocol of 2026, or with the handshake of those before."""
Body = dict[str, Any]


@dataclass(frozen=True)
class Model:
    """A client that is connected, for tests that do not wait themselves."""

    client: Client
    portal: BlockingPortal

    def do(self, function: Callable[..., Any], *given: Any) -> Any:
        """What a function of the client returns."""
        return self.portal.call(function, *given)

    def call(self, name: str, /, **given: Any) -> CallToolResult:
        """The answer of a tool."""
        answer: CallToolResult = self.do(self.client.call_tool, name, given)
        return answer

    def answer(self, name: str, /, **given: Any) -> Body:
        """What a tool answers in data."""
        answer = self.call(name, **given)
        assert not answer.is_error, words(answer)
        body: Body = answer.structured_content
        return body

    def refusal(self, name: str, /, **given: Any) -> str:
        """Why a tool gives no answer."""
        answer = self.call(name, **given)
        assert answer.is_error and answer.structured_content is None
        return words(answer)

    def tools(self) -> dict[str, Tool]:
        """The tools by name."""
        return {each.name: each for each in self.do(self.client.list_tools).tools}

    def resources(self) -> list[Resource]:
        """The resources of all pages."""
        found, cursor = list[Resource](), None
        while True:
            page = self.do(partial(self.client.list_resources, cursor=cursor))
            found += page.resources
            cursor = page.next_cursor
            if cursor is None:
                return found

    def read(self, uri: str) -> str:
        """The text of a resource."""
        [content] = self.do(self.client.read_resource, uri).contents
        text: str = content.text
        return text


def words(answer: CallToolResult) -> str:
    """An answer as text."""
    [content] = answer.content
    assert content.type == "text"
    return content.text


@contextmanager
def over_http(url: str, token: str | None = None, mode: str = NEW) -> Iterator[Model]:
    """A client of `/mcp`."""
    http = httpx2.AsyncClient(headers=bearer(token) if token else {}, timeout=60)
    transport = streamable_http_client(f"{url.rstrip('/')}/mcp", http_client=http)
    with connected(Client(transport, mode=mode), http) as model:
        yield model


@contextmanager
def over_stdio(*options: str, token: str | None = None, mode: str = NEW) -> Iterator[Model]:
    """A client of a process that answers over standard input and output."""
    transport = stdio_client(parameters(*options, token=token))
    with connected(Client(transport, mode=mode)) as model:
        yield model


@contextmanager
def connected(client: Client, *before: AbstractAsyncContextManager[Any]) -> Iterator[Model]:
    """A client that is connected; what fails meanwhile is not the transport's to report."""
    with start_blocking_portal() as portal:
        opened = ExitStack()
        for each in (*before, client):
            opened.enter_context(portal.wrap_async_context_manager(each))
        try:
            yield Model(client, portal)
        finally:
            opened.close()


def parameters(*options: str, token: str | None = None) -> StdioServerParameters:
    """How `intellog mcp` is started."""
    return StdioServerParameters(
        command=sys.executable,
        args=["-P", "-c", "from service.cli import main; main()", "mcp", *options],
        env={
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "",
            "PATH": os.environ["PATH"],
            **({TOKEN: token} if token else {}),
        },
    )
