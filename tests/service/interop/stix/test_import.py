"""STIX of others: what it says of figures becomes commands, and everything else is named."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.http_spec import Api, Body, indicator, problem, unchanged
from tests.service.interop.stix.stix_spec import BUNDLES, HALDEN, given, take, wrapped

MINISTRY = "identity--aaaaaaaa-0000-4000-8000-000000000001"
NOTE = "note--aaaaaaaa-0000-4000-8000-000000000002"
REPORT = "report--aaaaaaaa-0000-4000-8000-000000000003"
NAMES = {"type": "identity", "id": MINISTRY, "name": "Ministry", "identity_class": "organization"}
TOLD = "2026-03-04T00:00:00.000Z"


def note(content: str = "About 40 were seen.", /, **fields: Any) -> Body:
    label = {"labels": ["intellog:troops"], "object_refs": [MINISTRY], "created_by_ref": MINISTRY}
    return {"type": "note", "id": NOTE, "content": content, "created": TOLD, **label, **fields}


def told(lines: list[Body]) -> dict[str, tuple[str, str]]:
    return {each["object"]: (each["became"], each["why"]) for each in lines if "object" in each}


def load(api: Api, name: str) -> list[Body]:
    return take(api, BUNDLES[name].read_bytes())


@pytest.mark.parametrize("name", BUNDLES)
def test_every_object_of_a_bundle_is_accounted_for(api: Api, name: str) -> None:
    api.given(*HALDEN)
    content = json.loads(BUNDLES[name].read_bytes())["objects"]

    lines = load(api, name)

    assert lines[-1]["refused"] == 0, lines
    accounts = [each["object"] for each in lines if "object" in each]
    given_ids = [each["id"] for each in content]
    repeated = [f"/objects/{n}" for n, id in enumerate(given_ids) if id in given_ids[:n]]
    assert sorted(accounts) == sorted({*given_ids, *repeated})
    for each in lines[:-1]:
        assert bool(each["lines"]) is (each["became"] == "taken")
        assert bool(each["why"]) is (each["became"] != "taken")
    taken = sorted(n for each in lines[:-1] for n in each["lines"])
    assert taken == list(range(1, lines[-1]["accepted"] + 1))


def test_a_report_with_its_notes_and_observed_data_becomes_a_report_with_claims(api: Api) -> None:
    api.given(*HALDEN)

    load(api, "losses")

    reports = [each for each in api.items("/v1/reports") if each["publisher"] == "halden-wire"]
    body = api.get(f"/v1/reports/{reports[0]['id']}")
    assert (body["title"], body["url"]) == (
        "Halden valley: losses and movement, week 10",
        "https://wire.example/halden/0304",
    )
    assert body["marking"] == "TLP:AMBER"  # as restricted as the most restricted of its parts
    claims = [(c["indicator"], c["originator"], c["quantity"]["best"]) for c in body["claims"]]
    assert claims == [
        ("halden-killed", "ministry-of-defence-of-valdria", 1240),
        ("halden-vehicles", "ridge-camera-4", 57),
    ]
    assert body["claims"][1]["period"] == "2026-03-02/2026-03-03"
    assert api.get(f"/v1/claims/{body['id']}/1")["credibility"] == 2


def test_an_identity_becomes_a_source_with_its_names_and_grade(api: Api) -> None:
    api.given(*HALDEN)

    load(api, "losses")

    ministry = api.get("/v1/sources/ministry-of-defence-of-valdria")
    assert (ministry["name"], ministry["reliability"]) == ("Ministry of Defence of Valdria", "C")
    assert ministry["aliases"] == ["Valdrian MoD"] and ministry["marking"] == "TLP:GREEN"
    assert "identity--" in ministry["note"]
    assert api.get("/v1/sources/ridge-camera-4")["kind"] == "sensor"


def test_what_is_revoked_is_withdrawn_and_a_relay_is_linked(api: Api) -> None:
    api.given(*HALDEN)

    load(api, "second-thoughts")

    estimate = api.get("/v1/estimates/halden-killed")
    assert (estimate["best"], estimate["origins"]) == (1310, 1)
    assert "disputed" in {flag["code"] for flag in estimate["flags"]}
    explained = api.get("/v1/estimates/halden-killed/explanation")
    assert [each["reason"] for each in explained["excluded"]] == ["withdrawn"]
    assert len(explained["relays"]) == 1


def test_what_is_left_out_says_why(api: Api) -> None:
    api.given(*HALDEN)

    whys = [why for became, why in told(load(api, "second-thoughts")).values() if became == "left-out"]

    for words in (
        "who may see it?",
        "none of its notes and observed data gives a figure",
        "who published it?",
        "is about nothing that became a claim",
        "case-incident: nothing that a log of figures holds",
        "is given in two versions; the last one counts",
    ):
        assert [why for why in whys if words in why], words


def test_a_bundle_given_again_adds_nothing(api: Api) -> None:
    api.given(*HALDEN)
    first = load(api, "losses")

    again = load(api, "losses")

    assert first[-1]["accepted"] > 0 and again[-1]["accepted"] == 0 == again[-1]["refused"]
    assert Counter(became for became, _ in told(again).values())["known"] == 4


def test_a_dry_run_writes_nothing(api: Api) -> None:
    api.given(*HALDEN)
    with unchanged(api):
        lines = take(api, BUNDLES["losses"].read_bytes(), dry_run="true")
    assert lines[-1]["dry_run"] is True and lines[-1]["accepted"] > 0


def test_a_source_that_the_log_has_stays_as_it_is(api: Api) -> None:
    api.given(indicator())
    api.client.put("/v1/sources/ministry", json={"name": "The Ministry", "kind": "official"})
    api.head()

    lines = take(api, wrapped(NAMES, note()))

    assert told(lines)[MINISTRY][0] == "known"
    assert api.get("/v1/sources/ministry")["name"] == "The Ministry"


def test_a_note_without_a_report_is_a_report_of_its_own(api: Api) -> None:
    api.given(indicator())
    take(api, wrapped(NAMES, note()))

    claim = api.get(f"/v1/claims/{NOTE}/1")

    assert (claim["originator"], claim["quantity"]["qualifier"]) == ("ministry", "about")
    assert claim["quote"]["exact"] == "About 40 were seen."


@pytest.mark.parametrize(
    ("opinion", "author", "event", "credibility"),
    [
        ("strongly-agree", MINISTRY, "ClaimGraded", 1),
        ("agree", MINISTRY, "ClaimGraded", 2),
        ("neutral", MINISTRY, "ClaimGraded", 3),
        ("disagree", MINISTRY, "ClaimDisputed", None),
        ("strongly-disagree", MINISTRY, "ClaimDisputed", None),
        ("disagree", None, "ClaimGraded", 4),
        ("strongly-disagree", None, "ClaimGraded", 5),
    ],
)
def test_what_an_opinion_becomes(
    api: Api, opinion: str, author: str | None, event: str, credibility: int | None
) -> None:
    api.given(indicator())
    said = {"type": "opinion", "id": "opinion--aaaaaaaa-0000-4000-8000-000000000009"}
    by = {"created_by_ref": author} if author else {}
    take(api, wrapped(NAMES, note(), {**said, "opinion": opinion, "object_refs": [NOTE], **by}))

    [*_, (_, kind, data)] = api.facts()

    assert (kind, data.get("credibility")) == (event, credibility)


def test_a_claim_in_the_extension_needs_no_text(api: Api) -> None:
    api.given(indicator())
    extension = "extension-definition--43852618-4be8-4b18-ac0f-cd355eabe62d"
    figure = {"indicator": "troops", "quantity": {"low": 3, "high": 5}, "period": "2026-03-01"}
    claim = {extension: {"extension_type": "property-extension", "kind": "claim", **figure}}

    take(api, wrapped(NAMES, note("Some.", labels=[], extensions=claim)))

    found = api.get(f"/v1/claims/{NOTE}/1")
    assert (found["quantity"]["low"], found["period"]) == (3, "2026-03-01")


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (note(labels=[]), "names no indicator"),
        (note(labels=["intellog:a", "intellog:b"]), "names 2 indicators"),
        (note("Between posts, 4 came and 5 left."), "gives 2 figures"),
        (note("Nobody knows."), "gives no figures"),
        (note(content=7), "gives no figures"),
        (note(created_by_ref="identity--00000000-0000-4000-8000-000000000000"), "who says it?"),
        (note(created_by_ref=NOTE), "who says it?"),
        (note(revoked=True), "is revoked"),
        ({"type": "report", "id": REPORT, "created_by_ref": MINISTRY, "object_refs": [REPORT]}, "none"),
        ({"type": "report", "id": REPORT, "created_by_ref": MINISTRY, "object_refs": "x"}, "none"),
        ({"type": "opinion", "id": f"opinion--{NOTE[6:]}", "opinion": ["agree"]}, "no opinion"),
        ({"type": "malware", "id": f"malware--{NOTE[6:]}"}, "nothing that a log of figures holds"),
    ],
)
def test_an_object_that_is_not_understood_is_named(api: Api, thing: Body, why: str) -> None:
    api.given(indicator())

    became, said = told(take(api, wrapped(NAMES, thing)))[thing["id"]]

    assert became == "left-out" and why in said


@pytest.mark.parametrize(
    ("thing", "why"),
    [
        (7, "is no object"),
        ([], "is no object"),
        ({}, "has no type"),
        ({"type": "note"}, "has no id"),
        ({"type": "note", "id": 7}, "has no id"),
        ({"type": "note", "id": REPORT}, "is no id of a note"),
        ({"type": "note", "id": "note--../etc"}, "is no id of a note"),
    ],
)
def test_what_is_no_object_is_named_by_its_place(api: Api, thing: Any, why: str) -> None:
    became, said = told(take(api, wrapped(thing)))["/objects/0"]

    assert became == "left-out" and why in said


def test_what_the_log_refuses_is_known_by_its_line(api: Api) -> None:
    lines = take(api, wrapped(NAMES, note()))

    [refused] = [each for each in lines if "line" in each]
    [of] = [each["object"] for each in lines if refused["line"] in each.get("lines", [])]
    assert of == NOTE and "troops" in refused["refused"]["detail"]


def test_links_in_a_circle_are_refused_in_words(api: Api) -> None:
    api.given(indicator())
    other = f"note--{REPORT[8:]}"
    ends = [(NOTE, other), (other, NOTE)]
    links = [
        {
            "type": "relationship",
            "id": f"relationship--aaaaaaaa-0000-4000-8000-00000000000{n}",
            "relationship_type": "derived-from",
            "source_ref": source,
            "target_ref": target,
        }
        for n, (source, target) in enumerate(ends)
    ]

    lines = take(api, wrapped(NAMES, note(), note(id=other), *links))

    assert [each["refused"]["type"] for each in lines if "line" in each] == ["/problems/link-cycle"]


def test_an_author_whose_marking_nobody_knows_is_not_told_by_what_it_made(api: Api) -> None:
    api.given(indicator())
    hidden = {**NAMES, "object_marking_refs": [f"marking-definition--{NOTE[6:]}"]}

    lines = take(api, wrapped(hidden, note()))

    assert [became for became, _ in told(lines).values()] == ["left-out", "left-out"]
    assert lines[-1]["accepted"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid"),
        (b"{", 422, "invalid"),
        (b"[]", 422, "invalid"),
        (b'{"type": "note"}', 422, "invalid"),
        (b'{"type": "bundle", "objects": {}}', 422, "invalid"),
        (b'{"type": "bundle", "type": "bundle", "objects": []}', 422, "invalid"),
        (b'{"type": "bundle", "objects": ' + b"[" * 5_000 + b"]" * 5_000 + b"}", 422, "invalid"),
    ],
)
def test_what_is_no_bundle_is_refused_whole(api: Api, body: bytes, status: int, code: str) -> None:
    with unchanged(api):
        problem(given(api, body), status, code)
