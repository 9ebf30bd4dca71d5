"""Checkpoints are stamped with the time of an authority: on a schedule, and never in a write's way."""

import math
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from service.attestation.authority import LAG_SECONDS, due_in
from service.proof.time_stamp import request_over, roots_of, verified
from tests.http_spec import report
from tests.service.attestation.conftest import HOUR, Attested, Attests
from tests.service.proof.authority import Authority, needs_openssl

pytestmark = needs_openssl


def host(authority: Authority) -> str:
    return authority.url.split("/")[2]


def test_a_checkpoint_is_stamped_and_the_stamp_kept(stamped: Attests, authority: Authority) -> None:
    with stamped() as log:
        [token] = log.wait(log.write("r1"))

        stamp = verified(token.value, log.note(), roots_of(authority.roots.read_bytes()))
        assert abs(stamp.time - datetime.now(UTC)) < timedelta(seconds=60)
        assert token.name == host(authority)


def test_it_is_asked_at_most_once_in_its_time(stamped: Attests, authority: Authority) -> None:
    with stamped(time_seconds=HOUR) as log:
        log.wait(log.write("r1"))
        log.write("r2")
    with stamped(time_seconds=HOUR) as log:  # also after a restart
        later = log.write("r3")
    assert len(authority.asked) == 1

    with stamped() as log:
        log.wait(later)
    assert len(authority.asked) == 2


def test_what_is_stamped_is_not_stamped_again(stamped: Attests, authority: Authority) -> None:
    with stamped() as log:
        size = log.write("r1")
        log.wait(size)
    with stamped() as log:
        log.wait(log.write("r2"))
        assert len(log.tree.attachments(size, "timestamp")) == 1


def over_others(query: bytes, log: Attested) -> bytes:
    """The same request for a time stamp, number and all, but over other bytes."""
    return query.replace(sha256(log.note()).digest(), sha256(b"others").digest())


Lie = Callable[[Authority, Attested, bytes], tuple[int, bytes]]
LIES: dict[str, Lie] = {
    "it is over other bytes": lambda a, log, query: (200, a.reply(over_others(query, log))),
    "it does not repeat the number": lambda a, log, query: (
        200,
        a.reply(request_over(log.note()).body),
    ),
    "a certificate had expired": lambda a, log, query: (200, a.reply(query, "expired")),
    "has not granted it, status 2": lambda a, log, query: (200, a.reply(b"nonsense")),
    "it is not a time stamp": lambda a, log, query: (200, b"<html>"),
    "answered 503": lambda a, log, query: (503, b""),
    "a redirect (302), which is not followed": lambda a, log, query: (302, b""),
    "the answer is larger than 65,536 bytes": lambda a, log, query: (200, bytes(65_537)),
}


@pytest.mark.parametrize("words", LIES)
def test_an_authority_that_lies_is_named_asked_again_and_in_nobodys_way(
    stamped: Attests, authority: Authority, words: str
) -> None:
    with stamped() as log:
        authority.answer = lambda query: LIES[words](authority, log, query)
        size = log.write("r1")
        state = log.wait_for_error(host(authority), words)
        assert state["failures"] >= 1
        assert not log.tree.attachments(size, "timestamp")
        last = log.write("r2")
        assert last > size

        authority.answer = None
        log.wait(last)
        log.wait_until_well(host(authority))


def test_an_authority_that_is_dead_is_named_and_in_nobodys_way(
    stamped: Attests, authority: Authority
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with stamped(time_authority=f"http://127.0.0.1:{port}/") as log:
        log.write("r1")
        log.wait_for_error(f"127.0.0.1:{port}", "cannot connect")
        last = log.write("r2")
    with stamped() as log:  # it is back, where the settings now say
        log.wait(last)


def test_an_authority_that_is_slow_is_given_up_and_in_nobodys_way(
    stamped: Attests, authority: Authority
) -> None:
    let_go = threading.Event()

    def slow(query: bytes) -> tuple[int, bytes]:
        let_go.wait(60)
        return 200, authority.reply(query)

    authority.answer = slow
    try:
        with stamped(attempt_seconds=0.05, attempt_pause=HOUR) as log:
            log.write("r1")
            log.wait_for_error(host(authority), "no answer within 0.05 seconds")
            last = log.write("r2")
    finally:
        let_go.set()
    authority.answer = None
    with stamped() as log:
        log.wait(last)


def test_one_that_failed_is_asked_again_after_a_pause_however_much_is_written(
    stamped: Attests, authority: Authority
) -> None:
    authority.answer = lambda query: (500, b"")
    with stamped(attempt_pause=HOUR) as log:
        log.write("r1")
        log.wait_for_error(host(authority), "answered 500")
        log.write("r2")
        log.write("r3")
    assert len(authority.asked) == 1


def test_what_it_does_is_measured(stamped: Attests, authority: Authority) -> None:
    with stamped(attempt_pause=HOUR) as log:
        size = log.write("r1")
        log.wait(size)
        authority.answer = lambda query: (500, b"")
    with stamped(attempt_pause=HOUR) as log:
        log.write("r2")
        log.wait_for_error(host(authority), "answered 500")
        lines = log.api.client.get("/metrics").text.splitlines()

    assert 'intellog_attestations_total{kind="timestamp"} 0.0' in lines
    assert 'intellog_attestation_failures_total{kind="timestamp"} 1.0' in lines
    assert f'intellog_attested_size{{kind="timestamp"}} {float(size)}' in lines


def test_a_checkpoint_that_lacks_older_events_is_left_to_the_next(
    stamped: Attests, authority: Authority
) -> None:
    """A stamp also says that what follows was recorded later, so it must not come late."""
    authority.answer = lambda query: (500, b"")
    with stamped(attempt_pause=HOUR) as log:
        log.write("r1")
        latest = log.tree.latest()
        assert latest is not None
        log.api.given(report("r2"))
        then = datetime.fromisoformat(log.tree.entries(latest.size, 1)[0].recorded_at)

        assert due_in(log.tree, latest, HOUR, then) == 0
        late = then + timedelta(seconds=LAG_SECONDS + 1)
        assert due_in(log.tree, latest, HOUR, late) == math.inf
