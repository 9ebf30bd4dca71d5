"""Import: one command a line, any number of them, streaming both ways."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    Body,
    Server,
    check_problem,
    claim,
    indicator,
    ndjson,
    one_server,
    problem,
    read_answer,
    report,
    source,
    unchanged,
)
from tests.places import LONG, ROOT
from tests.processes import wait_for_views

FRONT = (
    b"POST /v1/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/x-ndjson\r\n"
)


def defined(name: str = "troops", **fields: Any) -> Body:
    return {"define_indicator": {"id": name, "title": name.title(), "measure": "stock", **fields}}


def filed(name: str | None = "r1", *claims: Body, **fields: Any) -> Body:
    return {"file_report": report(name, *claims, **fields).body}


def registered(name: str, /, **fields: Any) -> Body:
    return {"register_source": {"id": name, **fields}}


def counted(answer: list[Body]) -> tuple[int, int, int]:
    """Accepted, duplicates and refused, as the last line says; its shape is checked."""
    last = answer[-1]
    assert list(last) == ["done", "accepted", "duplicates", "refused", "position"]
    assert last["done"] is True
    return last["accepted"], last["duplicates"], last["refused"]


def refusals(answer: list[Body]) -> dict[int, Body]:
    """The problem of each refused line, by its number; they come in order, before the last line."""
    found = {}
    for line in answer[:-1]:
        if "progress" not in line:
            assert set(line) == {"line", "refused"}
            found[line["line"]] = line["refused"]
    assert list(found) == sorted(found)
    for refused in found.values():
        check_problem(refused, refused["status"], refused["type"].removeprefix("/problems/"))
    return found


def codes(answer: list[Body]) -> dict[int, str]:
    found = refusals(answer)
    return {line: each["type"].removeprefix("/problems/") for line, each in found.items()}


# Commands


EVERY_COMMAND: list[tuple[Body, str]] = [
    (defined(), "IndicatorDefined"),
    (defined(unit="persons"), "IndicatorRevised"),
    (registered("nis", name="The service"), "SourceRegistered"),
    (registered("wire"), "SourceRegistered"),
    ({"grade_source": {"source": "nis", "reliability": "B", "reason": "good"}}, "SourceGraded"),
    (filed("r1"), "ReportFiled"),
    (filed("r2", claim(90)), "ReportFiled"),
    (filed("r3", claim(90, derived_from=["r1/1"])), "ReportFiled"),
    (
        {"correct_report": {"report": "r1", "kind": "record", "provenance": {"title": "T"}}},
        "ReportCorrected",
    ),
    ({"hold_report": {"report": "r1", "reason": "check"}}, "ReportHeld"),
    ({"release_report": {"report": "r1"}}, "ReportReleased"),
    ({"mark_report": {"report": "r1", "marking": "TLP:RED"}}, "ReportMarked"),
    ({"grade_claim": {"claim": "r1/1", "credibility": 3}}, "ClaimGraded"),
    ({"link_claim": {"claim": "r2/1", "derived_from": "r1/1"}}, "ClaimLinked"),
    ({"unlink_claim": {"claim": "r2/1", "derived_from": "r1/1"}}, "ClaimUnlinked"),
    ({"dispute_claim": {"claim": "r2/1", "by": "nis", "reason": "not ours"}}, "ClaimDisputed"),
    (
        {"record_assessment": {"indicator": "troops", "best": 90, "confidence": "low"}},
        "AssessmentRecorded",
    ),
    ({"withdraw_report": {"report": "r2", "reason": "twice"}}, "ReportWithdrawn"),
]


def test_every_command_is_taken_in_its_order(api: Api) -> None:
    answer = api.import_(*(line for line, _ in EVERY_COMMAND))
    assert counted(answer) == (len(EVERY_COMMAND), 0, 0)
    assert answer[-1]["position"] == api.head() == len(EVERY_COMMAND)
    assert [kind for _, kind, _ in api.facts()] == [kind for _, kind in EVERY_COMMAND]


def test_a_command_says_the_same_as_its_request(server: Server, tmp_path: Path) -> None:
    asks = [
        indicator(),
        source("nis", name="x"),
        Ask("POST", "/v1/sources/nis/grades", {"reliability": "B"}),
        report("r1", claim(5, period="2024-12"), title="T"),
        Ask("POST", "/v1/reports/r1/marking", {"marking": "TLP:RED", "reason": "y"}),
        Ask("POST", "/v1/claims/r1/1/grades", {"credibility": 2}),
    ]
    lines = [
        defined(),
        registered("nis", name="x"),
        {"grade_source": {"source": "nis", "reliability": "B"}},
        filed("r1", claim(5, period="2024-12"), title="T"),
        {"mark_report": {"report": "r1", "marking": "TLP:RED", "reason": "y"}},
        {"grade_claim": {"claim": "r1/1", "credibility": 2}},
    ]
    with server.over(tmp_path / "one") as api:
        api.given(*asks)
        by_request = api.facts()
    with server.over(tmp_path / "two") as api:
        api.import_(*lines)
        assert api.facts() == by_request


def test_a_line_may_rest_on_any_before_it(api: Api) -> None:
    lines: list[Body] = [defined(), filed("r0")]
    for n in range(1, 20):
        # Far enough apart that they come to lie in several batches.
        lines += [registered(f"s{n}-{m}") for m in range(99)]
        lines += [filed(f"r{n}", claim(n, derived_from=[f"r{n - 1}/1"]))]
    assert counted(api.import_(*lines)) == (len(lines), 0, 0)
    assert len(api.get("/v1/claims/r19/1")["chain"]) == 20


def test_order_is_kept(api: Api) -> None:
    marks = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:RED"]
    lines = [{"mark_report": {"report": "r1", "marking": marks[n % 4]}} for n in range(1, 2_001)]
    before = api.given(indicator(), report())
    assert counted(api.import_(*lines)) == (2_000, 0, 0)
    assert [data["marking"] for _, _, data in api.facts(before)] == [
        line["mark_report"]["marking"] for line in lines
    ]


def test_nothing_is_imported_of_nothing(api: Api) -> None:
    for body in (b"", b"\n", b"\r\n \t\r\n\n"):
        with unchanged(api):
            assert counted(api.import_bytes(body)) == (0, 0, 0)


def test_the_position_is_the_head_of_the_log(api: Api) -> None:
    api.given(source("nis"), source("mnd"))
    assert api.import_(b"bad")[-1]["position"] == 2
    assert api.import_(registered("nis"))[-1]["position"] == 2
    assert api.import_(registered("jcs"))[-1]["position"] == 3


@pytest.mark.parametrize("query", ["?key=1", "?dry-run=true"])
def test_an_import_takes_no_parameters(api: Api, query: str) -> None:
    with unchanged(api):
        answer = api.client.post(f"/v1/import{query}", content=b"", headers={"Content-Type": NDJSON})
        problem(answer, 422, "unknown-parameter")


# Refusals


def test_a_bad_line_is_refused_alone(api: Api) -> None:
    answer = api.import_(
        defined(),
        {"file_report": {**filed()["file_report"], "clams": []}},
        b"not json",
        filed("r1", claim(about="trops")),
        filed("r1"),
        filed("r1", claim(7)),
        filed("r2", claim(8, derived_from=["r9/1"])),
        {"mark_report": {"report": "r7", "marking": "TLP:RED"}},
        {"withdraw_report": {"report": "r1"}},
        {"hold_report": {"report": "r1"}},
        registered("last"),
    )
    assert codes(answer) == {
        2: "invalid",
        3: "invalid",
        4: "unknown-indicator",
        6: "id-taken",
        7: "unknown-claim",
        8: "not-found",
        10: "report-withdrawn",
    }
    assert counted(answer) == (4, 0, 7)
    found = refusals(answer)
    assert found[2]["errors"] == [
        {
            "pointer": "/file_report/clams",
            "message": "is not a field here; did you mean claims?",
        }
    ]
    assert found[2]["detail"].startswith("/file_report/clams: ")
    assert found[4]["errors"][0]["pointer"] == "/file_report/claims/0/indicator"
    assert found[4]["detail"].startswith("/file_report/claims/0/indicator: ")
    assert [kind for _, kind, _ in api.facts()] == [
        "IndicatorDefined",
        "SourceRegistered",
        "SourceRegistered",
        "ReportFiled",
        "ReportWithdrawn",
        "SourceRegistered",
    ]


BAD_LINES: dict[str, tuple[bytes, str]] = {
    "no JSON": (b"{", "the line is not JSON: "),
    "text": (b'"define_indicator"', "the line must be an object"),
    "null": (b"null", "the line must be an object"),
    "a list": (b'[{"register_source": {"id": "a"}}]', "the line must be an object"),
    "a number": (b"7", "the line must be an object"),
    "no command": (b"{}", "the line must hold exactly one command, not none; they are "),
    "a key alone": (b'{"key": "k"}', "the line must hold exactly one command, not none; they are "),
    "a null command": (
        b'{"register_source": null}',
        "the line must hold exactly one command, not none; they are ",
    ),
    "an unknown command": (
        b'{"register_sorce": {"id": "a"}}',
        "/register_sorce: is not a field here; did you mean register_source?",
    ),
    "two commands": (
        b'{"register_source": {"id": "a"}, "hold_report": {"report": "r"}}',
        "the line must hold exactly one command, not register_source and hold_report; they are ",
    ),
    "a command twice": (
        b'{"register_source": {"id": "a"}, "register_source": {"id": "b"}}',
        "the line names the field 'register_source' twice in one object",
    ),
    "a field twice": (
        b'{"register_source": {"id": "a", "id": "b"}}',
        "the line names the field 'id' twice in one object",
    ),
    "a field twice under a key": (
        b'{"key": "k", "register_source": {"id": "a", "id": "b"}}',
        "the line names the field 'id' twice in one object",
    ),
    "a field twice beside escapes": (
        b'{"register_source": {"id": "a", "name": "x\\u0022\\u0022", "name": "y"}}',
        "the line names the field 'name' twice in one object",
    ),
    "a key that is none": (b'{"key": 5, "register_source": {"id": "a"}}', "/key: must be text"),
    "an empty key": (b'{"key": "", "register_source": {"id": "a"}}', "/key: "),
    "no UTF-8": (b'{"register_source": {"id": "a", "name": "\xff"}}', "the line is not JSON: "),
    "UTF-16": ('{"register_source": {"id": "a"}}'.encode("utf-16"), "the line is not JSON: "),
    "a lone surrogate": (
        b'{"register_source": {"id": "a", "name": "\\ud800"}}',
        "the line is not JSON: ",
    ),
    "a number out of range": (
        b'{"register_source": {"id": "a", "name": 1%s}}' % (b"0" * 5_000),
        "the line is not JSON: ",
    ),
    "deep nesting": (b"[" * 100_000 + b"]" * 100_000, "the line is not JSON: "),
    "a deep command": (
        b'{"register_source": ' * 150 + b"1" + b"}" * 150,
        "/register_source/id: is missing (and 1 more)",
    ),
    "two objects": (
        b'{"register_source": {"id": "a"}} {"register_source": {"id": "b"}}',
        "the line is not JSON: trailing characters",
    ),
    "a NUL": (b'\x00{"register_source": {"id": "a"}}', "the line is not JSON: "),
}


@pytest.mark.parametrize("what", BAD_LINES)
def test_a_line_that_is_no_command_is_refused(api: Api, what: str) -> None:
    line, detail = BAD_LINES[what]
    with unchanged(api):
        answer = api.import_(line)
    assert codes(answer) == {1: "invalid"}
    assert refusals(answer)[1]["detail"].startswith(detail)
    assert counted(answer) == (0, 0, 1)


def test_a_bad_line_harms_no_other(api: Api) -> None:
    lines = [
        line for n, (bad, _) in enumerate(BAD_LINES.values()) for line in (bad, registered(f"s{n}"))
    ]
    answer = api.import_(*lines)
    assert list(refusals(answer)) == list(range(1, 2 * len(BAD_LINES), 2))
    assert counted(answer) == (len(BAD_LINES), 0, len(BAD_LINES))


def test_a_line_over_the_limit_is_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    fits = {"register_source": {"id": "fits", "note": ""}}
    room = 1_000 - len(json.dumps(fits))
    fits["register_source"]["note"] = "x" * room
    over = {"register_source": {"id": "over", "note": "x" * (room + 1)}}
    with server.over(tmp_path, body_limit=1_000) as api:
        answer = api.import_(fits, over, registered("after"), b" " * 1_000 + b"[", registered("end"))
        assert codes(answer) == {2: "too-large", 4: "too-large"}
        assert refusals(answer)[2]["detail"] == "the line is longer than 1,000 bytes; split it"
        assert counted(answer) == (3, 0, 2)
        assert [stream for stream, _, _ in api.facts()] == [
            "source:fits",
            "source:after",
            "source:end",
        ]


def test_a_last_line_over_the_limit_without_an_end(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, body_limit=1_000) as api:
        assert codes(api.import_(registered("a"), b"x" * 5_000_000)) == {2: "too-large"}


# Lines


def test_lines_are_numbered_as_an_editor_does(api: Api) -> None:
    body = b'\n\r\n{"register_source": {"id": "a"}}\r\n   \nbad\r\n\n{"register_source": {"id": "b"}}'
    answer = api.import_bytes(body)
    assert list(refusals(answer)) == [5]
    assert counted(answer) == (2, 0, 1)


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n", b"\n\n\n"])
def test_the_last_line_may_end_or_not(api: Api, end: bytes) -> None:
    body = json.dumps(registered("a")).encode() + end
    assert counted(api.import_bytes(body)) == (1, 0, 0)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_a_line_may_come_in_pieces(api: Api, size: int) -> None:
    text = "emoji \U0001f575\ufe0f, rtl \u05d0\u05d1, \u2028 and \u0085"
    lines = [registered("a", name=text), registered("b", name=text)]
    body = "\r\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    pieces = (body[i : i + size] for i in range(0, len(body), size))
    assert counted(api.import_bytes(pieces)) == (2, 0, 0)
    assert [data["name"] for _, _, data in api.facts()] == [text, text]


def test_what_was_sent_is_written_while_more_is_awaited(api: Api) -> None:
    def body() -> Iterator[bytes]:
        for n in range(3):
            yield json.dumps(registered(f"s{n}")).encode() + b"\n"
            # Only once this line is in the log does the body go on.
            seen = api.client.get("/v1/events", params={"min_position": n + 1})
            assert seen.status_code == 200
            assert seen.json()["as_of"]["position"] == n + 1

    assert counted(api.import_bytes(body())) == (3, 0, 0)


# Sent again


def test_an_import_sent_again_accepts_nothing_new(api: Api) -> None:
    lines = [line for line, _ in EVERY_COMMAND]
    first = api.import_(*lines)
    with unchanged(api):
        again = api.import_(*lines)
    assert counted(again) == (0, len(lines), 0)
    assert again[-1]["position"] == first[-1]["position"]


def test_an_import_that_broke_off_goes_on(api: Api) -> None:
    lines = [registered(f"s{n}") for n in range(1_500)]
    api.import_(*lines[:700])
    assert counted(api.import_(*lines)) == (800, 700, 0)
    assert [stream for stream, _, _ in api.facts()] == [f"source:s{n}" for n in range(1_500)]


def test_a_refused_line_is_tried_again(api: Api) -> None:
    lines = [filed("r1"), registered("x")]
    assert counted(api.import_(*lines)) == (1, 0, 1)
    assert counted(api.import_(defined(), *lines)) == (2, 1, 0)
    assert counted(api.import_(defined(), *lines)) == (0, 3, 0)


def test_a_line_is_known_by_its_content_however_it_is_written(api: Api) -> None:
    api.import_(b'{"register_source": {"id": "a", "name": "\\u00e9"}}')
    with unchanged(api):
        same = b'  { "register_source" : { "name":"\xc3\xa9" ,"id":"\\u0061" } }\r'
        assert counted(api.import_(same)) == (0, 1, 0)


def test_the_nth_time_of_a_line_is_another_line(api: Api) -> None:
    hold, release = {"hold_report": {"report": "r1"}}, {"release_report": {"report": "r1"}}
    lines = [defined(), filed(), hold, release, hold, release, hold]
    assert counted(api.import_(*lines)) == (7, 0, 0)
    with unchanged(api):
        assert counted(api.import_(*lines)) == (0, 7, 0)
    assert counted(api.import_(*lines, release)) == (1, 7, 0)
    assert [kind for _, kind, _ in api.facts()][-6:] == [
        *["ReportHeld", "ReportReleased"] * 3,
    ]


def test_a_line_that_repeats_another_changes_nothing(api: Api) -> None:
    assert counted(api.import_(registered("a"), registered("a"), registered("a"))) == (1, 2, 0)
    assert api.head() == 1


def test_a_known_key_is_a_duplicate_before_any_other_check(api: Api) -> None:
    assert counted(api.import_({"key": "k", **registered("a")})) == (1, 0, 0)
    with unchanged(api):
        answer = api.import_(
            {"key": "k", **registered("a")},
            {"key": "k", **registered("b")},
            {"key": "k", "nonsense": 1},
            {"key": "k", "file_report": {}},
            {"key": "k"},
            {"key": "k", **filed("r1", claim(about="none"))},
        )
    assert counted(answer) == (0, 6, 0)


def test_a_key_is_known_from_its_line_on(api: Api) -> None:
    answer = api.import_(
        {"key": "k", "nonsense": 1},
        {"key": "k", **registered("a")},
        {"key": "k", "nonsense": 2},
        {"key": "k", **registered("b")},
        {"key": "other", "nonsense": 3},
    )
    assert list(refusals(answer)) == [1, 5]
    assert counted(answer) == (1, 2, 2)


def test_a_key_is_known_from_its_line_on_in_an_import_of_any_length(api: Api) -> None:
    """A line is judged by those before it, however they were cut into batches."""
    lines: list[Body] = []
    for n in range(400):
        lines += [
            {"key": f"k{n}", **registered(f"s{n}")},
            registered(f"t{n}"),
            {"key": f"k{n}", "nonsense": n},
            {"key": f"k{n - 300}", "nonsense": n},
        ]
    answer = api.import_(*lines)
    assert list(refusals(answer)) == [4 * n + 4 for n in range(300)]
    assert counted(answer) == (800, 500, 300)


def test_a_key_of_a_refused_line_stays_free(api: Api) -> None:
    assert counted(api.import_({"key": "k", **filed()})) == (0, 0, 1)
    assert counted(api.import_(defined(), {"key": "k", **filed()})) == (2, 0, 0)


def test_a_line_with_a_key_of_its_own_counts_for_no_other(api: Api) -> None:
    answer = api.import_(
        registered("a"), {"key": "k", **registered("a")}, {"key": "l", **registered("b")}
    )
    assert counted(answer) == (2, 1, 0)
    assert counted(api.import_(registered("b"))) == (0, 1, 0)


def test_a_key_of_an_import_is_none_of_a_request(api: Api) -> None:
    api.import_({"key": "k", **registered("a")})
    assert api.send(source("b").under(idempotency_key="k")).status_code == 201
    assert counted(api.import_({"key": "k", **registered("c")})) == (0, 1, 0)


# Both ways


def test_a_client_may_write_everything_before_it_reads_anything(api: Api, server: Server) -> None:
    lines = 300_000
    bad = b"this line is not a command, nor is it JSON\n"
    with socket.socket() as wire:
        # Small, so that nothing but the server can hold what was written.
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        wire.connect(server.address)
        begun = monotonic()
        wire.sendall(FRONT + b"Content-Length: %d\r\n\r\n" % (lines * len(bad)))
        for _ in range(300):
            wire.sendall(bad * 1_000)
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_194_304)
        answer = read_answer(wire)
        seconds = monotonic() - begun
    assert answer.status == 200
    said = answer.body.splitlines()
    progress = [line for line in said if line.startswith(b'{"progress"')]
    assert said[: len(progress)] == progress, "progress is told only while the body comes"
    assert len(progress) <= seconds, "at most one line a second"
    told = [json.loads(line)["progress"] for line in progress]
    assert all(set(each) == {"lines", "position"} for each in told)
    assert [each["lines"] for each in told] == sorted({each["lines"] for each in told})
    refused = said[len(progress) : -1]
    assert len(refused) == lines
    assert json.loads(refused[0])["line"] == 1 and json.loads(refused[-1])["line"] == lines
    assert all(b'"/problems/invalid"' in line for line in refused)
    assert counted([json.loads(said[-1])]) == (0, 0, lines)


def test_progress_says_how_far_the_log_is(api: Api) -> None:
    def body() -> Iterator[bytes]:
        yield b"".join(json.dumps(registered(f"s{n}")).encode() + b"\n" for n in range(1_500))
        while api.head() < 1_500:
            pass
        # Blank lines come until a line of progress is due.
        due = monotonic() + 1.1
        while monotonic() < due:
            api.head()
            yield b"\n"

    answer = api.import_bytes(body())
    progress = [line["progress"] for line in answer if "progress" in line]
    assert progress[-1] == {"lines": 1_500, "position": 1_500}
    assert all(each["lines"] == each["position"] for each in progress)
    assert counted(answer) == (1_500, 0, 0)


def test_a_client_that_waits_to_be_told_to_go_on(api: Api, server: Server) -> None:
    line = json.dumps(registered("a")).encode()
    with socket.create_connection(server.address) as wire:
        wire.sendall(FRONT + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(line))
        # The answer has begun, or the server asks for the body: either way it may be sent.
        assert wire.recv(12) in (b"HTTP/1.1 100", b"HTTP/1.1 200")
        wire.sendall(line)
        rest = b""
        while chunk := wire.recv(65_536):
            rest += chunk
    assert b'"done":true,"accepted":1' in rest


def test_what_was_acknowledged_stays_when_the_client_leaves(api: Api, server: Server) -> None:
    lines = [json.dumps(registered(f"s{n}")).encode() + b"\n" for n in range(2_000)]
    with socket.create_connection(server.address) as wire:
        wire.sendall(FRONT + b"Transfer-Encoding: chunked\r\n\r\n")
        for line in lines[:1_000]:
            wire.sendall(b"%x\r\n%b\r\n" % (len(line), line))
        reached = api.client.get("/v1/events", params={"min_position": 1_000, "limit": 1})
        assert reached.status_code == 200
        wire.sendall(b'40\r\n{"register_source": {"id": "half')
    assert counted(api.import_bytes(b"".join(lines))) == (1_000, 1_000, 0)
    assert [stream for stream, _, _ in api.facts()] == [f"source:s{n}" for n in range(2_000)]


def test_a_store_that_fails_in_the_middle_is_said_so(api: Api) -> None:
    def body() -> Iterator[bytes]:
        yield json.dumps(registered("a")).encode() + b"\nbad\n"
        api.client.get("/v1/events", params={"min_position": 1})
        api.service.log.close()
        yield json.dumps(registered("b")).encode() + b"\n"

    answer = api.import_bytes(body())
    assert list(refusals(answer)) == [2]
    last = answer[-1]
    assert list(last) == ["done", "accepted", "duplicates", "refused", "position", "failed"]
    assert (last["done"], last["accepted"], last["refused"]) == (False, 1, 1)
    check_problem(last["failed"], 503, "log-unavailable")


def test_imports_side_by_side_do_not_meet(api: Api) -> None:
    def load(name: str) -> list[Body]:
        return api.import_(*(registered(f"{name}{n}") for n in range(700)), b"bad", registered(name))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(load, "abcdef"))
    assert [counted(answer) for answer in answers] == [(701, 0, 1)] * 6
    streams = [stream.removeprefix("source:") for stream, _, _ in api.facts()]
    for name in "abcdef":
        mine = [each for each in streams if each.startswith(name)]
        assert mine == [*(f"{name}{n}" for n in range(700)), name]


def test_the_same_import_twice_at_once_is_taken_once(api: Api) -> None:
    lines = [registered(f"s{n}") for n in range(1_200)]
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: counted(api.import_(*lines)), range(2))
    assert first[0] + second[0] == first[1] + second[1] == 1_200
    assert api.head() == 1_200


def test_reading_and_writing_go_on_beside_an_import(api: Api) -> None:
    def body() -> Iterator[bytes]:
        for n in range(20):
            yield b"".join(json.dumps(registered(f"s{n}-{m}")).encode() + b"\n" for m in range(100))
            assert api.send(source(f"beside-{n}")).status_code == 201
            assert api.client.get("/v1/sources").status_code == 200

    assert counted(api.import_bytes(body())) == (2_000, 0, 0)
    assert api.head() == 2_020


# Memory


def peak(reports: int, folder: Path) -> int:
    """The most memory, in kilobytes, that a process took to import so many reports."""
    from resource import RUSAGE_SELF, getrusage

    def body() -> Iterator[bytes]:
        yield json.dumps(defined()).encode() + b"\n"
        for start in range(0, reports, 500):
            lines = (filed(f"r{n}", claim(n % 997)) for n in range(start, start + 500))
            yield b"".join(json.dumps(line).encode() + b"\n" for line in lines)
            yield b"a bad line\n"

    with one_server() as server, server.over(folder) as api:
        headers = {"Content-Type": NDJSON}
        with api.client.stream("POST", "/v1/import", content=body(), headers=headers) as answer:
            last = ndjson(b"".join(answer.iter_bytes()))[-1]
        assert counted([last]) == (reports + 1, 0, reports // 500)
        wait_for_views(str(api.client.base_url).rstrip("/"), api.head())
    return int(getrusage(RUSAGE_SELF).ru_maxrss)


@pytest.mark.skipif(not LONG, reason="imports 60,000 reports")
@pytest.mark.skipif(sys.platform == "win32", reason="the peak of a process is not told here")
def test_memory_does_not_grow_with_the_length_of_an_import(tmp_path: Path) -> None:
    # From 20,000 on: so many streams are kept in memory, whatever comes.
    few, many = 20_000, 40_000
    program = "import sys, pathlib; from tests.service.api.test_import_stream import peak; "
    program += "print(peak(int(sys.argv[1]), pathlib.Path(sys.argv[2])))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(reports), str(tmp_path / str(reports))],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for reports in (few, many)
    ]
    peaks = [int(run.communicate()[0]) for run in runs]
    assert peaks[1] < 1.3 * peaks[0], f"{few} reports: {peaks[0]} kB, {many}: {peaks[1]} kB"
