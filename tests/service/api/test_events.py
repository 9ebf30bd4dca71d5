"""The log and its replay: as pages, as lines that end, and as server-sent events that go on."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest

from domain.events import EVENTS_BY_TYPE
from tests.http_spec import (
    NDJSON,
    SSE,
    Api,
    Ask,
    Body,
    Clock,
    Sent,
    claim,
    indicator,
    ndjson,
    one_server,
    post,
    problem,
    report,
    server_sent,
    source,
    unchanged,
)
from tests.processes import wait_for_views
from tests.service.cli.test_cli import started

ENVELOPE = ["position", "id", "type", "v", "stream", "version", "recorded_at", "actor", "data"]
LINES = {"Accept": NDJSON}
BROKEN = "(the connection breaks)"


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Ten events, a day each.

    | position | event                                    |
    |----------|------------------------------------------|
    | 1, 2     | drones and troops are defined            |
    | 3, 4     | nis is registered, and graded            |
    | 5, 6     | r1 of wire, nis on troops                |
    | 7, 8     | r2 of wire, mnd on drones                |
    | 9        | r1/1 is graded                           |
    | 10       | r2/1 is linked to r1/1                   |
    """
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("logged"), clock) as api:
        for day, asks in enumerate(
            [
                [indicator("drones"), indicator()],
                [source("nis"), post("/v1/sources/nis/grades", reliability="B")],
                [report("r1")],
                [report("r2", claim(5, "mnd", "drones"))],
                [post("/v1/claims/r1/1/grades", credibility=2)],
                [post("/v1/claims/r2/1/links", derived_from="r1/1")],
            ],
            start=1,
        ):
            clock.set(f"2025-03-0{day}T12:00:00Z")
            api.given(*asks)
        assert api.head() == 10
        yield api


@contextmanager
def live(client: httpx2.Client, path: str = "/v1/events", **headers: str) -> Iterator[Iterator[Sent]]:
    """The events of a stream as they come."""
    with client.stream("GET", path, headers={"Accept": SSE, **headers}) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"{SSE}; charset=utf-8"
        yield server_sent(answer.iter_bytes())


def until_caught_up(stream: Iterator[Sent]) -> list[Sent]:
    """What comes up to the word that all has come, with it."""
    seen = list[Sent]()
    for each in stream:
        seen.append(each)
        if each.event == "caught-up":
            break
    return seen


def lines(api: Api, path: str = "/v1/events", **query: Any) -> list[Body]:
    answer = api.client.get(path, params=query, headers=LINES)
    assert (answer.status_code, answer.headers["content-type"]) == (200, NDJSON)
    return ndjson(answer.content)


# Pages


def test_an_event_is_the_same_everywhere(logged: Api) -> None:
    paged = logged.get("/v1/events")["items"]
    *streamed, end = lines(logged)
    with live(logged.client) as stream:
        sent = until_caught_up(stream)
    assert paged == streamed == [each.data for each in sent[:-1]]
    assert end == {"caught_up": 10} and sent[-1].data == {"position": 10}
    for event in paged:
        assert list(event) == ENVELOPE
        assert event["v"] == EVENTS_BY_TYPE[event["type"]].V and event["actor"] == "local"
    assert paged[5]["stream"] == "report:r1" and paged[5]["version"] == 1
    assert paged[5]["recorded_at"] == "2025-03-03T12:00:00Z"
    assert [event["position"] for event in paged] == list(range(1, 11))


