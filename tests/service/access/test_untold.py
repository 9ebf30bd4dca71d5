"""What is told live, and what cannot be hidden: as `docs/security.md` says, and no more than that."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.times import parse_instant
from service.settings import Limits
from tests.http_spec import (
    NDJSON,
    SSE,
    Ask,
    Clock,
    Server,
    indicator,
    ndjson,
    post,
    problem,
    report,
    server_sent,
)
from tests.service.access.canaries import RESTRICTED, WORDS, Step, Told, canaries_in, said
from tests.service.access.comparing import asked_for
from tests.service.access.refused import RED, dry, taken
from tests.service.http.team import bearer


@pytest.fixture
def told(server: Server, tmp_path: Path) -> Iterator[Told]:
    clock = Clock(parse_instant("2025-03-01T00:00:00Z"))
    with server.over(tmp_path, clock, limits=Limits(rate=1_000_000)) as api:
        told = Told(api, clock)
        told.tell()
        yield told


def secret(name: str, **fields: Any) -> Step:
    """A restricted report of a number that nobody else gives."""
    given = {"marking": "TLP:RED", "published_at": "2025-02-25", **fields}
    return Step(
        report(f"{RED}-{name}", said(9_747_731, text=f"{RED}-live"), **given), by=f"{RED}-agent"
    )


def test_a_live_stream_says_nothing_of_what_is_restricted(told: Told) -> None:
    address, headers = f"/v1/events?after={told.head()}", bearer(told.tokens["analyst-3"])
    with told.api.client.stream("GET", address, headers={"Accept": SSE, **headers}) as answer:
        sent = server_sent(answer.iter_bytes())
        assert next(sent).event == "caught-up"
        for name in ("live-1", "live-2"):
            told.take(secret(name))
        told.take(Step(post(f"/v1/reports/{RED}-live-1/hold", reason=f"{RED}-live"), by=f"{RED}-agent"))
        told.fill()
        told.take(Step(report("open-live", said(1_350), published_at="2025-02-25")))
        found = next(each for each in sent if each.event is not None)
    assert found.event == "ReportFiled" and found.data["stream"] == "report:open-live"
    assert not canaries_in(str(found))


def test_a_stream_of_lines_ends_where_the_reader_sees_an_end(told: Told) -> None:
    before = told.head()
    told.take(secret("late-1"))
    ask = Ask("GET", f"/v1/events?after={before}").under(accept=NDJSON)
    assert ndjson(told.send("analyst-3", ask).content) == [{"caught_up": before}]


# What cannot be hidden


def test_versions_count_what_is_hidden(told: Told) -> None:
    history = told.send("reader-0", Ask("GET", "/v1/reports/open-1/history")).json()["items"]
    body = told.send("reader-0", Ask("GET", "/v1/reports/open-1")).json()
    assert body["version"] > len(history)


def test_ids_are_one_namespace(told: Told) -> None:
    before = told.head()
    for word in (WORDS[marking] for marking in RESTRICTED):
        for ask in taken(word):
            for tried in (ask, dry(ask)):
                answer = told.send("analyst-0", tried)
                problem(answer, 409, "id-taken")
                assert canaries_in(answer.text) <= asked_for(tried)
    assert told.head() == before


def test_a_source_that_only_a_restricted_report_names_is_not_there(told: Told) -> None:
    told.take(secret("first", publisher="newcomer"))
    ask = Ask("GET", f"/v1/sources/newcomer?min_position={told.head()}")
    problem(told.send("reader-0", ask), 404, "not-found")
    assert told.send("reader-4", ask).status_code == 200


def test_a_measure_is_fixed_by_claims_that_are_hidden(told: Told) -> None:
    told.take(Step(indicator("quiet")))
    body = {"publisher": "wire", "published_at": "2025-02-25", "claims": [said(9_747_731, "quiet")]}
    told.take(Step(post("/v1/reports", id=f"{RED}-quiet", marking="TLP:RED", **body)))
    answer = told.send("analyst-0", indicator("quiet", measure="cumulative"))
    assert not canaries_in(problem(answer, 409, "measure-fixed")["detail"])


def test_a_revision_of_what_is_hidden_is_one_that_changes_nothing(told: Told) -> None:
    told.take(Step(indicator("forces", title="Forces 4", parts=["troops", "guards", f"{RED}-store"])))
    ask = Ask("GET", "/v1/events?stream=indicator:forces&limit=1&order=desc")
    [last] = told.send("reader-0", ask).json()["items"]
    assert last["position"] == told.head()
    assert last["data"]["definition"]["parts"] == ["troops", "guards"]
    assert not canaries_in(str(last))
