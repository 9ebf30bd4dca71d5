"""What a helper finds of filed reports is what is found here, and nothing of them is decoded again."""

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given

from domain.commands import Command, RedactReport
from domain.events import Destroyed, ReportFiled
from domain.stream_names import split_stream
from projections.tables.filing import Prepared, filing_of
from projections.tables.projection import Recorded
from service.log.port import EventLog, Stored
from service.service import Service, opened
from service.settings import Settings
from service.views import batches
from service.views.batches import Batches
from service.views.helping import Helper
from service.views.reader import Reader, filed_in
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import Desk, DeskLog, long_story, stories, views_of
from tests.processes import until
from tests.service.views.test_remote import gone
from tests.service.views.test_views import digests, recorded_by, submit

STORY = long_story(11, 60)
AT_ONCE = 7
"""Few events in a batch, so that there are many batches."""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that holds a story."""
    with opened(Settings(data=tmp_path_factory.mktemp("data"))) as service:
        submit(service, STORY)
        yield service


@pytest.fixture
def helper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Helper]:
    """A helper that has started, for small batches."""
    monkeypatch.setattr(batches, "BATCH", AT_ONCE)
    with closing(Helper()) as helper:
        until(helper.is_ready, bool)
        yield helper


def read(log: EventLog, helper: Helper | None, head: int) -> Iterator[Recorded]:
    """All events of a log up to one, batch by batch."""
    found, position = Batches(log, helper), 0
    while position < head:
        stored, recorded = found.after(position, head)
        assert stored[0].position == position + 1
        yield from recorded
        position = stored[-1].position


def test_a_helper_finds_what_is_found_here(service: Service, helper: Helper) -> None:
    head = service.log.head()
    theirs, ours = [*read(service.log, helper, head)], recorded_by(service.log)
    prepared = [each for each in theirs if isinstance(each, Prepared)]
    assert len(prepared) > 20
    assert [*map(filing_of, theirs)] == [*map(filing_of, ours)]
    for found, each in zip(theirs, ours, strict=True):
        assert (found.position, found.type, found.stream) == (each.position, each.type, each.stream)
        assert (found.version, found.recorded_at) == (each.version, each.recorded_at)
        assert (found.actor, found.event, found.state) == (each.actor, each.event, each.state)
    assert [each.named for each in prepared] == [ours[each.position - 1].named for each in prepared]


@given(stories)
@examples(20)
def test_what_a_filed_report_comes_to_follows_from_its_bytes(commands: list[Command]) -> None:
    recorded = Desk().take(commands).recorded
    log = DeskLog(recorded)
    for each in recorded:
        if each.type == ReportFiled.TYPE:
            found = filed_in(log.stream(each.stream)[0].body)
            assert found == (each.recorded_at, each.actor, filing_of(each))


def test_views_are_built_without_decoding_again_what_the_helper_found(
    service: Service, helper: Helper, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded, decode = list[int](), Reader._decoded

    def noted(self: Reader, stored: Stored) -> Recorded:
        decoded.append(stored.position)
        return decode(self, stored)

    monkeypatch.setattr(Reader, "_decoded", noted)
    head, prepared = service.log.head(), set[int]()

    def seen() -> Iterator[Recorded]:
        for each in read(service.log, helper, head):
            if isinstance(each, Prepared):
                prepared.add(each.position)
            yield each

    with closing(ViewFile.create(tmp_path / "views.sqlite", building=True)) as views:
        views.apply(seen())
        assert sorted({*decoded, *prepared}) == [*range(1, head + 1)]
        assert len(decoded) == head - len(prepared) and len(prepared) > 20
        views.finish()
        monkeypatch.undo()
        assert digests(views) == digests(views_of(recorded_by(service.log)))


def test_a_report_that_goes_on_in_the_same_batch_is_decoded_here(
    service: Service, helper: Helper
) -> None:
    events = service.log.read(limit=1_000)
    for each in read(service.log, helper, service.log.head()):
        start = (each.position - 1) // AT_ONCE * AT_ONCE
        goes_on = any(
            other.stream == each.stream and other.version > 1
            for other in events[start : start + AT_ONCE]
        )
        files = each.type == ReportFiled.TYPE
        assert isinstance(each, Prepared) is (files and not goes_on)


@pytest.mark.parametrize("answers", [0, 2])
def test_what_a_helper_that_dies_was_to_find_is_decoded_here(
    service: Service, helper: Helper, answers: int
) -> None:
    head, events = service.log.head(), list[Recorded]()
    for number, each in enumerate(read(service.log, helper, head)):
        events.append(each)
        if number == answers * AT_ONCE:
            os.kill(helper.pid, signal.SIGKILL)
            assert gone(helper.pid)
    assert digests(views_of(events)) == digests(views_of(recorded_by(service.log)))
    assert sum(isinstance(each, Prepared) for each in events) < 3 * AT_ONCE
    assert not helper.is_ready()


def test_a_helper_that_has_not_started_is_not_waited_for(
    service: Service, helper: Helper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(helper, "is_ready", lambda: False)
    head = service.log.head()
    assert not [each for each in read(service.log, helper, head) if isinstance(each, Prepared)]


def test_what_is_redacted_while_the_helper_has_it_is_destroyed(helper: Helper, tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY[:30])
        head, found = service.log.head(), Batches(service.log, helper)
        filed = [each for each in service.log.read(limit=100) if each.type == ReportFiled.TYPE]
        late = next(each for each in filed if each.position > AT_ONCE)
        start = (late.position - 1) // AT_ONCE * AT_ONCE
        for after in range(0, start, AT_ONCE):
            found.after(after, head)  # the helper then has the batch with the report
        _, name = split_stream(late.stream)
        submit(service, [RedactReport(report=name, reason="a source", authority="a court")])
        _, recorded = found.after(start, head)
        [destroyed] = [each.event for each in recorded if each.position == late.position]
        assert isinstance(destroyed, Destroyed)
