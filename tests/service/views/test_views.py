"""The views answer as the oracle does, at every position, however they came to be.

The first half asks generated histories and the seed story along all three times; the second half
stops, rebuilds, deletes and outdates the views of a running service.
"""

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from queue import SimpleQueue
from random import Random
from threading import Event
from threading import enumerate as threads
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from domain.estimates.claims import Claim
from domain.estimates.policies import ASSESSMENT, DEFAULT_POLICY
from domain.events import ReportFiled
from domain.period import parse_period
from domain.times import from_micros, parse_instant, parse_until, to_micros
from domain.vocabulary import Marking, Quantity
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.estimates import answer
from projections.answers.flags import Suspect, flags, suspicions_of
from projections.answers.questions import Narrowing
from projections.catalogue import CATALOGUE
from projections.headlines import headline
from projections.tables.projection import Recorded, state_digest
from projections.tables.registry import indicators_at
from projections.tables.sight import Sight, showing
from service.interop.import_lines import command_of
from service.log.port import EventLog, Stored
from service.proof.standalone.periods import parse_period as period_of
from service.query.claims import ClaimAnswer, claim
from service.query.memo import Memo
from service.query.report_claims import ReportClaim
from service.query.reports import ReportAnswer, report
from service.query.standpoint import Standpoint
from service.service import Service, opened
from service.settings import Settings
from service.streams.upcasters import read_event
from service.views import follower
from service.views.current import Views
from service.views.follower import Follower
from service.views.history import position_of
from service.views.reader import Reader
from service.views.store import ViewFile
from service.write.decisions import WriteRequest
from service.write.writer import Writer
from tests import oracle
from tests.effort import examples
from tests.histories import (
    CLOCK,
    DAYS,
    MEASURES,
    ORIGINATORS,
    Desk,
    DeskLog,
    Line,
    correct,
    define,
    desk_of,
    file,
    link,
    long_story,
    numbers,
    says,
    stories,
    tangles,
    under,
    views_of,
)
from tests.oracle import Asked, Logged, Times, seen
from tests.places import SEEDS

PATIENCE = 30.0
CLEARANCES: tuple[Marking, ...] = ("TLP:RED", "TLP:AMBER", "TLP:CLEAR")
PERIODS = ("2025-03", "2025-03-15", "../2025-03-15", "2025", "2025-02-01/2025-04-30", "2025-01-01/..")


# What is asked of both


def as_of(times: Times) -> AsOf:
    """The three times as the views take them."""
    published_by = None if times.published_by is None else to_micros(times.published_by)
    valid_at = None if times.valid_at is None else to_micros(times.valid_at)
    return AsOf(times.position, published_by, valid_at, cast(Marking, times.clearance))


def narrowing_of(asked: Asked) -> Narrowing:
    """A question as the views take it."""
    period = None if asked.period is None else parse_period(asked.period.text)
    return Narrowing(asked.cohort, period, asked.originator)


def agree(
    db: sqlite3.Connection,
    logged: Sequence[Logged],
    times: Times,
    asked: Asked = oracle.HEADLINE,
    names: Sequence[str] = tuple(MEASURES),
) -> None:
    """Views and oracle say the same of these indicators, and of how every claim stands."""
    world, find = oracle.claims_at(logged, times), look_up(db, as_of(times))
    stands = {name: (claim.standing, claim.links) for name, claim in world.items()}
    assert {name: _stands(find(name)) for name in world} == stands, times
    narrowing = narrowing_of(asked)
    for name in names:
        definition = oracle.definition_at(logged, name, times.position)
        expected = oracle.estimate(definition, name, world, asked) if definition else oracle.UNKNOWN
        assert seen(answer(db, name, as_of(times), narrowing)) == expected, (name, times, asked)


def _stands(claim: Claim | None) -> tuple[str, frozenset[str]] | None:
    return None if claim is None else (claim.standing, frozenset(claim.links))


