"""The media types that are taken, and the form of an answer that is asked for."""

import pytest

from tests.http_spec import JSON, NDJSON, Api, problem, unchanged


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": ""},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": NDJSON},
        {"Content-Type": "application/jsonx"},
        {**JSON, "Content-Encoding": "gzip"},
        {**JSON, "Content-Encoding": "br"},
        {**JSON, "Content-Encoding": ""},
    ],
)
def test_another_media_type_or_coding_is_refused(api: Api, headers: dict[str, str]) -> None:
    with unchanged(api):
        problem(
            api.client.put("/v1/sources/a", content=b"{}", headers=headers), 415, "wrong-media-type"
        )


@pytest.mark.parametrize("given", ["application/json", "Application/JSON; charset=utf-8"])
def test_a_media_type_is_compared_without_case_and_parameters(api: Api, given: str) -> None:
    answer = api.client.put("/v1/sources/a", content=b"{}", headers={"Content-Type": given})
    assert answer.status_code == 201


def test_import_takes_lines_alone(api: Api) -> None:
    with unchanged(api):
        problem(api.client.post("/v1/import", content=b"{}", headers=JSON), 415, "wrong-media-type")
        zipped = {"Content-Type": NDJSON, "Content-Encoding": "gzip"}
        problem(api.client.post("/v1/import", content=b"{}", headers=zipped), 415, "wrong-media-type")


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("*/*", "application/json"),
        ("application/json", "application/json"),
        ("application/*", "application/json"),
        (NDJSON, NDJSON),
        ("application/x-ndjson;q=0.9, application/json;q=0.5", NDJSON),
        ("application/json;q=0.1, text/event-stream;q=0.2, application/x-ndjson;q=0.3", NDJSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", "application/json"),
        ("*/*, application/json;q=0", NDJSON),
        ("application/json;q=0.5, */*;q=0.1", "application/json"),
        ("APPLICATION/X-NDJSON ; Q=1", NDJSON),
        ("application/json;q=nonsense", "application/json"),
    ],
)
def test_the_form_best_liked_is_given(shown: Api, accept: str, given: str) -> None:
    answer = shown.client.get("/v1/events", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["content-type"]) == (200, given)


@pytest.mark.parametrize("accept", ["text/html", "application/xml, image/*", "*/*;q=0", "x"])
@pytest.mark.parametrize("path", ["/v1/events", "/v1/replay"])
def test_a_form_that_is_not_given_is_refused(shown: Api, path: str, accept: str) -> None:
    problem(shown.client.get(path, headers={"Accept": accept}), 406, "not-acceptable")
