"""The writer over a log that conflicts, and that fails after it has stored."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from domain.commands import Command, DefineIndicator, FileReport, RegisterSource
from domain.errors import Refused
from service.log.envelope import decode_envelope
from service.log.open import opened_log
from service.log.port import Appended, EventLog, KeyConflict, LogUnavailable, Stored, VersionConflict
from service.streams.states import States
from service.write.decisions import Decisions, KeyReused, Outcome, WriteRequest, digest_of
from service.write.writer import TRIES, Answer, Writer
from tests.histories import CLOCK, long_story
from tests.service.log.nasty import NastyLog

PATIENCE = 30.0
Log = Callable[[EventLog], EventLog]


@contextmanager
def writing(
    directory: Path,
    disguise: Log = lambda log: log,
    stored: Callable[[], None] = lambda: None,
) -> Iterator[tuple[EventLog, Writer]]:
    """A writer over the log in a directory, and the real log; `stored` is called after appends."""
    ids = iter(range(1_000_000))
    with opened_log(directory, None, lambda: CLOCK) as real:
        log = disguise(real)
        decisions = Decisions(log, lambda: f"e{next(ids)}", lambda stream: ())
        with closing(Writer(log, decisions, States(log), stored)) as writer:
            yield real, writer


def answer_of(writer: Writer, request: WriteRequest) -> Answer:
    """The answer to one request, which is sent again for as long as the log is unavailable."""
    while True:
        try:
            [answer] = writer.submit([request]).result(PATIENCE)
            return answer
        except LogUnavailable:
            continue


def stored_events(log: EventLog) -> Iterator[Stored]:
    """Every event of a log, in order."""
    after = 0
    while batch := log.read(after):
        yield from batch
        after = batch[-1].position


def facts(log: EventLog) -> list[tuple[Any, ...]]:
    """What every event of a log says, but for its id."""
    return [
        (each.position, each.type, each.stream, each.version, decode_envelope(each.body).data)
        for each in stored_events(log)
    ]


def told(answer: Answer) -> tuple[Any, ...]:
    """What an answer says, but for whether it is the first one to its request."""
    if isinstance(answer, Outcome):
        return answer.stream, answer.version, answer.position, answer.recorded_at, answer.claims
    assert isinstance(answer, Refused | KeyReused), answer
    return (getattr(answer, "code", "key-reused"),)


def requests(commands: Sequence[Command], *, keyed: bool) -> list[WriteRequest]:
    return [
        WriteRequest(each, "analyst", key=f"k{n}" if keyed else None, digest=digest_of(each))
        for n, each in enumerate(commands)
    ]


@pytest.mark.parametrize("keyed", [True, False], ids=["with keys", "without keys"])
@pytest.mark.parametrize("seed", range(4))
def test_a_client_that_retries_gets_the_log_and_the_answers_of_a_plain_log(
    tmp_path: Path, seed: int, keyed: bool
) -> None:
    asked = requests(long_story(seed, 120), keyed=keyed)
    with writing(tmp_path / "plain") as (plain, writer):
        wanted = [told(answer_of(writer, each)) for each in asked]
        wanted_facts = facts(plain)
    nasty: list[NastyLog] = []

    def disguise(log: EventLog) -> EventLog:
        nasty.append(NastyLog(log, seed))
        return nasty[0]

    with writing(tmp_path / "nasty", disguise) as (real, writer):
        assert [told(answer_of(writer, each)) for each in asked] == wanted
        assert facts(real) == wanted_facts
        assert {VersionConflict, LogUnavailable} == set(nasty[0].faults)


@pytest.mark.parametrize("seed", range(3))
def test_many_clients_that_retry_have_each_report_stored_once(tmp_path: Path, seed: int) -> None:
    define = DefineIndicator.model_validate({"id": "troops", "title": "Troops", "measure": "stock"})
    claim = {"indicator": "troops", "originator": "nis", "quantity": {"best": 100}}
    body = {"publisher": "wire", "published_at": "2025-01-10", "claims": (claim,)}
    files = [FileReport.model_validate({"id": f"r{n}", **body}) for n in range(200)]
    with writing(tmp_path, lambda log: NastyLog(log, seed)) as (real, writer):
        answer_of(writer, WriteRequest(define, "analyst"))
        with ThreadPoolExecutor(8) as clients:
            answers = list(clients.map(lambda one: answer_of(writer, one), requests(files, keyed=True)))
        for file, answer in zip(files, answers, strict=True):
            assert isinstance(answer, Outcome)
            [stored] = real.at([answer.position])
            assert (stored.stream, stored.version) == (f"report:{file.id}", 1)
        filed = [each.stream for each in stored_events(real) if each.type == "ReportFiled"]
        assert sorted(filed) == sorted(f"report:{file.id}" for file in files)


@pytest.mark.parametrize("seed", range(3))
def test_a_batch_that_is_sent_again_adds_nothing(tmp_path: Path, seed: int) -> None:
    def source(n: int) -> Command:
        return RegisterSource.model_validate({"id": f"s{n}"})

    with writing(tmp_path, lambda log: NastyLog(log, seed)) as (real, writer):
        for start in range(0, 600, 10):
            batch = requests([source(n) for n in range(start, start + 10)], keyed=False)
            for _ in range(2):
                while True:
                    try:
                        answers = writer.submit(batch).result(PATIENCE)
                        break
                    except LogUnavailable:
                        continue
                assert all(isinstance(each, Outcome) and each.version == 1 for each in answers)
        assert [each.stream for each in stored_events(real)] == [f"source:s{n}" for n in range(600)]


def test_a_known_key_with_another_command_is_refused_after_a_failure_as_well(tmp_path: Path) -> None:
    with writing(tmp_path, lambda log: _Unavailable(log)) as (real, writer):
        one, other = (RegisterSource.model_validate({"id": name}) for name in ("one", "other"))
        with pytest.raises(LogUnavailable):
            writer.submit([WriteRequest(one, "analyst", key="k", digest=digest_of(one))]).result(
                PATIENCE
            )
        again = WriteRequest(other, "analyst", key="k", digest=digest_of(other))
        assert isinstance(answer_of(writer, again), KeyReused)
        assert real.head() == 1


def test_if_match_with_a_key_is_answered_as_the_first_time(tmp_path: Path) -> None:
    with writing(tmp_path, lambda log: _Unavailable(log)) as (real, writer):
        define = DefineIndicator.model_validate({"id": "a", "title": "A", "measure": "stock"})
        bare = WriteRequest(
            define.model_copy(update={"title": "B"}), "analyst", if_match=frozenset([1])
        )
        keyed = WriteRequest(bare.command, "analyst", if_match=frozenset([1]), key="k", digest=b"")
        answer_of(writer, WriteRequest(define, "analyst"))
        first = answer_of(writer, keyed)
        assert isinstance(first, Outcome) and first.version == 2
        assert told(answer_of(writer, keyed)) == told(first)
        stale = answer_of(writer, bare)
        assert isinstance(stale, Refused) and stale.code == "stale-version"
        assert real.head() == 2


@pytest.mark.parametrize("conflict", [VersionConflict("source:one", 0), KeyConflict("k")])
def test_a_batch_is_decided_again_on_either_conflict_and_given_up_in_the_end(
    tmp_path: Path, conflict: Exception
) -> None:
    request = WriteRequest(RegisterSource.model_validate({"id": "one"}), "analyst", key="k")

    def conflicting(times: int) -> Log:
        return lambda log: _Conflicting(log, conflict, times)

    with writing(tmp_path / "passing", conflicting(TRIES - 1)) as (_, writer):
        [answer] = writer.submit([request]).result(PATIENCE)
        assert isinstance(answer, Outcome) and answer.position == 1
    with writing(tmp_path / "lasting", conflicting(TRIES)) as (real, writer):
        with pytest.raises(LogUnavailable, match="conflicted"):
            writer.submit([request]).result(PATIENCE)
        assert real.head() == 0


def test_a_failed_append_wakes_the_follower_because_it_may_be_stored(tmp_path: Path) -> None:
    woken: list[None] = []
    request = WriteRequest(RegisterSource.model_validate({"id": "one"}), "analyst")
    with (
        writing(tmp_path, lambda log: _Unavailable(log), lambda: woken.append(None)) as (_, writer),
        pytest.raises(LogUnavailable),
    ):
        writer.submit([request]).result(PATIENCE)
    assert len(woken) == 1


def test_the_follower_is_woken_after_the_answers(tmp_path: Path) -> None:
    """Whoever waits for an answer does not wait for the views to begin."""
    said: list[str] = []
    files = requests([RegisterSource.model_validate({"id": f"s{n}"}) for n in range(3)], keyed=False)
    with writing(tmp_path, stored=lambda: said.append("stored")) as (_, writer):
        writer.order(files, lambda answers: said.append("answers"))
    assert said == ["answers", "stored"]


class _Conflicting(NastyLog):
    """A log of which the first appends meet a conflict and store nothing."""

    def __init__(self, log: EventLog, conflict: Exception, times: int) -> None:
        super().__init__(log)
        self._conflicts = [conflict] * times

    def append(self, *args: Any, **options: Any) -> Any:
        if self._conflicts:
            raise self._conflicts.pop()
        return self._log.append(*args, **options)


class _Unavailable(NastyLog):
    """A log that reports every other append as failed, from the first on, although it is stored."""

    def append(self, *args: Any, **options: Any) -> Any:
        self.faults.append(LogUnavailable)
        appended = self._log.append(*args, **options)
        if len(self.faults) % 2:
            raise LogUnavailable("the connection was lost during the commit")
        return appended


class LogThatIsNotHeardOf:
    """A real log that stores what it is given and, while it is `away`, says of nothing that it has."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.away = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def append(self, *given: Any, **options: Any) -> Appended:
        appended = self._log.append(*given, **options)
        if self.away:
            raise LogUnavailable("the connection was lost during the commit")
        return appended


def test_what_is_found_in_the_log_is_acknowledged_only_when_the_log_answers(tmp_path: Path) -> None:
    """It may be on one disk alone, if the log failed; or if it did before this writer came."""
    define = DefineIndicator.model_validate({"id": "troops", "title": "Troops", "measure": "stock"})
    asked = [WriteRequest(define, "analyst")]
    away: list[LogThatIsNotHeardOf] = []

    def disguise(log: EventLog) -> EventLog:
        away.append(LogThatIsNotHeardOf(log))
        return away[-1]

    for _ in "a failure", "a start":
        with writing(tmp_path, disguise) as (real, writer):
            for _ in range(2):
                with pytest.raises(LogUnavailable):
                    writer.submit(asked).result(PATIENCE)
                assert real.head() == 1
            away[-1].away = False
            [answer] = writer.submit(asked).result(PATIENCE)
            assert isinstance(answer, Outcome) and (answer.position, answer.new) == (1, False)
            away[-1].away = True
            assert writer.submit(asked).result(PATIENCE) == [answer]
