"""A misspelt name is refused with the one that was meant, wherever it stands, and nothing hidden."""

import html
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from starlette.routing import Route

from domain.vocabulary import Marking
from service.api.write import WRITES
from service.http.problem_kinds import PROBLEMS
from service.http.questions import Questions
from service.web import site
from tests.http_spec import (
    Api,
    Ask,
    Body,
    Clock,
    claim,
    indicator,
    one_server,
    post,
    problem,
    report,
    source,
)
from tests.processes import until
from tests.service.http.addresses import described
from tests.service.http.team import bearer, issued

HIDDEN: Marking = "TLP:RED"
MEANT = {
    "loses": "losses",
    "los-1": "loss-1",
    "nsi": "nis",
    "los-1/1": "loss-1/1",
    "storey-1": "story-1",
}
"""What is misspelt, with what was meant; what is hidden looks more like the misspelling."""
CONCEALED = ("losesq", "los-1q", "nsiq", "storey-1q")
ABOUT = {"title": "Of a claim", "measure": "stock"}


def said(about: str = "losses", **fields: Any) -> Body:
    return claim(5, about=about, **{"period": "2025-01-05", **fields})


def cited(name: str, about: str, **fields: Any) -> Ask:
    return post("/v1/citations", id=name, indicator=about, where="https://example.org/", **fields)


def filed(*claims: Body) -> Ask:
    return report("new-1", *claims)


IN_BODIES: list[tuple[Ask, str]] = [
    (filed(said("loses")), "losses"),
    (filed(said(derived_from=["los-1/1"])), "loss-1/1"),
    (filed(said(rests_on=["los-1/1"])), "loss-1/1"),
    (filed(said(status="estimted")), "estimated"),
    (filed(said(basis="own-inteligence")), "own-intelligence"),
    (report("new-1", said(), marking="TLP:GREN"), "TLP:GREEN"),
    (report("new-1", said(), publishr="wire"), "publisher"),
    (filed(said(quantity={"best": 5, "qualifier": "at-leest"})), "at-least"),
    (indicator("new", measure="stok"), "stock"),
    (indicator("new", policy="latst-best-source/2"), "latest-best-source/2"),
    (indicator("new", parts=["loses"]), "losses"),
    (indicator("new", plans_for="loses"), "losses"),
    (source("new", kind="mediia"), "media"),
    (post("/v1/sources/nis/grades", reliabilty="B"), "reliability"),
    (post("/v1/reports/los-1/corrections", kind="record", claims=[{"n": 1, **said()}]), "loss-1"),
    (post("/v1/reports/loss-1/corrections", kind="recrd"), "record"),
    (
        post("/v1/reports/loss-1/corrections", kind="record", claims=[{"n": 1, **said("loses")}]),
        "losses",
    ),
    (post("/v1/reports/los-1/withdrawal", kind="record"), "loss-1"),
    (post("/v1/reports/los-1/redaction", reason="x", authority="y"), "loss-1"),
    (post("/v1/reports/los-1/hold"), "loss-1"),
    (post("/v1/reports/los-1/release"), "loss-1"),
    (post("/v1/reports/los-1/marking", marking="TLP:GREEN"), "loss-1"),
    (post("/v1/claims/los-1/1/grades", credibility=2), "loss-1"),
    (post("/v1/claims/los-1/1/links", derived_from="loss-2/1"), "loss-1"),
    (post("/v1/claims/loss-2/1/links", derived_from="los-1/1"), "loss-1/1"),
    (Ask("DELETE", "/v1/claims/los-2/1/links/loss-1/1"), "loss-2"),
    (Ask("DELETE", "/v1/claims/loss-2/1/links/los-1/1"), "loss-1/1"),
    (post("/v1/claims/los-1/1/disputes", by="nis"), "loss-1"),
    (post("/v1/indicators/loses/assessments", best=5, confidence="low"), "losses"),
    (post("/v1/indicators/losses/assessments", best=5, confidence="modrate"), "moderate"),
    (
        post("/v1/indicators/losses/assessments", best=5, confidence="low", claims=["los-1/1"]),
        "loss-1/1",
    ),
    (cited("new", "loses"), "losses"),
    (cited("new", "losses", policy="latst-best-source/2"), "latest-best-source/2"),
    (Ask("DELETE", "/v1/citations/storey-1"), "story-1"),
]
"""Every command with its names misspelt; a source that is not there is registered instead."""
LINES: list[tuple[Body, str]] = [
    ({"file_reprt": {}}, "file_report"),
    ({"file_report": filed(said("loses")).body}, "losses"),
    ({"file_report": filed(said(derived_from=["los-1/1"])).body}, "loss-1/1"),
    ({"hold_report": {"report": "los-1"}}, "loss-1"),
    ({"grade_claim": {"claim": "los-1/1", "credibility": 2}}, "loss-1"),
    ({"record_assessment": {"indicator": "loses", "best": 5, "confidence": "low"}}, "losses"),
    (
        {"define_indicator": {"id": "new", **ABOUT, "policy": "latst-best-source/2"}},
        "latest-best-source/2",
    ),
]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Api, dict[str, str]]]:
    """A log with what is meant, with what few may see and looks more like it, and an admin."""
    clock = Clock()
    with one_server() as server, server.over(tmp_path_factory.mktemp("near"), clock) as api:
        clock.set("2025-02-01T00:00:00Z")
        api.given(indicator("losses", measure="increment"), source("nis"))
        api.given(report("loss-1", said()), report("loss-2", said(derived_from=["loss-1/1"])))
        api.given(indicator("losesq", marking=HIDDEN), source("nsiq", marking=HIDDEN))
        api.given(report("los-1q", said(), marking=HIDDEN))
        api.given(cited("story-1", "losses"), cited("storey-1q", "losses", marking=HIDDEN))
        until(lambda: api.client.get("/readyz").json(), lambda at: at["head"] == at["position"])
        yield api, bearer(issued(api, "admin", clearance="TLP:GREEN"))


