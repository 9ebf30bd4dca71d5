"""A witness cosigns what only grows, remembers it, and keeps what shows two histories."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import product
from pathlib import Path

import pytest

from service.proof.cosignature import time_of
from service.proof.errors import BadSignature, Malformed
from service.proof.keys import Kind, new_key
from service.proof.note import parse_note, verified
from service.proof.witnessing import Addition, parse_addition, parse_cosignatures
from service.tree.checking import ProofRefused
from service.witness.book import FILE, BookUnusable, checkpoint_in
from service.witness.witness import OtherSize, UnknownLog, Witness
from tests.service.witness.logs import SmallLog, other_bytes, small_log

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
KEY = new_key("witness.example", Kind.COSIGNATURE)


@pytest.fixture
def log() -> SmallLog:
    return small_log(size=5)


@pytest.fixture
def witness(log: SmallLog, tmp_path: Path) -> Witness:
    return started(tmp_path, log)


def started(directory: Path, *logs: SmallLog) -> Witness:
    """A witness as it is after a start: it knows what its file says."""
    return Witness([log.key.public for log in logs], directory, lambda: KEY, lambda: NOW)


def cosigned_size(witness: Witness, origin: str = "log.example") -> int:
    seen = witness.seen().get(origin)
    return checkpoint_in(seen["note"]).size if seen else 0


def test_it_cosigns_what_it_sees_for_the_first_time(witness: Witness, log: SmallLog) -> None:
    [line] = parse_cosignatures(witness.cosign(log.addition(0)))
    note = parse_note(log.checkpoint()).with_signatures([line])

    [found] = verified(note, [KEY.public])
    assert time_of(found.signature) == int(NOW.timestamp())
    assert cosigned_size(witness) == 5


def test_it_cosigns_what_continues_that_and_the_same_again(witness: Witness, log: SmallLog) -> None:
    witness.cosign(log.addition(0))
    log.grow(300)

    assert witness.cosign(log.addition(5)) == witness.cosign(log.addition(300))
    assert cosigned_size(witness) == 300


def test_it_goes_on_after_a_restart_where_it_was(log: SmallLog, tmp_path: Path) -> None:
    started(tmp_path, log).cosign(log.addition(0))
    again = started(tmp_path, log)

    with pytest.raises(OtherSize, match="5 entries"):
        again.cosign(log.grow(9).addition(0))
    again.cosign(log.addition(5))
    assert cosigned_size(started(tmp_path, log)) == 9


def test_it_never_cosigns_a_fork(witness: Witness, log: SmallLog) -> None:
    fork = log.fork(3).grow(5)
    witness.cosign(log.addition(0))

    with pytest.raises(OtherSize, match="5 entries"):
        witness.cosign(fork.addition(5))
    with pytest.raises(ProofRefused):
        witness.cosign(fork.grow(8).addition(5))
    assert cosigned_size(witness) == 5


def test_two_trees_of_one_size_are_kept_as_evidence(log: SmallLog, tmp_path: Path) -> None:
    witness, fork = started(tmp_path, log), log.fork(3).grow(5)
    witness.cosign(log.addition(0))
    evidence = [log.checkpoint().decode(), fork.checkpoint().decode()]
    for body in (fork.addition(5), log.fork(2).grow(5).addition(5)):
        with pytest.raises(OtherSize):
            witness.cosign(body)
    witness.cosign(log.grow(6).addition(5))

    assert started(tmp_path, log).seen()[log.origin]["conflict"] == evidence


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        (lambda log: small_log("other.example", 3).addition(0), UnknownLog),
        (lambda log: small_log(log.origin, 3).addition(0), BadSignature),  # a key of the same name
        (lambda log: log.addition(0, 3)[:-20], Malformed),
        (lambda log: b"", Malformed),
        (lambda log: Addition(6, (), log.checkpoint()).encode(), Malformed),
        (lambda log: Addition(0, (), other_bytes(log.checkpoint())).encode(), BadSignature),
        (lambda log: log.addition(4), OtherSize),
        (lambda log: Addition(2, (), log.checkpoint()).encode(), ProofRefused),
        (lambda log: Addition(2, log.path(2, 5)[:-1], log.checkpoint()).encode(), ProofRefused),
        (
            lambda log: Addition(2, (*log.path(2, 5), bytes(32)), log.checkpoint()).encode(),
            ProofRefused,
        ),
    ],
)
def test_what_it_does_not_cosign_changes_nothing(
    witness: Witness,
    log: SmallLog,
    change: Callable[[SmallLog], bytes],
    refusal: type[Exception],
) -> None:
    witness.cosign(log.addition(0, 2))

    with pytest.raises(refusal):
        witness.cosign(change(log))
    assert cosigned_size(witness) == 2


def test_signatures_of_others_do_not_matter(witness: Witness, log: SmallLog) -> None:
    note = parse_note(log.checkpoint())
    strange = parse_note(log.checkpoint(key=new_key(log.origin))).signatures
    witness.cosign(Addition(0, (), note.with_signatures(strange).encode()).encode())

    assert cosigned_size(witness) == 5


def test_an_empty_log_may_be_cosigned_and_has_one_root(tmp_path: Path) -> None:
    log = small_log()
    started(tmp_path, log).cosign(log.addition(0))
    wrong = parse_addition(log.addition(0)).checkpoint

    assert checkpoint_in(wrong.decode()).size == 0
    started(tmp_path, log).cosign(log.grow(2).addition(0))


def test_of_racing_requests_none_takes_it_back(log: SmallLog, tmp_path: Path) -> None:
    """Each thread learns the size from the refusals and goes on, as clients do."""
    both = [started(tmp_path, log) for _ in range(2)]  # as two processes over one directory
    witness, forked = both[0], log.grow(2).fork(2).grow(40)
    log.grow(40)

    def push(witness: Witness, history: SmallLog) -> None:
        for size in range(3, 41):
            for _ in range(100):
                old = cosigned_size(witness)
                if old > size:
                    break
                try:
                    witness.cosign(history.addition(old, size))
                except (OtherSize, ProofRefused, Malformed):
                    continue
                break

    witness.cosign(log.addition(0, 2))
    threads = [threading.Thread(target=push, args=each) for each in product(both, (log, forked))]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    last = checkpoint_in(witness.seen()[log.origin]["note"])
    winners = [each for each in (log, forked) if each.checkpoint(last.size) == last_note(witness, log)]

    assert last.size == 40 and len(winners) == 1


def last_note(witness: Witness, log: SmallLog) -> bytes:
    return witness.seen()[log.origin]["note"].encode()


@pytest.mark.parametrize(
    "content", ["", "{}", '{"logs": []}', '{"logs": {"log.example": {"note": ""}}}']
)
def test_a_damaged_file_is_not_taken_for_none(log: SmallLog, tmp_path: Path, content: str) -> None:
    (tmp_path / FILE).write_text(content)

    with pytest.raises(BookUnusable, match="is damaged; restore it"):
        started(tmp_path, log).cosign(log.addition(0))


def test_a_file_of_another_log_is_damaged_as_well(log: SmallLog, tmp_path: Path) -> None:
    started(tmp_path, log).cosign(log.addition(0))
    text = (tmp_path / FILE).read_text().replace('"log.example":', '"other.example":')
    (tmp_path / FILE).write_text(text)

    with pytest.raises(BookUnusable):
        started(tmp_path, log).seen()


def test_nothing_is_cosigned_that_cannot_be_kept(log: SmallLog, tmp_path: Path) -> None:
    (tmp_path / f"{FILE}.new").mkdir()

    with pytest.raises(BookUnusable, match="cannot be written"):
        started(tmp_path, log).cosign(log.addition(0))
