"""Every address names its methods, and HEAD answers as GET without a body."""

import pytest

from tests.http_spec import JSON, SSE, Api, problem, unchanged
from tests.service.http.addresses import described, path_of, refused


def test_every_address_names_all_its_methods_to_one_who_uses_another(shown: Api) -> None:
    for template, operations in described(shown)["paths"].items():
        taken = {method.upper() for method in operations}
        expected = taken | ({"HEAD"} if "GET" in taken else set())
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - taken:
            answer = shown.client.request(method, path_of(template))
            refused(answer, 405, "method-not-allowed")
            assert set(answer.headers["allow"].split(", ")) == expected, (method, template)


@pytest.mark.parametrize("path", ["/v1/estimates", "/v1/reports/r1", "/healthz", "/", "/v1/replay"])
def test_head_answers_as_get_without_a_body(shown: Api, path: str) -> None:
    head, get = shown.client.head(path), shown.client.get(path)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-type", "content-length", "etag"):
        assert head.headers.get(name) == get.headers.get(name)


def test_head_of_a_live_stream_ends(shown: Api) -> None:
    answer = shown.client.head("/v1/events", headers={"Accept": SSE})
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"{SSE}; charset=utf-8")


def test_head_of_what_is_not_there(shown: Api) -> None:
    answer = shown.client.head("/v1/reports/none")
    assert (answer.status_code, answer.content) == (404, b"")


OVERRIDES = ("X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method")


@pytest.mark.parametrize("header", OVERRIDES)
def test_a_method_cannot_be_overridden(steady: Api, header: str) -> None:
    with unchanged(steady):
        for method in ("PUT", "POST", "DELETE", "PATCH"):
            overridden = {header: method, **JSON}
            assert steady.client.get("/v1/reports/r1", headers=overridden).status_code == 200
            hold = steady.client.get("/v1/reports/r1/hold", headers=overridden)
            problem(hold, 405, "method-not-allowed")
            indicators = steady.client.post("/v1/indicators/x", content=b"{}", headers=overridden)
            problem(indicators, 405, "method-not-allowed")
