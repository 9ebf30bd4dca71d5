"""Memory under a mixed load stays flat: of the server, and of the projector."""

import json
import re
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median
from time import monotonic

import httpx2
import pytest
from pydantic_core import to_json

from tests.bench.server import Server, serving, settle
from tests.http_spec import JSON, NDJSON, Body, claim, expect, ndjson, report
from tests.places import LONG

INDICATORS = 200
FILED = 6_000
"""Reports filed before memory is measured: more than the states kept in memory have room for."""
WARM_ROUNDS = 10
ROUNDS, SECONDS = 40, 20 * 60.0
"""Rounds of the usual run, and the time that the long one goes on for."""
MOST_MEBIBYTES = 24.0
"""How much more the last quarter of the rounds may take than the first one, of either run."""
BAD_BODY = b'{"publisher":"wire","published_at":"2025-01-10","claims":[%s]}' % b",".join(
    [b"{}"] * 9_000
)
BAD_LINE = b'{"file_report":{"claims":[%s]}}' % b",".join([b"0"] * 2_000)
Sizes = dict[str, float]


def about(n: int) -> str:
    return f"indicator-{n % INDICATORS}"


def filing(n: int) -> Body:
    said = (
        claim(n % 997, f"source-{n % 40}", about(n + k), text=f"claim {k} of {n}") for k in range(3)
    )
    return dict(report(f"r{n}", *said).body)


def sizes(server: Server) -> Sizes:
    """Memory that the processes of a server hold for themselves, in MiB, by the part they play."""
    return {
        "projector" if "projector" in command else "server": held
        for command, held in _processes(server.process.pid)
    }


def _processes(pid: int) -> Iterator[tuple[str, float]]:
    folder = Path(f"/proc/{pid}")
    [held] = re.findall(r"RssAnon:\s+(\d+) kB", (folder / "status").read_text())
    yield (folder / "cmdline").read_text(), int(held) / 1024
    for task in (folder / "task").iterdir():
        for child in (task / "children").read_text().split():
            yield from _processes(int(child))


class Load:
    """A client that does a little of everything."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client
        self._numbers = count(FILED)

    def fill(self) -> None:
        """Define the indicators and file many reports."""
        for n in range(INDICATORS):
            defined = to_json({"title": about(n), "measure": "stock"})
            self._client.put(f"/v1/indicators/{about(n)}", content=defined, headers=JSON)
        lines = (to_json({"file_report": filing(n)}) + b"\n" for n in range(FILED))
        done = self._import(lines)
        expect(done["accepted"] == FILED, str(done))

    def round(self) -> None:
        """Post, correct, grade, import, read and listen, each with what is refused."""
        numbers = [next(self._numbers) for _ in range(20)]
        for n in numbers[:10]:
            self._post("/v1/reports", to_json(filing(n)), 201)
        lines = [to_json({"file_report": filing(n)}) for n in numbers[10:]]
        done = self._import(each + b"\n" + BAD_LINE + b"\n" for each in lines)
        expect((done["accepted"], done["refused"]) == (10, 10), str(done))
        for n in numbers[:5]:
            corrected = {"kind": "record", "provenance": {"title": f"Title {n}"}}
            self._post(f"/v1/reports/r{n - FILED // 2}/corrections", to_json(corrected), 201)
            self._post(f"/v1/claims/r{n}/1/grades", to_json({"credibility": n % 6 + 1}), 201)
        self._post("/v1/reports", BAD_BODY, 422)
        self._read(numbers[-1])
        self._listen()

    def _post(self, path: str, body: bytes, status: int) -> None:
        answer = self._client.post(path, content=body, headers=JSON)
        expect(answer.status_code == status, f"{path}: {answer.status_code} {answer.text[:300]}")

    def _import(self, lines: Iterator[bytes]) -> Body:
        answer = self._client.post("/v1/import", content=lines, headers={"Content-Type": NDJSON})
        return ndjson(answer.content)[-1]

    def _read(self, last: int) -> None:
        for n in range(last - 3, last):
            name, by = about(n), f"2025-02-{n % 28 + 1:02}"
            for path in (
                f"/v1/estimates/{name}?known_at={n}",
                f"/v1/estimates/{name}/vintages?originator=source-{n % 40}&published_by={by}",
                f"/v1/reports/r{n}",
                f"/v1/claims/r{n - 9}/1?valid_at=2025-01-10",
                f"/v1/reports?q=claim+{n}",
                f"/v1/events?report=r{n}",
                f"/v1/estimates/{name}/nothing-{n}",
                f"/estimates/{name}?known_at={n}",
                f"/reports/r{n}",
            ):
                answer = self._client.get(path)
                expect(answer.status_code in (200, 404, 503), f"{path}: {answer.text[:300]}")

    def _listen(self) -> None:
        for accept, path in (("text/event-stream", "/v1/events"), (NDJSON, "/v1/replay")):
            with self._client.stream("GET", f"{path}?after=10", headers={"Accept": accept}) as answer:
                expect(answer.status_code == 200, str(answer))
                for _ in zip(range(3), answer.iter_bytes(), strict=False):
                    pass


def rounds() -> Iterator[int]:
    """The rounds to measure: a number of them, or as many as the time of the long run allows."""
    until = monotonic() + SECONDS
    for number in count():
        if (monotonic() > until) if LONG else (number >= ROUNDS):
            return
        yield number


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
def test_memory_of_a_mixed_load_is_flat(tmp_path: Path) -> None:
    with (
        serving(tmp_path) as server,
        httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60) as client,
    ):
        load, measured = Load(client), list[Sizes]()
        load.fill()
        settle(server.port)
        for _ in range(WARM_ROUNDS):
            load.round()
        for _ in rounds():
            load.round()
            measured.append(sizes(server))
    quarter = len(measured) // 4
    for part in ("server", "projector"):
        line = [each[part] for each in measured]
        first, last = median(line[:quarter]), median(line[-quarter:])
        print(json.dumps({part: [round(first, 1), round(last, 1)], "rounds": len(line)}))
        expect(
            last - first <= MOST_MEBIBYTES,
            f"the {part} took {first:.0f} MiB in the first quarter of {len(line)} rounds, then "
            f"{last:.0f}: it took {[round(each) for each in line[:: max(1, len(line) // 30)]]}",
        )
