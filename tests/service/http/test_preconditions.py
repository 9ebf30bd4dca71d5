"""Conditional requests: what RFC 9110, 13, says of tags, reads and changes."""

from collections.abc import Iterator

import pytest

from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    claim,
    evidence,
    indicator,
    one_server,
    post,
    problem,
    report,
    source,
    stored,
    unchanged,
)
from tests.service.http.addresses import described, path_of

WEEK_AGO, BROKEN_DATE = "Sat, 01 Jan 2022 00:00:00 GMT", "yesterday, about noon"
THING = {"report": "/v1/reports/r1", "source": "/v1/sources/nis", "indicator": "/v1/indicators/troops"}


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A service with a little of everything, for tests that only read."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("shown")) as api:
        api.send(stored())
        filed = report(evidence=evidence())
        cited = post("/v1/citations", id="c1", indicator="troops", where="Bulletin 1")
        api.given(indicator(), source("nis", name="the service"), filed, cited)
        api.send(post("/v1/projections/claims/rebuild"))
        api.get("/v1/estimates")
        yield api


def tagged(api: Api) -> list[str]:
    """The address of every read that has a tag, with what it needs to be answered."""
    needed = {"/v1/estimates/{indicator}/changes": "?since=0", "/v1/policies/compare": None}
    needed["/v1/policies/compare/{indicator}"] = "?candidate=envelope/1"
    needed["/v1/estimates/{indicator}/slippage"] = None  # there is no plan
    needed["/v1/log/consistency"] = "?from=1"
    needed |= dict.fromkeys(f"/v1/log/checkpoints/{{size}}{end}" for end in ("", "/timestamp"))
    needed["/v1/projections/{name}/rebuild"] = None  # its body moves while it runs
    paths = described(api)["paths"]
    return [
        path_of(path) + (needed.get(path) or "")
        for path, operations in paths.items()
        if path.startswith("/v1/") and needed.get(path, "") is not None
        if "304" in operations.get("get", {}).get("responses", {})
    ]


def test_every_read_of_data_may_be_asked_conditionally(shown: Api) -> None:
    other = {"/v1/replay", "/v1/stix", "/v1/log/entries", "/v1/log/evidence"}  # streams
    other |= {"/v1/me", "/v1/tokens"}  # and who may come in
    reads = {p for p, of in described(shown)["paths"].items() if "get" in of and p.startswith("/v1/")}
    reads = {p for p in reads if not p.startswith("/v1/webhooks")}  # what is sent is no data
    without = {p for p in reads if "304" not in described(shown)["paths"][p]["get"]["responses"]}
    assert without == other


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_who_has_an_answer_already_is_not_sent_it_again(shown: Api, method: str) -> None:
    for path in tagged(shown):
        first = shown.client.request(method, path)
        assert first.status_code == 200, (path, first.text)
        tag = first.headers["etag"]
        for known in (tag, f"W/{tag}", f'"other", {tag}', f'"a,b" ,, {tag}', "*"):
            again = shown.client.request(method, path, headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b""), (path, known)
            assert again.headers["etag"] == tag and "content-type" not in again.headers
        other = shown.client.request(method, path, headers={"If-None-Match": '"other"'})
        assert (other.status_code, other.content) == (200, first.content), path


def test_a_read_of_what_must_match_is_refused_if_it_does_not(shown: Api) -> None:
    for path in tagged(shown):
        tag = shown.client.get(path).headers["etag"]
        for seen in (tag, "*", f'"other", {tag}'):
            assert shown.client.get(path, headers={"If-Match": seen}).status_code == 200, path
        for seen in ('"other"', f"W/{tag}"):
            answer = shown.client.get(path, headers={"If-Match": seen, "If-None-Match": tag})
            problem(answer, 412, "stale-version")


def test_several_lines_of_a_header_are_one_list(shown: Api) -> None:
    tag = shown.client.get("/v1/estimates").headers["etag"]
    lines = [("If-None-Match", '"other"'), ("If-None-Match", tag)]
    assert shown.client.get("/v1/estimates", headers=lines).status_code == 304


@pytest.mark.parametrize("name", ["If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"])
@pytest.mark.parametrize("value", [WEEK_AGO, BROKEN_DATE, "", "bytes=0-1"])
def test_dates_and_ranges_are_ignored_where_nothing_has_them(shown: Api, name: str, value: str) -> None:
    for path in THING.values():
        assert shown.client.get(path, headers={name: value}).status_code == 200
    with unchanged(shown):
        same = Ask("PUT", "/v1/sources/nis", {"name": "the service"}, {name: value})
        assert shown.send(same).status_code == 200


@pytest.mark.parametrize("header", ["If-Match", "If-None-Match"])
def test_a_condition_that_cannot_be_read_is_refused(shown: Api, header: str) -> None:
    for garbage in ("", "x", '"1', '"1" "2"', '*, "1"', 'w/"1"'):
        for path in THING.values():
            problem(shown.client.get(path, headers={header: garbage}), 422, "bad-parameter")


def test_what_is_not_there_is_not_found_whatever_the_condition(shown: Api) -> None:
    for headers in ({"If-Match": "*"}, {"If-None-Match": "*"}, {"If-Match": '"1"'}):
        problem(shown.client.get("/v1/reports/r9", headers=headers), 404, "not-found")


