"""Writing, import, replay and live events over HTTP, on a log that does its worst."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from service.interop import import_run
from tests.http_spec import (
    LATER,
    NDJSON,
    SSE,
    Api,
    Ask,
    Body,
    Clock,
    Sent,
    Server,
    claim,
    indicator,
    ndjson,
    post,
    problem,
    report,
    server_sent,
    source,
)
from tests.places import SEEDS
from tests.service.log.nasty import nasty

SEED_LINES = [
    line for path in sorted(SEEDS.glob("*.ndjson")) for line in path.read_bytes().splitlines()
]
STORY = (
    indicator(),
    indicator("drones"),
    source("nis"),
    post("/v1/sources/nis/grades", reliability="B"),
    *(report(f"r{n}", claim(100 + n), claim(n, "mnd", "drones")) for n in range(40)),
    report("r1", claim(101), claim(1, "mnd", "drones")),
    report("r1", claim(999)),
    report("bad", claim(about="no-such-indicator")),
    *(post(f"/v1/claims/r{n}/1/grades", credibility=2) for n in range(4)),
    post("/v1/claims/r2/1/links", derived_from="r1/1"),
    post("/v1/claims/r2/1/links", derived_from="r2/1"),
    post("/v1/reports/r3/corrections", published_at="2025-02-01", reason="typo", claims=[]),
    post("/v1/reports/r4/hold", reason="doubtful"),
    post("/v1/reports/r4/release"),
    post("/v1/reports/r5/withdrawal", published_at="2025-02-01", reason="wrong"),
    post("/v1/reports/r5/hold"),
    Ask("DELETE", "/v1/claims/r2/1/links/r1/1?reason=unsure"),
)


@dataclass(frozen=True)
class Retrying:
    """A client that sends a request again for as long as the log is unavailable, and where it was."""

    api: Api
    unavailable: list[str]

    def send(self, ask: Ask) -> httpx2.Response:
        while (answer := self.api.send(ask)).status_code == 503:
            problem(answer, 503, "log-unavailable")
            self.unavailable.append(ask.path)
        return answer

    def import_(self, lines: list[bytes]) -> Body:
        """Import the lines until all are done; the last line of the answer."""
        while not (last := self.api.import_(*lines)[-1])["done"]:
            assert last["failed"]["status"] == 503
            self.unavailable.append("/v1/import")
        return last


def told(answer: httpx2.Response) -> tuple[object, ...]:
    """What an answer says, but for 201 or 200: a retry of what is stored is answered 200."""
    return answer.is_success, answer.json(), answer.headers.get("etag")


def digests(api: Api) -> dict[str, str]:
    """The state digests of the views, once they hold the whole log."""
    return {each["name"]: each["digest"] for each in api.get("/v1/projections")["items"]}


def facts(api: Api) -> list[Body]:
    """The events, but for their random ids."""
    return [{name: value for name, value in each.items() if name != "id"} for each in api.events()]


def keyed(asks: tuple[Ask, ...]) -> list[Ask]:
    return [ask.under(idempotency_key=f"k{n}") for n, ask in enumerate(asks)]


Came = tuple[object, ...]


def came_of(api: Api, asks: list[Ask]) -> tuple[Came, Retrying]:
    """What requests that are retried lead to: the answers, the log, the views, the replay."""
    client = Retrying(api, [])
    answers = [told(client.send(ask)) for ask in asks]
    replayed = ndjson(api.client.get("/v1/replay", headers={"Accept": NDJSON}).content)
    for frame in replayed[:-1]:
        del frame["event"]["id"]
    return (answers, facts(api), digests(api), replayed), client


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("asks", [list(STORY), keyed(STORY)], ids=["without keys", "with keys"])
def test_retried_writes_lead_to_what_they_lead_to_on_a_plain_log(
    server: Server, tmp_path: Path, asks: list[Ask], seed: int
) -> None:
    with server.over(tmp_path / "plain", Clock(LATER)) as api:
        wanted, _ = came_of(api, asks)
    with server.over(tmp_path / "nasty", Clock(LATER), open_log=nasty(seed)) as api:
        got, client = came_of(api, asks)
        for one, other in zip(got, wanted, strict=True):
            assert one == other
    assert client.unavailable, "the log was never unavailable"


@pytest.mark.parametrize("seed", range(3))
def test_reports_without_an_id_are_filed_once(server: Server, tmp_path: Path, seed: int) -> None:
    with server.over(tmp_path, open_log=nasty(seed)) as api:
        client = Retrying(api, [])
        client.send(indicator())
        ids = [client.send(report(None, claim(n))).json()["id"] for n in range(40)]
        filed = [each["stream"] for each in api.events() if each["type"] == "ReportFiled"]
        assert filed == [f"report:{each}" for each in ids]


@pytest.mark.parametrize("batch", [1, 7, 1_000])
@pytest.mark.parametrize("seed", range(2))
def test_an_import_that_is_repeated_until_it_is_done_is_that_of_a_plain_log(
    server: Server, tmp_path: Path, seed: int, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_run, "BATCH_LINES", batch)
    with server.over(tmp_path / "plain", Clock(LATER)) as api:
        whole = api.import_(*SEED_LINES)[-1]
        wanted = facts(api), digests(api)
    with server.over(tmp_path / "nasty", Clock(LATER), open_log=nasty(seed)) as api:
        last = Retrying(api, []).import_(SEED_LINES)
        assert last["accepted"] + last["duplicates"] == whole["accepted"] + whole["duplicates"]
        assert (last["refused"], last["position"]) == (whole["refused"], whole["position"])
        assert (facts(api), digests(api)) == wanted


@pytest.mark.parametrize("seed", range(3))
def test_live_events_are_those_of_the_log_each_once(server: Server, tmp_path: Path, seed: int) -> None:
    with server.over(tmp_path, open_log=nasty(seed)) as api:
        client = Retrying(api, [])
        with api.client.stream("GET", "/v1/events", headers={"Accept": SSE}) as stream:
            stored = stored_only(server_sent(stream.iter_bytes()))
            for ask in STORY:
                client.send(ask)
            events = api.events()
            came = [next(stored) for _ in events]
        assert [each.data for each in came] == events
        lines = ndjson(api.client.get("/v1/events", headers={"Accept": NDJSON}).content)
        assert lines == [*events, {"caught_up": api.head()}]


def stored_only(sent: Iterator[Sent]) -> Iterator[Sent]:
    """Server-sent events that carry an event of the log."""
    return (each for each in sent if each.id is not None)
