"""A full device below the store of evidence: nothing is kept, the answer says so, the log goes on."""

from pathlib import Path

from tests.http_spec import Server, evidence, indicator, problem, report, stored, unchanged
from tests.service.api.conftest import ROOM


def test_a_file_without_room_leaves_nothing_and_the_log_goes_on(
    server: Server, tiny: Path, tmp_path: Path
) -> None:
    data = tmp_path / "log"
    data.mkdir(mode=0o700)
    (data / "evidence").symlink_to(tiny, target_is_directory=True)
    large, small = b"x" * (ROOM + 1), b"y" * (ROOM // 2)
    with server.over(data) as api:
        with unchanged(api):
            refusal = problem(api.send(stored(large, "text/plain")), 503, "evidence-unavailable")
        assert not [path for path in tiny.rglob("*") if path.is_file()]
        assert "no space left on device; make room on its disk" in refusal["detail"]
        assert api.send(stored(small, "text/plain")).status_code == 201
        api.given(indicator(), report(evidence=evidence(small, "text/plain")))
        assert api.get("/v1/reports/r1")["evidence"]["state"] == "stored"
