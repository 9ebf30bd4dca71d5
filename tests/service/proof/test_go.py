"""The packages with which the Go project checks its own log check ours."""

import pytest

from service.proof.note import parse_note, verified
from tests.oracles import Go, GoRefused
from tests.service.proof.logs import ORIGIN, Log, key, witness

LOG = Log(300)
KEY = LOG.keys[0].public.written()
PUBLISHED = LOG.checkpoint(300, witness(1))
RECEIPTS = [(LOG.entries[n], LOG.receipt(n, b"more").encode()) for n in (0, 1, 128, 255, 256, 299)]


def test_go_accepts_what_a_log_publishes(go: Go) -> None:
    found = go.check(
        PUBLISHED,
        [KEY],
        older=LOG.checkpoint(100),
        consistency=LOG.consistency(100, 300),
        receipts=RECEIPTS,
        tiles=LOG.tiles(),
    )
    assert found == {
        "Origin": ORIGIN,
        "Size": 300,
        "OlderSize": 100,
        "Signers": [f"{ORIGIN}+{LOG.keys[0].public.id.hex()}"],
        "Unknown": [f"w1.example+{witness(1).public.id.hex()}"],
        "Receipts": len(RECEIPTS),
        "Tiles": 5,
        "Entries": 300,
    }


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 512, 70_000])
def test_go_reads_every_entry_through_the_tiles_of_any_size(go: Go, size: int) -> None:
    log = Log(size)
    found = go.check(log.checkpoint(), [KEY], tiles=log.tiles())
    assert (found["Size"], found["Entries"]) == (size, size)


def test_go_accepts_either_key_while_keys_are_changed(go: Go) -> None:
    keys = [key(ORIGIN, 1), key(ORIGIN, 2)]
    encoded = Log(3, keys).checkpoint()
    for each in keys:
        assert len(go.check(encoded, [each.public.written()])["Signers"]) == 1
    assert len(go.check(encoded, [each.public.written() for each in keys])["Signers"]) == 2


def test_go_refuses_what_was_altered(go: Go) -> None:
    with pytest.raises(GoRefused, match="invalid signature"):
        go.check(PUBLISHED.replace(b"300", b"301"), [KEY])
    with pytest.raises(GoRefused, match="no verifiable signatures"):
        go.check(PUBLISHED, [key(ORIGIN, 2).public.written()])
    with pytest.raises(GoRefused, match="consistency"):
        go.check(PUBLISHED, [KEY], older=LOG.checkpoint(100), consistency=LOG.consistency(99, 300))
    with pytest.raises(GoRefused, match="receipt 0"):
        go.check(PUBLISHED, [KEY], receipts=[(LOG.entries[1], RECEIPTS[0][1])])
    tiles = LOG.tiles()
    for address, content in tiles.items():
        altered = bytes([*content[:-1], content[-1] ^ 1])
        with pytest.raises(GoRefused, match=r"tile|entr"):
            go.check(PUBLISHED, [KEY], tiles={**tiles, address: altered})


def test_a_note_that_go_signs_with_our_key_is_the_one_that_we_sign(go: Go) -> None:
    note = parse_note(LOG.checkpoint())
    assert go.sign(LOG.keys[0].written(), note.text) == note.encode()
    assert verified(parse_note(go.sign(LOG.keys[0].written(), "text\n")), [LOG.keys[0].public])