def answer_to(team: tuple[Api, dict[str, str]], ask: Ask) -> httpx2.Response:
    api, header = team
    return api.send(Ask(ask.method, ask.path, ask.body, {**ask.headers, **header}))


def shows_no_more(text: str) -> bool:
    """Whether a refusal says nothing of what is hidden."""
    return not any(name in text for name in CONCEALED)


def name_of(ask: Ask) -> str:
    return f"{ask.method} {ask.path} {ask.body}"[:120]


@pytest.mark.parametrize(("ask", "meant"), IN_BODIES, ids=[name_of(ask) for ask, _ in IN_BODIES])
def test_a_write_that_misspells_a_name_is_refused_with_the_one_that_was_meant(
    team: tuple[Api, dict[str, str]], ask: Ask, meant: str
) -> None:
    before = team[0].service.log.head()
    for suffix in ("", "?dry_run=true"):
        refused = answer_to(team, Ask(ask.method, f"{ask.path}{suffix}", ask.body, ask.headers))
        assert 400 <= refused.status_code < 500, refused.text
        assert f"did you mean {meant}" in refused.text
        assert shows_no_more(refused.text)
    assert team[0].service.log.head() == before


def test_each_write_that_names_something_is_among_these() -> None:
    def place(path: str) -> tuple[int, str]:
        steps = path.split("/")
        return len(steps), steps[2] + steps[-1] if len(steps) > 4 and "links" not in path else steps[2]

    assert {(each.method, place(each.path)) for each in WRITES} == {
        (ask.method, place(ask.path)) for ask, _ in IN_BODIES
    }


def test_an_import_refuses_each_such_line_with_the_one_that_was_meant(
    team: tuple[Api, dict[str, str]],
) -> None:
    api, header = team
    for line, meant in LINES:
        ask = {"Content-Type": "application/x-ndjson", **header}
        answer = api.client.post("/v1/import", json=line, headers=ask)
        assert '"accepted":0' in answer.text and f"did you mean {meant}" in answer.text, answer.text
        assert shows_no_more(answer.text)


