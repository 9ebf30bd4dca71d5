"""Logs of ours as witnesses of each other, and witnesses that are dead, slow or lying."""

import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.proof.judgement import judged
from service.proof.policy_file import parse_policy
from service.proof.receipt import Receipt, parse_receipt
from tests.http_spec import one_server
from tests.service.attestation.conftest import HOUR, Attested, attested
from tests.service.attestation.witnessing import (
    BadWitness,
    Place,
    bad_witness,
    dead_url,
    place,
    policy_file,
    same_keys,
    witnesses,
)


def witness_line(name: str, there: tuple[Place, Attested]) -> str:
    """The line of a policy that names a witness."""
    home, running = there
    return f"witness {name} {home.witness.written()} {running.url}"


def served(log: Attested) -> bytes:
    """The latest checkpoint as anybody reads it."""
    answer = log.api.client.get("/checkpoint")
    assert answer.status_code == 200
    return answer.content


def test_two_logs_witness_each_other(tmp_path: Path) -> None:
    """Each has its port before it is served, so that both can name the other."""
    one, two = place(tmp_path, "one"), place(tmp_path, "two")
    with one_server() as here, one_server() as there, ExitStack() as resources:
        logs = list[Attested]()
        for own, other, server, far in ((one, two, here, there), (two, one, there, here)):
            url = f"http://127.0.0.1:{far.address[1]}"
            asked = policy_file(
                tmp_path / f"{own.data.name}.policy",
                f"log {own.log.written()}",
                f"witness other {other.witness.written()} {url}",
                "quorum other",
            )
            known = policy_file(tmp_path / f"{own.data.name}.witnessed", f"log {other.log.written()}")
            started = attested(own.data, server, witnesses=asked, witnessed=known)
            logs.append(resources.enter_context(started))
        for name in ("r1", "r2"):
            for log in logs:
                log.wait(log.write(name), "cosignature")

        for log, own in zip(logs, (one, two), strict=True):
            policy = parse_policy((tmp_path / f"{own.data.name}.policy").read_bytes())
            judgement = judged(policy, served(log))
            assert judgement.met and judgement.checkpoint.size == log.tree.size()
            [item] = log.api.client.get("/v1/log/witnessed").json()["items"]
            assert item["size"] == logs[log is logs[0]].tree.size()


def test_a_quorum_of_two_of_three(tmp_path: Path) -> None:
    log_place = place(tmp_path, "log")
    with witnesses(tmp_path, "one", "two", of=log_place) as found:
        dead = place(tmp_path, "dead").witness
        lines = [
            f"log {log_place.log.written()}",
            *(witness_line(name, there) for name, there in found.items()),
            f"witness dead {dead.written()} {dead_url()}",
        ]
        two = policy_file(tmp_path / "most.policy", *lines, "group most 2 one two dead", "quorum most")
        three = policy_file(tmp_path / "all.policy", *lines, "group all all one two dead", "quorum all")
        with attested(log_place.data, witnesses=two) as log:
            size = log.write("r1")
            log.wait(size, "cosignature", 2)
            log.wait_for_error("dead", "cannot connect")
            told = log.api.client.get("/v1/log/attestations").json()

            assert told["quorum"] == {"name": "most", "size": size}
            assert {each["name"] for each in told["asked"] if each["failures"]} == {"dead"}
            assert judged(parse_policy(two.read_bytes()), served(log)).met
            missed = judged(parse_policy(three.read_bytes()), served(log))
            assert (missed.met, missed.missing) == (False, ("dead",))
        with attested(log_place.data, witnesses=three) as log:
            assert log.api.client.get("/v1/log/attestations").json()["quorum"]["size"] is None


def test_a_witness_that_is_started_again_knows_what_it_has_cosigned(tmp_path: Path) -> None:
    log_place, there = place(tmp_path, "log"), place(tmp_path, "witness")
    with one_server() as far:
        url = f"http://127.0.0.1:{far.address[1]}"
        asked = policy_file(tmp_path / "p", f"witness w {there.witness.written()} {url}")
        known = policy_file(tmp_path / "k", f"log {log_place.log.written()}")
        with attested(log_place.data, witnesses=asked, attempt_pause=HOUR) as log:
            with attested(there.data, far, witnessed=known):
                size = log.write("r1")
                log.wait(size, "cosignature")
            with attested(there.data, far, witnessed=known) as again:
                [item] = again.api.client.get("/v1/log/witnessed").json()["items"]
                assert item["size"] == size
                log.wait(log.write("r2"), "cosignature")


def test_a_log_that_has_forgotten_what_a_witness_cosigned_learns_it_from_the_refusal(
    tmp_path: Path,
) -> None:
    log_place = place(tmp_path, "log")
    with witnesses(tmp_path, "one", of=log_place) as found:
        first, renamed = (
            policy_file(tmp_path / name, witness_line(name, found["one"])) for name in ("a", "b")
        )
        with attested(log_place.data, witnesses=first) as log:
            log.wait(log.write("r1"), "cosignature")
        with attested(log_place.data, witnesses=renamed) as log:
            [line] = log.wait(log.write("r2"), "cosignature")
            assert line.name == "b"


