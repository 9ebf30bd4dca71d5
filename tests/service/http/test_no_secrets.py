"""No token and no session is in any line of a log or in any answer, whatever goes wrong."""

import logging
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from tests.http_spec import NDJSON, Ask, Server, indicator, post, report, source
from tests.service.http.team import Team, bearer, id_of, team_over

FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html"}


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        yield team


class Heard:
    """All that was answered, but for the two answers whose purpose is to hand over a secret."""

    def __init__(self, team: Team) -> None:
        self.client = httpx2.Client(base_url=team.api.client.base_url, timeout=60)
        self.origin = str(self.client.base_url).rstrip("/")
        self.answers: list[httpx2.Response] = []
        self.sessions: list[str] = []

    def send(self, ask: Ask, **headers: str) -> httpx2.Response:
        body = ask.body if isinstance(ask.body, bytes) else None
        given = {**ask.headers, **headers}
        json = None if isinstance(ask.body, bytes) else ask.body
        answer = self.client.request(ask.method, ask.path, content=body, json=json, headers=given)
        self.answers.append(answer)
        return answer

    def log_in(self, text: str) -> None:
        content = urlencode({"token": text, "next": "/"}).encode()
        self.send(Ask("POST", "/login", content, {**FORM, "Origin": self.origin}))
        self.sessions += list(self.client.cookies.values())

    def texts(self) -> Iterator[str]:
        for each in self.answers:
            kept = {name: value for name, value in each.headers.items() if name != "set-cookie"}
            yield f"{each.request.method} {each.request.url}: {kept} {each.text}"


def test_no_secret_is_logged_or_answered(team: Team, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    heard, reader, analyst = Heard(team), team.tokens["reader"], team.tokens["analyst"]
    wrong = reader[:-3] + "AAA"
    asks = [
        Ask("GET", "/v1/me"),
        indicator(),
        source("nis"),
        report(),
        report("r2", publisher="no such thing at all"),
        Ask(
            "POST",
            "/v1/import",
            b'{"register_source": {"id": "x"}}\nnonsense',
            {"Content-Type": NDJSON},
        ),
        Ask("GET", "/v1/events"),
        Ask("GET", "/v1/events").under(accept=NDJSON),
        Ask("GET", "/v1/tokens"),
        Ask("GET", "/metrics"),
        Ask("GET", "/nowhere"),
        Ask("PATCH", "/v1/estimates"),
        Ask("GET", "/v1/estimates?nonsense=1"),
        post("/v1/tokens", subject="x", role="nobody", clearance="TLP:RED"),
        Ask("DELETE", f"/v1/tokens/{analyst}"),
        Ask("GET", "/").under(accept="text/html"),
        Ask("GET", "/post").under(accept="text/html"),
    ]
    for text in (reader, analyst, team.tokens["admin"], wrong):
        for ask in asks:
            heard.send(ask, **bearer(text))
            heard.send(ask, Authorization=f"Token {text}")
    for text in (wrong, "x" + analyst, analyst):
        heard.log_in(text)
        team.api.service.access.delays.succeeded("127.0.0.1")
    for ask in asks:
        heard.send(ask)
        heard.send(ask, Origin=heard.origin)
    heard.send(Ask("DELETE", f"/v1/tokens/{id_of(analyst)}"), **bearer(team.tokens["admin"]))
    heard.send(Ask("POST", "/logout", None, {**FORM, "Origin": heard.origin}))
    heard.client.close()
    ours = [each for each in caplog.records if not each.name.startswith(("httpx", "httpcore"))]
    lines = [f"{each.getMessage()} {each.exc_text or ''}" for each in ours]
    assert len(lines) > 20 and heard.sessions
    secrets = [text.split("_", 2)[2] for text in (*team.tokens.values(), wrong)] + heard.sessions
    for secret in secrets:
        assert not [line for line in lines if secret[:20] in line]
        assert not [text for text in heard.texts() if secret[:20] in text.partition(": ")[2]]
    stored = b"".join(each.wire() for each in team.api.service.log.read(0))
    assert not [secret for secret in secrets if secret.encode() in stored]
