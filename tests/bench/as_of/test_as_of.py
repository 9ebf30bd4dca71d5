"""Every way to ask for the value as of a day gives the same answer, ours included."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from service.service import opened
from service.settings import Settings
from tests.bench.as_of import agree
from tests.bench.as_of.facts import Fact, Line, Question, facts_of, generated, questions_about
from tests.bench.as_of.others import Duck, Frames, duck
from tests.bench.as_of.ours import Views, over_http, views
from tests.real import ndjson
from tests.service.api.schema_check import running

CATCH_UP_SECONDS = 60.0
ASKED = 40
SERIES = 4
RATE, PLACE = "percent-cli", "ca"
DAY = date(2020, 6, 1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Facts, questions about them, and what our service answers over HTTP."""

    data: Path
    facts: list[Fact]
    questions: list[Question]
    over_http: list[float | None]


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Asked:
    data = tmp_path_factory.mktemp("as-of")
    lines = list(generated(2_000))
    facts = facts_of(lines)
    questions = questions_about(facts, ASKED)
    return Asked(data, facts, questions, list(answered(data, lines, questions)))


def answered(
    data: Path, lines: Sequence[Line], questions: Sequence[Question]
) -> Iterator[float | None]:
    """Import lines into a service, and ask it."""
    with opened(Settings(data=data)) as service, running(service) as client:
        sent = client.post(
            "/v1/import",
            content=b"".join(ndjson(lines)),
            headers={"Content-Type": "application/x-ndjson"},
        )
        assert '"refused":0' in sent.text.replace(" ", "")
        assert service.follower.wait(service.log.head(), CATCH_UP_SECONDS)
        for question in questions:
            yield over_http(lambda path: client.get(path).content, question)


@pytest.fixture
def ours(asked: Asked) -> Iterator[Views]:
    with views(asked.data, asked.facts) as found:
        yield found


@pytest.fixture
def joined(asked: Asked) -> Iterator[Duck]:
    with duck(asked.facts) as found:
        yield found


def test_a_generated_fact_is_published_again_and_again(asked: Asked) -> None:
    cells = {(fact.indicator, fact.cohort, fact.period) for fact in asked.facts}
    assert len(asked.facts) > 3 * len(cells)
    assert asked.facts == sorted(asked.facts, key=lambda fact: fact.published)


def test_every_way_answers_the_same(asked: Asked, ours: Views, joined: Duck) -> None:
    frames = Frames(asked.facts)
    ways = {
        "by publication": ours.by_publication,
        "with flags": ours.flagged,
        "by record": ours.by_record,
        "fredapi": frames.value,
        "rows alone": frames.value_alone,
        "join": joined.value,
        "last row": joined.last_row,
    }
    agree(ways, asked.questions)
    assert asked.over_http == [frames.value(each) for each in asked.questions]
    assert 1 < asked.over_http.count(None) < ASKED / 2


def test_every_way_answers_with_the_same_series(asked: Asked, ours: Views, joined: Duck) -> None:
    ways = {"ours": ours.series_of, "fredapi": Frames(asked.facts).series_of, "join": joined.series_of}
    agree(ways, asked.questions[:SERIES])
    assert len(ours.series_of(asked.questions[0])) > 10


def test_questions_joined_together_are_answered_as_one_by_one(asked: Asked, joined: Duck) -> None:
    joined.ask(asked.questions)
    assert joined.values() == asked.over_http


@pytest.mark.parametrize(
    ("day", "rate"),
    [(1, None), (2, 1.5), (3, 1.5), (4, 2.5), (9, 2.5)],
)
def test_a_revision_counts_from_the_day_on_which_it_is_published(day: int, rate: float | None) -> None:
    facts = [
        Fact(RATE, PLACE, DAY, date(2020, 6, 2), 1.5),
        Fact(RATE, PLACE, date(2020, 6, 2), date(2020, 6, 3), 9.0),
        Fact(RATE, PLACE, DAY, date(2020, 6, 4), 2.5),
        Fact(RATE, "ny", DAY, date(2020, 6, 2), 7.0),
    ]
    question, frames = Question(RATE, PLACE, DAY, DAY.replace(day=day)), Frames(facts)
    with duck(facts) as joined:
        answers = {frames.value(question), frames.value_alone(question)}
        answers |= {joined.value(question), joined.last_row(question)}
    assert answers == {rate}


def test_answers_that_differ_stop_the_measurement(asked: Asked) -> None:
    right = Frames(asked.facts).value
    with pytest.raises(RuntimeError, match="the answers differ"):
        agree({"right": right, "wrong": lambda _: -1.0}, asked.questions)
