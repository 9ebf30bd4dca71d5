"""Rebuilds over HTTP: what may be asked for when, and that readers and writers notice nothing.

Under load, every answer is what the log gives at the position that it names, by the naive rules of the
oracle, no answer is an error, and no reader ever sees an earlier position than before.
"""

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import Any, cast

import httpx2
import pytest

from service.api.rebuild import REBUILD, ROLL_BACK
from service.log.port import EventLog
from service.log.sqlite import read_sqlite_log
from tests import oracle
from tests.histories import views_of
from tests.http_spec import FILED, Api, Ask, Body, Server, problem, unchanged
from tests.oracle import Times
from tests.places import LONG
from tests.processes import PATIENCE, Process, process, until
from tests.service.test_kills import INDICATORS, report
from tests.service.views.test_views import Gated, digests, logged_by, recorded_by

PATH, BACK = REBUILD.format(name="claims"), ROLL_BACK.format(name="claims")
START, CANCEL, ROLLED_BACK = Ask("POST", PATH), Ask("DELETE", PATH), Ask("POST", BACK)


def over(api: Api) -> Body:
    """The last job, once it has ended."""
    found: Body = until(lambda: api.client.get(PATH).json(), lambda job: job["state"] != "running")
    return found


# What may be asked for when


def test_what_was_rebuilt_is_put_back(api: Api) -> None:
    api.given(*FILED)
    problem(api.send(ROLLED_BACK), 409, "nothing-kept")
    problem(api.send(CANCEL), 409, "nothing-running")
    assert api.send(START).status_code == 202
    job = over(api)
    assert (job["kind"], job["state"]) == ("rebuild", "done")
    assert (job["differs"], job["not_compared"]) == ([], [])
    assert job["kept_until"].endswith("Z") and job["bytes_needed"] < job["bytes_free"]
    problem(api.send(CANCEL), 409, "nothing-running")
    with unchanged(api):
        answer = api.send(ROLLED_BACK)
    assert (answer.status_code, answer.headers["location"]) == (202, PATH)
    assert (over(api)["kind"], over(api)["state"]) == ("roll-back", "done")
    refusal = problem(api.send(Ask("POST", BACK, {"to": 3})), 422, "invalid")
    assert "a roll back takes none" in refusal["detail"] + str(refusal["errors"])


def test_a_rebuild_that_is_running_is_cancelled(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path / "log", patience=0.1) as api:
        api.given(*FILED)
        until(lambda: api.client.get("/v1/estimates/troops").status_code, lambda status: status == 200)
        log = Gated(api.service.log)
        api.service.follower._log = cast(EventLog, log)
        log.gate.clear()
        api.send(START)
        assert log.reached.wait(PATIENCE)
        problem(api.send(ROLLED_BACK), 409, "rebuild-running")
        assert api.send(START).json()["state"] == "running"
        answer = api.send(CANCEL)
        assert (answer.status_code, answer.json()["state"]) == (202, "running")
        log.gate.set()
        job = over(api)
        assert (job["state"], job["error"]) == ("cancelled", "it was cancelled")
        assert api.client.get("/v1/estimates/troops").json()["best"] == 100


def test_a_rebuild_that_clearly_does_not_fit_is_refused(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.given(*FILED)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=9_999))
    refusal = problem(api.send(START), 503, "no-room")
    assert "and 9,999 are free" in refusal["detail"]
    problem(api.client.get(PATH), 404, "not-found")
    monkeypatch.undo()
    assert api.send(START).status_code == 202


# Under load


@dataclass
class Reader:
    """A client that asks one kind of question again and again, and what it was told."""

    path: Callable[[int], str]
    told: list[tuple[str, Body]] = field(default_factory=list)
    longest: float = 0.0

    def run(self, url: str, enough: Event) -> None:
        """Ask until it is enough; fail on any error and on any step back."""
        position = 0
        with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
            for number in count():
                if enough.is_set():
                    return
                path, begun = self.path(number), monotonic()
                answer = client.get(path)
                self.longest = max(self.longest, monotonic() - begun)
                assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
                body = answer.json()
                assert body["as_of"]["position"] >= position, f"{path} went back from {position}"
                position = body["as_of"]["position"]
                self.told.append((path, body))


