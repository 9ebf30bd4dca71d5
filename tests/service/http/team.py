"""A team whose members need tokens: one for each role, and what each of them sends."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx2

from domain.vocabulary import Marking
from service.access.principal import ROLES, Role
from tests.http_spec import Api, Ask, Server

NAMES: dict[Role, str] = {
    "feed": "fred",
    "reader": "rita",
    "reporter": "rosa",
    "analyst": "ana",
    "admin": "ada",
}


def issued(
    api: Api,
    role: Role = "reader",
    subject: str | None = None,
    clearance: Marking = "TLP:RED",
    expires_at: datetime | None = None,
) -> str:
    """A token that is accepted."""
    tokens = api.service.access.tokens
    _, text = tokens.issue(subject or NAMES[role], role, clearance, expires_at, "", "test")
    api.service.access.record()
    return text


def id_of(text: str) -> str:
    """The id of a token."""
    return text.split("_")[1]


def bearer(text: str) -> dict[str, str]:
    """The header that shows a token."""
    return {"Authorization": f"Bearer {text}"}


class Team:
    """A service that needs tokens, and a token for each role."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.tokens = {role: issued(api, role) for role in ROLES}

    def send(self, role: Role | None, ask: Ask) -> httpx2.Response:
        """The answer to a request of somebody with a role, or of nobody."""
        given = bearer(self.tokens[role]) if role else {}
        return self.api.send(Ask(ask.method, ask.path, ask.body, {**ask.headers, **given}))

    def get(self, role: Role | None, path: str) -> httpx2.Response:
        """The answer to a GET."""
        return self.send(role, Ask("GET", path))

    def given(self, *asks: Ask) -> None:
        """What went before, done by the analyst."""
        for ask in asks:
            answer = self.send("analyst", ask)
            if not answer.is_success:
                raise AssertionError(f"{ask.method} {ask.path}: {answer.text}")

    def head(self) -> int:
        """The last position in the log."""
        return self.api.service.log.head()


@contextmanager
def team_over(server: Server, folder: Path, **settings: Any) -> Iterator[Team]:
    """A team over an empty log."""
    with server.over(folder, **settings) as api:
        yield Team(api)
