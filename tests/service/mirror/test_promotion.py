"""A mirror becomes a log of its own: nothing that was acknowledged is lost or doubled unsaid."""

import json
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from service.log.mirror_note import keep_note, mirror_note
from service.log.port import ClockLeap, LogLocked
from service.mirror.promotion import NoMirror, Prospect, promote, prospect
from service.service import opened
from service.settings import Settings
from tests.http_spec import Clock, Server, one_server, post, report
from tests.service.client.cutting import cutting
from tests.service.mirror.mirrors import STORY, Source, stored, stored_in


def new_ids() -> Callable[[], str]:
    return map("id-{}".format, count(1)).__next__


def promoted(directory: Path, found: Prospect, clock: Clock, **accepted: bool) -> int:
    return promote(Settings(data=directory), found, clock, new_ids(), **accepted)


@pytest.fixture
def left(server: Server, tmp_path: Path) -> Iterator[Path]:
    """A mirror whose source is gone."""
    with one_server() as lost, lost.over(tmp_path / "source", clock()) as api:
        api.given(*STORY)
        address = lost.address
        Source(api, f"http://127.0.0.1:{address[1]}", address, clock()).once(tmp_path / "mirror")
    yield tmp_path / "mirror"


def clock() -> Clock:
    made = Clock()
    made.set("2025-02-01T00:00:00Z")
    return made


def test_a_source_that_answers_gives_the_rest_and_is_named_as_a_writer(
    source: Source, tmp_path: Path
) -> None:
    source.once(tmp_path / "mirror")
    source.api.given(report("r3"), report("r4"))
    found = prospect(Settings(data=tmp_path / "mirror"), None, source.clock)
    assert (found.taken, found.why, found.writes) == (2, None, True)
    assert found.position == source.api.service.log.head()
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)
    assert not any("events" in each or "keys" in each for each in found.lacking)


def test_a_source_that_is_gone_leaves_what_may_be_lacking(left: Path) -> None:
    found = prospect(Settings(data=left), None, clock())
    assert (found.taken, found.writes) == (None, False)
    assert found.why and "cannot be connected to" in found.why
    assert found.position > 0 and found.recorded_at == "2025-02-01T00:00:00Z"
    said = "\n".join(found.lacking)
    for each in ("acknowledged after 2025-02-01T00:00:00Z", "keys", "tokens", "webhooks"):
        assert each in said


def test_the_promotion_is_an_event_and_the_log_is_written_on(left: Path) -> None:
    before = stored_in(left)["entries"]
    found = prospect(Settings(data=left), None, clock())
    with pytest.raises(LogLocked, match="is a mirror of"), opened(Settings(data=left), clock()):
        pass
    position = promoted(left, found, clock())
    assert position == found.position + 1 and mirror_note(left) is None
    after = stored_in(left)["entries"]
    assert after[:-1] == before
    event = json.loads(after[-1].body)
    assert (event["type"], event["stream"]) == ("LossAccepted", "log:operations")
    assert event["data"]["head"] == found.position
    assert "was promoted" in event["data"]["evidence"]
    with opened(Settings(data=left), clock()) as service:
        assert service.log.damage is None and list(service.log.check()) == []


def test_known_events_that_are_not_there_are_named(source: Source, tmp_path: Path) -> None:
    source.once(tmp_path / "mirror")
    head = source.api.service.log.head()
    note = mirror_note(tmp_path / "mirror")
    assert note is not None and note.head == head
    keep_note(tmp_path / "mirror", type(note)("http://127.0.0.1:9", head + 5, note.caught_up_at))
    found = prospect(Settings(data=tmp_path / "mirror"), None, source.clock)
    assert any(f"events {head + 1} to {head + 5}" in each for each in found.lacking)
    promoted(tmp_path / "mirror", found, source.clock)
    event = json.loads(stored_in(tmp_path / "mirror")["entries"][-1].body)
    assert (event["data"]["head"], event["data"]["known"]) == (head, head + 5)


def test_a_promotion_that_was_broken_off_is_finished(left: Path) -> None:
    found = prospect(Settings(data=left), None, clock())
    leapt = clock()
    leapt.set("2025-03-01T00:00:00Z")
    with pytest.raises(ClockLeap):
        promoted(left, found, leapt)
    with pytest.raises(LogLocked), opened(Settings(data=left), leapt):
        pass
    again = prospect(Settings(data=left), None, leapt)
    position = promoted(left, again, leapt, accept_clock=True)
    types = [each.type for each in stored_in(left)["entries"][found.position :]]
    assert types == ["LossAccepted", "ClockAccepted"] and position == found.position + 2
    assert mirror_note(left) is None


def test_a_log_that_is_no_mirror_is_not_promoted(source: Source, tmp_path: Path) -> None:
    with pytest.raises(NoMirror):
        prospect(Settings(data=tmp_path / "source"), None, source.clock)


def test_writes_that_are_retried_after_a_promotion_are_neither_lost_nor_doubled(
    server: Server, tmp_path: Path
) -> None:
    """The client knows of none of its writes whether it was stored; it sends them all again.

    The mirror had all but the last one when its source was gone.
    """
    writes = [
        (report("r3"), "file r3"),
        (post("/v1/sources/nis/grades", reliability="B", reason="borne out"), "grade"),
        (post("/v1/reports/r1/hold", reason="to be checked"), "hold"),
        (post("/v1/reports/r1/release", reason="it is right"), "release"),
        (post("/v1/reports/r1/hold", reason="to be checked"), "hold again"),
        (report("r1"), "file r1 again"),
    ]
    never_mirrored = post("/v1/reports/r1/release", reason="it was right"), "release again"
    with one_server() as lost, lost.over(tmp_path / "source", clock()) as api:
        api.given(*STORY)
        source = Source(api, f"http://127.0.0.1:{lost.address[1]}", lost.address, clock())
        first = [source.keyed(ask, key) for ask, key in writes]
        source.once(tmp_path / "mirror")
        source.keyed(*never_mirrored)
    found = prospect(Settings(data=tmp_path / "mirror"), None, clock())
    promoted(tmp_path / "mirror", found, clock())
    with server.over(tmp_path / "mirror", clock()) as api:
        taken_over = Source(api, "", server.address, clock())
        before = api.service.log.head()
        assert [taken_over.keyed(ask, key) for ask, key in writes] == first
        assert api.service.log.head() == before
        again = [taken_over.keyed(*never_mirrored) for _ in range(2)]
        assert again[0] == again[1] and api.service.log.head() == before + 1
        assert [e["type"] for e in api.events(found.position)] == ["LossAccepted", "ReportReleased"]


def test_an_answer_that_was_cut_counts_as_a_source_that_may_have_more(
    source: Source, tmp_path: Path
) -> None:
    source.once(tmp_path / "mirror")
    source.api.given(report("r3"))
    with cutting(source.address, [500]) as url:
        note = mirror_note(tmp_path / "mirror")
        assert note is not None
        keep_note(tmp_path / "mirror", type(note)(url, note.head, note.caught_up_at, note.keys_at))
        found = prospect(Settings(data=tmp_path / "mirror"), None, source.clock)
    assert found.taken is None and found.writes
    assert any("acknowledged after" in each for each in found.lacking)