SELECTIONS: list[tuple[Body, list[int]]] = [
    ({}, list(range(1, 11))),
    ({"after": 0}, list(range(1, 11))),
    ({"after": 7}, [8, 9, 10]),
    ({"after": 10}, []),
    ({"before": 3}, [1, 2]),
    ({"before": 0}, []),
    ({"before": 99}, list(range(1, 11))),
    ({"after": 2, "before": 5}, [3, 4]),
    ({"after": 5, "before": 2}, []),
    ({"type": "ReportFiled"}, [6, 8]),
    ({"type": "SourceRegistered"}, [3, 5, 7]),
    ({"stream": "report:r1"}, [6, 9]),
    ({"report": "r2"}, [8, 10]),
    ({"source": "nis"}, [3, 4, 6, 9]),
    ({"source": "wire"}, [5, 6, 8, 9, 10]),
    ({"source": "mnd"}, [7, 8, 10]),
    ({"indicator": "drones"}, [1, 8, 10]),
    ({"indicator": "troops"}, [2, 6, 9]),
    ({"actor": "local"}, list(range(1, 11))),
    ({"source": "nis", "type": "ReportFiled"}, [6]),
    ({"source": "wire", "after": 6, "before": 10}, [8, 9]),
    ({"known_at": 6}, [1, 2, 3, 4, 5, 6]),
    ({"known_at": "2025-03-02"}, [1, 2, 3, 4]),
    ({"known_at": "2025-03-03T11:59:59Z", "source": "nis"}, [3, 4]),
    ({"known_at": 0}, []),
]


@pytest.mark.parametrize(("asked", "found"), SELECTIONS, ids=str)
def test_events_are_selected_alike_in_every_form(logged: Api, asked: Body, found: list[int]) -> None:
    forward = logged.get("/v1/events", **asked)["items"]
    assert [event["position"] for event in forward] == found
    backward = logged.get("/v1/events", order="desc", **asked)["items"]
    assert [event["position"] for event in backward] == found[::-1]
    assert logged.items("/v1/events", limit=1, **asked) == forward
    assert logged.items("/v1/events", limit=1, order="desc", **asked) == backward
    assert lines(logged, **asked)[:-1] == forward


@pytest.mark.parametrize(("asked", "found"), SELECTIONS, ids=str)
def test_events_are_selected_alike_when_they_are_live(
    logged: Api, asked: Body, found: list[int]
) -> None:
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    with live(logged.client, f"/v1/events?{query}") as stream:
        sent = until_caught_up(stream)
    assert [each.data["position"] for each in sent[:-1]] == found


# Lines


@pytest.mark.parametrize(
    ("asked", "end"),
    [
        ({}, 10),
        ({"after": 4}, 10),
        ({"after": 10}, 10),
        ({"before": 5}, 4),
        ({"known_at": 6}, 6),
        ({"type": "ReportFiled"}, 10),
        ({"limit": 3}, 3),
        ({"limit": 1, "type": "ReportFiled"}, 6),
        ({"limit": 100}, 10),
    ],
    ids=str,
)
def test_lines_end_with_where_to_go_on(logged: Api, asked: Body, end: int) -> None:
    found = lines(logged, **asked)
    assert found[-1] == {"caught_up": end}
    assert all("caught_up" not in line for line in found[:-1])


def test_lines_are_the_whole_rest(api: Api) -> None:
    api.import_(*({"register_source": {"id": f"s{n}"}} for n in range(2_345)))
    found = lines(api, min_position=2_345)
    assert [line["position"] for line in found[:-1]] == list(range(1, 2_346))
    assert len(lines(api, source="s7")) == 2
    assert len(lines(api, type="SourceRegistered")) == 2_346


@pytest.mark.parametrize("asked", ["order=desc", "cursor=x"])
@pytest.mark.parametrize("form", [NDJSON, SSE])
def test_a_stream_runs_forward_and_has_no_pages(logged: Api, form: str, asked: str) -> None:
    answer = logged.client.get(f"/v1/events?{asked}", headers={"Accept": form})
    problem(answer, 422, "bad-parameter")


def test_a_live_stream_has_no_limit(logged: Api) -> None:
    answer = logged.client.get("/v1/events?limit=5", headers={"Accept": SSE})
    problem(answer, 422, "bad-parameter")


# Live


def test_a_server_sent_event_has_id_event_and_data(logged: Api) -> None:
    with (
        logged.client.stream("GET", "/v1/events?after=9", headers={"Accept": SSE}) as answer,
    ):
        text = ""
        for chunk in answer.iter_text():
            text += chunk
            if "caught-up" in text and text.endswith("\n\n"):
                break
    first, second, rest = text.split("\n\n")
    fields = dict(line.split(": ", 1) for line in first.split("\n"))
    assert fields["id"] == "10" and fields["event"] == "ClaimLinked"
    assert fields["data"].startswith('{"position":10,"id":')
    assert set(second.split("\n")) == {"event: caught-up", 'data: {"position":10}'}
    assert rest == ""
    assert answer.headers["cache-control"] == "private, no-cache"