def some_times(random: Random, position: int) -> Times:
    """Any publication time, valid time and clearance, each perhaps none."""
    days = [None, *(parse_until(day) for day in DAYS)]
    published_by, valid_at = (random.choice((None, random.choice(days))) for _ in range(2))
    return Times(position, published_by, valid_at, random.choice((*["TLP:RED"] * 3, *CLEARANCES)))


def something(random: Random) -> Asked:
    """Any cohort, period and originator, each perhaps none."""
    period = random.choice((None, None, period_of(random.choice(PERIODS))))
    cohort = random.choice((None, None, "east", "west"))
    return Asked(cohort, period, random.choice((None, None, None, random.choice(ORIGINATORS))))


def agree_everywhere(logged: Sequence[Logged], db: sqlite3.Connection, random: Random) -> None:
    """At every position: the headline, and something else at some other times."""
    for position in range(len(logged) + 1):
        agree(db, logged, Times(position))
        agree(db, logged, some_times(random, position), something(random))


def records_agree(desk: Desk, random: Random) -> None:
    """Log, views and oracle say the same of every report and every claim, at every position."""
    db, log, logged = (
        views_of(desk.recorded).writer,
        cast(EventLog, DeskLog(desk.recorded)),
        oracle.logged(desk.logged()),
    )
    claims = oracle.claims_at(logged, Times(len(logged)))
    for position in range(len(logged) + 1):
        for times in (Times(position), some_times(random, position), some_times(random, position)):
            here = Standpoint(db, as_of(times))
            with showing(db, Sight(here.as_of.clearance)):
                for name in {each.report for each in claims.values()}:
                    expected = oracle.report_answer(logged, name, times)
                    assert _seen_report(report(here, log, name)) == expected, (name, times)
                for name in claims:
                    expected = oracle.claim_answer(logged, name, times)
                    assert _seen_claim(claim(here, log, name)) == expected, (name, times)


def _seen_report(body: ReportAnswer | None) -> dict[str, Any] | None:
    if body is None:
        return None
    return {
        "status": body["status"],
        "publisher": body["publisher"],
        "published_at": parse_instant(body["published_at"]),
        "claims": {claim["id"]: _seen_words(claim) for claim in body["claims"]},
    }


def _seen_claim(body: ClaimAnswer | None) -> dict[str, Any] | None:
    if body is None:
        return None
    published = parse_instant(body["published_at"])
    more = {"standing": body["standing"], "publisher": body["publisher"]}
    return {**_seen_words(body), **more, "published_at": published}


def _seen_words(claim: ReportClaim) -> dict[str, Any]:
    quantity = claim["quantity"]
    return {
        "indicator": claim["indicator"],
        "period": claim["period"],
        "derived_from": claim["derived_from"],
        "credibility": claim["credibility"],
        "quantity": None if quantity is None else Quantity(**quantity).model_dump(mode="json"),
        "stated_at": parse_instant(claim["stated_at"]),
    }


# What analysts judged, and what is suspicious


class Reading:
    """A history read by the oracle, which remembers what every claim was at any times."""

    def __init__(self, desk: Desk) -> None:
        self.logged = oracle.logged(desk.logged())
        self.stamps = {each.position: from_micros(each.recorded_at) for each in desk.recorded}
        self.read = cache(partial(oracle.claims_at, self.logged))