def test_a_stream_has_no_tag(shown: Api) -> None:
    headers = {"Accept": NDJSON, "If-None-Match": "*"}
    answer = shown.client.get("/v1/events", headers=headers)
    assert answer.status_code == 200 and "etag" not in answer.headers


def test_the_tag_of_a_source_changes_with_what_others_record_of_it(api: Api) -> None:
    api.given(indicator(), source("nis", name="the service"))
    bodies, tags = list[object](), list[str]()
    for ask in (None, report("r1"), report("r2", claim(200), published_at="2025-01-11")):
        api.given(*([ask] if ask else []))
        answer = api.client.get("/v1/sources/nis", params={"min_position": api.head()})
        bodies.append({**answer.json(), "as_of": None})
        tags.append(answer.headers["etag"])
    assert tags[0] == '"1"' and len(set(tags)) == 3
    assert len({str(body) for body in bodies}) == 3
    again = api.client.get("/v1/sources/nis", headers={"If-None-Match": ", ".join(tags[:2])})
    assert again.json()["reports"] == ["r2", "r1"]
    assert api.send(source("nis", name="it").under(if_match=tags[2])).headers["etag"] == '"2"'


def test_a_version_tag_holds_while_others_write(api: Api) -> None:
    api.given(indicator(), report())
    for path in (THING["report"], THING["indicator"]):
        tag = api.client.get(path).headers["etag"]
        api.given(source(f"other-{len(path)}"))
        headers = {"If-None-Match": tag}
        asked = {"min_position": api.head()}
        assert tag == '"1"'
        assert api.client.get(path, params=asked, headers=headers).status_code == 304


def test_a_digest_changes_with_the_body(api: Api) -> None:
    api.given(indicator())
    tag = api.client.get("/v1/estimates/troops").headers["etag"]
    api.given(report())
    asked = {"min_position": api.head()}
    answer = api.client.get("/v1/estimates/troops", params=asked, headers={"If-None-Match": tag})
    assert (answer.status_code, answer.json()["best"]) == (200, 100)


@pytest.mark.parametrize(
    "ask",
    [indicator(title="Other"), source("nis", name="other"), report("r1", claim(7))],
    ids=["indicator", "source", "report"],
)
def test_what_must_not_be_there_is_created_once(api: Api, ask: Ask) -> None:
    api.given(*([indicator()] if ask.method == "POST" else []))
    created = api.send(ask.under(if_none_match="*"))
    assert (created.status_code, created.headers["etag"]) == (201, '"1"')
    with unchanged(api):
        again = api.send(ask.under(if_none_match="*"))
        assert problem(again, 412, "already-there")["current_version"] == 1
        assert again.headers["etag"] == '"1"'
        problem(api.send(ask.under(if_none_match='W/"1"')), 412, "already-there")
        problem(api.send(ask.under(if_none_match='"3", "1"')), 412, "already-there")
    assert api.send(ask.under(if_none_match='"3"')).status_code == 200


def test_a_list_of_versions_matches_by_any_of_them(api: Api) -> None:
    api.given(source("nis"))
    changed = api.send(source("nis", name="it").under(if_match='"7", "1"'))
    assert changed.headers["etag"] == '"2"'
    with unchanged(api):
        refusal = problem(api.send(source("nis").under(if_match='"1", "3"')), 412, "stale-version")
    assert refusal["current_version"] == 2 and "not 1 or 3" in refusal["detail"]


@pytest.mark.parametrize("tag", ['W/"1"', '"x"', '"-1"', '"1.0"', '"' + "9" * 40 + '"', '""'])
def test_a_tag_that_is_not_ours_matches_no_change(api: Api, tag: str) -> None:
    api.given(source("nis"))
    with unchanged(api):
        refusal = problem(api.send(source("nis", name="it").under(if_match=tag)), 412, "stale-version")
    assert refusal["current_version"] == 1


def test_both_conditions_must_hold(api: Api) -> None:
    api.given(source("nis"))
    ask = source("nis", name="it")
    with unchanged(api):
        problem(api.send(ask.under(if_match='"1"', if_none_match='"1"')), 412, "already-there")
        problem(api.send(ask.under(if_match='"2"', if_none_match='"2"')), 412, "stale-version")
    assert api.send(ask.under(if_match='"1"', if_none_match='"2"')).status_code == 200


def test_a_dry_run_heeds_conditions_too(api: Api) -> None:
    api.given(source("nis"))
    ask = Ask("PUT", "/v1/sources/nis?dry_run=true", {"name": "it"})
    problem(api.send(ask.under(if_none_match="*")), 412, "already-there")
    problem(api.send(ask.under(if_match='"2"')), 412, "stale-version")
    assert api.send(ask.under(if_match='"1"')).json()["version"] == 2


def test_a_page_of_the_site_is_asked_conditionally_by_the_same_rules(shown: Api) -> None:
    tag = shown.client.get("/").headers["etag"]
    for known in (f'"x", W/{tag}', "*"):
        assert shown.client.get("/", headers={"If-None-Match": known}).status_code == 304
    plain = shown.client.get("/", headers={"Accept-Encoding": "identity"}).headers["etag"]
    assert plain != tag and plain[:-1] == tag.removesuffix('-gzip"')
    part = f'"x{tag[1:]}'
    assert shown.client.get("/", headers={"If-None-Match": part}).status_code == 200
