"""What is noted beside a log after each commit."""

import json
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from service.log.guard import FILE, Guard, acknowledged
from service.log.open import opened_log
from service.log.recorder import Tip
from tests.service.log.append_only import event, noon
from tests.work import calls


def test_the_end_of_the_log_is_noted_without_copying_what_is_noted(tmp_path: Path) -> None:
    with opened_log(tmp_path, None, noon) as log:
        log.append([event("report:a")])
        with calls() as made:
            log.append([event("report:b")])
        noted = acknowledged(tmp_path)
        assert noted is not None
        assert (noted.log, noted.position, noted.digest) == (log.id, 2, log.digest_at(2))
    assert made["Guard.acknowledge"] == 1
    assert not made["deepcopy"]
    assert not made["JSONEncoder.iterencode"]


@given(st.text(), st.integers(0, 2**63 - 1), st.binary(max_size=32), st.floats(0, 1e12))
def test_what_is_noted_is_json_that_is_read_as_it_was_noted(
    log: str, position: int, digest: bytes, uptime: float
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Guard(Path(folder), log, lambda: uptime).acknowledge(Tip(position, digest))
        members = json.loads((Path(folder) / FILE).read_bytes())
        assert list(members) == [*sorted(members.keys() - {"check"}), "check"]
        noted = acknowledged(Path(folder))
    assert noted is not None
    assert (noted.log, noted.position, noted.digest, noted.uptime) == (log, position, digest, uptime)
