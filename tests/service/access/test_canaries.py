"""What is restricted surfaces nowhere, and nothing differs that would tell of it.

One log has canaries in all that is restricted. Every address of the application is walked with every
parameter in every form, by every role with every clearance. What is answered is searched for canaries,
and compared with what a log answers in which nothing restricted ever happened (`canaries.py`). The
usual run asks a few of the questions, the long one many more.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest

from domain.times import parse_instant
from domain.vocabulary import MARKINGS, Marking, restriction
from service.access.principal import ROLES
from service.settings import Limits
from tests.http_spec import NDJSON, Ask, Clock, one_server
from tests.places import LONG
from tests.service.access.canaries import (
    TOKENS,
    Told,
    canaries_in,
    level_of,
    relays,
    story,
)
from tests.service.access.comparing import BY_CHANCE, asked_for, proved, told_by
from tests.service.access.questions import FOLLOWED, addresses
from tests.service.access.refused import RED, attempts, taken

MOST = 25 if LONG else 1
"""How many questions of each kind an address is asked."""
CLEARANCES = MARKINGS if LONG else MARKINGS[::2]
LIMITS = Limits(rate=1_000_000)
BEGIN = parse_instant("2025-03-01T00:00:00Z")
Folders = pytest.TempPathFactory


@contextmanager
def telling(folder: Path) -> Iterator[Told]:
    """A service of its own, to which nothing was told yet."""
    clock = Clock(BEGIN)
    with one_server() as server, server.over(folder, clock, limits=LIMITS) as api:
        yield Told(api, clock)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: Folders) -> Iterator[Told]:
    """The whole story, with open relays of what is restricted."""
    with telling(tmp_path_factory.mktemp("whole")) as told:
        told.tell()
        for step in relays():
            told.take(step)
        told.ends.append(told.head())
        yield told


@pytest.fixture(scope="module")
def told(tmp_path_factory: Folders) -> Iterator[Told]:
    """The story that has twins."""
    with telling(tmp_path_factory.mktemp("told")) as told:
        told.tell()
        yield told


@pytest.fixture(scope="module", params=MARKINGS[:-1])
def pair(
    request: pytest.FixtureRequest, told: Told, tmp_path_factory: Folders
) -> Iterator[tuple[Marking, Told, Told]]:
    """A clearance, the story, and its twin for that clearance."""
    with telling(tmp_path_factory.mktemp("twin")) as twin:
        twin.tell(request.param, told.ends)
        assert twin.ends == told.ends
        yield request.param, told, twin


def pages(told: Told, name: str, ask: Ask) -> Iterator[tuple[Ask, Any]]:
    """The answer to a question; of a list, its first pages."""
    for _ in range(FOLLOWED):
        answer = told.send(name, ask)
        yield ask, answer
        following = answer.links.get("next") if answer.is_success else None
        if following is None:
            return
        ask = Ask("GET", following["url"], None, ask.headers)


def surfacing(told: Told, answer: httpx2.Response, ask: Ask, level: int) -> list[str]:
    """The canaries in an answer that are above a level, but for those that the request itself names."""
    found = (canaries_in(told_by(told, answer)) | canaries_in(proved(answer))) - asked_for(ask)
    return sorted(canary for canary in found if level_of(canary) > level)


def walk(told: Told, seed: str) -> Iterator[tuple[Ask, Random]]:
    """Questions of every address, by chance but always the same."""
    for address in addresses(told):
        random = Random(f"{seed} {address.path}")
        for ask in address.some(random, MOST):
            yield ask, random


@pytest.mark.parametrize("clearance", CLEARANCES)
def test_no_canary_surfaces(whole: Told, clearance: Marking) -> None:
    level = restriction(clearance)
    for ask, random in walk(whole, f"canaries {clearance}"):
        role = random.choice(ROLES)
        for asked, answer in pages(whole, f"{role}-{level}", ask):
            found = surfacing(whole, answer, asked, level)
            if role == "admin":  # who has a token is for admins to know
                found = [each for each in found if not each.startswith(TOKENS)]
                found = [each for each in found if not each.endswith("-agent")]
            assert not found, (role, asked)
            assert answer.status_code < 500, (role, asked)
            has_length = asked.method == "GET" and answer.headers.get("content-length")
            if random.random() < 0.2 and has_length:
                assert head_of(whole, f"{role}-{level}", asked) == headers(answer)


def head_of(told: Told, name: str, ask: Ask) -> dict[str, str]:
    """The headers of a question that is asked with HEAD."""
    answer = told.send(name, Ask("HEAD", ask.path, None, ask.headers))
    assert answer.content == b""
    return headers(answer)


def headers(answer: httpx2.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in BY_CHANCE}


def test_every_canary_is_in_the_log_for_those_who_are_cleared(whole: Told) -> None:
    given = set[str]()
    for step in (*story(), *relays()):
        if not step.ask.path.startswith("/v1/evidence/"):  # a file is beside the log
            given |= asked_for(step.ask)
    events = whole.send("admin-4", Ask("GET", "/v1/events").under(accept=NDJSON))
    assert given <= canaries_in(events.text) and len(given) > 150
    for level, marking in enumerate(MARKINGS):
        seen = canaries_in(whole.send(f"reader-{level}", Ask("GET", "/v1/events?limit=1000")).text)
        assert {level_of(each) for each in seen} == set(range(1, level + 1)), marking


def test_every_answer_is_that_of_a_log_without_what_is_restricted(
    pair: tuple[Marking, Told, Told],
) -> None:
    clearance, told, twin = pair
    walked = 0
    for ask, random in walk(told, f"twins {clearance}"):
        walked += 1
        name = f"{random.choice(ROLES[:-1])}-{restriction(clearance)}"
        both = zip(pages(told, name, ask), pages(twin, name, ask), strict=True)
        for (asked, mine), (_, theirs) in both:
            assert told_by(told, mine) == told_by(twin, theirs), (name, asked)
    assert walked > 100


def test_what_is_refused_or_tried_tells_nothing(pair: tuple[Marking, Told, Told]) -> None:
    clearance, told, twin = pair
    level, before = restriction(clearance), told.head()
    for ask in attempts():
        for role in ("reporter", "analyst"):
            mine, theirs = (each.send(f"{role}-{level}", ask) for each in (told, twin))
            assert surfacing(told, mine, ask, level) == [], (role, ask)
            assert told_by(told, mine) == told_by(twin, theirs), (role, ask)
    assert told.head() == before == twin.head()


def test_every_address_that_is_written_to_is_tried(told: Told) -> None:
    described = told.api.client.get("/openapi.json").json()["paths"]
    written = {
        (method.upper(), path.split("{")[0], path.rpartition("}")[2])
        for path, operations in described.items()
        for method in operations
        if method != "get" and not path.startswith(("/v1/tokens", "/v1/projections"))
    }
    asked = [(ask.method, ask.path.partition("?")[0]) for ask in (*attempts(), *taken(RED))]
    for method, begin, end in written:
        assert any(m == method and p.startswith(begin) and p.endswith(end) for m, p in asked), begin