@dataclass
class Writer:
    """A client that files reports, corrects, holds and withdraws some, and reads each at once."""

    written: int = 0
    longest: float = 0.0

    def run(self, url: str, enough: Event) -> None:
        """Write until it is enough; fail on any error, and where what was written is not read."""
        dice = Random(7)
        with httpx2.Client(base_url=url, timeout=PATIENCE) as client:
            for number in count():
                if enough.is_set():
                    return
                name = f"w-{number}"
                position = self._post(client, "/v1/reports", report(name, number))
                if dice.random() < 0.3:
                    act, body = dice.choice(LATER)
                    position = self._post(client, f"/v1/reports/{name}/{act}", body)
                begun = monotonic()
                read = client.get(f"/v1/reports/{name}", params={"min_position": position})
                self.longest = max(self.longest, monotonic() - begun)
                assert read.status_code == 200, read.text
                assert read.json()["as_of"]["position"] >= position
                self.written = position

    def _post(self, client: httpx2.Client, path: str, body: Body) -> int:
        answer = client.post(path, json=body)
        assert answer.is_success, answer.text
        position: int = answer.json()["position"]
        return position


LATER: tuple[tuple[str, Body], ...] = (
    ("withdrawal", {"reason": "it was wrong"}),
    ("hold", {"reason": "under check"}),
    ("corrections", {"kind": "record", "reason": "a typo", "provenance": {"title": "Another"}}),
)
JOBS = (*(("post", PATH), ("post", BACK)) * 2, ("post", PATH), ("delete", PATH))
"""Rebuilds, roll backs, and a rebuild that is cancelled as soon as it has begun."""
EXPLAINED = "/v1/estimates/{}/explanation"


def replaced(server: Process, rounds: int) -> list[Body]:
    """Have the views replaced, again and again; how each job ended."""
    found = list[Body]()
    for _ in range(rounds):
        for method, path in JOBS:
            answer = httpx2.request(method, server.url + path, timeout=PATIENCE)
            assert answer.is_success or (method, answer.status_code) == ("delete", 409), answer.text
            if len(found) % len(JOBS) != len(JOBS) - 2:  # which the next one cancels
                server.wait_until(lambda job: job["state"] != "running", PATH)
            found.append(server.get(PATH))
    return found


def readers() -> list[Reader]:
    names = INDICATORS
    return [
        Reader(lambda n: "/v1/estimates"),
        Reader(lambda n: f"/v1/estimates/{names[n % 3]}"),
        Reader(lambda n: EXPLAINED.format(names[n % 3])),
    ]


def test_readers_and_writers_notice_nothing_of_rebuilds(tmp_path: Path) -> None:
    asking, writer, enough = readers(), Writer(), Event()
    clients: tuple[Reader | Writer, ...] = (*asking, writer)
    with process(tmp_path) as server, ThreadPoolExecutor(4) as pool:
        for name in INDICATORS:
            body = {"title": name, "measure": "increment" if name == "killed" else "stock"}
            httpx2.put(f"{server.url}/v1/indicators/{name}", json=body).raise_for_status()
        busy: list[Future[None]] = [pool.submit(each.run, server.url, enough) for each in clients]
        try:
            jobs = replaced(server, 4 if LONG else 1)
        finally:
            enough.set()
        for each in busy:
            each.result()
        server.wait_until(lambda state: state["head"] == state["position"])
        shown = {each["name"]: each["digest"] for each in server.get("/v1/projections")["items"]}
    assert {job["state"] for job in jobs if job["state"] != "cancelled"} <= {"done", "running"}
    assert [job["differs"] for job in jobs if job["differs"]] == []
    assert len({job["kind"] for job in jobs}) == 2
    with closing(read_sqlite_log(tmp_path)) as log:
        assert shown == digests(views_of(recorded_by(log)))
        logged = logged_by(log)
    told = [each for reader in asking for each in reader.told]
    assert all(reader.told for reader in asking) and writer.written > len(INDICATORS)
    assert list(_untrue(told, logged)) == []


def _untrue(told: list[tuple[str, Body]], logged: list[oracle.Logged]) -> Iterator[str]:
    """Each answer that is not what the log gives at its position."""
    at = defaultdict[int, list[tuple[str, Body]]](list)
    for path, body in told:
        at[body["as_of"]["position"]].append((path, body))
    for position, answers in at.items():
        world = oracle.claims_at(logged, Times(position))
        expected = {name: _expected(name, world) for name in world.definitions}
        for path, body in answers:
            rows = body.get("items", [body])
            if "items" in body and {row["indicator"] for row in rows} != set(expected):
                yield f"{path} at {position} shows {[row['indicator'] for row in rows]}"
            for row in rows:
                if _seen(row) != expected[row["indicator"]]:
                    yield f"{path} at {position}: {_seen(row)}, not {expected[row['indicator']]}"


def _expected(name: str, world: oracle.World) -> dict[str, Any]:
    found = oracle.estimate(world.definitions[name], name, world)
    del found["flags"]  # of which answers show the first alone
    return found


def _seen(row: Body) -> dict[str, Any]:
    used = [each if isinstance(each, str) else each["claim"] for each in row["used"]]
    found = oracle.seen({**row, "used": used})
    del found["flags"]
    return found