def test_in_a_long_import_not_every_line_costs_a_comparison(team: tuple[Api, dict[str, str]]) -> None:
    api, header = team
    line = b'{"hold_report": {"report": "los-%d"}}\n'
    body = b"".join(line % n for n in range(100, 400))
    ask = {"Content-Type": "application/x-ndjson", **header}
    answer = api.client.post("/v1/import", content=body, headers=ask)
    assert answer.text.count("there is no report") == 300
    assert 0 < answer.text.count("did you mean") < 300


def test_a_claim_that_a_report_does_not_have_is_refused_with_those_that_it_has(
    team: tuple[Api, dict[str, str]],
) -> None:
    refused = answer_to(team, post("/v1/claims/loss-1/7/grades", credibility=2))
    assert "the report has loss-1/1 to loss-1/1" in refused.json()["detail"]
    read = answer_to(team, Ask("GET", "/v1/claims/loss-1/7"))
    assert "did you mean loss-1/1?" in problem(read, 404, "not-found")["detail"]


NAMED = {"indicator": "loses", "report": "los-1", "n": "1", "name": "clams", "sha256": "0" * 64}
"""What stands in the places of addresses, misspelt."""
OF_FAMILY = {"indicators": "loses", "sources": "nsi", "reports": "los-1", "citations": "storey-1"}
WITHOUT = ("evidence", "events", "tokens", "webhooks", "checkpoint", "static")
"""Addresses of what has no name in the log: hashes, positions, random ids, files of our own."""


def misspelt(path: str) -> str:
    """An address whose names are misspelt."""
    family = next((each for each in OF_FAMILY if f"/{each}/" in path), "")
    return path.format(**{**NAMED, "id": OF_FAMILY.get(family, "")})


def test_a_read_of_what_is_not_there_names_what_was_meant(team: tuple[Api, dict[str, str]]) -> None:
    api, header = team
    paths = [
        path
        for path, operations in described(api)["paths"].items()
        if "get" in operations and path.startswith("/v1/") and "{" in path
        if not any(each in path for each in (*WITHOUT, "projections"))
    ]
    assert len(paths) > 12
    for path in paths:
        answer = api.client.get(
            misspelt(path), params={"since": 0} if "changes" in path else {}, headers=header
        )
        assert f"did you mean {MEANT[_name_in(path)]}" in answer.text, (path, answer.text)
        assert answer.status_code == 404 and shows_no_more(answer.text), path


def _name_in(path: str) -> str:
    if "{n}" in path:
        return "los-1/1"
    return NAMED["indicator"] if "{indicator}" in path else OF_FAMILY[path.split("/")[2]]


def test_a_word_that_a_parameter_does_not_have_is_refused_with_the_one_that_was_meant(
    team: tuple[Api, dict[str, str]],
) -> None:
    api, header = team
    tried = 0
    for path, operations in described(api)["paths"].items():
        for each in operations.get("get", {}).get("parameters", []):
            words = [word for word in each["schema"].get("enum", []) if len(word) > 4]
            if each["in"] == "query" and words and "{" not in path:
                word = max(words, key=len)
                answer = api.client.get(
                    path, params={each["name"]: word[:2] + word[3:]}, headers=header
                )
                if answer.status_code == 403:  # what only admins may ask says no more to others
                    continue
                assert f"did you mean {word}?" in answer.json()["detail"], (path, answer.text)
                tried += 1
    assert tried > 8


def pages(api: Api) -> list[str]:
    """Every page of something that has a name."""
    routes = site.routes(api.service, Questions(api.service.settings.limits))
    found = [each.path for each in routes if isinstance(each, Route) and "GET" in (each.methods or ())]
    named = ("{indicator}", "{id}", "{report}")
    return [path for path in found if any(each in path for each in named)]


