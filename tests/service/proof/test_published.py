"""The seeds' log, taken over HTTP as anybody would, checked by programs that we did not write."""

import json
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from service.proof.checkpoint import checkpoint_of
from service.proof.keys import public_key_of
from service.proof.note import parse_note
from service.service import opened
from service.settings import Settings
from service.tree.entry import decode_entry
from service.tree.tiles import HEIGHT, WIDTH, Tile
from tests.oracles import Go, GoRefused
from tests.places import SEEDS
from tests.service.api.schema_check import running
from tests.service.proof.test_cose import by_scitt
from tests.test_seeds import NDJSON


@dataclass(frozen=True)
class Published:
    """What anybody can read of a log, and its key as its operator hands it out."""

    client: httpx2.Client
    vkey: str
    older: bytes
    checkpoint: bytes

    @property
    def size(self) -> int:
        return checkpoint_of(parse_note(self.checkpoint).text).size

    def read(self, path: str, **options: Any) -> bytes:
        answer = self.client.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.content

    def proof(self, index: int) -> bytes:
        """The receipt of an entry."""
        here = {"min_position": self.size}
        return self.read(f"/v1/events/{index + 1}/proof", params=here, headers={"Accept": "text/plain"})

    def tiles(self) -> dict[str, bytes]:
        """Every tile and bundle of the signed tree, at the addresses that follow from its size."""
        wanted = [
            Tile(level, first // WIDTH, min(WIDTH, hashes - first))
            for level in (None, *range(4))
            if (hashes := self.size >> HEIGHT * (level or 0))
            for first in range(0, hashes, WIDTH)
        ]
        return {each.address(): self.read(f"/tile/{each.address()}") for each in wanted}

    def entries(self) -> list[bytes]:
        """The entries, read out of their bundles."""
        found, tiles = list[bytes](), self.tiles()
        for n in range(0, self.size, WIDTH):
            bundle = tiles[Tile(None, n // WIDTH, min(WIDTH, self.size - n)).address()]
            while bundle:
                end = 2 + int.from_bytes(bundle[:2], "big")
                found.append(bundle[2:end])
                bundle = bundle[end:]
        return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The seeds, signed once after the first of their files and once at the end."""
    with ExitStack() as resources:
        settings = Settings(data=tmp_path_factory.mktemp("published"))
        service = resources.enter_context(opened(settings))
        client = resources.enter_context(running(service))
        publisher, checkpoints = service.publisher, []
        assert publisher is not None
        files = sorted(SEEDS.glob("*.ndjson"))
        for some in (files[:1], files[1:]):
            for each in some:
                assert client.post("/v1/import", content=each.read_bytes(), headers=NDJSON).is_success
            publisher.sign()
            checkpoints.append(client.get("/checkpoint").content)
        [key] = publisher.signer.ring.read().signing
        yield Published(client, key.vkey, *checkpoints)


def test_go_checks_signatures_consistency_every_receipt_and_every_entry(
    go: Go, published: Published
) -> None:
    older = checkpoint_of(parse_note(published.older).text).size
    proof = published.client.get("/v1/log/consistency", params={"from": older}).json()
    receipts = [(entry, published.proof(n)) for n, entry in enumerate(published.entries())]

    found = go.check(
        published.checkpoint,
        [published.vkey],
        older=published.older,
        consistency=[b64decode(each) for each in proof["hashes"]],
        receipts=receipts,
        tiles=published.tiles(),
    )

    assert 0 < older < published.size
    key = public_key_of(published.vkey)
    assert found["Signers"] == [f"{key.name}+{key.id.hex()}"]
    assert (found["OlderSize"], found["Size"]) == (older, published.size)
    assert found["Receipts"] == found["Entries"] == published.size > 200


def test_go_refuses_the_receipt_of_another_event(go: Go, published: Published) -> None:
    [first, second, *_] = published.entries()
    receipt = published.proof(0)
    go.check(published.checkpoint, [published.vkey], receipts=[(first, receipt)])
    with pytest.raises(GoRefused, match="receipt 0"):
        go.check(published.checkpoint, [published.vkey], receipts=[(second, receipt)])


def test_a_verifier_of_cose_reads_every_receipt(published: Published) -> None:
    key, here = public_key_of(published.vkey), {"min_position": published.size}
    for index, entry in enumerate(published.entries()):
        receipt = published.read(f"/v1/events/{index + 1}/receipt.cose", params=here)
        found = by_scitt(receipt, entry, key)
        assert found.ok, found.errors
        assert (found.leaf_index, found.issuer) == (index, key.name)


def test_an_entry_holds_nothing_of_its_event_but_when_it_was_recorded(published: Published) -> None:
    lines = published.read("/v1/events", headers={"Accept": "application/x-ndjson"}).splitlines()
    events = [json.loads(line) for line in lines[: published.size]]
    for index, (entry, event) in enumerate(zip(published.entries(), events, strict=True)):
        found = decode_entry(entry)
        assert (found.index, found.recorded_at) == (index, event["recorded_at"])
