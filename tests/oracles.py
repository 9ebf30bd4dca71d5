"""Programs by others that check what we publish. Where one is missing the test skips and says so.

With INTELLOG_TEST_ORACLES=1, as `.ci/run` sets it, it fails instead.
"""

import json
import os
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tests.places import ROOT

WANTED = os.environ.get("INTELLOG_TEST_ORACLES") == "1"
GO_SOURCES = ROOT / "tests" / "service" / "proof" / "go"
GO_PATH = Path("/usr/share/gocode")
GO_NOTE = GO_PATH / "src" / "golang.org" / "x" / "mod" / "sumdb" / "note"
"""Where Debian's golang-golang-x-mod-dev puts the package."""
SECONDS = 300


def missing(what: str) -> NoReturn:
    """Skip a test whose oracle is missing, or fail it where none may be."""
    if WANTED:
        pytest.fail(f"{what}, and INTELLOG_TEST_ORACLES=1 wants it")
    pytest.skip(what)


class GoRefused(Exception):
    """Go does not accept what it was given; the message is its own."""


@dataclass(frozen=True)
class Go:
    """Our program over Go's `sumdb/note` and `sumdb/tlog`, built."""

    program: Path

    def check(
        self,
        checkpoint: bytes,
        keys: Sequence[str],
        *,
        older: bytes = b"",
        consistency: Sequence[bytes] = (),
        receipts: Sequence[tuple[bytes, bytes]] = (),
        tiles: Mapping[str, bytes] | None = None,
    ) -> dict[str, Any]:
        """What Go finds: Origin, Size, Signers, Unknown, and how many Receipts, Tiles and Entries.

        `receipts` are pairs of an entry and its receipt; `tiles` are named without `/tile/`.
        Raises GoRefused.
        """
        case = {
            "Keys": list(keys),
            "Checkpoint": checkpoint.decode(),
            "Older": older.decode(),
            "Consistency": [_base64(each) for each in consistency],
            "Receipts": [
                {"Entry": _base64(entry), "Proof": proof.decode()} for entry, proof in receipts
            ],
            "Tiles": None if tiles is None else {at: _base64(each) for at, each in tiles.items()},
        }
        found: dict[str, Any] = json.loads(self._run("check", case))
        return found

    def sign(self, key: str, text: str) -> bytes:
        """A note that Go signs with a private key."""
        return self._run("sign", {"Key": key, "Text": text})

    def _run(self, verb: str, given: object) -> bytes:
        done = subprocess.run(
            [self.program, verb], input=json.dumps(given).encode(), capture_output=True, timeout=SECONDS
        )
        if done.returncode:
            raise GoRefused(done.stderr.decode().strip())
        return done.stdout


def built_go(directory: Path, cache: Path) -> Go:
    """Build the program, offline, from Debian's packages."""
    go = shutil.which("go")
    if go is None or not GO_NOTE.is_dir():
        missing("Go and golang-golang-x-mod-dev are not both installed")
    program = directory / "check"
    settings = {
        "GO111MODULE": "off",
        "GOPATH": str(GO_PATH),
        "GOFLAGS": "",
        "GOPROXY": "off",
        "GOCACHE": str(cache),
    }
    done = subprocess.run(
        [go, "build", "-o", program, "main.go"],
        cwd=GO_SOURCES,
        env=os.environ | settings,
        capture_output=True,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr.decode()
    return Go(program)


def _base64(content: bytes) -> str:
    return b64encode(content).decode()