def test_a_page_of_what_is_not_there_leads_to_what_was_meant(team: tuple[Api, dict[str, str]]) -> None:
    api, header = team
    found = pages(api)
    assert len(found) > 15
    for path in found:
        address = misspelt(path)
        if "{position}" in path or path.endswith(".svg"):
            continue
        answer = api.client.get(address, headers={"Accept": "text/html", **header})
        meant = MEANT["los-1/1" if "/claims/" in path else _page_name(path)]
        text = html.unescape(answer.text)
        assert answer.status_code == 404, (path, answer.status_code)
        assert f"did you mean {meant}" in text, (path, text)
        assert f">{meant}</a>" in text and shows_no_more(text), (path, text)


def _page_name(path: str) -> str:
    family = path.split("/")[1]
    return "loses" if family in ("estimates", "embed") else OF_FAMILY.get(family, "los-1")


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/estimtes/losses", "/estimates/losses"),
        ("/conflcts", "/conflicts"),
        ("/reprts/loss-1/hold", "/reports/loss-1/hold"),
        ("/v1/estimats/losses/vintage", "/v1/estimates/losses/vintages"),
        ("/v1/reprots", "/v1/reports"),
    ],
)
def test_a_misspelt_address_names_the_one_that_was_meant(
    team: tuple[Api, dict[str, str]], path: str, meant: str
) -> None:
    api, header = team
    answer = api.client.get(path, headers={"Accept": "text/html", **header})
    text = html.unescape(answer.text)
    assert answer.status_code == 404 and f"did you mean {meant}?" in text
    assert path.startswith("/v1/") or f'<a href="{meant}">{meant}</a>' in text
    assert api.client.get(meant, headers=header).status_code == 200


@pytest.mark.parametrize("path", ["/wp-admin/losses", "/v1", "/x", "/" + 300 * "estimates"])
def test_an_address_that_looks_like_none_names_none(
    team: tuple[Api, dict[str, str]], path: str
) -> None:
    api, header = team
    answer = api.client.get(path, headers=header)
    assert answer.status_code == 404 and "did you mean" not in answer.text


def test_a_filter_on_a_page_leads_to_the_page_as_it_was_meant(team: tuple[Api, dict[str, str]]) -> None:
    api, header = team
    asked = {"indicator": "loses", "known_at": "4"}
    answer = api.client.get("/conflicts", params=asked, headers={"Accept": "text/html", **header})
    assert answer.status_code == 404 and shows_no_more(answer.text)
    assert '<a href="/conflicts?known_at=4&indicator=losses">losses</a>' in html.unescape(answer.text)


def test_a_problem_or_a_projection_that_there_is_not_names_one_that_there_is(
    team: tuple[Api, dict[str, str]],
) -> None:
    api, header = team
    answer = api.client.get("/problems/not-fund", headers={"Accept": "text/html", **header})
    assert "did you mean not-found" in answer.text and "not-found" in PROBLEMS
    admin = bearer(issued(api, "admin"))
    refused = api.client.get("/v1/projections/clams/rebuild", headers=admin)
    assert "did you mean claims" in problem(refused, 404, "not-found")["detail"]


def test_what_a_program_proposes_is_checked_with_what_it_may_have_meant(
    team: tuple[Api, dict[str, str]],
) -> None:
    claims = [
        {"indicator": "loses", "originator": "nsi", "derived_from": ["los-1/1"], "status": "estimated"}
    ]
    asked = post("/v1/proposals/check", text="Five were lost.", claims=claims)
    answer = answer_to(team, asked)
    near = [name for each in answer.json()["claims"][0]["problems"] for name in each["near"]]
    assert {"losses", "nis", "loss-1/1"} <= {*near} and shows_no_more(answer.text), answer.text


def test_a_page_of_what_was_not_defined_yet_says_so(team: tuple[Api, dict[str, str]]) -> None:
    api, header = team
    for path in ("/estimates/losses", "/estimates/losses/series"):
        answer = api.client.get(f"{path}?known_at=0", headers={"Accept": "text/html", **header})
        assert answer.status_code == 200 and "was not defined yet" in answer.text, path
