"""A node asks the writer whose token it is shown, and learns from the log when one is revoked."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest

from service.access import vouching
from service.access.principal import Principal
from service.access.token_store import TokensUnavailable
from service.access.tokens import Refusal, TokenFile
from service.access.vouching import Vouching
from service.nodes import followed
from service.nodes.followed import FollowedLog
from tests.http_spec import FILED, claim, problem, report
from tests.processes import until
from tests.service.nodes.nodes_spec import Placed, Start

NOWHERE = "http://127.0.0.1:1"
RED = report("secret", claim(7), marking="TLP:RED")


def issued(writer: Placed, role: Any = "reader", clearance: Any = "TLP:CLEAR") -> tuple[str, str]:
    """A token that was made at the writer: its id and its text."""
    access = writer.api.service.access
    token, text = access.tokens.issue("ann", role, clearance, None, "", "root")
    access.record()
    return token.id, text


def as_(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def me(node: Placed, text: str) -> httpx2.Response:
    return node.api.client.get("/v1/me", headers=as_(text))


def cut_off(node: Placed) -> None:
    """As if the writer did not answer."""
    node.followed.writer = NOWHERE


@pytest.fixture(autouse=True)
def looks_when_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed, "LOOK_SECONDS", 1e6)
    monkeypatch.setattr(vouching, "PAUSE_SECONDS", 0.01)


def test_who_asks_a_node_is_who_he_is_to_the_writer(writer: Placed, start_node: Start) -> None:
    position = writer.api.given(*FILED, RED)
    _, clear = issued(writer)
    _, red = issued(writer, "analyst", "TLP:RED")
    node = start_node()
    assert node.api.service.follower.wait(position, 60)

    problem(node.api.client.get("/v1/estimates"), 401, "unauthenticated")
    problem(me(node, f"intellog_{'0' * 12}_{'x' * 43}"), 401, "unauthenticated")
    assert me(node, clear).json() == {
        "subject": "ann",
        "role": "reader",
        "clearance": "TLP:CLEAR",
        "expires_at": None,
        "access": True,
    }
    assert node.api.client.get("/v1/reports/secret", headers=as_(red)).status_code == 200
    problem(node.api.client.get("/v1/reports/secret", headers=as_(clear)), 404, "not-found")


def test_a_revoked_token_is_refused_as_soon_as_the_log_says_so(
    writer: Placed, start_node: Start
) -> None:
    id, text = issued(writer)
    node = start_node()
    assert me(node, text).status_code == 200
    writer.api.service.access.tokens.revoke(id, "root")
    writer.api.service.access.record()
    cut_off(node)  # it is the log that says so
    node.followed.look_now()
    cut_off(node)

    until(lambda: me(node, text).status_code, lambda status: status == 401)


@dataclass
class Asking:
    """What asks the writer, with a clock that a test sets."""

    tokens: TokenFile
    log: FollowedLog
    writer: str | None
    now: float = 1_000.0

    @contextmanager
    def vouching(self) -> Iterator[Vouching]:
        """It, until the block ends; what is known holds for 600 seconds."""
        given = self.tokens, self.log, lambda: self.writer, 600.0, lambda: self.now
        with closing(Vouching(*given)) as made:
            yield made


@pytest.fixture
def asking(writer: Placed, node: Placed, tmp_path: Path) -> Iterator[Asking]:
    with closing(TokenFile(tmp_path / "tokens", lambda: datetime.now(UTC))) as tokens:
        yield Asking(tokens, node.followed, writer.url)


def test_what_is_known_holds_for_a_while_without_the_writer(writer: Placed, asking: Asking) -> None:
    _, text = issued(writer)
    _, new = issued(writer)
    with asking.vouching() as found:
        assert found.judge(text) == asking.tokens.principal(text) is not None
        asking.writer = NOWHERE
        asking.now += 599
        assert found.judge(text) == asking.tokens.principal(text)
        with pytest.raises(TokensUnavailable, match="new to this node"):
            found.judge(new)
        asking.now += 10
        asking.writer = None
        with pytest.raises(TokensUnavailable, match="not confirmed for 600 s"):
            found.judge(text)
        asking.writer = writer.url
        assert found.judge(text) == asking.tokens.principal(text)


def test_the_writer_is_asked_again(writer: Placed, asking: Asking) -> None:
    """One that was revoked while the writer was stopped is in no log yet."""
    id, text = issued(writer)
    with asking.vouching() as found:
        assert isinstance(found.judge(text), Principal)
        writer.api.service.access.tokens.revoke(id, "root")
        assert isinstance(found.judge(text), Principal)
        asking.now += 61
        assert found.judge(text) == Refusal("unknown", id)
        asking.writer = NOWHERE  # and what was refused is not asked about each time
        assert found.judge(text) == Refusal("unknown", id)


def test_a_browser_logs_in_at_a_node(writer: Placed, start_node: Start) -> None:
    _, text = issued(writer)
    node = start_node()
    with httpx2.Client(base_url=node.url, timeout=60) as browser:
        sent = browser.post("/login", data={"token": text}, headers={"Origin": node.url})
        assert sent.status_code == 303
        cut_off(node)
        assert browser.get("/v1/me").json()["subject"] == "ann"


def test_a_standby_that_takes_over_accepts_what_it_learnt(writer: Placed, start_node: Start) -> None:
    _, text = issued(writer)
    node = start_node()
    assert me(node, text).status_code == 200

    holder = node.api.service.access.tokens.principal(text)
    assert holder is not None
    assert (holder.subject, holder.role) == ("ann", "reader")