def suspect_alike(
    db: sqlite3.Connection, reading: Reading, suspects: Suspect, times: Times, asked: Asked
) -> None:
    """Views, cached or not, and oracle say the same of assessments and of what is suspicious."""
    narrowing = narrowing_of(asked)
    for name in MEASURES:
        definition = oracle.definition_at(reading.logged, name, times.position)
        found = flags(db, name, as_of(times), narrowing)
        assert flags(db, name, as_of(times), narrowing, suspects) == found
        if definition is None:
            assert found == []
            continue
        judged = oracle.judgement(reading.logged, reading.stamps, name, times, reading.read)
        body = answer(db, name, as_of(times), replace(narrowing, policy=ASSESSMENT))
        expected = oracle.assessment(definition, name, judged, reading.read(times), asked)
        assert seen(body) == expected, (name, times, asked)
        # That the parts exceed their whole is found with the figure, not among single claims.
        exceeding = answer(db, name, as_of(times), narrowing)["flags"]
        found = [*found, *(flag for flag in exceeding if flag["code"] == "parts-exceed-whole")]
        expected_flags = oracle.suspicions(definition, name, judged, times, reading.read, asked)
        suspected = [{"code": code, "claims": claims} for code, claims in expected_flags]
        # Of several claims that a figure may be taken from, each names the one that it finds first.
        codes = {*oracle.SUSPICIONS} - ({"relay-suspected"} if asked.originator else set())
        shown, told = (
            {oracle.reduced(flag) for flag in each if flag["code"] in codes}
            for each in (found, suspected)
        )
        assert shown == told, (name, times, asked)


def some_later_times(random: Random, position: int) -> Times:
    """Some times on which perhaps only a part of the assessments was recorded."""
    times = some_times(random, position)
    instants = (None, *(CLOCK + timedelta(hours=hours) for hours in range(1, 20, 3)))
    published_by = times.published_by if random.random() < 0.4 else random.choice(instants)
    valid_at = times.valid_at if random.random() < 0.2 else random.choice((None, *instants))
    return replace(times, published_by=published_by, valid_at=valid_at)


# Generated histories


@given(stories, numbers)
@examples(100)
def test_any_history_is_answered_as_the_oracle_does(commands: list[Command], number: int) -> None:
    desk = Desk().take(commands)
    agree_everywhere(oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number))


@given(tangles, numbers)
@examples(100)
def test_any_report_and_claim_is_answered_as_the_oracle_does(
    commands: list[Command], number: int
) -> None:
    records_agree(Desk().take(commands), Random(number))


@given(tangles, numbers)
@examples(60)
def test_reports_with_many_second_thoughts_are_estimated_as_the_oracle_does(
    commands: list[Command], number: int
) -> None:
    desk = Desk().take(commands)
    agree_everywhere(oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(number))


@pytest.mark.parametrize("seed", range(4))
def test_the_records_of_a_long_history_are_answered_as_the_oracle_does(seed: int) -> None:
    records_agree(Desk().take(long_story(3_000 + seed, 30)), Random(seed))


@pytest.mark.parametrize("seed", range(12))
def test_a_long_history_is_answered_as_the_oracle_does(seed: int) -> None:
    desk = Desk().take(long_story(seed, 60))
    agree_everywhere(oracle.logged(desk.logged()), views_of(desk.recorded).writer, Random(seed))


@given(stories, numbers)
@examples(60)
def test_any_history_is_judged_and_suspected_as_the_oracle_does(
    commands: list[Command], number: int
) -> None:
    desk, random, suspects = Desk().take(commands), Random(number), Memo(suspicions_of)
    db, reading = views_of(desk.recorded).writer, Reading(desk)
    for position in range(len(reading.logged) + 1):
        suspect_alike(db, reading, suspects, Times(position), oracle.HEADLINE)
        times = some_later_times(random, position)
        suspect_alike(db, reading, suspects, times, random.choice((oracle.HEADLINE, something(random))))


@pytest.mark.parametrize("seed", range(6))
def test_a_long_history_is_judged_and_suspected_as_the_oracle_does(seed: int) -> None:
    desk, random, suspects = (
        Desk().take(long_story(2_000 + seed, 60)),
        Random(seed),
        Memo(suspicions_of),
    )
    db, reading = views_of(desk.recorded).writer, Reading(desk)
    for position in range(0, len(reading.logged) + 1, 3):
        suspect_alike(db, reading, suspects, Times(position), oracle.HEADLINE)
        suspect_alike(db, reading, suspects, some_later_times(random, position), something(random))


