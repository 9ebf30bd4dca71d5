"""Who a request is from: by token, provider or session, or nobody, said in plain words."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from domain.times import parse_instant
from service.access.provider import Provider
from service.server import running
from service.settings import Limits
from tests.http_spec import (
    NDJSON,
    Api,
    Ask,
    Clock,
    Server,
    indicator,
    ndjson,
    problem,
    report,
    source,
)
from tests.service.access.access_spec import NOW
from tests.service.access.issuer import AUDIENCE, ED, NEXT, RSA, Issuer, running_issuer
from tests.service.http.team import Team, bearer, id_of, issued, team_over

UNKNOWN = "intellog_0123456789ab_" + "A" * 43


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    with team_over(server, tmp_path) as team:
        yield team


def me(api: Api, **headers: str) -> httpx2.Response:
    return api.client.get("/v1/me", headers=headers)


# Without tokens


def test_without_tokens_everybody_here_may_do_everything(api: Api) -> None:
    assert me(api).json() == {
        "subject": "local",
        "role": "admin",
        "clearance": "TLP:RED",
        "expires_at": None,
        "access": False,
    }
    assert me(api, **bearer(UNKNOWN)).status_code == 200


def test_the_first_token_ends_that_at_once_and_for_good(api: Api) -> None:
    api.given(indicator())
    text = issued(api, "admin")
    problem(me(api), 401, "unauthenticated")
    answer = me(api, **bearer(text)).json()
    assert (answer["subject"], answer["access"]) == ("ada", True)
    assert api.client.delete(f"/v1/tokens/{id_of(text)}", headers=bearer(text)).status_code == 200
    problem(me(api), 401, "unauthenticated")


def test_a_service_that_others_reach_needs_tokens_even_without_any(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path, public_url="https://intel.example") as api:
        problem(me(api), 401, "unauthenticated")


def test_whoever_runs_the_program_on_a_directory_needs_no_token(team: Team) -> None:
    with running(team.api.service) as client:
        mine = client.get("/v1/me").json()
        assert (mine["subject"], mine["role"], mine["access"]) == ("local", "admin", False)


# Tokens


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Bearer",
        "Basic YTpi",
        "Bearer a b",
        "Bearer=a",
        f"Token {UNKNOWN}",
        UNKNOWN,
        "Bearer é",
        "Bearer " + "x" * 9_000,
        f"Bearer {UNKNOWN}",
        f"Bearer {UNKNOWN}x",
        "Bearer eyJhbGciOiJub25lIn0.e30.",
    ],
)
def test_what_is_no_token_of_ours_is_nobody(team: Team, header: str) -> None:
    value: Any = header.encode("latin-1")
    answer = team.api.client.get("/v1/me", headers={"Authorization": value})
    refusal = problem(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "A" * 20 not in answer.text and len(refusal["detail"]) < 100


def test_any_case_of_the_word_bearer_will_do(team: Team) -> None:
    text = team.tokens["reader"]
    assert me(team.api, Authorization=f"bEARER {text}").status_code == 200


def test_a_wrong_secret_is_nobody(team: Team) -> None:
    text = team.tokens["admin"]
    problem(me(team.api, **bearer(text[:-2] + "AA")), 401, "unauthenticated")


def test_saying_twice_who_asks_is_refused(team: Team) -> None:
    one, other = team.tokens["reader"], team.tokens["admin"]
    for headers in (
        [("Authorization", f"Bearer {one}"), ("Authorization", f"Bearer {other}")],
        [("Authorization", f"Bearer {one}"), ("Cookie", f"intellog_session={'a' * 43}")],
        [("Cookie", f"intellog_session={'a' * 43}; intellog_session={'b' * 43}")],
    ):
        problem(team.api.client.get("/v1/me", headers=headers), 400, "bad-request")


def test_what_is_open_to_anybody_does_not_mind_a_wrong_token(team: Team) -> None:
    for path in ("/healthz", "/readyz", "/openapi.json", "/login", "/static/style.css"):
        for headers in ({}, bearer(UNKNOWN), {"Cookie": "intellog_session=x"}):
            assert team.api.client.get(path, headers=headers).status_code == 200, path


def test_a_token_ends_when_it_expires(server: Server, tmp_path: Path) -> None:
    clock = Clock()
    with server.over(tmp_path, clock=clock) as api:
        text = issued(api, expires_at=parse_instant("2025-01-01T00:10:00Z"))
        assert me(api, **bearer(text)).json()["expires_at"] == "2025-01-01T00:10:00Z"
        clock.set("2025-01-01T00:10:00Z")
        refusal = problem(me(api, **bearer(text)), 401, "unauthenticated")
        assert refusal["detail"] == "the token has expired"


def test_a_revoked_token_is_nobody_at_once(team: Team) -> None:
    text = team.tokens["analyst"]
    assert me(team.api, **bearer(text)).status_code == 200
    team.api.service.access.tokens.revoke(id_of(text), "ada")
    refusal = problem(me(team.api, **bearer(text)), 401, "unauthenticated")
    assert refusal["detail"] == "the token is revoked"


def test_a_token_is_in_the_log_before_it_is_accepted(api: Api) -> None:
    """As the command line makes one beside the running server."""
    token, text = api.service.access.tokens.issue("eve", "reader", "TLP:GREEN", None, "", "root")
    assert me(api, **bearer(text)).status_code == 200
    stored = api.service.log.read(0)
    assert [each.type for each in stored] == ["TokenIssued"]
    body = stored[0].wire()
    assert token.id.encode() in body and text.split("_", 2)[2].encode() not in body


def test_a_token_that_cannot_be_recorded_is_not_accepted(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, write_patience=0.1) as api:
        api.service.writer.close()
        _, text = api.service.access.tokens.issue("eve", "reader", "TLP:GREEN", None, "", "root")
        problem(me(api, **bearer(text)), 503, "tokens-unavailable")


# Who acts


def test_the_actor_of_every_event_is_the_subject(team: Team) -> None:
    body = b'{"register_source": {"id": "imported"}}'
    team.given(indicator(), source("nis"))
    assert team.send("reporter", report()).status_code == 201
    sent = team.send("analyst", Ask("POST", "/v1/import", body, {"Content-Type": NDJSON}))
    assert ndjson(sent.content)[-1]["accepted"] == 1
    form = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    filled = (
        b"/publisher=wire&/published_at=2025-01-10&/claims/0/indicator=troops"
        b"&/claims/0/originator=nis&/claims/0/quantity/best=5&do=file"
    )
    assert team.send("admin", Ask("POST", "/post", filled, form)).status_code == 303
    events = team.get("reader", f"/v1/events?min_position={team.head()}").json()["items"]
    actors = [each["actor"] for each in events if not each["type"].startswith("Token")]
    assert set(actors) == {"ana", "rosa", "ada"} and actors[-1] == "ada"


def test_nobody_can_choose_an_actor(team: Team) -> None:
    ask = Ask("PUT", "/v1/sources/x", {"actor": "somebody"})
    problem(team.send("analyst", ask), 422, "invalid")


def test_a_key_and_an_import_are_those_of_their_subject(team: Team) -> None:
    other = issued(team.api, "analyst", "bob")
    line = Ask("POST", "/v1/import", b'{"register_source": {"id": "x"}}', {"Content-Type": NDJSON})
    keyed = source("y").under(idempotency_key="k")
    for text, new in ((team.tokens["analyst"], 1), (team.tokens["analyst"], 0), (other, 0)):
        headers = {**line.headers, **bearer(text)}
        sent = team.api.send(Ask(line.method, line.path, line.body, headers))
        assert ndjson(sent.content)[-1]["accepted"] == new
        # Under the key of another, the same is done once more, and changes nothing.
        assert team.api.send(keyed.under(**bearer(text))).is_success
    assert [each.type for each in team.api.service.log.read(0)].count("SourceRegistered") == 2


# What nobody is told


def test_nobody_but_an_admin_is_told_how_the_service_stands(team: Team) -> None:
    for who in (None, "reader", "analyst"):
        assert team.get(who, "/readyz").json() == {"ready": True}
    assert team.get("admin", "/readyz").json()["head"] == team.head()


def test_nobody_learns_which_log_this_is(team: Team) -> None:
    ours = team.api.service.log.id
    asked = Ask("GET", "/healthz").under(intellog_log="other")
    assert ours not in team.send(None, asked).text
    assert ours not in team.send(None, Ask("GET", "/v1/events", headers=asked.headers)).text
    assert ours in problem(team.send("reader", asked), 409, "other-history")["detail"]


# An identity provider


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    with running_issuer() as issuer:
        yield issuer


@pytest.fixture
def vouched(server: Server, tmp_path: Path, issuer: Issuer) -> Iterator[Api]:
    """A service without tokens of its own."""
    clock = Clock(NOW)
    with server.over(tmp_path, clock=clock, provider=Provider(issuer.url, AUDIENCE)) as api:
        yield api


def test_whom_the_provider_vouches_for_may_come_in(vouched: Api, issuer: Issuer) -> None:
    problem(me(vouched), 401, "unauthenticated")
    for key, alg in ((RSA, "RS256"), (RSA, "PS256")):
        for _ in range(2):
            answer = me(vouched, **bearer(issuer.token(key, alg)))
            assert answer.json()["subject"] == "ana@example.org"
            assert answer.json()["role"] == "analyst"
    sent = vouched.send(source("x").under(**bearer(issuer.token())))
    assert sent.status_code == 201
    assert b'"actor":"ana@example.org"' in vouched.service.log.read(0)[-1].wire()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"aud": "other"}, "audience"),
        ({"iss": "https://evil.example"}, "issuer"),
        ({"exp": int(NOW.timestamp()) - 100}, "expired"),
        ({"nbf": int(NOW.timestamp()) + 100}, "not valid yet"),
        ({"role": "owner"}, "role"),
        ({"role": None}, "role"),
        ({"clearance": "SECRET"}, "clearance"),
        ({"sub": ""}, "sub"),
        ({"key": NEXT}, "key"),
        ({"key": ED, "alg": "Ed25519"}, "algorithm"),
    ],
)
def test_whom_it_does_not_vouch_for_is_nobody(
    vouched: Api, issuer: Issuer, changed: Any, said: str
) -> None:
    with unchanged_log(vouched):
        answer = vouched.send(source("x").under(**bearer(issuer.token(**changed))))
        assert said in problem(answer, 401, "unauthenticated")["detail"]


def unchanged_log(api: Api) -> Any:
    class Same:
        def __enter__(self) -> None:
            self.head = api.service.log.head()

        def __exit__(self, *_: object) -> None:
            assert api.service.log.head() == self.head

    return Same()


def test_a_provider_that_does_not_answer_is_said_so(server: Server, tmp_path: Path) -> None:
    with running_issuer() as gone:
        token = gone.token()
    with server.over(tmp_path, clock=Clock(NOW), provider=Provider(gone.url, AUDIENCE)) as api:
        problem(me(api, **bearer(token)), 503, "issuer-unavailable")


# How often


def test_a_principal_who_asks_too_often_waits_and_others_do_not(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path, limits=Limits(rate=1)) as team:
        answers = [team.get("reader", "/v1/me") for _ in range(10)]
        refused = [each for each in answers if each.status_code == 429]
        assert refused and answers[0].status_code == 200
        problem(refused[0], 429, "too-many-requests")
        assert 1 <= int(refused[0].headers["retry-after"]) <= 2
        assert team.get("analyst", "/v1/me").status_code == 200
        assert team.get("reader", "/healthz").status_code == 200


def test_wrong_tokens_slow_down_an_address_and_nobody_with_a_right_one(team: Team) -> None:
    codes = [me(team.api, **bearer(UNKNOWN)).status_code for _ in range(60)]
    assert codes[0] == 401 and 429 in codes
    slow = me(team.api, **bearer(UNKNOWN))
    if slow.status_code == 429:
        assert int(slow.headers["retry-after"]) >= 1
    assert team.get("reader", "/v1/me").status_code == 200
