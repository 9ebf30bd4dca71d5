"""Clients that post reports to several nodes, and what must be so once they were disturbed.

A client sends a report until one node acknowledges it: to the writer where it is sent on, and to the
next node where one does not answer. So each acknowledged report must be in the log, once.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from threading import Event
from types import MappingProxyType

import httpx2

from projections.tables.sight import ReadersConnection
from service.log.port import EventLog
from service.views.comparison import Digests, compared, digests_of
from service.views.current import LINK
from service.views.history import position_of
from tests.processes import PATIENCE, until
from tests.service.failover.machines import inside
from tests.service.test_kills import INDICATORS, report

CLIENTS = 3
ANSWER_SECONDS = 12.0
"""A node that is cut off does not say so; its clients give it up after this time."""


LONGEST_SILENCE = 3 * PATIENCE
"""After this time without enough acknowledged reports, a test fails; how long it was, is measured."""


@dataclass
class Load:
    """Reports that were acknowledged, with their positions, and when each was."""

    headers: dict[str, str]
    positions: dict[str, int] = field(default_factory=dict)
    moments: list[float] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    """Answers that no client of a node should get."""
    enough: Event = field(default_factory=Event)

    def post(self, name: str, urls: Sequence[str]) -> None:
        """Post one report after another until it is enough."""
        with httpx2.Client(timeout=ANSWER_SECONDS, headers=self.headers, verify=False) as client:
            number = 0
            while not self.enough.is_set():
                position = self._acknowledged(client, urls, report(f"{name}-{number}", number))
                if position is not None:
                    self.moments.append(time.monotonic())
                    self.positions[f"{name}-{number}"] = position
                    number += 1

    def wait_for(self, reports: int) -> None:
        """Wait until so many more reports are acknowledged."""
        wanted = len(self.moments) + reports
        until(
            lambda: (len(self.moments), self.refused),
            lambda seen: seen[0] >= wanted or seen[1],
            LONGEST_SILENCE,
        )
        assert self.refused == []

    def silence(self, since: float) -> float:
        """The longest time without an acknowledged report, from a moment to now."""
        moments = [since, *sorted(moment for moment in self.moments if moment > since)]
        return max((b - a for a, b in pairwise(moments)), default=0.0)

    def _acknowledged(
        self, client: httpx2.Client, urls: Sequence[str], body: dict[str, object]
    ) -> int | None:
        """The position of a report; None while no node takes it."""
        for url in urls:
            with suppress(httpx2.TransportError):
                answer = client.post(f"{url}/v1/reports", json=body)
                if answer.status_code == 307:
                    answer = client.post(answer.headers["location"], json=body)
                if answer.is_success:
                    return int(answer.json()["position"])
                if answer.status_code not in (307, 503):
                    self.refused.append(f"{answer.status_code} {answer.text[:500]}")
                    self.enough.set()
                    return None
        # Nobody writes now; a moment later somebody may.
        self.enough.wait(0.05)
        return None


def define_indicators(url: str, headers: dict[str, str]) -> None:
    """Define what the reports are about."""
    for name in INDICATORS:
        body = {"title": name, "measure": "stock"}
        answer = httpx2.put(f"{url}/v1/indicators/{name}", json=body, headers=headers, timeout=PATIENCE)
        answer.raise_for_status()


@contextmanager
def loaded(
    urls: Sequence[str],
    token: str | None = None,
    name: str = "c",
    machines: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Load]:
    """Clients at work, each beginning with another node; they have stopped when the block ends.

    `machines` are those that have one client more each, which knows only the node at that address.
    """
    load = Load({"Authorization": f"Bearer {token}"} if token else {})
    with ThreadPoolExecutor(CLIENTS + len(machines)) as threads:
        posting = [
            threads.submit(load.post, f"{name}-{n}", [*urls[n:], *urls[:n]]) for n in range(CLIENTS)
        ]
        for machine, url in machines.items():
            posting.append(threads.submit(post_inside, load, machine, f"{name}-{machine}", url))
        try:
            yield load
        finally:
            load.enough.set()
        for each in posting:
            each.result()
    assert load.refused == []


def post_inside(load: Load, machine: str, name: str, url: str) -> None:
    """Post on a machine to the node that is there, whatever the machine is cut off from."""
    with inside(machine):
        load.post(name, [url])


def disturbed(load: Load, disturb: Callable[[], object], before: int = 20, after: int = 20) -> float:
    """Do something to a loaded service; return the seconds for which nothing was acknowledged."""
    load.wait_for(before)
    begun = time.monotonic()
    disturb()
    load.wait_for(after)
    return load.silence(begun)


def all_is_there(load: Load, log: EventLog) -> None:
    """Every acknowledged report is in the log, once and where it was said, and the log is whole."""
    filed: list[tuple[str, int]] = []
    last = 0
    while batch := log.read(last):
        filed += [(each.stream, each.position) for each in batch if each.type == "ReportFiled"]
        last = batch[-1].position
    places = dict(filed)
    assert len(places) == len(filed)
    lost = {
        name: position
        for name, position in load.positions.items()
        if places.get(f"report:{name}") != position
    }
    assert lost == {}
    assert list(log.check()) == []


def views_in(directory: Path) -> tuple[int, Digests]:
    """The position and the digests of the views in a directory, read beside the node that keeps them.

    Not asked of the node: that computes every row that is to be built when nothing else is to do, which
    takes seconds of processor time after a load, and is asked until nodes agree.
    """
    place = f"file:{directory / LINK}?mode=ro"
    with closing(sqlite3.connect(place, uri=True, factory=ReadersConnection)) as db:
        db.execute("BEGIN")
        return position_of(db), digests_of(db, lambda: None)


def same_views(seen: Sequence[tuple[int, Digests]], head: int) -> bool:
    """Whether views of several nodes hold the log up to its head, and the same of it."""
    first = seen[0][1]
    return all(position == head and not compared(first, each).differs for position, each in seen)