@given(stories, st.randoms(use_true_random=False))
@examples(40)
def test_what_was_found_suspicious_is_remembered_for_its_own_time_alone(
    commands: list[Command], random: Random
) -> None:
    desk, suspects = Desk().take(commands), Memo(suspicions_of)
    db, here = views_of(desk.recorded).writer, range(len(desk.recorded) + 1)
    for position in random.sample(here, len(here)):
        for name in MEASURES:
            found = suspects(db, name, AsOf(position))
            assert list(found) == suspicions_of(db, name, AsOf(position))
            by = AsOf(position, to_micros(parse_until(random.choice(DAYS))))
            assert list(suspects(db, name, by)) == suspicions_of(db, name, by)


def test_a_whole_is_suspected_anew_when_one_of_its_parts_changes() -> None:
    desk = desk_of(
        *(define("killed"), define("losses", parts=["killed"])),
        file("a", "2025-01-13", says("nis", 600, indicator="losses")),
        file("b", "2025-01-13", says("nis", 600)),
        correct("b", says("nis", 700, n=1), kind="record"),
        {"hold_report": {"report": "b"}},
    )
    db, head, suspects = views_of(desk.recorded).writer, len(desk.recorded), Memo(suspicions_of)
    for positions in (range(head + 1), range(head, -1, -1)):
        found = {at: [f.flag.claims for f in suspects(db, "losses", AsOf(at))] for at in positions}
        assert {at: claims for at, claims in found.items() if claims} == {head - 1: [("a/1", "b/1")]}


@pytest.mark.parametrize("seed", range(4))
def test_at_every_publication_and_valid_time(seed: int) -> None:
    desk = Desk().take(long_story(1_000 + seed, 40))
    logged, views = oracle.logged(desk.logged()), views_of(desk.recorded)
    days = [None, *(parse_until(day) for day in DAYS)]
    for published_by in days:
        for valid_at in days[::3]:
            agree(views.writer, logged, Times(len(logged), published_by, valid_at))


@given(stories, st.sampled_from((DEFAULT_POLICY, ASSESSMENT)))
@examples(60)
def test_the_kept_headline_is_the_computed_answer(commands: list[Command], policy: str) -> None:
    desk, file = Desk().take(under(policy, commands)), ViewFile.create(Path(":memory:"))
    for recorded in desk.recorded:
        file.apply([recorded])
        for name in MEASURES:
            kept = headline(file.writer, name)
            assert kept is None or kept == answer(file.writer, name, AsOf(recorded.position))


@given(stories, st.integers(1, 4), st.integers(1, 4))
@examples(60)
def test_what_is_kept_is_never_older_than_what_is_known(
    commands: list[Command], every: int, at_once: int
) -> None:
    desk, file = Desk().take(commands), ViewFile.create(Path(":memory:"))
    for number, recorded in enumerate(desk.recorded):
        file.apply([recorded])
        before = digests(file)
        while number % every == 0 and file.complete(at_once):
            pass
        assert digests(file) == before
        for name in MEASURES:
            kept = headline(file.writer, name)
            assert kept is None or kept == answer(file.writer, name, AsOf(recorded.position))


def test_estimates_are_kept_some_at_a_time() -> None:
    file = ViewFile.create(Path(":memory:"))
    file.apply(desk_of(*map(define, ("a", "b", "c"))).recorded)
    assert [file.complete(2), file.complete(2), file.complete(2)] == [2, 1, 0]


def test_what_happens_to_a_claim_touches_all_that_is_derived_from_it() -> None:
    desk = desk_of(
        define("killed"),
        define("wounded"),
        file("nis", "2025-03-01", says("nis", 300)),
        file("garble", "2025-03-02", says("uk", 300, indicator="wounded", derived_from=["nis/1"])),
        file("wire", "2025-03-03", says("wire", 300, derived_from=["garble/1"])),
        {"withdraw_report": {"report": "nis"}},
        {"unlink_claim": {"claim": "garble/1", "derived_from": "nis/1"}},
    )
    for until, used in ((-1, ["wire/1"]), (None, list[str]())):
        kept = headline(views_of(desk.recorded[:until], 1).writer, "killed")
        assert kept is not None
        assert kept["used"] == used


