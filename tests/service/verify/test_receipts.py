"""A receipt is verified offline: who signed, that the event is in the log, and that it is as it was."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from service.proof.cosignature import cosigned
from service.proof.enclosure import Enclosure, enclosed
from service.proof.keys import Kind, new_key, public_key_of
from service.proof.note import parse_note
from service.proof.policy import Group, Log, Policy, Witness
from service.proof.receipt import parse_receipt
from service.verify.receipts import verify_receipt
from service.verify.trust import Trust, given_trust
from service.verify.verdicts import VERDICTS, CannotRead, NotVerified
from tests.http_spec import FILED, Api


@pytest.fixture
def proof(api: Api) -> dict[str, str]:
    """The JSON with which a server proves an event."""
    position = api.given(*FILED)
    answer: dict[str, str] = api.client.get(f"/v1/events/{position}/proof").json()
    return answer


def trust_of(proof: dict[str, str]) -> Trust:
    """Trust in the key of the log."""
    return Trust([public_key_of(each) for each in proof["verifiers"]], "given")


def encoded(proof: dict[str, str], **fields: object) -> bytes:
    """The receipt of a proof with other fields."""
    return replace(parse_receipt(proof["receipt"].encode()), **fields).encode()  # type: ignore[arg-type]


def refused(content: bytes, trust: Trust | None, body: bytes | None = None) -> tuple[str, int]:
    """Code and exit status with which a receipt is refused."""
    with pytest.raises(NotVerified) as caught:
        verify_receipt(content, body, trust)
    code = caught.value.finding.code
    assert "\n" not in str(caught.value)
    return code, VERDICTS[code].status


def test_a_receipt_is_verified_in_both_its_spellings(proof: dict[str, str]) -> None:
    for content in (json.dumps(proof).encode(), proof["receipt"].encode()):
        found = verify_receipt(content, None, trust_of(proof))
        assert (found["verdict"], found["status"], found["body"]) == ("verified", 0, "whole")
        assert found["position"] == found["index"] + 1 == int(proof["position"])


def test_a_body_is_compared_as_it_is_stored_and_as_it_is_sent(api: Api, proof: dict[str, str]) -> None:
    extra = enclosed(parse_receipt(proof["receipt"].encode()))
    assert extra is not None and extra.body is not None
    bare = encoded(proof, extra=Enclosure(extra.entry, extra.salt, extra.body).encode())
    headers = {"Accept": "application/x-ndjson"}
    sent = api.client.get("/v1/events", params={"salts": "true"}, headers=headers).text.splitlines()
    lines = [extra.body, extra.body + b"\n", sent[int(proof["position"]) - 1].encode()]
    for body in lines:
        assert verify_receipt(bare, body, trust_of(proof))["body"] == "whole"
    other = extra.body.replace(b"wire", b"wyre")
    assert refused(bare, trust_of(proof), other) == ("body-altered", 7)


def test_what_is_altered_in_a_receipt_is_named(proof: dict[str, str]) -> None:
    trust, receipt = trust_of(proof), parse_receipt(proof["receipt"].encode())
    extra = enclosed(receipt)
    assert extra is not None and extra.body is not None and extra.salt is not None
    body = extra.body.replace(b"wire", b"wyre")
    altered = Enclosure(extra.entry, extra.salt, body).encode()
    assert refused(encoded(proof, extra=altered), trust) == ("body-altered", 7)
    entry = extra.entry.replace(b'"recorded_at":"2', b'"recorded_at":"1')
    assert refused(encoded(proof, extra=Enclosure(entry).encode()), trust) == ("not-included", 5)
    path = (bytes(32), *receipt.path[1:])
    assert refused(encoded(proof, path=path), trust) == ("not-included", 5)
    note = re.sub(rb"\n[0-9]+\n", b"\n9\n", receipt.checkpoint, count=1)
    assert refused(encoded(proof, checkpoint=note), trust) == ("bad-signature", 3)
    other = Trust([new_key(trust.keys[0].name).public], "given")
    assert refused(receipt.encode(), other) == ("bad-signature", 3)


def test_without_a_key_nothing_that_came_with_a_receipt_is_believed(proof: dict[str, str]) -> None:
    assert refused(json.dumps(proof).encode(), None) == ("bad-signature", 3)


def test_withheld_and_redacted_are_told_apart(proof: dict[str, str]) -> None:
    extra = enclosed(parse_receipt(proof["receipt"].encode()))
    assert extra is not None
    bare = encoded(proof, extra=Enclosure(extra.entry).encode()).decode()
    for state, code, status in (("withheld", "body-withheld", 8), ("redacted", "body-redacted", 9)):
        given = {**proof, "state": state, "receipt": bare, "body": None, "salt": None}
        found = verify_receipt(json.dumps(given).encode(), None, trust_of(proof))
        assert (found["verdict"], found["status"], found["body"]) == (code, status, state)
    assert verify_receipt(bare.encode(), None, trust_of(proof))["status"] == 8
    assert refused(bare.encode(), trust_of(proof), extra.body) == ("body-withheld", 8)


def test_a_policy_wants_its_witnesses(proof: dict[str, str]) -> None:
    log, witnesses = (
        public_key_of(proof["verifiers"][0]),
        [new_key(f"witness.example/{n}", Kind.COSIGNATURE) for n in range(2)],
    )
    policy = Policy(
        (Log(log),),
        tuple(Witness(f"w{n}", each.public) for n, each in enumerate(witnesses)),
        (Group("both", 2, ("w0", "w1")),),
        "both",
    ).encode()
    receipt = parse_receipt(proof["receipt"].encode())
    note = parse_note(receipt.checkpoint)
    signed = [cosigned(note.text, each, 1_800_000_000) for each in witnesses]

    def with_(*signatures: int) -> bytes:
        more = note.with_signatures(signed[n] for n in signatures).encode()
        return replace(receipt, checkpoint=more).encode()

    assert refused(with_(0), given_trust([], policy)) == ("no-quorum", 4)
    found = verify_receipt(with_(0, 1), None, given_trust([], policy))
    assert (found["status"], found["signed"]["cosigned"]) == (0, ["w0", "w1"])


@pytest.mark.parametrize("content", [b"", b"{}", b"nonsense", b'{"receipt": 1}', b"\xff", b"[1]"])
def test_what_is_no_receipt_is_refused_in_a_line(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(CannotRead) as caught:
        verify_receipt(content)
    assert "\n" not in str(caught.value)
