"""What others attest is in the log, so every node serves it; only the writer asks and cosigns."""

from pathlib import Path

import httpx2
import pytest

from service.attestation.attesting import attesting
from service.attestation.wanted import Attestation
from tests.http_spec import indicator, problem
from tests.processes import until
from tests.service.nodes.nodes_spec import Placed, Start
from tests.service.proof.authority import needs_openssl, running_authority
from tests.service.witness.logs import small_log


def got_from(node: Placed, path: str) -> bytes:
    """What a node answers, once it has it."""
    answer: httpx2.Response = until(lambda: node.api.client.get(path), lambda got: got.is_success)
    return answer.content


@needs_openssl
def test_a_node_serves_what_the_writer_was_given(starts: tuple[Start, Start], tmp_path: Path) -> None:
    start_writer, start_node = starts
    with running_authority(tmp_path / "authority") as authority:
        wanted = Attestation(time_authority=authority.url, time_certificates=authority.roots)
        writer = start_writer(attestation=wanted)
        node = start_node(attestation=wanted)
        with attesting(writer.api.service), attesting(node.api.service):
            size = writer.api.given(indicator())
            assert writer.api.service.publisher is not None
            writer.api.service.publisher.sign()
            tree = writer.api.service.log.tree
            [token] = until(lambda: tree.attachments(size, "timestamp"), lambda found: bool(found))
            signed = tree.covering(size)
            assert signed is not None
            path = f"/v1/log/checkpoints/{size}"
            for address, value in ((path, signed.note), (f"{path}/timestamp", token.value)):
                assert got_from(node, address) == value
        told = node.api.client.get("/v1/log/attestations").json()

    assert (told["asked"], told["stamped"]["size"]) == ([], size)
    assert len(authority.asked) == 1


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/add-checkpoint"), ("GET", "/v1/log/witnessed")]
)
def test_only_the_writer_is_a_witness(starts: tuple[Start, Start], method: str, path: str) -> None:
    writer = starts[0]()
    node = starts[1]()
    answer: httpx2.Response = until(
        lambda: node.api.client.request(method, path, content=small_log(size=1).addition(0)),
        lambda answer: answer.status_code == 307,
    )

    problem(answer, 307, "not-the-writer")
    assert answer.headers["location"] == f"{writer.url}{path}"