@given(stories, st.integers(2, 9))
@examples(30)
def test_batches_leave_no_trace(commands: list[Command], batch: int) -> None:
    recorded = Desk().take(commands).recorded
    one_by_one = digests(views_of(recorded, 1))
    assert digests(views_of(recorded, batch)) == one_by_one
    assert digests(views_of(recorded)) == one_by_one


def test_what_happens_to_a_root_touches_the_assessments_that_rest_on_it() -> None:
    """Whatever the cited claim and its root are about."""
    desk = desk_of(
        define("killed", policy=ASSESSMENT),
        *(define("wounded"), define("present")),
        file("a", "2025-01-12", says("us", 5, indicator="present")),
        file("b", "2025-01-13", says("nis", 300, indicator="present")),
        file("c", "2025-01-14", says("uk", 300, indicator="wounded", derived_from=["b/1"])),
        file("d", "2025-01-14", says("nis", 300, indicator="wounded")),
        {"record_assessment": {"indicator": "killed", "best": 1, "confidence": "low",
                               "claims": ["c/1", "d/1"]}},
    )  # fmt: skip
    views = ViewFile.create(Path(":memory:"))
    views.apply(desk.recorded)
    kept = headline(views.writer, "killed")
    assert kept is not None and kept["origins"] == 1
    head = len(desk.recorded)
    desk.accept(link("b/1", "a/1"))
    views.apply(desk.recorded[head:])
    kept = headline(views.writer, "killed")
    assert kept == answer(views.writer, "killed", AsOf(head + 1))
    assert kept["origins"] == 2


def test_cohorts_by_any_name_are_counted_apart() -> None:
    here = [says("o", n, period="2025-01", cohort=name) for n, name in enumerate(("*", "=", "==*"))]
    desk = desk_of(define("killed", "increment"), file("r", "2025-02-01", *here))
    db, position = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for cohort, claims in ((None, 3), ("*", 1), ("=", 1), ("==*", 1)):
        assert answer(db, "killed", position, Narrowing(cohort))["claims"] == claims


