"""The log is signed as it grows, by a thread that no write waits for, and told why if it is not."""

import os
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import httpx2
import pytest
from filelock import FileLock

from service.log.tree import StoredCheckpoint
from service.proof.checkpoint import verified_checkpoint
from service.signing.publisher import Publisher, publishing
from tests.http_spec import Api, Server, indicator
from tests.processes import process, until, wait_for_views


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    """A service whose log is signed often, once the thread is started."""
    with server.over(tmp_path, checkpoint_seconds=0.01) as api:
        yield api


def publisher_of(api: Api) -> Publisher:
    assert api.service.publisher is not None
    return api.service.publisher


def signed_size(api: Api) -> int:
    last = api.service.log.tree.latest()
    return 0 if last is None else last.size


def wait_until_signed(api: Api, size: int) -> None:
    until(lambda: signed_size(api), lambda found: found == size)


def test_the_log_is_signed_as_it_grows_and_once_more_in_the_end(api: Api) -> None:
    with publishing(publisher_of(api)):
        api.given(indicator("a1"))
        wait_until_signed(api, 1)
        api.given(indicator("a2"))
        wait_until_signed(api, 2)
        api.given(indicator("a3"))
    assert signed_size(api) == 3
    [key] = publisher_of(api).signer.ring.read().signing
    for stored in api.service.log.tree.checkpoints():
        assert verified_checkpoint(stored.note, [key.public]).size == stored.size


def test_a_log_that_does_not_grow_gets_no_other_checkpoint(api: Api) -> None:
    api.given(indicator("a1"))
    for _ in range(3):
        publisher_of(api).sign()
    assert len(api.service.log.tree.checkpoints()) == 1


def test_who_listens_is_told_of_each_checkpoint_once_it_is_stored(api: Api) -> None:
    told, publisher = list[StoredCheckpoint](), publisher_of(api)

    def hook(stored: StoredCheckpoint) -> None:
        assert api.service.log.tree.latest() == stored
        told.append(stored)

    publisher.listen(hook)
    api.given(indicator("a1"))
    publisher.sign()
    publisher.sign()
    publisher.unlisten(hook)
    api.given(indicator("a2"))
    publisher.sign()
    assert [each.size for each in told] == [1]


def test_no_write_waits_for_a_signature(api: Api) -> None:
    ring = publisher_of(api).signer.ring
    api.given(indicator("a1"))
    publisher_of(api).sign()
    with publishing(publisher_of(api)), FileLock(ring.directory / "ring.lock"):
        api.given(indicator("a2"), indicator("a3"))
        assert signed_size(api) == 1
    assert signed_size(api) == 3


def test_what_keeps_the_log_from_being_signed_is_told_and_tried_again(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    publisher = publisher_of(api)
    api.given(indicator("a1"))
    publisher.sign()
    [key] = publisher.signer.ring.read().signing
    file = publisher.signer.ring.directory / f"{key.id}.key"
    os.chmod(file, 0o644)
    api.given(indicator("a2"))
    publisher.sign()
    publisher.sign()
    assert "others may use" in (publisher.failure or "") and signed_size(api) == 1
    ready = api.client.get("/readyz")
    assert ready.status_code == 200 and "the log is not signed" in ready.json()["error"]
    said = [each.message for each in caplog.records if "not signed" in each.message]
    assert len(said) == 1 and key.vkey not in said[0]
    os.chmod(file, 0o600)
    publisher.sign()
    assert publisher.failure is None and signed_size(api) == 2
    assert api.client.get("/readyz").json()["error"] is None


def test_a_hook_that_fails_is_no_failure_to_sign(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    called = Event()

    def hook(stored: StoredCheckpoint) -> None:
        called.set()
        raise RuntimeError("nobody listens")

    publisher_of(api).listen(hook)
    api.given(indicator("a1"))
    publisher_of(api).sign()
    assert called.is_set() and publisher_of(api).failure is None and signed_size(api) == 1
    assert "nobody listens" in caplog.text


def test_a_server_signs_what_it_has_when_it_stops_and_goes_on_after_a_start(tmp_path: Path) -> None:
    vkeys = list[str]()
    for n in (1, 2):
        with process(tmp_path) as server:
            ask = indicator(f"a{n}")
            httpx2.put(server.url + ask.path, json=ask.body).raise_for_status()
            wait_for_views(server.url, n)
            proof = server.get(f"/v1/events/{n}/proof")
            vkeys += proof["verifiers"]
            assert server.get("/readyz")["error"] is None
    assert len(vkeys) == 2 and len(set(vkeys)) == 1