def test_what_is_written_is_sent_at_once(api: Api) -> None:
    api.given(source("nis"))
    with live(api.client) as stream:
        assert [each.event for each in until_caught_up(stream)] == ["SourceRegistered", "caught-up"]
        for n in range(3):
            answer = api.send(source(f"s{n}"))
            sent = next(stream)
            assert (sent.event, sent.id) == ("SourceRegistered", str(answer.json()["position"]))
            assert sent.data["data"] == {"source": f"s{n}"}


def test_a_batch_is_sent_in_order_with_nothing_left_out(api: Api) -> None:
    with live(api.client) as stream:
        until_caught_up(stream)
        api.import_(*({"register_source": {"id": f"s{n}"}} for n in range(1_234)))
        sent = [next(stream).id for _ in range(1_234)]
    assert sent == [str(n) for n in range(1, 1_235)]


def test_a_live_stream_leaves_out_what_was_not_selected(api: Api) -> None:
    with live(api.client, "/v1/events?type=SourceGraded") as stream:
        until_caught_up(stream)
        api.given(source("a"), source("b"), post("/v1/sources/a/grades", reliability="A"))
        assert next(stream).data["data"]["source"] == "a"


def test_every_reader_gets_every_event(api: Api) -> None:
    def read(_: int) -> list[str | None]:
        with live(api.client) as stream:
            return [each.id for each in (next(stream) for _ in range(21)) if each.id]

    with ThreadPoolExecutor(8) as pool:
        readers = pool.map(read, range(8))
        api.given(*(source(f"s{n}") for n in range(20)))
        assert [list(each) for each in readers] == [[str(n) for n in range(1, 21)]] * 8


def test_a_reader_resumes_behind_the_last_event_it_saw(api: Api) -> None:
    api.given(*(source(f"s{n}") for n in range(5)))
    with live(api.client) as stream:
        seen = [next(stream).id, next(stream).id]
    api.given(source("later"))
    with live(api.client, **{"Last-Event-ID": seen[-1] or ""}) as stream:
        assert [each.id for each in until_caught_up(stream)] == ["3", "4", "5", "6", None]
    with live(api.client, "/v1/events?after=1", **{"Last-Event-ID": "5"}) as stream:
        assert [each.id for each in until_caught_up(stream)] == ["6", None]


@pytest.mark.parametrize("seen", ["x", "-1", "1.5", "9" * 40])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/replay"])
def test_a_last_event_that_cannot_be_one_is_refused(logged: Api, path: str, seen: str) -> None:
    answer = logged.client.get(path, headers={"Accept": SSE, "Last-Event-ID": seen})
    problem(answer, 422, "bad-parameter")


@pytest.mark.parametrize(
    ("query", "ids", "end"),
    [
        ("before=3", ["1", "2"], 2),
        ("known_at=2", ["1", "2"], 2),
        ("known_at=8&before=3", ["1", "2"], 2),
    ],
)
def test_a_stream_that_was_given_an_end_has_one(
    logged: Api, query: str, ids: list[str], end: int
) -> None:
    with live(logged.client, f"/v1/events?{query}") as stream:
        sent = list(stream)
    assert [each.id for each in sent] == [*ids, str(end)]
    assert sent[-1].data == {"position": end}


def test_text_of_any_kind_stays_in_its_event(api: Api) -> None:
    name = "one\ntwo\r\nthree\u2028four\u2029five\u0085six\x0bseven\x00eight"
    api.given(source("nis", name=name))
    with live(api.client) as stream:
        assert next(stream).data["data"]["name"] == name
    [line, _] = lines(api)
    assert line["data"]["name"] == name


def test_a_reader_who_leaves_is_forgotten(api: Api) -> None:
    follower = api.service.follower
    with live(api.client) as stream:
        until_caught_up(stream)
        assert len(follower._listeners) == 1
    with live(api.client) as stream:
        # Whoever left is gone by the time that something new is sent to the next.
        until_caught_up(stream)
        while len(follower._listeners) > 1:
            api.given(source(f"s{api.head()}"))
            next(stream)


# The end, and beyond


