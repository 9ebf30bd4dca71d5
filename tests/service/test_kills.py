"""Killed at any moment, under load: nothing acknowledged is lost or doubled, and figures are right.

Each round kills with SIGKILL, starts again at once, and compares the log with what was acknowledged
and the views with ones built from the log from the beginning.
"""

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event

import httpx2
import pytest
from pydantic_core import from_json

from service.log.sqlite import read_sqlite_log
from tests.histories import views_of
from tests.places import LONG
from tests.processes import PATIENCE, Process, process
from tests.service.views.test_views import digests, recorded_by

ROUNDS = ("service", "import", "both", "rebuild", "projector")
LOGS = 20 if LONG else 1
ROUNDS_A_LOG = 10 if LONG else 5
POSTERS, IMPORTED = 2, 200
INDICATORS = ("killed", "wounded", "troops")


@dataclass
class Acknowledged:
    """What clients were told is stored: reports by id, with their positions."""

    reports: dict[str, int] = field(default_factory=dict)


def report(name: str, number: int) -> dict[str, object]:
    """A report with a figure of an indicator."""
    claim = {
        "indicator": INDICATORS[number % 3],
        "originator": f"o{number % 7}",
        "period": f"2025-01-{number % 28 + 1:02}",
        "quantity": {"best": number},
    }
    return {"id": name, "publisher": "wire", "published_at": "2025-02-01", "claims": [claim]}


def posting(url: str, name: str, told: Acknowledged, enough: Event) -> None:
    """Post one report after another until the service is gone or it is enough."""
    with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
        number = 0
        while not enough.is_set():
            body = report(f"{name}-{number}", number)
            try:
                answer = client.post("/v1/reports", json=body)
            except httpx2.TransportError:
                return
            if answer.is_success:
                told.reports[f"{name}-{number}"] = answer.json()["position"]
            number += 1


def lines(name: str) -> list[bytes]:
    return [
        json.dumps({"file_report": report(f"{name}-{n}", n)}).encode() + b"\n" for n in range(IMPORTED)
    ]


def importing(url: str, name: str, random: Random) -> None:
    """Import slowly enough to be killed in between."""

    def body() -> Iterator[bytes]:
        for line in lines(name):
            yield line
            if random.random() < 0.02:
                time.sleep(0.01)

    try:
        httpx2.post(f"{url}/v1/import", content=body(), headers=NDJSON, timeout=PATIENCE)
    except httpx2.TransportError:
        return


NDJSON = {"Content-Type": "application/x-ndjson"}


def import_again(server: Process, name: str) -> None:
    """Send a whole import again: what was stored is a duplicate, the rest is added."""
    answer = httpx2.post(
        f"{server.url}/v1/import", content=b"".join(lines(name)), headers=NDJSON, timeout=PATIENCE
    )
    last = from_json(answer.content.splitlines()[-1])
    assert (last["accepted"] + last["duplicates"], last["refused"]) == (IMPORTED, 0)


def disturbed(server: Process, kind: str, name: str, random: Random, told: Acknowledged) -> None:
    """Load a service from several sides, and kill something meanwhile."""
    enough = Event()
    with ThreadPoolExecutor(POSTERS + 1) as pool:
        busy: list[Future[None]] = [
            pool.submit(posting, server.url, f"{name}-{n}", told, enough) for n in range(POSTERS)
        ]
        if kind == "import":
            busy.append(pool.submit(importing, server.url, f"{name}-i", random))
        time.sleep(random.uniform(0.1, 0.5))
        if kind == "rebuild":
            httpx2.post(f"{server.url}/v1/projections/claims/rebuild", timeout=PATIENCE)
            time.sleep(random.uniform(0.0, 0.2))
        server.kill(*KILLED[kind](random))
        if server.popen.poll() is None:
            time.sleep(random.uniform(0.1, 0.3))
        enough.set()
        for each in busy:
            each.result()


KILLED: dict[str, Callable[[Random], tuple[str, ...]]] = {
    "service": lambda random: ("service",),
    "projector": lambda random: ("projector",),
    "both": lambda random: random.choice((("service", "projector"), ("projector", "service"))),
    "rebuild": lambda random: random.choice((("projector",), ("service",), ("service", "projector"))),
    "import": lambda random: random.choice((("service",), ("service", "projector"))),
}


def all_is_well(server: Process, data: Path, told: Acknowledged) -> None:
    """The log holds what was acknowledged, once and where it was said, and the views are right."""
    server.wait_until(lambda state: state.get("ready") and state["head"] == state["position"])
    shown = server.get("/v1/projections")
    with closing(read_sqlite_log(data)) as log:
        recorded = recorded_by(log)
    filed = [(each.stream, each.position) for each in recorded if each.type == "ReportFiled"]
    places = dict(filed)
    assert len(places) == len(filed)
    missing = {
        name: position
        for name, position in told.reports.items()
        if places.get(f"report:{name}") != position
    }
    assert missing == {}
    assert [each.position for each in recorded] == list(range(1, len(recorded) + 1))
    assert {each["position"] for each in shown["items"]} == {len(recorded)}
    assert {each["name"]: each["digest"] for each in shown["items"]} == digests(views_of(recorded))


@pytest.mark.parametrize("seed", range(LOGS))
def test_killed_at_any_moment_nothing_is_lost_doubled_or_wrong(tmp_path: Path, seed: int) -> None:
    random, told = Random(seed), Acknowledged()
    with ExitStack() as servers:
        server = servers.enter_context(process(tmp_path))
        for name in INDICATORS:
            body = {"title": name, "measure": "increment" if name == "killed" else "stock"}
            httpx2.put(f"{server.url}/v1/indicators/{name}", json=body).raise_for_status()
        for number in range(ROUNDS_A_LOG):
            kind, name = ROUNDS[number % len(ROUNDS)], f"r{number}"
            disturbed(server, kind, name, random, told)
            if server.popen.poll() is not None:
                server = servers.enter_context(process(tmp_path))
            if kind == "import":
                import_again(server, f"{name}-i")
            all_is_well(server, tmp_path, told)
    assert len(told.reports) > ROUNDS_A_LOG
