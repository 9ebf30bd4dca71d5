"""What was signed is not taken back: a log that lacks it is noticed, and goes on under another name."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli.app import app
from service.proof.checkpoint import verified_checkpoint
from service.proof.keys import public_key_of
from service.service import Service, opened
from service.settings import Settings
from service.signing.guard import Signed, SigningGuard, SigningRefused
from tests.http_spec import Api, indicator, problem
from tests.service.api.schema_check import running

ORIGIN = "intel.example/log"


@contextmanager
def serving(place: Path, **accepted: Any) -> Iterator[Api]:
    """A service over the log of a place, whose keys are beside it on another disk, so to speak."""
    settings = Settings(data=place / "log", keys=place / "keys", origin=ORIGIN, checkpoint_seconds=0.01)
    with opened(settings, **accepted) as service, running(service) as client:
        yield Api(client, service)


def write(api: Api, *names: str) -> None:
    api.given(*map(indicator, names))


def signed(service: Service) -> None:
    """Sign as the thread does on its schedule."""
    assert service.publisher is not None
    service.publisher.before()
    service.publisher.sign()


def put_back(saved: Path, place: Path) -> None:
    """Restore what was saved of a log in its directory, with all that would tell of more."""
    shutil.rmtree(place / "log")
    shutil.copytree(saved, place / "log")


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """A log of four events that was signed, and of which two are there again as they once were."""
    with serving(tmp_path) as api:
        write(api, "a1", "a2")
    shutil.copytree(tmp_path / "log", tmp_path / "saved")
    with serving(tmp_path) as api:
        write(api, "b1", "b2")
        signed(api.service)
    put_back(tmp_path / "saved", tmp_path)
    return tmp_path


def test_a_log_that_lacks_what_was_signed_is_damaged(lost: Path) -> None:
    with serving(lost) as api:
        damage = api.service.damage
        assert damage is not None and "a tree of 4 entries was signed" in damage
        assert "events 3 to 4 are gone" in damage and "--accept-loss" in damage
        for path in ("/v1/estimates", "/v1/log/consistency?from=1", "/readyz"):
            assert "4 entries" in problem(api.client.get(path), 503, "log-damaged")["detail"]
        assert "4 entries" in problem(api.send(indicator("c1")), 503, "log-damaged")["detail"]
        signed(api.service)
        assert api.service.log.tree.latest() is None


def test_an_older_copy_that_was_written_on_is_not_taken_for_the_log(lost: Path) -> None:
    (lost / "keys").rename(lost / "away")
    with serving(lost) as api:
        write(api, "c1", "c2", "c3")
    shutil.rmtree(lost / "keys", ignore_errors=True)
    (lost / "away").rename(lost / "keys")
    with serving(lost) as api:
        assert "the first 4 events are not those" in (api.service.damage or "")
        problem(api.client.get("/v1/estimates"), 503, "log-damaged")


def test_a_running_service_notices_as_well(tmp_path: Path) -> None:
    with serving(tmp_path) as api:
        write(api, "a1", "a2")
        signed(api.service)
        publisher = api.service.publisher
        assert publisher is not None
        guard = publisher.signer.guard
        last = guard.last()
        assert last is not None
        guard.note(replace(last, size=9))  # as another process would, that has signed more
        signed(api.service)
        assert "a tree of 9 entries was signed" in (api.service.damage or "")
        problem(api.client.get("/v1/estimates"), 503, "log-damaged")


def test_an_accepted_loss_is_recorded_and_nothing_is_signed_as_before(lost: Path) -> None:
    with serving(lost, accept_loss=True) as api:
        assert api.service.damage is None
        [event] = api.events(after=2)
        assert event["type"] == "LossAccepted"
        assert (event["data"]["head"], event["data"]["known"]) == (2, 4)
        signed(api.service)
        assert api.service.publisher is not None
        refusal = api.service.publisher.failure or ""
        assert "intellog key recover --accept-loss" in refusal
        told = problem(api.client.get("/checkpoint"), 503, "not-signed-yet")
        assert "it cannot be signed now" in told["detail"]  # by anybody, who is not told why
        assert refusal in api.client.get("/verify").text.replace("&#39;", "'")
    with serving(lost) as api:  # accepted once, and not asked again
        assert api.service.damage is None and api.head() == 3


def test_after_a_lost_tail_the_log_goes_on_under_another_name(
    lost: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INTELLOG_KEYS", str(lost / "keys"))
    with serving(lost, accept_loss=True):
        pass
    recover = ["key", "recover", "--data", str(lost / "log")]
    assert CliRunner().invoke(app, recover).exit_code == 2
    done = CliRunner().invoke(app, [*recover, "--accept-loss"])
    assert done.exit_code == 0, done.output
    vkey = done.stdout.strip()
    assert vkey.startswith(f"{ORIGIN}/2+")

    with serving(lost) as api:
        signed(api.service)
        assert api.service.publisher and api.service.publisher.failure is None
        stored = api.service.log.tree.latest()
        assert stored is not None
        found = verified_checkpoint(stored.note, [public_key_of(vkey)])
        assert (found.origin, found.size) == (f"{ORIGIN}/2", 5)
        added, retired = [each["data"] for each in api.events(after=3)][::-1]
        assert retired["vkey"].startswith(f"{ORIGIN}+") and added["vkey"] == vkey
        assert added["recovers"].startswith(f"{ORIGIN} signs no more: a tree of 4 entries was signed")
    with serving(lost) as api:
        assert api.service.damage is None
        write(api, "d1")
        signed(api.service)
        latest = api.service.log.tree.latest()
        assert latest is not None and latest.size == 6


def test_recovering_needs_a_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTELLOG_KEYS", str(tmp_path / "keys"))
    with serving(tmp_path) as api:
        write(api, "a1")
        signed(api.service)
    recover = ["key", "recover", "--accept-loss", "--data", str(tmp_path / "log")]
    done = CliRunner().invoke(app, recover)
    assert done.exit_code == 1 and "no loss of signed events was accepted" in done.stderr


@pytest.mark.parametrize(
    ("size", "root", "refused"),
    [(7, b"a", False), (8, b"b", False), (7, b"b", True), (6, b"a", True), (0, b"", True)],
)
def test_the_guard_refuses_what_does_not_go_on(
    tmp_path: Path, size: int, root: bytes, refused: bool
) -> None:
    guard = SigningGuard(tmp_path, "0" * 16)
    guard.note(Signed(ORIGIN, 7, b"a", "2026-01-31T12:00:00Z"))
    SigningGuard(tmp_path, "1" * 16).refuse(ORIGIN, 1, b"c")  # which is another log
    if not refused:
        guard.refuse(ORIGIN, size, root)
        return
    with pytest.raises(SigningRefused, match="a tree of 7 entries was signed"):
        guard.refuse(ORIGIN, size, root)


REFUSE = """CREATE TRIGGER full BEFORE INSERT ON checkpoints
BEGIN SELECT RAISE(FAIL, 'the disk is full'); END"""


def alter(place: Path, statement: str) -> None:
    with closing(sqlite3.connect(place / "log" / "log.sqlite")) as db, db:
        db.execute(statement)


def test_what_is_signed_is_noted_before_it_is_published(tmp_path: Path) -> None:
    with serving(tmp_path) as api:
        write(api, "a1")
        publisher, tree = api.service.publisher, api.service.log.tree
        assert publisher is not None
        alter(tmp_path, REFUSE)
        signed(api.service)
        assert tree.latest() is None and "the disk is full" in (publisher.failure or "")
        last = publisher.signer.guard.last()
        assert last is not None and last.size == 1
        alter(tmp_path, "DROP TRIGGER full")
        signed(api.service)  # the same tree may be signed again
        stored = tree.latest()
        assert stored is not None and stored.size == 1 and publisher.failure is None


def test_a_log_whose_keys_are_elsewhere_gets_no_other_key_in_silence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(tmp_path) as api:
        write(api, "a1")
        signed(api.service)
    (tmp_path / "keys").rename(tmp_path / "away")
    with serving(tmp_path) as api:
        write(api, "a2")
        signed(api.service)
        publisher = api.service.publisher
        assert publisher is not None and publisher.failure is not None
        assert "its keys are not in" in publisher.failure
        assert publisher.failure in api.client.get("/readyz").json()["error"]
        assert "intellog_signing_failed 1.0" in api.client.get("/metrics").text
        assert "not signed at present" in api.client.get("/verify").text
    monkeypatch.setenv("INTELLOG_KEYS", str(tmp_path / "keys"))
    create = ["key", "create", "--data", str(tmp_path / "log"), "--name", "intel.example/new"]
    done = CliRunner().invoke(app, create)
    assert done.exit_code == 0 and done.stdout.startswith("intel.example/new+")
    with serving(tmp_path) as api:
        signed(api.service)
        found = verified_checkpoint(
            api.client.get("/checkpoint").content, [public_key_of(done.stdout.strip())]
        )
        assert found.size == 2
        assert "intellog_checkpoint_size 2.0" in api.client.get("/metrics").text
