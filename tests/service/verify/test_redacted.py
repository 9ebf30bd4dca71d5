"""What is gone is redacted if a later, verified event says so, and withheld if none does."""

from contextlib import closing
from pathlib import Path

import pytest

from service.log.sqlite import open_sqlite_log
from service.proof.keys import PrivateKey, new_key
from service.verify.directory import verify_directory
from service.verify.report import LogReport, complete
from service.verify.trust import Trust
from tests.service.log.append_only import event, noon, redaction
from tests.service.log.copied_logs import change, disarm
from tests.service.verify.tampered import sign

GONE = (
    "UPDATE stored_events SET state = NULL WHERE position = 2",
    "UPDATE entries SET salt = NULL WHERE position = 2",
)


@pytest.fixture
def key() -> PrivateKey:
    """The key of the log."""
    return new_key("log.example")


def written(directory: Path, key: PrivateKey, named: bytes) -> None:
    """A log of three events, and one that says that another is redacted."""
    with closing(open_sqlite_log(directory, noon)) as log:
        log.append([event("s:a", n + 1) for n in range(3)])
        sign(log, key, 3)
        log.append([redaction("r:a", b'{"position":%b}' % named)])
        sign(log, key, 4)


def verified(directory: Path, key: PrivateKey) -> LogReport:
    """What a verification says."""
    return verify_directory(directory, Trust([key.public], "given"))


def test_a_redacted_event_is_named_and_no_fault(tmp_path: Path, key: PrivateKey) -> None:
    written(tmp_path, key, b"2")
    change(tmp_path, *GONE)  # which the guards permit, if the log has not done it itself
    found = verified(tmp_path, key)
    assert (found["status"], found["redacted"], found["bodies"]) == (0, [2], 3)
    assert found["entries"] == 4 and found["checkpoints"] == 2
    whole = complete(found)
    assert (whole["status"], whole["verdict"]) == (9, "body-redacted")
    assert "position 2 (index 1)" in whole["findings"][0]["line"]


@pytest.mark.parametrize("named", [b"1", b"4", b"9", b'"2"', b"2.0", b"true", b"null"])
def test_what_no_later_event_names_is_withheld(tmp_path: Path, key: PrivateKey, named: bytes) -> None:
    written(tmp_path, key, named)
    disarm(tmp_path)
    change(tmp_path, *GONE)
    found = verified(tmp_path, key)
    assert (found["status"], found["verdict"]) == (8, "body-withheld")
    assert [each["position"] for each in found["findings"]] == [2] and 2 not in found["redacted"]


def test_a_redaction_that_was_altered_says_nothing(tmp_path: Path, key: PrivateKey) -> None:
    written(tmp_path, key, b"9")
    disarm(tmp_path)
    body = "CAST(replace(CAST(state AS TEXT), '\"position\":9', '\"position\":2') AS BLOB)"
    change(tmp_path, *GONE, f"UPDATE stored_events SET state = {body} WHERE position = 4")
    found = verified(tmp_path, key)
    assert [each["code"] for each in found["findings"]] == ["body-altered", "body-withheld"]
