"""A full device below TMPDIR, where an import keeps its refusals: the answer says where it stands."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.http_spec import NDJSON, ndjson
from tests.processes import process

LINES = 40_000


def test_an_import_on_a_full_device_says_what_was_acknowledged(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tiny))
    lines = b"".join(_pair(n) for n in range(LINES // 2))
    with process(tmp_path / "log") as server:
        last = _imported(server.url, lines)
        assert last["done"] is False and last["failed"]["type"] == "/problems/no-room"
        assert "(in TMPDIR) has no room: " in last["failed"]["detail"]
        counted = last["accepted"] + last["duplicates"] + last["refused"]
        assert f"up to line {counted:,} all is counted" in last["failed"]["detail"]
        assert 0 < last["accepted"] == last["position"] < LINES // 2
        state = server.wait_until(lambda state: state["ready"])
        assert state["head"] == last["accepted"]
        again = _imported(server.url, b"".join(_pair(n) for n in range(500)))
        assert (again["done"], again["accepted"], again["duplicates"]) == (True, 0, 500)
    assert list(tiny.iterdir()) == []


def _pair(n: int) -> bytes:
    """A line that is taken and one that is refused."""
    return json.dumps({"register_source": {"id": f"s{n}"}}).encode() + b'\n{"bad": %d}\n' % n


def _imported(url: str, lines: bytes) -> dict[str, Any]:
    """The last line of the answer to an import."""
    answer = httpx2.post(
        f"{url}/v1/import", content=lines, headers={"Content-Type": NDJSON}, timeout=120
    )
    return ndjson(answer.raise_for_status().content)[-1]
