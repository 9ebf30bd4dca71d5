"""A mirror holds exactly what its source holds, whatever happens on the way, and nothing else."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from service.log.mirror_note import keep_note, mirror_note
from service.log.open import opened_log, read_log
from service.log.port import Key, LogLocked, LogUnavailable, Pending
from service.mirror import following
from service.mirror.following import Lag
from service.mirror.lines import BadLine
from service.mirror.mirror import Mirror, follow_once, mirrored, opened_mirror
from service.mirror.source import BadAddress, HistoryEnded, SourceAway
from tests.http_spec import Server, indicator, one_server, post, report
from tests.places import LONG
from tests.service.client.cutting import cutting
from tests.service.log.copied_logs import change, disarm
from tests.service.log.postgres_server import Server as PostgresServer
from tests.service.mirror.mirrors import STORY, Source, changing, stored, stored_in


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Server]:
    """A second server."""
    with one_server() as server:
        yield server


def test_a_mirror_has_every_byte_hash_salt_key_and_the_secret(source: Source, tmp_path: Path) -> None:
    source.keyed(post("/v1/reports/r1/hold", reason="check"), "a")
    reached = source.once(tmp_path / "mirror")
    assert reached == source.api.service.log.head() > 5
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)
    assert len(stored_in(tmp_path / "mirror")["keys"]) >= 2


def test_it_goes_on_where_it_stopped(source: Source, tmp_path: Path) -> None:
    before = source.once(tmp_path / "mirror")
    source.api.given(report("r3"))
    assert source.once(tmp_path / "mirror") == before + 1
    assert source.once(tmp_path / "mirror") == before + 1
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)


def test_cuts_in_the_middle_of_lines_lose_nothing(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "AT_ONCE", 2)
    cuts, failed, reached = [None, None, *range(400, 9_000, 450)], 0, set[int]()
    with cutting(source.address, cuts) as url:
        while True:
            try:
                source.once(tmp_path / "mirror", url)
                break
            except SourceAway:
                failed += 1
                reached.add(len(stored_in(tmp_path / "mirror")["entries"]))
    assert failed > 3 and len(reached) > 2
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)


def test_a_byte_that_changed_on_its_way_is_refused_and_named(source: Source, tmp_path: Path) -> None:
    source.once(tmp_path / "mirror")
    after = len(stored_in(tmp_path / "mirror")["entries"])
    source.api.given(report("r3"), report("r4"))

    def flip(answer: bytes) -> bytes:
        at = answer.index(b'"position":%d' % (after + 2)) + 30
        return answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]

    with changing(source.address, flip) as url, pytest.raises(BadLine) as refused:
        source.once(tmp_path / "mirror", url)
    assert f"after position {after + 1} is refused" in str(refused.value)
    assert "changed on its way" in str(refused.value)
    assert len(stored_in(tmp_path / "mirror")["entries"]) == after
    source.once(tmp_path / "mirror")
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)


def test_what_does_not_fit_its_hash_at_the_source_is_refused_and_named(
    source: Source, tmp_path: Path
) -> None:
    disarm(tmp_path / "source")
    changed = "CAST(replace(CAST(state AS TEXT), 'r2', 'r9') AS BLOB)"
    change(tmp_path / "source", f"UPDATE stored_events SET state = {changed} WHERE position = 5")
    with pytest.raises(BadLine, match="position 5: the stored event does not match its hash"):
        source.once(tmp_path / "mirror")
    assert stored_in(tmp_path / "mirror")["entries"] == []


def test_a_key_that_was_stored_later_for_an_older_event_comes_as_well(
    source: Source, tmp_path: Path
) -> None:
    source.once(tmp_path / "mirror")
    again = source.keyed(report("r1"), "again")
    assert again["position"] <= source.once(tmp_path / "mirror")
    names = [row[0] for row in stored_in(tmp_path / "mirror")["keys"]]
    assert any("again" in name for name in names)
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)


def test_what_the_source_destroys_is_destroyed_here(source: Source, tmp_path: Path) -> None:
    log = source.api.service.log
    source.once(tmp_path / "mirror")
    event = Pending("x", "EventRedacted", 1, "log:operations", 1, "ana", b'{"position":4}')
    log.append([event])
    change(
        tmp_path / "source",
        "UPDATE stored_events SET state = NULL WHERE position = 4",
        "UPDATE entries SET salt = NULL WHERE position = 4",
    )
    source.once(tmp_path / "mirror")
    assert stored_in(tmp_path / "mirror")["entries"][3].body is None
    assert stored_in(tmp_path / "mirror") == stored(log)
    assert source.once(tmp_path / "another") and stored_in(tmp_path / "another") == stored(log)


def mirrored_beyond_a_backup(source: Source, tmp_path: Path) -> dict[str, Any]:
    """Leave an older copy of the source in `restored`, and a newer `mirror`; return what that has."""
    source.once(tmp_path / "mirror")
    shutil.copytree(tmp_path / "mirror", tmp_path / "restored")
    (tmp_path / "restored" / "mirror.json").unlink()
    source.api.given(report("r3"))
    source.once(tmp_path / "mirror")
    return stored_in(tmp_path / "mirror")


def test_a_source_that_lost_events_is_followed_no_more(
    source: Source, other: Server, tmp_path: Path
) -> None:
    before = mirrored_beyond_a_backup(source, tmp_path)
    with other.over(tmp_path / "restored", source.clock) as api:
        url = f"http://127.0.0.1:{other.address[1]}"
        with pytest.raises(HistoryEnded, match="beyond the head"):
            source.once(tmp_path / "mirror", url)
        api.given(report("r9"))
        with pytest.raises(HistoryEnded, match="another history"):
            source.once(tmp_path / "mirror", url)
    assert stored_in(tmp_path / "mirror") == before
    note = mirror_note(tmp_path / "mirror")
    assert note and note.source == source.url


def test_another_log_is_not_mixed_in(source: Source, other: Server, tmp_path: Path) -> None:
    source.once(tmp_path / "mirror")
    before = stored_in(tmp_path / "mirror")
    with other.over(tmp_path / "another", source.clock) as api:
        api.given(*STORY)
        url = f"http://127.0.0.1:{other.address[1]}"
        with pytest.raises(HistoryEnded, match="another log"):
            source.once(tmp_path / "mirror", url)
    assert stored_in(tmp_path / "mirror") == before


def test_an_old_writer_follows_the_new_one_if_it_has_nothing_of_its_own(
    source: Source, other: Server, tmp_path: Path
) -> None:
    source.once(tmp_path / "mirror")
    shutil.copytree(tmp_path / "mirror", tmp_path / "old")
    (tmp_path / "old" / "mirror.json").unlink()
    source.api.given(report("r3"))
    assert source.once(tmp_path / "old") == source.api.service.log.head()
    with (
        pytest.raises(LogLocked, match="intellog promote"),
        opened_log(tmp_path / "old", None, source.clock),
    ):
        pass


def test_the_first_time_the_source_must_answer(tmp_path: Path, source: Source) -> None:
    with pytest.raises(LogUnavailable, match="cannot be connected to"):
        source.once(tmp_path / "mirror", "http://127.0.0.1:9")
    assert not (tmp_path / "mirror" / "mirror.json").exists()
    assert source.once(tmp_path / "mirror") > 0


@pytest.mark.parametrize(
    "url", ["ftp://a", "https://", "https://user:secret@a", "https://a?token=x", "a"]
)
def test_an_address_that_cannot_be_one_is_refused_and_not_repeated(url: str, source: Source) -> None:
    with pytest.raises(BadAddress) as refused:
        source.once(Path("nowhere"), url)
    assert "secret" not in str(refused.value)


# Live


def until_head(mirror: Mirror, head: int) -> None:
    """Read a mirror until it reaches a position."""
    with mirror.log.subscribe(0) as batches:
        for batch in batches:
            if batch[-1].position >= head:
                return


def test_a_mirror_is_read_while_it_follows(source: Source, tmp_path: Path) -> None:
    with mirrored(tmp_path / "mirror", source.url, None, source.clock) as mirror:
        until_head(mirror, source.api.service.log.head())
        source.api.given(report("r3"))
        until_head(mirror, source.api.service.log.head())
        assert mirror.source == source.url and mirror.stopped is None
        assert mirror.lag().events == 0
        with pytest.raises(LogUnavailable):
            mirror.log.append([Pending("x", "X", 1, "report:x", 1, "ana", b"{}")])
        with pytest.raises(LogLocked):
            source.once(tmp_path / "mirror")
    assert stored_in(tmp_path / "mirror") == stored(source.api.service.log)


def test_a_mirror_outlives_its_source_and_goes_on_with_it(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(following, "PAUSES", (0.01,))
    url = f"http://127.0.0.1:{server.address[1]}"
    with ExitStack() as resources:
        with server.over(tmp_path / "source") as api:
            api.given(*STORY)
            now = [api.service.clock()]
            mirror = resources.enter_context(mirrored(tmp_path / "mirror", url, None, lambda: now[0]))
            until_head(mirror, api.service.log.head())
            before = mirror.log.head()
        now[0] += timedelta(minutes=5)
        assert mirror.lag().seconds >= 300
        assert mirror.log.read(limit=10)
        with server.over(tmp_path / "source") as api:
            api.given(indicator("new"))
            until_head(mirror, before + 1)
            expected = stored(api.service.log)
        assert stored(mirror.log) == expected
    assert re.search(f"nothing comes from {url}: ", caplog.text)
    assert f"{url} answers" in caplog.text


def test_a_mirror_keeps_up_with_racing_writers_over_cuts(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "PAUSES", (0.01,))
    monkeypatch.setattr(following, "KEYS_SECONDS", 0.0)
    asks = [(indicator(f"i{n}"), f"key {n}") for n in range(60)]
    with (
        cutting(source.address, [None, None, *range(900, 30_000, 2_500)]) as url,
        mirrored(tmp_path / "mirror", url, None, source.clock) as mirror,
        ThreadPoolExecutor(4) as writers,
    ):
        assert len(list(writers.map(lambda each: source.keyed(*each), asks))) == len(asks)
        until_head(mirror, source.api.service.log.head())
        assert stored(mirror.log) == stored(source.api.service.log)
        assert mirror.stopped is None


def test_a_mirror_of_another_history_stops_and_says_so(
    source: Source, other: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    before = mirrored_beyond_a_backup(source, tmp_path)
    with other.over(tmp_path / "restored", source.clock) as api:
        api.given(report("r9"))
        url = f"http://127.0.0.1:{other.address[1]}"
        with mirrored(tmp_path / "mirror", url, None, source.clock) as mirror:
            assert mirror.ended.wait(30)
            assert mirror.stopped and "another history" in mirror.stopped
            assert stored(mirror.log) == before
    assert "is followed no more" in caplog.text


def test_a_log_in_a_database_is_mirrored_into_a_file(
    server: Server, tmp_path: Path, postgres: PostgresServer
) -> None:
    with server.over(tmp_path / "source", log=postgres.fresh()) as api:
        api.given(*STORY, report("r1").under(idempotency_key="again"))
        follow_once(
            tmp_path / "mirror", f"http://127.0.0.1:{server.address[1]}", None, api.service.clock
        )
        assert stored_in(tmp_path / "mirror") == stored(api.service.log)


def test_the_lag_is_what_the_source_is_known_to_have_and_since_when(
    source: Source, tmp_path: Path
) -> None:
    source.once(tmp_path / "mirror")
    with opened_mirror(tmp_path / "mirror", source.url, None, source.clock) as opened:
        assert opened.lag() == Lag(0, 0.0)
        source.clock.now += timedelta(seconds=90)
        assert opened.lag() == Lag(0, 90.0)
    note = mirror_note(tmp_path / "mirror")
    assert note is not None
    keep_note(tmp_path / "mirror", replace(note, head=note.head + 7))
    with opened_mirror(tmp_path / "mirror", source.url, None, source.clock) as opened:
        assert opened.lag() == Lag(7, 90.0)


def test_a_note_that_cannot_be_read_is_not_taken_for_none(source: Source, tmp_path: Path) -> None:
    source.once(tmp_path / "mirror")
    (tmp_path / "mirror" / "mirror.json").write_text("{")
    for use in (lambda: source.once(tmp_path / "mirror"), lambda: written(tmp_path / "mirror", source)):
        with pytest.raises(LogUnavailable, match="cannot be read"):
            use()


def written(directory: Path, source: Source) -> None:
    with opened_log(directory, None, source.clock):
        pass


@pytest.mark.skipif(not LONG, reason="kills a mirror again and again")
def test_a_mirror_that_is_killed_holds_what_it_had_and_goes_on(source: Source, tmp_path: Path) -> None:
    events = 20_000
    for first in range(1, events, 500):
        batch = [
            Pending(f"{n:032x}", "LossAccepted", 1, "log:operations", n, "ana",
                    b'{"operator":"ana","head":%d,"known":%d,"evidence":"e"}' % (n, n))
            for n in range(first, first + 500)
        ]  # fmt: skip
        source.api.service.log.append(batch, [Key(f"k:{each.id}", b"", each) for each in batch])
    code = "from service.cli import main; main()"
    command = [
        sys.executable,
        "-c",
        code,
        "mirror",
        source.url,
        "--data",
        str(tmp_path / "mirror"),
        "--once",
    ]
    reached, expected = [0], stored(source.api.service.log)
    for seconds in (n / 2 for n in range(2, 100)):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
            process.kill()
        if (tmp_path / "mirror" / "mirror.json").exists():
            with suppress(LogUnavailable):  # not begun
                reached.append(len(stored_in(tmp_path / "mirror")["entries"]))
        if process.returncode == 0:
            break
    assert reached == sorted(reached)
    source.once(tmp_path / "mirror")
    with closing(read_log(tmp_path / "mirror", None)) as log, log.snapshot() as snapshot:
        assert snapshot.tip().position == source.api.service.log.head()
        assert list(log.check()) == []
    assert stored_in(tmp_path / "mirror")["id"] == expected["id"]
