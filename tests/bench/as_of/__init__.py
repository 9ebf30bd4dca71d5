"""Measures the value as of a day over facts with many revisions, beside pandas and DuckDB.

All are asked the same questions in the same run, and must give the same answers before anything is
timed. The others hold the facts in memory, ready to be asked; ours reads them from the views on disk.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import version
from math import inf
from statistics import median

from service import __version__
from tests.bench.as_of.facts import IN_ARCHIVE, Question, facts_of, lines_with, questions_about
from tests.bench.as_of.others import Duck, Frames, duck
from tests.bench.as_of.ours import Read, Views, over_http, views
from tests.bench.progress import say
from tests.bench.result import Peer, Row, cost
from tests.bench.scene import Found, Scene
from tests.bench.sending import send, written
from tests.bench.server import Server, serving

ASKED, CHECKED, CHECKED_SLOWLY = 1_000, 200, 4
ROUNDS, SECONDS = 5, 2.0
"""Rounds of each way to ask, and the maximum time of one; the ways alternate."""
AT_MOST = 1.0
Ask = Callable[[Question], object]
Answer = float | dict[object, float] | None

GIVES = (
    "the figure with bounds, qualifier and cut-off, its origins, support and the claims that it uses"
)
GIVES_FLAGS = f"{GIVES}; every flag over all claims on the indicator known then"
LACKS = "many questions in one call"
OTHERS_LACK = (
    "origins, support, flags and explanation; what was withdrawn, or recorded later than published; "
    "a log behind it, clearance"
)
FREDAPI, ALONE = "pandas as fredapi", "pandas, rows of the day alone"
JOIN, LAST = "DuckDB ASOF join", "DuckDB, last row"
PUBLISHED, KNOWN, FLAGGED = "intellog, published_by", "intellog, known_at", "intellog, with flags"
OVER_HTTP = "intellog over HTTP, with flags"
VALUE, SERIES, MANY = "value as of a day", "series as of a day", f"{ASKED:,} values at once"
GIVE: Mapping[str, tuple[str, str]] = {
    PUBLISHED: (GIVES, LACKS),
    KNOWN: (GIVES, LACKS),
    FLAGGED: (GIVES_FLAGS, LACKS),
    OVER_HTTP: (f"{GIVES_FLAGS}; the explanation at an address of its own", LACKS),
    FREDAPI: ("a number, and the whole series with it", OTHERS_LACK),
    ALONE: ("a number", OTHERS_LACK),
    JOIN: ("a number, for one question or for many in one join", OTHERS_LACK),
    LAST: ("a number", OTHERS_LACK),
}
BESIDE: Mapping[str, tuple[Sequence[str], float]] = {
    PUBLISHED: ((FREDAPI, ALONE, JOIN, LAST), AT_MOST),
    KNOWN: ((FREDAPI, ALONE, JOIN, LAST), AT_MOST),
    FLAGGED: ((FREDAPI,), inf),
    OVER_HTTP: ((FREDAPI,), inf),
}
"""Beside whom each of ours stands, and how many times their cost it may have."""


@dataclass(frozen=True, slots=True)
class Timed:
    """The median time of an answer in milliseconds, and how many were timed."""

    ms: float
    answers: int


def measure(scene: Scene) -> Found:
    """Single values, whole series and many values at once."""
    folder, size = scene.folder("as-of"), min(scene.sizes[-1], IN_ARCHIVE)
    lines = list(lines_with(size))
    facts = facts_of(lines)
    say(f"as of: {len(facts):,} facts are imported")
    path = folder / "lines.ndjson"
    path.write_bytes(b"".join(map(written, lines)))
    questions, frames = questions_about(facts, ASKED), Frames(facts)
    found = dict[tuple[str, str], Timed]()
    with serving(folder / "data") as server:
        send(server, path)
        found |= _over_http(server, frames, questions)
    with views(folder / "data", facts) as ours, duck(facts) as db:
        found |= _in_process(ours, frames, db, questions)
    return Found(list(_rows(found, len(facts))), peers=list(_peers(found)))


def _over_http(
    server: Server, frames: Frames, questions: Sequence[Question]
) -> dict[tuple[str, str], Timed]:
    connection = HTTPConnection("127.0.0.1", server.port)

    def ask(asked: Question) -> Answer:
        return over_http(_reader(connection), asked)

    agree({OVER_HTTP: ask, FREDAPI: frames.value}, questions[:CHECKED_SLOWLY])
    timed = times({OVER_HTTP: ask}, questions[CHECKED_SLOWLY:])
    connection.close()
    return {(VALUE, name): each for name, each in timed.items()}


def _reader(connection: HTTPConnection) -> Read:
    def read(path: str) -> bytes:
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status} {body[:300]!r}")
        return body

    return read


def _in_process(
    ours: Views, frames: Frames, db: Duck, questions: Sequence[Question]
) -> dict[tuple[str, str], Timed]:
    alone: Mapping[str, Ask] = {
        PUBLISHED: ours.by_publication,
        KNOWN: ours.by_record,
        FREDAPI: frames.value,
        ALONE: frames.value_alone,
        JOIN: db.value,
        LAST: db.last_row,
    }
    flagged: Mapping[str, Ask] = {FLAGGED: ours.flagged}
    whole: Mapping[str, Ask] = {
        PUBLISHED: ours.series_of,
        FREDAPI: frames.series_of,
        JOIN: db.series_of,
    }
    agree(alone, questions[:CHECKED])
    agree({**flagged, FREDAPI: frames.value}, questions[:CHECKED_SLOWLY])
    agree(whole, questions[:CHECKED_SLOWLY])
    say("as of: all answers agree")
    db.ask(questions)
    if db.values() != [db.value(each) for each in questions]:
        raise RuntimeError("DuckDB answers questions together otherwise than one by one")
    works = {VALUE: {**alone, **flagged}, SERIES: {**whole, FREDAPI: frames.series}}
    found = {
        (work, name): each
        for work, ways in works.items()
        for name, each in times(ways, questions).items()
    }
    together: Mapping[str, Ask] = {JOIN: lambda _: db.values()}
    found |= {(MANY, name): each for name, each in times(together, questions[:20]).items()}
    singly = found[VALUE, PUBLISHED]
    found[MANY, PUBLISHED] = Timed(singly.ms * ASKED, singly.answers)
    return found


def agree(ways: Mapping[str, Ask], questions: Sequence[Question]) -> None:
    """Raise RuntimeError unless all ways give the same answers."""
    for asked in questions:
        answers = {name: ask(asked) for name, ask in ways.items()}
        first, *rest = answers.values()
        if any(each != first for each in rest):
            raise RuntimeError(f"{asked}: the answers differ: {answers}")


def times(ways: Mapping[str, Ask], questions: Sequence[Question]) -> dict[str, Timed]:
    """Time each way on the same questions, until its time is up; rounds alternate."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    share = max(1, len(questions) // ROUNDS)
    for number in range(ROUNDS):
        some = questions[number * share : (number + 1) * share]
        for name, ask in ways.items():
            taken[name] += _taken(ask, some)
    return {name: Timed(median(each) * 1e3, len(each)) for name, each in taken.items()}


