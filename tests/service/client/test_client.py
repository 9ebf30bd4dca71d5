"""The client against a real server: reading, writing, what is lost on the way and what is refused."""

import hashlib
import io
from datetime import UTC, date, datetime
from typing import Any

import httpx2
import pytest

from domain.commands import FileReport, UnlinkClaim
from service.client import (
    Conflict,
    Cut,
    Invalid,
    NotFound,
    Stale,
    Unreachable,
)
from tests.http_spec import PAGE, Api, Server, claim, indicator, report
from tests.service.client.client_spec import Waits, asking, client_at, url_of
from tests.service.client.cutting import cutting

TROOPS = "troops"


def test_an_answer_bears_the_times_that_it_is_for(api: Api) -> None:
    api.given(indicator(), report())
    with asking(api) as (client, sent):
        then = datetime(2025, 2, 1, tzinfo=UTC)
        found = client.estimate(TROOPS, published_by=then, valid_at=date(2025, 3, 1), originator="nis")

    assert (found["best"], found["as_of"]["published_by"]) == (100, "2025-02-01T00:00:00Z")
    assert "valid_at=2025-03-01" in str(sent[0].url)


def test_a_time_without_a_zone_is_no_time(api: Api) -> None:
    with asking(api) as (client, sent), pytest.raises(ValueError, match="no time zone"):
        client.estimate(TROOPS, published_by=datetime(2025, 2, 1))
    assert sent == []


def test_a_list_is_read_page_by_page_at_one_position(api: Api) -> None:
    names = [f"i{n:04}" for n in range(1_003)]
    position = api.given(*map(indicator, names))
    with asking(api) as (client, sent):
        found = client.indicators(min_position=position)
        with pytest.raises(ValueError, match="first item"):
            _ = found.as_of
        assert (next(found)["id"], len(sent)) == ("i0000", 1)
        client.define_indicator("later", title="Later", measure="stock")
        rest = [each["id"] for each in found]

    assert rest == names[1:] and len(sent) == 3
    assert found.as_of["position"] == position
    assert len(list(client_at(api.client).indicators(limit=2))) == 2


def test_reads_wait_for_own_writes_and_for_nothing_else(api: Api) -> None:
    api.given(indicator())
    with asking(api) as (client, sent):
        client.estimate(TROOPS)
        written = client.file_report(publisher="wire", published_at="2025-01-10", claims=[claim(70)])
        assert client.estimate(TROOPS, published_by="2025-01-10")["best"] == 70
        client.estimate(TROOPS, known_at=1)
        client.estimate(TROOPS, min_position=1)
        client.me()
        assert [each["position"] for each in client.events()][-1] == written["position"]

    waited = [each.url.params.get("min_position") for each in sent]
    own = str(written["position"])
    assert waited == [None, None, own, None, "1", None, own]


def test_a_write_whose_answer_is_lost_is_recorded_once(api: Api, server: Server) -> None:
    head = api.given(indicator(), report())
    waits = Waits()
    with (
        cutting(server.address, [0, 20, None]) as url,
        client_at(url, waits) as client,
    ):
        written = client.grade_claim("r1/1", credibility=2, reason="seen")

    assert written["position"] == head + 1 == api.head()
    assert len(waits.waited) == 2


def test_a_report_whose_answer_is_lost_is_recorded_once(api: Api, server: Server) -> None:
    head = api.given(indicator())
    with cutting(server.address, [0, None]) as url, client_at(url) as client:
        written = client.file_report(publisher="wire", published_at="2025-01-10", claims=[claim(70)])

    assert api.head() == head + 3  # the publisher, the originator and the report, once each
    assert written["claims"] == [f"{written['id']}/1"]


def test_a_token_is_never_asked_for_twice(api: Api, server: Server) -> None:
    with (
        cutting(server.address, [0, None]) as url,
        client_at(url) as client,
        pytest.raises(Unreachable),
    ):
        client.issue_token("ana", role="reader", clearance="TLP:CLEAR")
    assert len(api.service.access.tokens.tokens()) == 1


def test_nobody_listens() -> None:
    waits = Waits()
    with client_at("http://127.0.0.1:1", waits) as client, pytest.raises(Unreachable) as raised:
        client.me()

    assert str(raised.value).startswith("http://127.0.0.1:1: ")
    assert 20 < sum(waits.waited) <= 30


def test_refusals_are_exceptions_that_say_what_is_wrong(api: Api) -> None:
    api.given(indicator(), report())
    client = client_at(api.client)
    with pytest.raises(NotFound) as missing:
        client.report("r2")
    with pytest.raises(Invalid) as unfit:
        client.file_report(publisher="wire", published_at="soon", claims=[claim()])
    with pytest.raises(Conflict) as taken:
        client.file_report(id="r1", publisher="wire", published_at="2025-01-11", claims=[claim()])
    with pytest.raises(Stale) as stale:
        client.hold_report("r1", if_match=7)

    assert missing.value.code == "not-found"
    assert [each["pointer"] for each in unfit.value.errors] == ["/published_at"]
    assert (taken.value.code, stale.value.members["current_version"]) == ("id-taken", 1)


