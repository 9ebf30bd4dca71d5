"""A witness over HTTP (C2SP tlog-witness): the statuses, limits and media types that it names."""

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from service.api.witness import LIMIT
from service.attestation.wanted import Attestation
from service.proof.keys import Kind, public_key_of
from service.proof.note import parse_note, verified
from service.proof.witnessing import Addition, parse_cosignatures
from service.settings import Limits
from service.witness.book import FILE
from tests.http_spec import Api, Server, problem
from tests.service.witness.logs import SmallLog, other_bytes, small_log


@pytest.fixture
def log() -> SmallLog:
    return small_log(size=5)


def knowing(folder: Path, *logs: SmallLog) -> Attestation:
    """Settings of a witness of these logs."""
    path = folder / "witnessed"
    path.write_text("".join(f"log {log.key.public.written()}\n" for log in logs))
    return Attestation(witnessed=path)


@pytest.fixture
def witness(server: Server, tmp_path: Path, log: SmallLog) -> Iterator[Api]:
    with server.over(tmp_path / "log", attestation=knowing(tmp_path, log)) as api:
        yield api


def sent(api: Api, body: bytes, **headers: str) -> httpx2.Response:
    return api.client.post("/add-checkpoint", content=body, headers=headers)


def test_its_answer_is_a_cosignature_by_the_key_that_it_names(witness: Api, log: SmallLog) -> None:
    named = witness.client.get("/v1/log/witnessed").json()["witness"]
    answer = sent(witness, log.addition(0))
    note = parse_note(log.checkpoint()).with_signatures(parse_cosignatures(answer.content))

    assert answer.status_code == 200
    key = public_key_of(named)
    assert key.kind is Kind.COSIGNATURE and key.name.endswith("/witness")
    assert [each.key for each in verified(note, [key])] == [key]


def test_it_lists_what_it_has_cosigned(witness: Api, log: SmallLog) -> None:
    assert witness.client.get("/v1/log/witnessed").json()["items"] == []
    sent(witness, log.addition(0))
    [item] = witness.client.get("/v1/log/witnessed").json()["items"]

    assert (item["origin"], item["size"], item["conflict"]) == (log.origin, 5, None)
    assert item["note"].encode() == log.checkpoint()


def test_another_size_is_answered_with_the_one_that_was_cosigned(witness: Api, log: SmallLog) -> None:
    sent(witness, log.addition(0))
    answer = sent(witness, log.grow(9).addition(0))

    assert (answer.status_code, answer.content) == (409, b"5\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"
    assert sent(witness, log.addition(5)).status_code == 200


def test_another_root_of_the_same_size_is_a_conflict(witness: Api, log: SmallLog) -> None:
    sent(witness, log.addition(0))
    answer = sent(witness, log.fork(2).grow(5).addition(5))

    assert (answer.status_code, answer.content) == (409, b"5\n")
    [item] = witness.client.get("/v1/log/witnessed").json()["items"]
    assert len(item["conflict"]) == 2


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (lambda log: small_log("other.example", 3).addition(0), 404, "unknown-log"),
        (lambda log: small_log(log.origin, 3).addition(0), 403, "checkpoint-not-signed"),
        (
            lambda log: Addition(0, (), other_bytes(log.checkpoint())).encode(),
            403,
            "checkpoint-not-signed",
        ),
        (lambda log: Addition(6, (), log.checkpoint()).encode(), 400, "bad-checkpoint"),
        (lambda log: b"", 400, "bad-checkpoint"),
        (lambda log: b"old 0\n\n", 400, "bad-checkpoint"),
        (lambda log: b"old 00\n\n" + log.checkpoint(), 400, "bad-checkpoint"),
        (lambda log: b"old 2\nAAAA\n\n" + log.checkpoint(), 400, "bad-checkpoint"),
        (lambda log: b'{"old": 0}', 400, "bad-checkpoint"),
        (lambda log: b"\xff" * 100, 400, "bad-checkpoint"),
        (lambda log: Addition(2, log.path(1, 5), log.checkpoint()).encode(), 422, "proof-refused"),
        (lambda log: Addition(2, (), log.checkpoint()).encode(), 422, "proof-refused"),
        (lambda log: b"x" * (LIMIT + 1), 413, "too-large"),
    ],
)
def test_what_is_not_cosigned_is_refused_by_name(
    witness: Api, log: SmallLog, change: Callable[[SmallLog], bytes], status: int, code: str
) -> None:
    sent(witness, log.addition(0, 2))

    problem(sent(witness, change(log)), status, code)
    [item] = witness.client.get("/v1/log/witnessed").json()["items"]
    assert item["size"] == 2


@pytest.mark.parametrize("media_type", ["text/plain", "application/octet-stream", ""])
def test_any_media_type_will_do(witness: Api, log: SmallLog, media_type: str) -> None:
    """The specification names none."""
    headers = {"content-type": media_type} if media_type else {}

    assert sent(witness, log.addition(0), **headers).status_code == 200


def test_a_compressed_body_is_refused(witness: Api, log: SmallLog) -> None:
    answer = sent(witness, log.addition(0), **{"content-encoding": "gzip"})

    problem(answer, 415, "wrong-media-type")


def test_without_the_setting_no_log_is_known(api: Api, log: SmallLog) -> None:
    problem(sent(api, log.addition(0)), 404, "unknown-log")
    assert api.client.get("/v1/log/witnessed").json() == {"witness": None, "items": []}


def test_a_damaged_file_stops_it_and_is_told(witness: Api, log: SmallLog) -> None:
    sent(witness, log.addition(0))
    path = witness.service.settings.data / "keys" / FILE
    path.write_text("{")

    for answer in (sent(witness, log.addition(5)), witness.client.get("/v1/log/witnessed")):
        assert FILE in problem(answer, 503, "witness-unavailable")["detail"]


def test_nobody_needs_a_token_and_nobody_may_ask_without_end(
    server: Server, tmp_path: Path, log: SmallLog
) -> None:
    wanted, public = knowing(tmp_path, log), "https://intel.example"
    limits, data = Limits(rate=1), tmp_path / "log"
    with server.over(data, public_url=public, attestation=wanted, limits=limits) as api:
        headers = {"host": "intel.example"}
        assert api.client.get("/v1/log/witnessed", headers=headers).status_code == 401
        assert sent(api, log.addition(0), **headers).status_code == 200
        answers = [sent(api, log.addition(5), **headers) for _ in range(3)]

        problem(answers[-1], 429, "too-many-requests")
