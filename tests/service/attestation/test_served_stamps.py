"""What a reader gets of a time stamp is what `openssl ts -verify` takes, byte for byte."""

import subprocess
from pathlib import Path

import pytest

from service.proof.note import parse_note
from tests.http_spec import problem
from tests.service.attestation.conftest import HOUR, Attests
from tests.service.attestation.witnessing import place, policy_file, witnesses
from tests.service.proof.authority import Authority, needs_openssl

pytestmark = needs_openssl
NOTE, STAMP = "/v1/log/checkpoints/{}", "/v1/log/checkpoints/{}/timestamp"


def openssl_says(folder: Path, roots: Path) -> str:
    """What openssl says of the files that a reader has saved."""
    command = ["openssl", "ts", "-verify", "-data", "checkpoint", "-in", "checkpoint.tsr"]
    ran = subprocess.run(
        [*command, "-CAfile", str(roots)], cwd=folder, capture_output=True, text=True, check=False
    )
    return ran.stdout.strip()


def test_openssl_verifies_what_is_served(
    stamped: Attests, authority: Authority, tmp_path: Path
) -> None:
    reader = tmp_path / "reader"
    reader.mkdir()
    with stamped() as log:
        size = log.write("r1")
        log.wait(size)
        note, stamp = (log.api.client.get(each.format(size)) for each in (NOTE, STAMP))
        (reader / "checkpoint").write_bytes(note.content)
        (reader / "checkpoint.tsr").write_bytes(stamp.content)
        for path, answer in ((NOTE, note), (STAMP, stamp)):
            known = {"If-None-Match": answer.headers["etag"]}
            assert log.api.client.get(path.format(size), headers=known).status_code == 304
        assert stamp.headers["content-type"] == "application/timestamp-reply"
        assert openssl_says(reader, authority.roots) == "Verification: OK"

        (reader / "checkpoint").write_bytes(note.content.replace(b"\n", b"\r\n"))
        assert openssl_says(reader, authority.roots) == "Verification: FAILED"


def test_cosignatures_that_come_later_do_not_change_what_was_stamped(
    stamped: Attests, authority: Authority, tmp_path: Path
) -> None:
    own = place(tmp_path, "log")
    with witnesses(tmp_path, "one", of=own) as found:
        home, running = found["one"]
        line = f"witness one {home.witness.written()} {running.url}"
        with stamped(witnesses=policy_file(tmp_path / "p", line)) as log:
            size = log.write("r1")
            log.wait(size)
            log.wait(size, "cosignature")
            plain = log.api.client.get(NOTE.format(size)).content
            latest = log.api.client.get("/checkpoint").content

    assert latest.startswith(plain)
    assert len(parse_note(latest).signatures) == len(parse_note(plain).signatures) + 1


def test_the_page_says_up_to_where_the_log_is_stamped(stamped: Attests, authority: Authority) -> None:
    with stamped(time_seconds=HOUR) as log:
        size = log.write("r1")
        log.wait(size)
        log.write("r2")
        page = log.api.client.get("/verify", headers={"Accept": "text/html"}).text

    assert f"{size} events stamped by {authority.url.split('/')[2]}" in page
    assert f"/v1/log/checkpoints/{size}/timestamp" in page


@pytest.mark.parametrize("size", ["0", "1", "99", "04", "x", "-4", "9" * 30, "4.0", "%34%20"])
def test_only_a_checkpoint_that_there_is_has_an_address(
    stamped: Attests, authority: Authority, size: str
) -> None:
    with stamped() as log:
        log.wait(log.write("r1"))
        for address in (NOTE, STAMP):
            problem(log.api.client.get(address.format(size)), 404, "not-found")


def test_a_checkpoint_without_a_time_stamp_says_which_one_has_one(
    stamped: Attests, authority: Authority
) -> None:
    with stamped(time_seconds=HOUR) as log:
        first = log.write("r1")
        log.wait(first)
        second = log.write("r2")
        told = problem(log.api.client.get(STAMP.format(second)), 404, "not-found")

    assert told["detail"] == (
        f"the checkpoint of size {second} has no time stamp; that of size {first} has"
    )
