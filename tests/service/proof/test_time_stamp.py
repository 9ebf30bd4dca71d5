"""Time stamps by `openssl ts`: verified by us as openssl verifies them, and refused by name."""

import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from service.proof.time_stamp import StampRefused, request_over, roots_of, verified
from tests.service.proof.authority import Authority, needs_openssl, new_authority

pytestmark = needs_openssl
DATA = b"log.example\n7\nsome root\n"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return new_authority(tmp_path_factory.mktemp("ts") / "authority")


def test_the_time_is_that_of_the_authority(authority: Authority) -> None:
    request = request_over(DATA)
    stamp = verified(
        authority.reply(request.body),
        DATA,
        roots_of(authority.roots.read_bytes()),
        request.nonce,
    )

    assert abs(stamp.time - datetime.now(UTC)) < timedelta(seconds=60)
    assert stamp.accuracy == timedelta(seconds=1)


def test_openssl_verifies_the_same_bytes(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    (tmp_path / "reply.tsr").write_bytes(authority.stamped(DATA))
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "reply.tsr"]
    ran = subprocess.run(
        [*command, "-CAfile", str(authority.roots)], cwd=tmp_path, capture_output=True, text=True
    )

    assert (ran.returncode, ran.stdout.strip()) == (0, "Verification: OK")


def test_what_does_not_show_a_time_is_refused_with_the_reason(
    authority: Authority, tmp_path: Path
) -> None:
    request = request_over(DATA)
    good, own = authority.reply(request.body), roots_of(authority.roots.read_bytes())
    strange = roots_of(new_authority(tmp_path / "other").roots.read_bytes())
    flipped = good[:-3] + bytes([good[-3] ^ 1]) + good[-2:]

    for reply, data, trusted, nonce, reason in (
        (good, DATA + b"x", own, None, "it is over other bytes"),
        (good, DATA, own, request.nonce + 1, "it does not repeat the number of the request"),
        (good, DATA, strange, None, "its signature does not lead to a root that is trusted"),
        (flipped, DATA, own, None, "its signature does not lead to a root that is trusted"),
        (authority.reply(request.body, "expired"), DATA, own, None, "a certificate had expired"),
        (authority.reply(b"no request"), DATA, own, None, "the authority has not granted it, status 2"),
        (good[:-1], DATA, own, None, "it is not a time stamp"),
        (b"", DATA, own, None, "it is not a time stamp"),
    ):
        with pytest.raises(StampRefused, match=reason):
            verified(reply, data, trusted, nonce)


def test_each_request_has_another_number() -> None:
    assert len({request_over(DATA).nonce for _ in range(10)}) == 10


def test_every_byte_of_a_reply_that_changes_is_noticed_or_changes_no_time(authority: Authority) -> None:
    """What is not signed, such as certificates that are not needed, may change without harm."""
    request = request_over(DATA)
    good, own = authority.reply(request.body), roots_of(authority.roots.read_bytes())
    true = verified(good, DATA, own, request.nonce)

    for at in range(0, len(good), 3):
        changed = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        try:
            found = verified(changed, DATA, own, request.nonce)
        except StampRefused:
            continue
        assert found == true, at