@pytest.mark.parametrize("form", ["application/json", NDJSON, SSE])
def test_what_is_beyond_the_head_is_refused(logged: Api, form: str) -> None:
    for path in ("/v1/events", "/v1/replay"):
        if path == "/v1/events" or form != "application/json":
            answer = logged.client.get(f"{path}?after=11", headers={"Accept": form})
            assert problem(answer, 409, "beyond-head")["head"] == 10
    if form == SSE:
        for path in ("/v1/events", "/v1/replay"):
            headers = {"Accept": SSE, "Last-Event-ID": "999"}
            body = problem(logged.client.get(path, headers=headers), 409, "beyond-head")
            assert (body["head"], "Last-Event-ID: 999" in body["detail"]) == (10, True)


@pytest.mark.parametrize("path", ["/v1/events", "/v1/replay"])
@pytest.mark.parametrize("form", [NDJSON, SSE])
def test_a_stream_names_its_history(logged: Api, path: str, form: str) -> None:
    ours = logged.service.log.id
    for sent in ({}, {"Intellog-Log": ours}):
        with logged.client.stream("GET", path, headers={"Accept": form, **sent}) as answer:
            assert (answer.status_code, answer.headers["intellog-log"]) == (200, ours)
    other = {"Accept": form, "Intellog-Log": "0123456789abcdef"}
    body = problem(logged.client.get(path, headers=other), 409, "other-history")
    assert ours in body["detail"]
    asked = {"log": "0123456789abcdef"}
    problem(logged.client.get(path, params=asked, headers={"Accept": form}), 409, "other-history")


@pytest.mark.parametrize(
    ("path", "seen", "status"),
    [
        ("/v1/events?before=5", "4", 204),
        ("/v1/events?before=5", "7", 204),
        ("/v1/events?before=5", "3", 200),
        ("/v1/events?before=5&type=ReportFiled", "4", 204),
        ("/v1/events?known_at=6", "6", 204),
        ("/v1/replay", "10", 204),
        ("/v1/replay?until=8", "8", 204),
        ("/v1/replay?until=8", "6", 200),
        ("/v1/replay?known_at=8", "9", 204),
    ],
)
def test_a_browser_that_has_seen_the_end_is_told_to_ask_no_more(
    logged: Api, path: str, seen: str, status: int
) -> None:
    answer = logged.client.get(path, headers={"Accept": SSE, "Last-Event-ID": seen})
    assert answer.status_code == status and bool(answer.content) == (status == 200)


def test_an_empty_last_event_id_is_none(logged: Api) -> None:
    with live(logged.client, "/v1/events?after=8", **{"Last-Event-ID": ""}) as stream:
        assert [each.id for each in until_caught_up(stream)] == ["9", "10", None]


def test_a_replay_is_no_json_document(logged: Api) -> None:
    answer = logged.client.get("/v1/replay", headers={"Accept": "application/json"})
    problem(answer, 406, "not-acceptable")


# Replay


def frames_of(api: Api, **asked: Any) -> list[Body]:
    """The frames of a replay, whose last line says that they are all."""
    *frames, end = lines(api, "/v1/replay", **asked)
    assert set(end) == {"caught_up"}
    return frames


def test_a_replay_shows_each_event_and_what_it_did(logged: Api) -> None:
    frames = frames_of(logged)
    assert [(frame["position"], frame["indicator"]) for frame in frames] == [
        (1, "drones"),
        (2, "troops"),
        (6, "troops"),
        (8, "drones"),
        (9, "troops"),
        (10, "drones"),
    ]
    for frame in frames:
        assert set(frame) == {"position", "recorded_at", "indicator", "event", "before", "after"}
        assert frame["event"] in logged.get("/v1/events")["items"]
        assert frame["event"]["position"] == frame["position"]
    assert [(frame["before"]["best"], frame["after"]["best"]) for frame in frames] == [
        (None, None),
        (None, None),
        (None, 100),
        (None, 5),
        (100, 100),
        (5, None),
    ]
    assert frames[2]["recorded_at"] == "2025-03-03T12:00:00Z"


