"""What the writer has signed is in the log: a node gives it without any key."""

from pathlib import Path

import httpx2

from service.proof.policy import trusting
from service.proof.receipt import parse_receipt, verified_receipt
from tests.http_spec import indicator, problem
from tests.processes import until
from tests.service.nodes.nodes_spec import Placed, standing

PROOF = "/v1/events/1/proof"


def test_a_node_proves_what_the_writer_has_signed(writer: Placed, node: Placed) -> None:
    writer.api.given(indicator())
    until(lambda: node.followed.look_now(), lambda head: head == 1)
    refusal = problem(node.api.client.get(PROOF, params={"min_position": 1}), 503, "not-signed-yet")
    assert "the writer signs the log" in refusal["detail"]

    publisher = writer.api.service.publisher
    assert publisher is not None and node.api.service.publisher is None
    publisher.sign()
    [key] = publisher.signer.ring.read().signing
    for path in ("/checkpoint", "/tile/0/000.p/1", "/v1/log/checkpoints", "/v1/log/verifiers"):
        assert node.api.client.get(path).content == writer.api.client.get(path).content, path
    proof = node.api.get(PROOF)
    receipt = parse_receipt(proof["receipt"].encode())
    verified_receipt(receipt, proof["entry"].encode(), trusting(key.public))
    assert proof["verifiers"] == [key.vkey]
    cose = "/v1/events/1/receipt.cose"
    assert node.api.client.get(cose).content == writer.api.client.get(cose).content
    assert key.vkey in node.api.client.get("/verify").text
    assert not (node.api.service.settings.data / "keys").exists()


def test_a_standby_that_takes_over_signs(tmp_path: Path) -> None:
    with standing(tmp_path, checkpoint_seconds=0.05) as standby:
        standby.wait_for_role("writer")
        ask = indicator()
        httpx2.put(standby.url + ask.path, json=ask.body).raise_for_status()
        until((tmp_path / "keys" / "signed.json").exists, bool)
        assert standby.get("/checkpoint").text.splitlines()[1] == "1"
