"""A report whose every word is a canary, redacted; and where its bytes are found afterwards."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from tests.http_spec import Api, Ask, Body, claim, evidence, indicator, post, report, stored

PATIENCE = 30.0
COPY = b"<p>zqcopy of what was read"
CANARIES = (
    *(b"zqtitle", b"zqurl", b"zqquote", b"zqtext", b"zqreason", b"zqcohort", b"zqcopy", b"97000931"),
    b"zqmistyped",
)
"""What occurs in the redacted report alone, in its events or its file."""
SECRET = report(
    "secret",
    claim(
        97000931,
        originator="nis",
        text="zqtext is what they said",
        quote={"exact": "zqquote of a person"},
    ),
    claim(5, about="troops", cohort="zqcohort"),
    title="zqtitle of the day",
    url="https://example.org/zqurl",
    evidence=evidence(COPY),
    published_at="2025-01-05",
)
REDACTION = post("/v1/reports/secret/redaction", reason="names a person", authority="court order 12")


def filed() -> list[Ask]:
    """A history with the report in the middle: graded, corrected, relayed by two others."""
    return [
        indicator(),
        report("plain", claim(100, originator="un", stated_at="2025-01-02"), published_at="2025-01-02"),
        stored(COPY),
        SECRET,
        post("/v1/claims/secret/1/grades", credibility=2, reason="zqreason of the grade"),
        post(
            "/v1/reports/secret/corrections",
            kind="record",
            reason="zqmistyped",
            provenance={"title": "zqtitle again"},
        ),
        report("relay-1", relay("afp"), published_at="2025-01-06"),
        report("relay-2", relay("tass"), published_at="2025-01-07"),
    ]


def relay(originator: str) -> Body:
    """A claim that repeats that of the report, with a figure of its own."""
    return claim(120, originator=originator, derived_from=["secret/1"], basis="relay")


def given(api: Api) -> None:
    """The history, with the file of the report."""
    for ask in filed():
        answer = api.send(ask)
        assert answer.is_success, answer.text


def redact(api: Api, ask: Ask = REDACTION) -> int:
    """Redact the report, and wait until nothing of it is left; gives the position."""
    answer = api.send(ask)
    assert answer.status_code == 201, answer.text
    settled(api)
    position: int = answer.json()["position"]
    return position


def settled(api: Api) -> None:
    """Wait until what is redacted is destroyed, and the views are made again without it."""
    until(lambda: not api.service.log.undestroyed.is_set())
    until(lambda: api.service.views.file.condemned is None)
    assert api.service.follower.wait(api.service.log.head(), PATIENCE)
    until(lambda: api.service.views.file.condemned is None)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, which nothing announces."""
    deadline = monotonic() + PATIENCE
    while not condition():
        assert monotonic() < deadline, "it did not come about"


def left_in(folder: Path, canaries: tuple[bytes, ...] = CANARIES) -> list[tuple[str, bytes]]:
    """The files below a folder that hold one of some bytes, each with those it holds."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    contents = [(str(path.relative_to(folder)), path.read_bytes()) for path in files]
    return [(name, each) for name, held in contents for each in canaries if each in held]


def reader_of(folder: Path) -> sqlite3.Connection:
    """A connection that reads an old state of the log for as long as it likes."""
    db = sqlite3.connect(folder / "log.sqlite", isolation_level=None, check_same_thread=False)
    db.execute("BEGIN")
    db.execute("SELECT count(*) FROM stored_events").fetchone()
    return db