def _taken(ask: Ask, questions: Sequence[Question]) -> Iterator[float]:
    until = time.perf_counter() + SECONDS
    for asked in questions:
        begun = time.perf_counter()
        ask(asked)
        ended = time.perf_counter()
        yield ended - begun
        if ended > until:
            return


def _rows(found: Mapping[tuple[str, str], Timed], facts: int) -> Iterator[Row]:
    """A row for each of ours beside each of the others; with flags, which they lack, without target."""
    for (work, mine), ours in found.items():
        if mine not in BESIDE:
            continue
        others, at_most = BESIDE[mine]
        for name in others:
            if theirs := found.get((work, name)):
                size = f"{facts:,} facts; median of {ours.answers:,} answers and {theirs.answers:,}"
                title = f"{work}, {mine}, beside {name}"
                yield cost(title, ours.ms, theirs.ms, "ms", at_most, size)


def _peers(found: Mapping[tuple[str, str], Timed]) -> Iterator[Peer]:
    libraries = {FREDAPI: "pandas", ALONE: "pandas", JOIN: "duckdb", LAST: "duckdb"}
    for (work, name), timed in found.items():
        gives, lacks = GIVE[name]
        a_second = 1e3 / timed.ms * (ASKED if work == MANY else 1)
        used = version(libraries[name]) if name in libraries else __version__
        yield Peer(name, used, work, a_second, "answers/s", gives, lacks)
