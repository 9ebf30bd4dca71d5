"""Views that are built from many events: rows that wait, what is remembered, what is compared."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from projections.tables.projection import Recorded
from service.views import store
from service.views.store import ViewFile
from tests.effort import examples
from tests.histories import Desk, define, desk_of, file, says, stories, views_of
from tests.service.views.test_views import digests

REPORTS = 6


def built(recorded: Sequence[Recorded], batch: int) -> ViewFile:
    """Views that were built from events in batches of a size, as a rebuild does."""
    views = ViewFile.create(Path(":memory:"), building=True)
    for start in range(0, len(recorded), batch):
        views.apply(recorded[start : start + batch])
    views.finish()
    return views


@given(stories, st.integers(1, 30), st.sampled_from([1, 3, 64]), st.sampled_from([0, 2, 20_000]))
@examples(30)
def test_rows_that_waited_are_those_that_were_written_at_once(
    commands: list[Command], batch: int, at_hand: int, waiting: int
) -> None:
    recorded = Desk().take(commands).recorded
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "EVENTS_AT_HAND", at_hand)
        patch.setattr(store, "MOST_WAITING", waiting)
        views = built(recorded, batch), views_of(recorded, batch)
    for each in views:
        assert digests(each) == digests(views_of(recorded, 1))
        each.writer.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")


def statements_of_a_batch(monkeypatch: pytest.MonkeyPatch, at_hand: int, waiting: int) -> list[str]:
    """The statements of a batch of reports, applied to views in use a number of events at a time."""
    monkeypatch.setattr(store, "EVENTS_AT_HAND", at_hand)
    monkeypatch.setattr(store, "MOST_WAITING", waiting)
    recorded, found = reports(), list[str]()
    views = views_of(recorded[:-REPORTS])
    views.writer.set_trace_callback(found.append)
    views.apply(recorded[-REPORTS:])
    views.writer.set_trace_callback(None)
    return found


def runs(statements: Sequence[str], beginning: str) -> int:
    """Number of times that statements of a kind come one after another."""
    kinds = [each.startswith(beginning) for each in statements]
    return sum(now and not before for before, now in zip([False, *kinds], kinds, strict=False))


@pytest.mark.parametrize("at_hand", [1, REPORTS])
def test_a_batch_is_written_and_amended_at_once_however_few_events_are_at_hand(
    monkeypatch: pytest.MonkeyPatch, at_hand: int
) -> None:
    found = statements_of_a_batch(monkeypatch, at_hand, 20_000)
    assert runs(found, "INSERT INTO claims ") == runs(found, "INSERT INTO journal ") == 1
    assert sum(each.startswith("DELETE FROM headlines") for each in found) == 1
    assert sum(each.startswith("-- INSERT INTO 'main'.'words_idx'") for each in found) == 1


def test_no_more_rows_wait_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    assert runs(statements_of_a_batch(monkeypatch, 1, 0), "INSERT INTO claims ") == REPORTS


def reports() -> Sequence[Recorded]:
    """An indicator, and reports of the same voices on it."""
    filed = (
        file(f"r-{n}", "2025-01-13", says("nis", n + 1), says("hur", n + 2)) for n in range(REPORTS)
    )
    return desk_of(define(), *filed).recorded


def test_a_report_looks_up_nothing_that_the_one_before_had_to() -> None:
    views, recorded, found = views_of(reports()[:-2], 1), reports()[-2:], list[list[str]]()
    for each in recorded:
        found.append([])
        views.writer.set_trace_callback(found[-1].append)
        views.apply([each])
    views.writer.set_trace_callback(None)
    tables = ("FROM measures", "FROM newcomers", "FROM marked", "FROM parts", "FROM documents_end")
    assert not [each for each in found[-1] for table in tables if table in each]
    assert len([each for each in found[-1] if not each.startswith("--")]) <= 34


def test_what_another_process_wrote_is_looked_up_again(tmp_path: Path) -> None:
    recorded, path = reports(), tmp_path / "views.sqlite"
    with closing(ViewFile.create(path)) as one, closing(ViewFile(path)) as other:
        for number, event in enumerate(recorded):
            (one, other)[number % 2].apply([event])
        assert digests(one) == digests(views_of(recorded))


def test_a_batch_that_fails_is_not_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "EVENTS_AT_HAND", 1)
    recorded = reports()
    with closing(ViewFile.create(tmp_path / "views.sqlite")) as views:
        views.apply(recorded[:-2])

        def broken() -> Iterator[Recorded]:
            yield from recorded[-2:]
            raise OSError("the log cannot be read")

        with pytest.raises(OSError, match="the log cannot be read"):
            views.apply(broken())
        views.apply(recorded[-2:])
        assert digests(views) == digests(views_of(recorded))


def test_reading_everything_maps_nothing_into_memory(tmp_path: Path) -> None:
    with closing(ViewFile.create(tmp_path / "views.sqlite")) as views:
        views.apply(reports())
        with views.reading() as mapped, views.scanning() as db:
            assert mapped.execute("PRAGMA mmap_size").fetchone() != (0,)
            assert db.execute("PRAGMA mmap_size").fetchone() == (0,)
            assert db.execute("SELECT count(*) FROM journal").fetchone() == (len(reports()),)
