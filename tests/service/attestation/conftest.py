"""A log whose checkpoints others attest, and an authority that does."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from service.attestation.attesting import attesting
from service.attestation.told import AttesterState, attestation_state
from service.attestation.wanted import Attestation
from service.log.tree import Attachment, LogTree
from tests.http_spec import Api, Server, indicator, one_server, report
from tests.processes import until
from tests.service.proof.authority import Authority, running_authority

HOUR = 3_600


@dataclass(frozen=True)
class Attested:
    """A service that asks others, and what it has of them."""

    api: Api
    url: str

    @property
    def tree(self) -> LogTree:
        return self.api.service.log.tree

    def write(self, name: str) -> int:
        """File a report, and sign the log; gives the size that is signed."""
        self.api.given(indicator(), report(name))
        assert self.api.service.publisher is not None
        self.api.service.publisher.sign()
        return self.tree.size()

    def note(self) -> bytes:
        """The latest checkpoint as the log signed it."""
        latest = self.tree.latest()
        assert latest is not None
        return latest.note

    def state(self, name: str) -> AttesterState:
        """How it stands with one who is asked."""
        asked = attestation_state(self.api.service)["asked"]
        [found] = [each for each in asked if each["name"] == name]
        return found

    def wait(self, size: int, kind: Any = "timestamp", count: int = 1) -> list[Attachment]:
        """What is attached to a checkpoint, once there is so much of it."""
        found: list[Attachment] = until(
            lambda: self.tree.attachments(size, kind), lambda found: len(found) >= count
        )
        return found

    def wait_for_error(self, name: str, words: str) -> AttesterState:
        """How it stands with one of them, once what it did is wrong in these words."""
        found: AttesterState = until(
            lambda: self.state(name), lambda state: words in (state["error"] or "")
        )
        return found

    def wait_until_well(self, name: str) -> None:
        """Wait until one of them did well, which is noted after what it gave is kept."""
        until(lambda: self.state(name), lambda state: not state["failures"])


Attests = Callable[..., AbstractContextManager[Attested]]


@contextmanager
def attested(data: Path, server: Server | None = None, **settings: Any) -> Iterator[Attested]:
    """A log, on a port of its own if none is given; it is signed when a test says so, and asks then."""
    own = {"attempt_seconds": 10, "attempt_pause": 0.0}
    names = {each: settings.pop(each) for each in list(settings) if hasattr(Attestation, each)}
    wanted = Attestation(**{**own, **names})
    with ExitStack() as resources:
        place = server or resources.enter_context(one_server())
        api = resources.enter_context(place.over(data, attestation=wanted, **settings))
        resources.enter_context(attesting(api.service))
        yield Attested(api, f"http://127.0.0.1:{place.address[1]}")


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Authority]:
    with running_authority(tmp_path / "authority") as running:
        yield running


@pytest.fixture
def stamped(tmp_path: Path, authority: Authority) -> Attests:
    """A log that is stamped by that authority; again if it was stopped."""

    def start(**settings: Any) -> AbstractContextManager[Attested]:
        place = {"time_authority": authority.url, "time_certificates": authority.roots}
        return attested(tmp_path / "log", **{**place, "time_seconds": 1, **settings})

    return start
