"""What a commit costs: its statements and look-ups are counted, never timed."""

import re
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.commands import Command, DefineIndicator, FileReport
from domain.errors import Refused
from domain.streams import report_state
from domain.streams.decider import stream_of
from service.log.sqlite import SqliteEventLog, open_sqlite_log
from service.streams.states import States
from service.write.decisions import Batch, Decisions, WriteRequest
from tests.garbage import uncollected
from tests.work import calls

NOW = datetime(2025, 3, 1, tzinfo=UTC)


class Deciding:
    """Batches decided and stored as the writer does it, in this thread."""

    def __init__(self, log: SqliteEventLog) -> None:
        self.log, self.states = log, States(log)
        self.decisions = Decisions(log, iter(map(str, range(10_000))).__next__, lambda stream: ())

    def write(self, *commands: Command, keyed: bool = False) -> Batch:
        """Decide commands together and store what they yield."""
        batch = self.decisions.decide(
            [WriteRequest(each, "ana", key=stream_of(each) if keyed else None) for each in commands],
            self.states,
        )
        batch.settle(self.log.append(list(batch.pending.values()), list(batch.new_keys.values())))
        self.states.advance(batch.states, batch.pending.values())
        return batch


@pytest.fixture
def deciding(tmp_path: Path) -> Iterator[Deciding]:
    with closing(open_sqlite_log(tmp_path, lambda: NOW)) as log:
        deciding = Deciding(log)
        deciding.write(DefineIndicator.model_validate({"id": "i", "title": "I", "measure": "stock"}))
        deciding.write(filed(0))
        yield deciding


def filed(n: int, title: str | None = None) -> FileReport:
    claim = {"indicator": "i", "originator": "nis", "quantity": {"best": n}}
    body = {"id": f"r{n}", "publisher": "wire", "published_at": "2025-01-10", "claims": (claim,)}
    return FileReport.model_validate({**body, "title": title})


@contextmanager
def statements(log: SqliteEventLog) -> Iterator[list[str]]:
    """The statements that the log's database runs while the block does, but for those of triggers."""
    said: list[str] = []
    store = log._recorder.datastore  # type: ignore[attr-defined]
    connections = [each._sqlite_conn for each in (store.writer, *store.idle)]

    def note(statement: str) -> None:
        if not statement.startswith("--") and statement not in said[-1:]:
            said.append(statement)

    for each in connections:
        each.set_trace_callback(note)
    try:
        yield said
    finally:
        for each in connections:
            each.set_trace_callback(None)


def test_a_report_with_a_key_takes_two_look_ups_and_one_transaction(deciding: Deciding) -> None:
    deciding.write(filed(1), keyed=True)
    with statements(deciding.log) as said:
        deciding.write(filed(2), keyed=True)
    assert [re.split(r"[ (]", each.strip(), maxsplit=1)[0] for each in said] == [
        *("SELECT", "SELECT"),
        *("BEGIN", "SELECT", "INSERT", "INSERT", "INSERT", "COMMIT"),
    ]


def test_no_statement_is_prepared_for_rows_that_are_not_there(deciding: Deciding) -> None:
    deciding.write(filed(1))
    with calls() as made:
        deciding.write(filed(2))
    assert made["SQLiteCursor.executemany"] == 2  # the event and its entry; there is no key


def test_a_source_that_is_stored_is_looked_for_once(deciding: Deciding) -> None:
    deciding.write(filed(1))
    with calls() as made:
        deciding.write(*(filed(n) for n in range(2, 12)))
    # One for the stream of each report, and one for the indicator of all; none for sources.
    assert made["States.load"] == 11


def test_a_definition_is_looked_for_once_a_batch(deciding: Deciding) -> None:
    deciding.write(filed(1))
    with calls() as made:
        deciding.write(*(filed(n) for n in range(2, 12)))
    assert made["indicator_stream"] == 10 + 1  # ten ask whether it may be seen, one what it is


def test_a_definition_that_is_remembered_is_forgotten_when_it_changes(deciding: Deciding) -> None:
    def defined(measure: str) -> Command:
        return DefineIndicator.model_validate({"id": "j", "title": "J", "measure": measure})

    claim = {"indicator": "j", "originator": "nis", "stance": {"asserts": True}}
    body = {"id": "s", "publisher": "wire", "published_at": "2025-01-10", "claims": (claim,)}
    stated = FileReport.model_validate(body)
    batch = deciding.write(defined("stock"), stated, defined("proposition"), stated)
    assert [type(each).__name__ for each in batch.outcomes] == [
        *("Outcome", "Refused", "Outcome", "Outcome")
    ]


def test_a_report_is_made_of_its_event_once_and_kept_nowhere_else(deciding: Deciding) -> None:
    with calls() as made:
        deciding.write(*(filed(n) for n in range(2, 12)))
    assert made["_filed"] == 10
    assert report_state._proposed == (None, None)


def test_what_was_refused_keeps_nothing_of_its_batch(deciding: Deciding) -> None:
    command = filed(0, "another title")
    with uncollected():
        [refused] = deciding.write(command).outcomes
        assert isinstance(refused, Refused) and refused.code == "id-taken"
        assert (refused.__traceback__, refused.__context__, refused.__cause__) == (None, None, None)
        given = weakref.ref(command)
        del command
        assert given() is None
