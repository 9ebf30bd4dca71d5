"""Litestream copies the file of a log that is written; what is lost with the machine is named.

After both were killed, version 0.5.17 may go on with what it had in a way that restores a damaged file;
so it begins a new replica then, as the documents say.
"""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx2
import pytest

from service.log import guard
from service.log.open import read_log
from tests.http_spec import indicator, report
from tests.places import LONG
from tests.processes import Process, process, until

LITESTREAM = shutil.which("litestream")
pytestmark = pytest.mark.skipif(
    not LONG or LITESTREAM is None, reason="takes seconds, and Litestream is not always installed"
)
REPORTS = 1_000


@contextmanager
def replicating(place: Path, replica: str) -> Iterator["subprocess.Popen[bytes]"]:
    """Litestream at work on the log of a directory; killed in the end unless it has stopped."""
    config = place / "litestream.yml"
    config.write_text(
        f"dbs:\n  - path: {place}/log/log.sqlite\n"
        f"    replica: {{type: file, path: {place}/{replica}, sync-interval: 1s}}\n"
    )
    with (place / "said").open("wb") as said:
        command = [str(LITESTREAM), "replicate", "-config", str(config)]
        running = subprocess.Popen(command, stdout=said, stderr=said)
        try:
            until(lambda: (place / replica).exists(), bool)
            yield running
        finally:
            running.kill()
            running.wait()


def write(server: Process, first: int) -> int:
    """Post reports; return the last position that was acknowledged."""
    with httpx2.Client(base_url=server.url, timeout=60) as client:
        client.put(indicator().path, json=indicator().body).raise_for_status()
        for number in range(first, first + REPORTS):
            ask = report(f"r{number}")
            answer = client.post(ask.path, json=ask.body).raise_for_status()
    return int(answer.json()["position"])


def restored(place: Path, replica: str) -> Path:
    """A directory with what Litestream has, and the secret and guard of the log."""
    target = place / f"from {replica}"
    target.mkdir(mode=0o700)
    command = [
        str(LITESTREAM),
        "restore",
        "-o",
        str(target / "log.sqlite"),
        f"file://{place}/{replica}",
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    for each in "secret", "log.head":
        shutil.copy(place / "log" / each, target)
    return target


def check(log: Path, acknowledged: int) -> int:
    """What is there is whole, and what is not there is named; return how many events that are."""
    with closing(read_log(log, None)) as found:
        assert list(found.check()) == []
        lost = guard.loss(log, found)
        assert found.head() == acknowledged or lost is not None
        return acknowledged - found.head()


def test_what_litestream_had_not_sent_is_named_and_the_rest_is_whole(tmp_path: Path) -> None:
    with process(tmp_path / "log") as server, replicating(tmp_path, "first"):
        acknowledged = write(server, 0)
        server.kill("service", "projector")
    check(restored(tmp_path, "first"), acknowledged)
    shutil.rmtree(tmp_path / "log" / ".log.sqlite-litestream")
    for begin in REPORTS, 2 * REPORTS:
        with process(tmp_path / "log") as server, replicating(tmp_path, "second") as litestream:
            acknowledged = write(server, begin)
            litestream.terminate()  # it then sends what is left
            litestream.wait(timeout=60)
        assert check(restored(tmp_path, "second"), acknowledged) == 0
        shutil.rmtree(tmp_path / "from second")
