"""A server that shows two readers two histories under one name and key is found by comparing."""

import base64
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from service.proof.split_view import SplitView, refuse_split
from tests.service.attestation.conftest import Attested, attested
from tests.service.attestation.witnessing import Place, place, same_keys


def read(log: Attested) -> bytes:
    """The checkpoint that one reader is shown."""
    return log.api.client.get("/checkpoint").content


def path_from(log: Attested) -> Callable[[int, int], Sequence[bytes]]:
    """Asks a server for the proof between two sizes."""

    def path(old: int, new: int) -> Sequence[bytes]:
        answer = log.api.client.get("/v1/log/consistency", params={"from": old, "to": new})
        return [base64.b64decode(each) for each in answer.json()["hashes"]]

    return path


@pytest.fixture
def home(tmp_path: Path) -> Place:
    return place(tmp_path, "true")


def test_two_histories_of_one_size_or_of_two(home: Place, tmp_path: Path) -> None:
    other = same_keys(home.data / "keys", tmp_path / "false" / "keys").parent
    with attested(home.data) as true, attested(other) as false:
        true.write("r1")
        false.write("r1")
        seen = read(true), read(false)
        with pytest.raises(SplitView) as found:
            refuse_split(*seen, [home.log], path_from(true))
        assert found.value.notes == seen

        false.write("r2")
        true.write("r2")
        for asked in (false, true):
            with pytest.raises(SplitView):
                refuse_split(seen[0], read(false), [home.log], path_from(asked))


def test_one_history_is_no_split(home: Place) -> None:
    with attested(home.data) as log:
        log.write("r1")
        before = read(log)
        log.write("r2")

        refuse_split(before, read(log), [home.log], path_from(log))