def test_a_fork_is_not_cosigned_after_the_other_history_was(tmp_path: Path) -> None:
    """Two logs with one key and name, as a log shows two readers two histories."""
    log_place = place(tmp_path, "log")
    with witnesses(tmp_path, "one", of=log_place) as found:
        asked = policy_file(tmp_path / "p", witness_line("one", found["one"]))
        with attested(log_place.data, witnesses=asked) as log:
            log.wait(log.write("r1"), "cosignature")
        other = same_keys(log_place.data / "keys", tmp_path / "other" / "keys").parent
        with attested(other, witnesses=asked) as fork:
            fork.write("r1")
            state = fork.wait_for_error("one", "this log shows two histories")
            assert state["last"] is None
            fork.write("r2")
            fork.wait_for_error("one", "answered 422")
        [item] = found["one"][1].api.client.get("/v1/log/witnessed").json()["items"]
        assert item["conflict"] is not None and item["conflict"][0] == item["note"]


Bad = Callable[[BadWitness, bytes], tuple[int, str, bytes]]
BAD: dict[str, Bad] = {
    "its answer has no cosignature by its key": lambda w, body: (
        200,
        "text/plain",
        w.cosignature(body, BadWitness("").key),
    ),
    "does not belong to this text": lambda w, body: (
        200,
        "text/plain",
        w.cosignature(body, text="log.example\n1\nAAAA\n"),
    ),
    "signature line": lambda w, body: (200, "text/plain", b"<html>\n"),
    "answered 409 without a size": lambda w, body: (409, "text/plain", b"1\n"),
    "answered 409": lambda w, body: (409, "text/x.tlog.size", b"1\n"),
    "has seen 99 entries, more than": lambda w, body: (409, "text/x.tlog.size", b"99\n"),
    "not one line with a size": lambda w, body: (409, "text/x.tlog.size", b"1\n2\n"),
    "answered 409 and the size from which": lambda w, body: (409, "text/x.tlog.size", b"0\n"),
    "a redirect (307)": lambda w, body: (307, "text/plain", b""),
    "answered 500": lambda w, body: (500, "text/plain", b""),
    "larger than 65,536 bytes": lambda w, body: (200, "text/plain", bytes(65_537)),
}


@pytest.mark.parametrize("words", BAD)
def test_a_witness_that_lies_is_named_asked_again_and_in_nobodys_way(
    tmp_path: Path, words: str
) -> None:
    log_place = place(tmp_path, "log")
    with bad_witness() as bad, witnesses(tmp_path, "good", of=log_place) as found:
        lines = bad.line(), witness_line("good", found["good"])
        asked = policy_file(tmp_path / "p", *lines)
        bad.answer = lambda body: BAD[words](bad, body)
        with attested(log_place.data, witnesses=asked, attempt_pause=HOUR) as log:
            size = log.write("r1")
            log.wait_for_error("bad", words)
            assert [each.name for each in log.wait(size, "cosignature")] == ["good"]

            bad.answer = lambda body: (200, "text/plain", bad.cosignature(body))
            last = log.write("r2")  # it is asked again with the next checkpoint
            names = {each.name for each in log.wait(last, "cosignature", 2)}
            assert names == {"good", "bad"}
            log.wait_until_well("bad")


def test_a_witness_that_is_slow_is_given_up_and_holds_up_no_other(tmp_path: Path) -> None:
    log_place, let_go = place(tmp_path, "log"), threading.Event()
    with bad_witness() as bad, witnesses(tmp_path, "good", of=log_place) as found:

        def slow(body: bytes) -> tuple[int, str, bytes]:
            let_go.wait(60)
            return 200, "text/plain", bad.cosignature(body)

        bad.answer = slow
        asked = policy_file(tmp_path / "p", bad.line(), witness_line("good", found["good"]))
        try:
            with attested(log_place.data, witnesses=asked, attempt_pause=HOUR) as log:
                for name in ("r1", "r2"):
                    size = log.write(name)
                    assert [each.name for each in log.wait(size, "cosignature")] == ["good"]
                assert log.state("bad")["error"] is None  # it has not answered yet
        finally:
            let_go.set()


def test_a_receipt_has_a_checkpoint_with_the_quorum_if_there_is_one(tmp_path: Path) -> None:
    log_place = place(tmp_path, "log")
    with bad_witness() as witness:
        line = witness.line()
        asked = policy_file(tmp_path / "p", f"log {log_place.log.written()}", line, "quorum bad")
        policy = parse_policy(asked.read_bytes())
        with attested(log_place.data, witnesses=asked, attempt_pause=HOUR) as log:
            size = log.write("r1")
            log.wait_for_error("bad", "answered 500")
            alone = judged(policy, receipt(log, size).checkpoint)
            assert (alone.checkpoint.size, alone.met) == (size, False)

            witness.answer = lambda body: (200, "text/plain", witness.cosignature(body))
            last = log.write("r2")
            log.wait(last, "cosignature")
            later = judged(policy, receipt(log, size).checkpoint)
            assert (later.checkpoint.size, later.met) == (last, True)


def receipt(log: Attested, position: int) -> Receipt:
    """The receipt of an event."""
    path = f"/v1/events/{position}/proof?min_position={position}"
    answer = log.api.client.get(path, headers={"Accept": "text/plain"})
    assert answer.status_code == 200, answer.text
    return parse_receipt(answer.content)


def test_a_log_that_is_not_witnessed_is_told_so(tmp_path: Path) -> None:
    log_place = place(tmp_path, "log")
    with witnesses(tmp_path, "one", of=place(tmp_path, "another")) as found:
        asked = policy_file(tmp_path / "p", witness_line("one", found["one"]))
        with attested(log_place.data, witnesses=asked, attempt_pause=HOUR) as log:
            log.write("r1")
            log.wait_for_error("one", "answered 404")
