"""Whoever got in is in the log: each token made and revoked is an event, once."""

import sqlite3
from pathlib import Path

import httpx2

from service.access.recording import record_tokens
from service.access.tokens import TokenFile
from service.service import Service
from tests.service.access.access_spec import NOW, Clock, token_file

PATIENCE = 10.0


def events(client: httpx2.Client, head: int) -> list[dict[str, object]]:
    found = client.get("/v1/events", params={"min_position": head}).json()["items"]
    return [{"type": each["type"], "actor": each["actor"], **each["data"]} for each in found]


def act(tokens: TokenFile) -> str:
    token, _ = tokens.issue("Ana Ng", "analyst", "TLP:AMBER", None, "press desk", "root")
    tokens.revoke(token.id, "eve")
    return token.id


def test_what_happened_to_a_token_is_an_event_with_who_did_it(
    service: tuple[Service, httpx2.Client], tmp_path: Path
) -> None:
    opened, client = service
    with token_file(tmp_path / "tokens", Clock(NOW)) as tokens:
        id = act(tokens)

        assert record_tokens(tokens, opened.writer, PATIENCE) == 2
        assert not tokens.pending and record_tokens(tokens, opened.writer, PATIENCE) == 0

    allowed = {"subject": "Ana Ng", "role": "analyst", "clearance": "TLP:AMBER", "note": "press desk"}
    assert events(client, 2) == [
        {"type": "TokenIssued", "actor": "root", "operator": "root", "token": id, **allowed},
        {"type": "TokenRevoked", "actor": "eve", "operator": "eve", "token": id},
    ]


def test_what_was_recorded_and_not_noted_is_not_recorded_again(
    service: tuple[Service, httpx2.Client], tmp_path: Path
) -> None:
    opened, client = service
    with token_file(tmp_path / "tokens", Clock(NOW)) as tokens:
        ids = [act(tokens), act(tokens)]
        acts = tokens.unrecorded()
        record_tokens(tokens, opened.writer, PATIENCE)
        _forget(tmp_path / "tokens", ids)
        assert tokens.unrecorded() == acts

        record_tokens(tokens, opened.writer, PATIENCE)

        assert opened.log.head() == 4 and not tokens.pending
    assert [each["token"] for each in events(client, 4)] == [ids[0], ids[0], ids[1], ids[1]]


def _forget(directory: Path, ids: list[str]) -> None:
    """Undo the note that acts were recorded, as a program that ended before it would leave it."""
    db = sqlite3.connect(directory / "tokens.sqlite", isolation_level=None)
    db.execute("UPDATE tokens SET issue_recorded = 0, revocation_recorded = 0")
    db.close()