CASES: list[tuple[str, list[Line], dict[str, Any], list[str]]] = [
    (
        "a relay stands in for what we withdrew, whatever days that covered",
        [
            file("nis", "2025-03-01", says("nis", 300, period="2025-02")),
            file("wire", "2025-03-02", says("wire", 300, period="2025-01", derived_from=["nis/1"])),
            {"withdraw_report": {"report": "nis"}},
        ],
        {"valid_at": parse_until("2025-01-31")},
        ["wire/1"],
    ),
    (
        "a relay counts once though the reader may not see what lies between it and its root",
        [
            file("nis", "2025-03-01", says("nis", 300)),
            file("wire", "2025-03-02", says("wire", 300, derived_from=["nis/1"]), marking="TLP:RED"),
            file("dpa", "2025-03-03", says("dpa", 300, derived_from=["wire/1"])),
        ],
        {"clearance": "TLP:CLEAR"},
        ["nis/1"],
    ),
    (
        "it stands in for a root that the reader may not see",
        [
            file("nis", "2025-03-01", says("nis", 300), marking="TLP:RED"),
            file("wire", "2025-03-02", says("wire", 300, derived_from=["nis/1"])),
        ],
        {"clearance": "TLP:CLEAR"},
        ["wire/1"],
    ),
    (
        "a report under check stays so for the days before its publisher withdrew it",
        [
            file("nis", "2025-03-01", says("nis", 300)),
            {"hold_report": {"report": "nis"}},
            {"withdraw_report": {"report": "nis", "published_at": "2025-04-01"}},
        ],
        {"published_by": parse_until("2025-03-31")},
        [],
    ),
    (
        "a relay that its publisher left out still leads on to the root",
        [
            file("nis", "2025-03-01", says("nis", 300)),
            file("wire", "2025-03-02", says("wire", 300, derived_from=["nis/1"])),
            file("dpa", "2025-03-03", says("dpa", 300, derived_from=["wire/1"])),
            correct("wire", says("wire", 5, cohort="x"), kind="publisher", published_at="2025-03-04"),
            {"withdraw_report": {"report": "nis"}},
        ],
        {},
        ["dpa/1"],
    ),
    (
        "what was corrected away stays so when we withdraw the report",
        [
            file("nis", "2025-03-01", says("nis", 300), says("nis", 5, cohort="x")),
            file("wire", "2025-03-02", says("wire", 300, derived_from=["nis/1"])),
            correct("nis", says("nis", 5, cohort="x", n=2), kind="record"),
            {"withdraw_report": {"report": "nis"}},
        ],
        {},
        [],
    ),
    (
        "a claim is out that was left out before we withdrew its report",
        [
            file("nis", "2025-03-01", says("nis", 5, cohort="x")),
            correct("nis", says("nis", 300), kind="publisher", published_at="2025-03-02"),
            file("wire", "2025-03-03", says("wire", 300, derived_from=["nis/2"])),
            correct("nis", says("nis", 5, cohort="x"), kind="publisher", published_at="2025-03-04"),
            {"withdraw_report": {"report": "nis"}},
        ],
        {},
        [],
    ),
    (
        "a figure that we dated wrongly counts from its true day on, for good",
        [
            file("nis", "2025-03-10", says("nis", 300, period="2025-02")),
            correct("nis", says("nis", 310, n=1, period="2025-02"), kind="record",
                    provenance={"published_at": "2025-03-01"}),
        ],
        {"published_by": parse_until("2025-03-01")},
        ["nis/1"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "asked", "then"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
@pytest.mark.parametrize("measure", ["stock", "cumulative"])
def test_at_the_times_asked(
    measure: str, lines: list[Line], asked: dict[str, Any], then: list[str]
) -> None:
    desk = desk_of(define("killed", measure), *lines)
    times = Times(len(desk.recorded), **asked)
    db = views_of(desk.recorded).writer
    assert answer(db, "killed", as_of(times))["used"] == then
    agree(db, oracle.logged(desk.logged()), times, names=["killed"])


def test_a_sum_over_all_time_has_no_period() -> None:
    desk = desk_of(
        define("killed", "increment"),
        file("a", "2025-03-01", says("nis", 10, period="../2025-01")),
        file("b", "2025-03-01", says("nis", 5, period="2025-02/..")),
    )
    body = answer(views_of(desk.recorded).writer, "killed", AsOf(len(desk.recorded)))
    assert (body["best"], body["period"]) == (15, None)


def digests(file: ViewFile) -> dict[str, str]:
    """The state digest of every projection, all of one state: a follower may be building rows."""
    if not file.path.is_file():  # in memory, where nobody else has it
        return {each.name: state_digest(each, file.writer) for each in CATALOGUE}
    with file.reading() as db:
        return {each.name: state_digest(each, db) for each in CATALOGUE}


# The seed story


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that holds the seeds; tests only read it, or rebuild its views."""
    with opened(Settings(data=tmp_path_factory.mktemp("seeds"))) as service:
        lines = [
            line for path in sorted(SEEDS.glob("*.ndjson")) for line in path.read_bytes().splitlines()
        ]
        write(service.writer, [command_of(line)[1] for line in lines])
        assert service.follower.wait(service.log.head(), PATIENCE)
        yield service


def write(writer: Writer, commands: Sequence[Command]) -> None:
    """Have every command accepted."""
    answers = writer.submit([WriteRequest(command, "analyst") for command in commands]).result(PATIENCE)
    assert not [answer for answer in answers if isinstance(answer, Exception)]


def logged_by(log: EventLog) -> list[Logged]:
    """Every event of a log with its position."""
    return oracle.logged(
        (stored.position, read_event(stored.body)[1]) for stored in log.read(limit=100_000)
    )


def recorded_by(log: EventLog) -> list[Recorded]:
    """Every event of a log as projections get it."""
    return Reader(log).recorded(log.read(limit=100_000))


def test_the_seeds_are_answered_as_the_oracle_does(seeded: Service) -> None:
    logged = logged_by(seeded.log)
    with seeded.views.reading() as db:
        names = [row.id for row in indicators_at(db, len(logged))]
        filed = [event for _, event in logged if event.TYPE == ReportFiled.TYPE]
        dates = sorted({event.provenance.published_at for event in filed})
        assert dates
        for position in range(len(logged) + 1):
            agree(db, logged, Times(position), names=names)
        for date in dates[::2]:
            agree(db, logged, Times(len(logged), date), names=names)
            agree(db, logged, Times(len(logged), None, date), names=names)
        for name in names:
            assert headline(db, name) == answer(db, name, AsOf(len(logged)))


def test_live_in_one_batch_and_rebuilt_the_digests_are_the_same(seeded: Service) -> None:
    recorded = recorded_by(seeded.log)
    live = digests(seeded.views.file)
    assert digests(views_of(recorded, 1)) == live
    assert digests(views_of(recorded)) == live
    before = seeded.views.file
    job = seeded.follower.start_rebuild()
    ended("rebuild")
    assert (job.state, job.done, job.total) == ("done", seeded.log.head(), seeded.log.head())
    assert seeded.views.file is not before
    assert (job.differs, job.not_compared) == ([], [])
    assert digests(seeded.views.file) == live


def ended(name: str) -> None:
    """Wait for the thread of this name to end."""
    for thread in threads():
        if thread.name == name:
            thread.join(PATIENCE)


# Views that stop, are rebuilt, lost or outdated

STORY = long_story(7, 30)


def submit(service: Service, commands: Sequence[Command]) -> int:
    """Have commands decided, a few refused among them; answers the head of the log."""
    service.writer.submit([WriteRequest(command, "analyst") for command in commands]).result(PATIENCE)
    return service.log.head()


def caught_up(service: Service) -> dict[str, str]:
    """The digests of a service's views at the head of its log."""
    assert service.follower.wait(service.log.head(), PATIENCE)
    assert service.views.file.position() == service.log.head()
    return digests(service.views.file)


class Gated:
    """A log of which ranges are read only while the gate is open; all else goes straight through."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.gate, self.reached = Event(), Event()
        self.gate.set()

    def read(self, *args: Any, **options: Any) -> list[Stored]:
        self.reached.set()
        assert self.gate.wait(PATIENCE)
        return self._log.read(*args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)


def test_views_answer_and_follow_on_while_they_are_rebuilt(tmp_path: Path) -> None:
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path)))
        log = Gated(service.log)
        views = resources.enter_context(closing(Views(tmp_path / "beside")))
        follower = resources.enter_context(closing(Follower(cast(EventLog, log), views)))

        assert follower.wait(submit(service, STORY[:20]), PATIENCE)
        before, file = digests(views.file), views.file
        log.gate.clear()
        job = follower.start_rebuild()
        assert follower.start_rebuild() is job
        assert digests(views.file) == before

        head = submit(service, STORY[20:])
        assert follower.wait(head, PATIENCE)
        assert (job.state, views.file) == ("running", file)
        live, logged = digests(views.file), logged_by(service.log)
        with views.reading() as db:
            agree(db, logged, Times(head))
            log.gate.set()
            ended("rebuild")
            agree(db, logged, Times(head))  # who reads the old file may finish
        assert (job.state, job.error, job.done) == ("done", None, head)
        assert views.file is not file
        assert (digests(views.file), views.file.position()) == (live, head)


class Heard(logging.Handler):
    """What a logger says, to wait for."""

    def __init__(self, logger: str) -> None:
        super().__init__()
        self.said: SimpleQueue[str] = SimpleQueue()
        self._logger = logging.getLogger(logger)

    def emit(self, record: logging.LogRecord) -> None:
        self.said.put(record.getMessage())

    def __enter__(self) -> "Heard":
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)


def test_a_projection_that_fails_stops_the_views_right_before_the_event(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follower, "RETRY_SECONDS", 0.0)
    with opened(Settings(data=tmp_path)) as service, Heard("intellog.follow") as heard:
        broken = submit(service, STORY[:20]) + 3
        caught_up(service)
        break_at(service.views.file, broken)
        assert submit(service, STORY[20:]) > broken
        for _ in range(2):  # what is said a second time was an error after the first
            assert str(broken - 1) in heard.said.get(timeout=PATIENCE)
        assert service.follower.position == broken - 1
        assert service.follower.error == f"stopped after position {broken - 1}: the disk has a fault"
        with service.views.reading() as db:
            agree(db, logged_by(service.log)[: broken - 1], Times(broken - 1))

        on_disk(service.views.file, "DROP TRIGGER fault")
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))
        assert service.follower.error is None


def break_at(file: ViewFile, position: int) -> None:
    """Let the event at a position meet a fault of the disk, until the trigger `fault` is dropped."""
    on_disk(
        file,
        f"CREATE TRIGGER fault BEFORE INSERT ON journal WHEN NEW.position = {position} "
        "BEGIN SELECT RAISE(ABORT, 'the disk has a fault'); END",
    )


def on_disk(file: ViewFile, *statements: str) -> None:
    """Change a file of views from outside, as fate or another program would."""
    with closing(sqlite3.connect(file.path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


@pytest.mark.parametrize("lost", ["views-*", "views.current", "views*"])
def test_lost_views_are_built_anew_at_start(tmp_path: Path, lost: str) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        before = caught_up(service)
    files = list(tmp_path.glob(lost))
    assert files
    for path in files:
        path.unlink()
    with opened(Settings(data=tmp_path)) as service:
        assert caught_up(service) == before


@pytest.mark.parametrize("kept", [0, 100, 5_000])
def test_damaged_views_are_built_anew_at_start(tmp_path: Path, kept: int) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        before, file = caught_up(service), service.views.file
    file.path.write_bytes(file.path.read_bytes()[:kept] + b"garbage" * 1_000)
    with opened(Settings(data=tmp_path)) as service:
        assert caught_up(service) == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE tracking SET version = version + 1 WHERE name = 'claims'",
        "UPDATE tracking SET version = version - 1 WHERE name = 'estimates'",
        "DELETE FROM tracking WHERE name = 'journal'",
        "INSERT INTO tracking VALUES ('another', 1, 1)",
        "DROP TABLE tracking",
    ],
)
def test_views_of_another_program_version_are_built_anew(tmp_path: Path, change: str) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY)
        before, file = caught_up(service), service.views.file
    on_disk(file, "DELETE FROM headlines", change)
    with opened(Settings(data=tmp_path)) as service:
        assert caught_up(service) == before
        assert service.views.file.path != file.path
    assert len(list(tmp_path.glob("views-*.sqlite"))) == 1


def test_views_in_place_are_kept_and_go_on_from_where_they_were(tmp_path: Path) -> None:
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY[:20])
        caught_up(service)
        path = service.views.file.path
    with opened(Settings(data=tmp_path)) as service:
        submit(service, STORY[20:])
        assert caught_up(service) == digests(views_of(recorded_by(service.log)))
        assert service.views.file.path == path


def test_readers_never_meet_a_file_that_was_taken_away(tmp_path: Path) -> None:
    with closing(Views(tmp_path)) as views, ThreadPoolExecutor(3) as readers:
        done = Event()

        def read() -> int:
            times = 0
            while not done.is_set():
                with views.reading() as db:
                    times += 1 + position_of(db)
            return times

        reading = [readers.submit(read) for _ in range(3)]
        for _ in range(100):
            views.swap(views.new_file())
        done.set()
        assert all(each.result() for each in reading)
        assert len(list(tmp_path.glob("views-*.sqlite"))) == 1
