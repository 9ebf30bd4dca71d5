"""Imports sent again: a file adds nothing twice, and an act meant twice is not lost in silence."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_core import to_json

from service.cli.transfer import as_command
from service.interop.export import CommandLines
from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    Body,
    Server,
    claim,
    expect,
    indicator,
    ndjson,
    report,
    unchanged,
)

KNOWN: tuple[Ask, ...] = (indicator(), report("r1"), report("r2", claim(90)))


def grade(letter: str, reason: str = "as before") -> Body:
    return {"grade_source": {"source": "nis", "reliability": letter, "reason": reason}}


def title(text: str) -> Body:
    return {"correct_report": {"report": "r1", "kind": "record", "provenance": {"title": text}}}


HOLD, RELEASE = {"hold_report": {"report": "r1"}}, {"release_report": {"report": "r1"}}
LINK = {"link_claim": {"claim": "r2/1", "derived_from": "r1/1"}}
UNLINK = {"unlink_claim": {"claim": "r2/1", "derived_from": "r1/1"}}
ACTS: dict[str, tuple[Body, Body]] = {
    "grades": (grade("B"), grade("C")),
    "holds": (HOLD, RELEASE),
    "links": (LINK, UNLINK),
    "marks": (
        {"mark_report": {"report": "r1", "marking": "TLP:RED"}},
        {"mark_report": {"report": "r1", "marking": "TLP:CLEAR"}},
    ),
    "credibility": (
        {"grade_claim": {"claim": "r1/1", "credibility": 2}},
        {"grade_claim": {"claim": "r1/1", "credibility": 3}},
    ),
    "descriptions": (
        {"register_source": {"id": "nis", "name": "One"}},
        {"register_source": {"id": "nis", "name": "Two"}},
    ),
    "definitions": (
        {"define_indicator": {"id": "troops", "title": "One", "measure": "stock"}},
        {"define_indicator": {"id": "troops", "title": "Two", "measure": "stock"}},
    ),
    "assessments": (
        {"record_assessment": {"indicator": "troops", "best": 1, "confidence": "low"}},
        {"record_assessment": {"indicator": "troops", "best": 2, "confidence": "low"}},
    ),
    "corrections": (title("One"), title("Two")),
}


def taken(api: Api, *lines: Any, name: str | None = None) -> tuple[int, int, int]:
    """Accepted, duplicates and refused of an import."""
    last = closing(api, *lines, name=name)
    return last["accepted"], last["duplicates"], last["refused"]


def closing(api: Api, *lines: Any, name: str | None = None) -> Body:
    """The last line of the answer to an import."""
    body = b"\n".join(each if isinstance(each, bytes) else to_json(each) for each in lines)
    query = {} if name is None else {"name": name}
    headers = {"Content-Type": NDJSON}
    answer = api.client.post("/v1/import", params=query, content=body, headers=headers)
    expect(answer.status_code == 200, answer.text)
    return ndjson(answer.content)[-1]


@pytest.mark.parametrize("what", ACTS)
def test_an_act_that_another_replaced_is_recorded_once_more_under_another_name(
    api: Api, what: str
) -> None:
    first, second = ACTS[what]
    before = api.given(*KNOWN)
    assert taken(api, first, name="monday") == (1, 0, 0)
    assert taken(api, second, name="tuesday") == (1, 0, 0)
    assert taken(api, first, name="wednesday") == (1, 0, 0)
    facts = api.facts(before)
    assert len(facts) == 3 and facts[0] == facts[2] != facts[1]
    with unchanged(api):
        for name, act in (("monday", first), ("tuesday", second), ("wednesday", first)):
            assert taken(api, act, name=name) == (0, 1, 0)


@pytest.mark.parametrize("what", ACTS)
def test_an_act_that_another_replaced_is_named_where_it_is_a_duplicate(api: Api, what: str) -> None:
    first, second = ACTS[what]
    before = api.given(*KNOWN)
    taken(api, first)
    taken(api, second)
    with unchanged(api):
        last = closing(api, b"", first)
    assert last["superseded"] == [{"line": 2, "position": before + 1}]
    assert (last["accepted"], last["duplicates"]) == (0, 1)


@pytest.mark.parametrize("name", [None, "monday"])
@pytest.mark.parametrize("what", ACTS)
def test_what_a_file_replaced_itself_is_not_named(api: Api, what: str, name: str | None) -> None:
    api.given(*KNOWN)
    lines = [*ACTS[what], *ACTS[what]]
    assert taken(api, *lines, name=name) == (4, 0, 0)
    with unchanged(api):
        last = closing(api, *lines, name=name)
    assert last["duplicates"] == 4 and "superseded" not in last


def test_only_the_last_word_of_a_file_is_named(api: Api) -> None:
    api.given(*KNOWN)
    lines = [grade("B"), HOLD, grade("C")]
    taken(api, *lines)
    taken(api, grade("D"))
    assert [each["line"] for each in closing(api, *lines)["superseded"]] == [3]


def test_a_correction_that_is_part_of_what_is_said_is_not_named(api: Api) -> None:
    api.given(*KNOWN)
    other = {"correct_report": {"report": "r1", "kind": "record", "claims": [{"n": 1, **claim(7)}]}}
    taken(api, title("One"))
    taken(api, other)
    with unchanged(api):
        last = closing(api, title("One"))
        assert last["duplicates"] == 1 and "superseded" not in last
    taken(api, {"correct_report": {"report": "r1", "kind": "record", "claims": [claim(9)]}})
    assert "superseded" in closing(api, other)


def test_a_file_that_was_cut_has_grown_or_was_fixed_adds_only_what_is_new(api: Api) -> None:
    api.given(*KNOWN)
    bad = {"grade_claim": {"claim": "r1/9", "credibility": 2}}
    lines = [grade("B"), HOLD, bad, grade("C"), RELEASE, grade("B")]
    assert taken(api, *lines[:2]) == (2, 0, 0)
    assert taken(api, *lines) == (3, 2, 1)
    fixed = [*lines[:2], {"grade_claim": {"claim": "r1/1", "credibility": 2}}, *lines[3:]]
    assert taken(api, *fixed) == (1, 5, 0)
    assert taken(api, *fixed, grade("C")) == (1, 6, 0)
    assert taken(api, title("in front"), *fixed, grade("C")) == (1, 7, 0)


def test_superseded_lines_are_named_up_to_a_hundred(api: Api) -> None:
    api.given(*KNOWN)
    lines = [{"register_source": {"id": f"s{n}", "name": "One"}} for n in range(150)]
    taken(api, *lines)
    taken(api, *({"register_source": {"id": f"s{n}", "name": "Two"}} for n in range(150)))
    last = closing(api, *lines)
    assert [each["line"] for each in last["superseded"]] == list(range(1, 101))
    assert last["duplicates"] == 150


def test_a_line_with_a_key_of_its_own_is_named_as_well(api: Api) -> None:
    api.given(*KNOWN)
    taken(api, {"key": "k", **grade("B")})
    taken(api, grade("C"))
    with unchanged(api):
        last = closing(api, {"key": "k", **grade("B")})
    assert [each["line"] for each in last["superseded"]] == [1]


def exported(api: Api) -> list[bytes]:
    """The log as lines that can be imported, as `intellog export` writes them."""
    api.get("/v1/events")
    answer = api.client.get("/v1/events", headers={"Accept": NDJSON})
    lines, done = answer.content.splitlines(), CommandLines()
    return [as_command(line, done) for line in lines if b"caught_up" not in line]


ALL_ACTS = [line for acts in ACTS.values() for line in (*acts, acts[0])]


def test_a_log_takes_nothing_from_its_own_export(server: Server, tmp_path: Path) -> None:
    grades = [Ask("POST", "/v1/sources/nis/grades", {"reliability": each}) for each in "BCBD"]
    with server.over(tmp_path / "one") as api:
        api.given(*KNOWN, *grades)
        taken(api, *ALL_ACTS, name="acts")
        lines = exported(api)
        with unchanged(api):
            last = closing(api, *lines)
            assert (last["accepted"], last["duplicates"], last["refused"]) == (0, len(lines), 0)
            assert "superseded" not in last
        facts = api.facts()
    with server.over(tmp_path / "two") as api:
        assert taken(api, *lines) == (len(lines), 0, 0)
        assert api.facts() == facts
        with unchanged(api):
            assert taken(api, *lines) == (0, len(lines), 0)


def test_an_exported_line_that_was_changed_is_a_line_as_any(api: Api) -> None:
    api.given(*KNOWN)
    [*_, last] = exported(api)
    changed = json.loads(last)
    changed["file_report"]["id"] = "r3"
    assert taken(api, changed) == (1, 0, 0)
    beyond = {**changed, "position": 10**6, "file_report": {**changed["file_report"], "id": "r4"}}
    assert taken(api, beyond) == (1, 0, 0)


@pytest.mark.parametrize("position", [0, -1, True, "4", 1.5])
def test_a_position_is_a_whole_number(api: Api, position: Any) -> None:
    assert taken(api, {"position": position, "register_source": {"id": "a"}}) == (0, 0, 1)


# No room


def test_an_import_without_room_says_up_to_where_it_stands(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, import_room=400_000) as api:
        lines = [{"register_source": {"id": f"s{n}"}} for n in range(40_000)]
        last = closing(api, *lines)
        head = api.head()
        assert last["done"] is False and last["failed"]["type"] == "/problems/no-room"
        assert 0 < last["accepted"] == last["position"] == head < 40_000
        assert (
            f"; up to line {head:,} all is counted here, and what was accepted is written; "
            in (last["failed"]["detail"])
        )
        with unchanged(api):
            assert taken(api, *lines[:10_000]) == (0, 10_000, 0)


def test_refusals_without_room_are_counted(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, import_room=200_000) as api:
        last = closing(api, *[b"bad", {"register_source": {"id": "a"}}] * 20_000)
        assert last["done"] is False and last["failed"]["type"] == "/problems/no-room"
        counted = last["accepted"] + last["duplicates"] + last["refused"]
        assert 1_000 < counted < 40_000
        assert f"up to line {counted:,} all is counted" in last["failed"]["detail"]
        assert (last["accepted"], api.head()) == (1, 1)
