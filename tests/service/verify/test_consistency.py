"""Two checkpoints are of one history, or the log has shown two of them."""

from pathlib import Path

import pytest

from service.proof.checkpoint import Checkpoint, checkpoint_of, signed_checkpoint
from service.proof.keys import new_key
from service.proof.note import parse_note
from service.verify.consistency import verify_consistency
from service.verify.remote import verify_server
from service.verify.server import Server
from service.verify.trust import given_trust
from service.verify.verdicts import CannotRead, NotVerified
from tests.http_spec import FILED, Api, indicator


def signed(api: Api) -> bytes:
    """The checkpoint over all that there is."""
    assert api.service.publisher is not None
    api.service.publisher.covering(api.service.log.head())
    return Server(api.client).checkpoint()


def forged(api: Api, note: bytes, **fields: object) -> bytes:
    """Another checkpoint that the log's own key has signed."""
    assert api.service.publisher is not None
    signer = api.service.publisher.signer
    keys = signer.ring.signing_keys(api.service.log.id, "")
    checkpoint: Checkpoint = checkpoint_of(parse_note(note).text)._replace(**fields)  # type: ignore[arg-type]
    return signed_checkpoint(checkpoint, keys)


def test_an_older_checkpoint_is_the_beginning_of_a_newer_one(api: Api) -> None:
    api.given(*FILED)
    old = signed(api)
    api.given(indicator("later"))
    new = signed(api)
    for one, other in ((old, new), (new, old), (old, old)):
        found = verify_consistency(one, other, Server(api.client))
        assert (found["verdict"], found["status"]) == ("verified", 0)
    assert found["older"] == found["newer"]


def test_a_split_view_is_named(api: Api) -> None:
    api.given(*FILED)
    old = signed(api)
    with pytest.raises(NotVerified, match="split view") as caught:
        verify_consistency(old, forged(api, old, root=bytes(32)), Server(api.client))
    assert caught.value.finding.code == "inconsistent"
    api.given(indicator("later"))
    new = signed(api)
    with pytest.raises(NotVerified, match="split view"):
        verify_consistency(forged(api, old, root=bytes(32)), new, Server(api.client))


def test_sizes_that_differ_need_a_server_and_keys_that_are_known(api: Api) -> None:
    api.given(*FILED)
    old = signed(api)
    api.given(indicator("later"))
    new = signed(api)
    with pytest.raises(NotVerified) as caught:
        verify_consistency(old, new)
    assert caught.value.finding.code == "bad-signature"
    keys = verify_consistency(old, new, Server(api.client))["keys"]
    with pytest.raises(CannotRead, match="--url"):
        verify_consistency(old, new, None, given_trust(keys, None))


def test_a_file_that_remembers_another_log_accuses_nobody(api: Api, tmp_path: Path) -> None:
    api.given(*FILED)
    note, known = signed(api), tmp_path / "known.json"
    verify_server(Server(api.client), known=known)
    other = new_key("other.example")
    foreign = signed_checkpoint(Checkpoint(other.name, 1, bytes(32)), [other])
    assert checkpoint_of(parse_note(note).text).origin != other.name
    with pytest.raises(CannotRead, match="remembers another log"):
        verify_consistency(foreign, foreign, None, None, known)