def test_a_frame_continues_the_one_before(logged: Api) -> None:
    frames = frames_of(logged, indicator="drones")
    for earlier, later in pairwise(frames):
        assert later["before"] == earlier["after"]
    now = logged.get("/v1/estimates/drones")
    assert frames[-1]["after"]["best"] == now["best"]
    assert frames[-1]["after"]["claims"] == now["claims"]


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        ({"indicator": "troops"}, [2, 6, 9]),
        ({"after": 2}, [6, 8, 9, 10]),
        ({"until": 8}, [1, 2, 6, 8]),
        ({"after": 1, "until": 2}, [2]),
        ({"after": 9, "until": 3}, []),
        ({"known_at": 8}, [1, 2, 6, 8]),
        ({"known_at": "2025-03-03", "until": 9}, [1, 2, 6]),
        ({"speed": 1e12, "indicator": "troops"}, [2, 6, 9]),
    ],
    ids=str,
)
def test_a_replay_is_narrowed(logged: Api, asked: Body, positions: list[int]) -> None:
    frames = frames_of(logged, **asked)
    assert [frame["position"] for frame in frames] == positions


def test_a_replay_stands_at_the_publication_time_asked(logged: Api) -> None:
    frames = frames_of(logged, published_by="2025-01-09")
    assert {frame["after"]["best"] for frame in frames} == {None}


def test_a_replay_as_server_sent_events_ends(logged: Api) -> None:
    with live(logged.client, "/v1/replay?indicator=troops") as stream:
        sent = list(stream)
    assert [(each.event, each.id) for each in sent] == [
        ("frame", "2"),
        ("frame", "6"),
        ("frame", "9"),
        ("caught-up", "10"),
    ]
    found = frames_of(logged, indicator="troops")
    assert [each.data for each in sent] == [*found, {"position": 10}]
    assert sent[-1].data == {"position": 10}


def test_a_replay_resumes_without_losing_a_frame(api: Api) -> None:
    names = [f"i{n:02}" for n in range(50)]
    api.given(*(indicator(name) for name in names))
    filed = api.given(report("r1", *(claim(n, about=name) for n, name in enumerate(names))))
    with live(api.client, f"/v1/replay?after=49&min_position={filed}") as stream:
        frames = list(stream)[:-1]
    assert [each.id for each in frames] == ["50", *[None] * 49, str(filed)]
    with live(api.client, "/v1/replay", **{"Last-Event-ID": "50"}) as stream:
        again = list(stream)[:-1]
    assert [each.data for each in again] == [each.data for each in frames[1:]]
    assert [each.data["indicator"] for each in again] == names


# The end


def test_a_server_stops_promptly_although_streams_are_open(tmp_path: Path) -> None:
    def read(stream: Iterator[Sent], begun: Event) -> list[str | None]:
        events = list[str | None]()
        try:
            for each in stream:
                events.append(each.event)
                if each.event in ("caught-up", "frame"):
                    begun.set()
        except httpx2.RemoteProtocolError:
            events.append(BROKEN)
        return events

    paths = ("/v1/events", "/v1/events?type=ReportFiled", "/v1/replay?speed=0.000001")
    with ThreadPoolExecutor(3) as pool, httpx2.Client(timeout=60) as client:
        with started("serve", "--data", tmp_path, "--port", "0") as (_, url):
            for ask in (indicator("drones"), indicator()):
                client.put(url + ask.path, json=ask.body)
            wait_for_views(url, 2)
            reading = list[Future[list[str | None]]]()
            for path in paths:
                request = client.build_request("GET", url + path, headers={"Accept": SSE})
                stream = server_sent(client.send(request, stream=True).iter_bytes())
                reading.append(pool.submit(read, stream, begun := Event()))
                begun.wait()
            # Leaving asks the server to stop, while all three are open.
        ends = [each.result() for each in reading]
    # Each was broken off, so that nobody takes what came for the whole.
    assert ends[0] == ["IndicatorDefined", "IndicatorDefined", "caught-up", BROKEN]
    assert ends[1] == ["caught-up", BROKEN]
    assert ends[2] == ["frame", BROKEN], "the second was still being waited for"


def test_a_stream_reads_nothing_into_the_log(api: Api) -> None:
    api.given(source("nis"))
    with unchanged(api):
        lines(api)
        frames_of(api)
        api.send(Ask("GET", "/v1/events"))
