"""What tests of the client share: one that never sleeps, and the waits that it would have slept."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from service.client import AsyncClient, Client
from tests.http_spec import Api


@dataclass
class Waits:
    """A clock that moves by what is waited, and by nothing else."""

    now: float = 0.0
    waited: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self.waited.append(seconds)
        self.now += seconds

    async def asleep(self, seconds: float) -> None:
        """Wait, in no time."""
        self.sleep(seconds)

    def clock(self) -> float:
        """What the clock shows."""
        return self.now


def client_at(at: str | httpx2.Client, waits: Waits | None = None, **how: Any) -> Client:
    """A client that waits in no time, and always as long as it may."""
    waits = waits or Waits()
    return Client(at, sleep=waits.sleep, clock=waits.clock, chance=lambda: 1.0, **how)


def async_client_at(
    at: str | httpx2.AsyncClient, waits: Waits | None = None, **how: Any
) -> AsyncClient:
    """The same, awaiting."""
    waits = waits or Waits()
    return AsyncClient(at, sleep=waits.asleep, clock=waits.clock, chance=lambda: 1.0, **how)


def url_of(address: tuple[str, int]) -> str:
    """The URL of a server."""
    return f"http://{address[0]}:{address[1]}"


@contextmanager
def asking(api: Api) -> Iterator[tuple[Client, list[httpx2.Request]]]:
    """A client of a service, and every request that it sends."""
    sent = list[httpx2.Request]()
    hooks: dict[str, list[Callable[..., Any]]] = {"request": [sent.append]}
    with httpx2.Client(base_url=str(api.client.base_url), event_hooks=hooks, timeout=60) as http:
        yield client_at(http), sent