def test_commands_are_given_by_their_fields_or_as_models(api: Api) -> None:
    api.given(indicator(), report("r0"))
    client = client_at(api.client)
    body = {
        "id": "r1",
        "publisher": "wire",
        "published_at": "2025-01-11",
        "claims": (claim(70, derived_from=("r0/1",)),),
    }
    head = api.head()
    filed = client.submit(FileReport.model_validate(body), if_none_match="*")
    assert client.dry_run.submit(FileReport.model_validate(body))["new"] is False
    unlinked = client.unlink_claim("r1/1", derived_from="r0/1", reason="an error")
    client.record_assessment(TROOPS, confidence="low", best=7, claims=("r1/1",))
    client.define_indicator("x", title="X", measure="stock", minimum=None)

    assert (filed["position"], unlinked["version"]) == (head + 1, 2)
    assert client.indicator("x")["minimum"] is None
    assert [each["type"] for each in client.events(after=head)] == [
        *("ReportFiled", "ClaimUnlinked", "AssessmentRecorded", "IndicatorDefined")
    ]
    with pytest.raises(ValueError, match="can only be imported"):
        client.submit(
            UnlinkClaim(claim="r1/1", derived_from="r0/1", marking="TLP:GREEN"),
        )


def test_what_a_command_would_change_is_said_and_not_done(api: Api) -> None:
    head = api.given(indicator(), report())
    found = client_at(api.client).dry_run.withdraw_report("r1", reason="wrong")

    assert [each["type"] for each in found["events"]] == ["ReportWithdrawn"]
    assert api.head() == head


def test_an_import_gives_the_tally_and_the_refused_lines(api: Api) -> None:
    client = client_at(api.client)
    lines: list[Any] = [
        {"define_indicator": {"id": "troops", "title": "Troops", "measure": "stock"}},
        {"grade_claim": {"claim": "r9/1", "credibility": 2}},
        b'{"hold_report": {}}\n',
        FileReport.model_validate(
            {"publisher": "wire", "published_at": "2025-01-10", "claims": (claim(70),)}
        ),
    ]
    done = client.import_(iter(lines))
    heard = list[object]()
    again = client.import_(lines, heard=heard.append)

    assert (done.tally["accepted"], done.tally["refused"]) == (2, 2)
    assert [each["line"] for each in done.refused] == [2, 3]
    assert (again.tally["duplicates"], again.refused, len(heard)) == (2, [], 2)
    assert client.estimate("troops")["best"] == 70


def test_an_import_that_breaks_off_can_be_sent_again(api: Api, server: Server) -> None:
    lines = [{"define_indicator": {"id": "troops", "title": "Troops", "measure": "stock"}}]
    with cutting(server.address, [0]) as url, client_at(url) as client:
        with pytest.raises(Cut, match="no line is imported twice"):
            client.import_(lines)
        done = client.import_(lines)

    assert done.tally["accepted"] + done.tally["duplicates"] == 1
    assert api.head() == 1


def test_a_file_comes_whole_through_cuts_and_is_checked(api: Api, server: Server) -> None:
    content = PAGE + b"<p>" * 100_000
    client = client_at(api.client)
    stored = client.store_evidence(io.BytesIO(content), media_type="text/html")
    api.given(indicator())
    client.file_report(publisher="wire", published_at="2025-01-10", claims=[claim()], evidence=stored)
    with cutting(server.address, [0, 1_000, 150_000]) as url, client_at(url) as far:
        far.session.wrote(api.head())
        parts = list(far.evidence(stored["sha256"]))

    assert b"".join(parts) == content
    assert stored["sha256"] == hashlib.sha256(content).hexdigest()


def test_a_live_stream_brings_what_is_recorded_later(api: Api, server: Server) -> None:
    head, said = api.given(indicator()), list[tuple[str, int]]()

    def heard(what: str, position: int) -> None:
        said.append((what, position))
        if what == "caught-up":
            api.given(report())

    with (
        client_at(url_of(server.address)) as client,
        client.events(follow=True, after=head, type="ReportFiled", heard=heard) as live,
    ):
        event = next(live)

    assert (event["type"], said) == ("ReportFiled", [("caught-up", head)])


def test_a_client_sends_its_token(server: Server, api: Api) -> None:
    made = client_at(api.client).issue_token("ana", role="reader", clearance="TLP:CLEAR")
    with client_at(url_of(server.address), token=made["token"]) as client:
        assert client.me()["subject"] == "ana"


def test_a_client_that_was_given_is_left_open(api: Api) -> None:
    with httpx2.Client(base_url=str(api.client.base_url)) as http:
        with client_at(http) as client:
            assert client.health() == {"status": "ok"}
        assert not http.is_closed
