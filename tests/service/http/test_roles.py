"""Which role each request takes: as the documents say, at every address, and refusals write nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from service.access.principal import ROLES, Role
from service.app import create_app
from service.http.roles import documentation, roles_of
from service.web.acts.places import ACT_PAGES
from tests.http_spec import JSON, NDJSON, Ask, Server, problem, sha256
from tests.places import DOCS
from tests.service.http.addresses import refused
from tests.service.http.team import Team, team_over

OPEN = {
    *(("GET", path) for path in ("/healthz", "/readyz", "/openapi.json", "/verify.py", "/login")),
    *(("GET", path) for path in ("/static/{name}", "/problems/{code}")),
    *(("GET", path) for path in ("/docs", "/docs/{name:path}")),
    *(("POST", path) for path in ("/login", "/logout")),
    *(
        ("GET", path)
        for path in ("/checkpoint", "/tile/{level}/{tile:path}", "/tile/{level}/{tile}", "/verify")
    ),
    *(("GET", f"/v1/log/{name}") for name in ("checkpoints", "consistency", "verifiers")),
    *(("GET", f"/v1/log/checkpoints/{{size}}{end}") for end in ("", "/timestamp")),
    ("POST", "/add-checkpoint"),
}
SENDING = {("POST", "/v1/reports"), ("PUT", "/v1/evidence/{sha256}")}
SENDING |= {("POST", "/v1/citations"), ("DELETE", "/v1/citations/{id}")}
IN_PATH = {"id": "r1", "indicator": "troops", "report": "r1", "n": "1", "parent": "r2", "m": "1"}
IN_PATH |= {"name": "claims", "code": "invalid", "position": "1", "sha256": sha256()}
IN_PATH |= {"level": "0", "tile": "000.p/1", "size": "1"}
IN_PATH |= {"collection": "log", "object": "note--1"}
ACTS = {page.path for page in ACT_PAGES} - {"/post"}


def taken(method: str, path: str) -> Role | None:
    """The role that a request should take."""
    if (method, path) in OPEN:
        return None
    if path in ("/v1/log/attestations", "/v1/log/witnessed"):
        return "reader"
    operating = ("/v1/projections", "/v1/tokens", "/v1/log/")
    if path == "/metrics" or path.startswith(operating):
        return "admin"
    if path in ("/reports/{id}/redact", "/v1/reports/{id}/redaction"):
        return "admin"
    if path.startswith("/citations/"):
        return "reporter"
    if path in ACTS or path == "/tables" or path.startswith("/v1/webhooks"):
        return "analyst"
    if path in ("/post", "/read") or path.startswith("/v1/proposals") or (method, path) in SENDING:
        return "reporter"
    if path == "/mcp":
        return "reader"
    if path.startswith("/feeds/"):
        return "feed"
    return "reader" if method == "GET" and path != "/reports/{id}/evidence" else "analyst"


@pytest.fixture(scope="module")
def team(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with team_over(server, tmp_path_factory.mktemp("team")) as team:
        yield team


def test_every_route_takes_the_role_that_it_should(team: Team) -> None:
    roles = roles_of(create_app(team.api.service).routes)
    assert roles == {request: taken(*request) for request in roles}


def test_the_documents_have_the_table_of_the_program(team: Team) -> None:
    table = documentation(create_app(team.api.service).routes)
    assert table in (DOCS / "security.md").read_text("utf-8")


def described(team: Team) -> list[tuple[str, str, Any]]:
    paths = team.get(None, "/openapi.json").json()["paths"]
    return [
        (method.upper(), path, operation)
        for path, operations in paths.items()
        for method, operation in operations.items()
    ]


def ask(method: str, template: str) -> Ask:
    path = template
    for name, value in IN_PATH.items():
        path = path.replace(f"{{{name}}}", value)
    if method == "GET" or "/rebuild" in template:
        return Ask(method, path)
    media = {"Content-Type": NDJSON} if template == "/v1/import" else JSON
    return Ask(method, path, None if method == "DELETE" else b"{}", media)


def test_every_operation_is_for_its_role_and_those_above(team: Team) -> None:
    walked = described(team)
    assert len(walked) > 40
    for method, path, _ in walked:
        role = taken(method, path)
        before = team.head()
        for who in (None, *ROLES):
            if role is not None and (who is None or ROLES.index(who) < ROLES.index(role)):
                answer = team.send(who, ask(method, path))
                if who is None:
                    refused(answer, 401, "unauthenticated")
                    assert answer.headers["www-authenticate"].endswith("Bearer")
                elif path.startswith("/taxii2/"):  # which has errors of its own
                    assert (answer.status_code, f"role {role}" in answer.text) == (403, True)
                else:
                    refusal = problem(answer, 403, "forbidden")
                    assert refusal["role"] == role and f"role {role}" in refusal["detail"]
        assert team.head() == before, (method, path)
        for who in (None, *ROLES):
            if role is None or (who is not None and ROLES.index(who) >= ROLES.index(role)):
                with_stream = {"Accept": "application/json, application/x-ndjson"}
                given = ask(method, path)
                asked = Ask(method, given.path, given.body, {**given.headers, **with_stream})
                assert team.send(who, asked).status_code not in (401, 403), (method, path, who)


def test_every_operation_says_who_may(team: Team) -> None:
    for method, path, operation in described(team):
        role = taken(method, path)
        assert operation["security"] == ([{"token": []}, {"session": []}] if role else [])
        assert operation["description"] == (f"Takes the role {role}." if role else "Open to anybody.")
        assert ({"401", "403", "429"} <= set(operation["responses"])) == (role is not None)


@pytest.mark.parametrize(("method", "path"), [("GET", "/nowhere"), ("PATCH", "/v1/estimates")])
def test_what_is_not_there_is_said_to_those_who_may_know(team: Team, method: str, path: str) -> None:
    assert team.send(None, Ask(method, path)).status_code == 401
    assert team.send("reader", Ask(method, path)).status_code in (404, 405)
