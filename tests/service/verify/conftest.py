"""What tests of verification share: nothing is remembered from one test to the next."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def forgetful(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what verifications remember in the directory of the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
