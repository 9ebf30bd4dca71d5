"""When a cited figure has moved: by its numbers, its support, its contradictions."""

from typing import Any

import pytest

from domain.estimates.citation_rule import Told, WhenItMoves, left
from domain.estimates.support import Level
from tests.spec import a

DEFAULT = WhenItMoves()
PAIR = frozenset({("r1/1", "r2/1")})


def moved(cited: Any, now: Any, **rule: Any) -> bool:
    return left(a(WhenItMoves, **rule), Told(best=cited), Told(best=now)) == ("figure",)


@pytest.mark.parametrize(
    ("cited", "still", "gone"),
    [
        (600, (550, 600, 601, 649.9), (549, 650, 700, 2_000)),
        (4_700, (4_650, 4_749), (4_649, 4_750)),
        (10_000, (5_000, 14_999), (4_999, 15_000)),
        (12_345, (12_345.4,), (12_344, 12_345.5)),
        (0.3, (0.25, 0.34), (0.24, 0.35)),
        (2.50, (2.45, 2.54), (2.4, 2.55)),
        (0, (0, 0.4), (0.5, 1)),
        (-600, (-649, -550), (-650, -549)),
    ],
)
def test_by_default_a_number_moves_where_it_no_longer_rounds_to_what_was_cited(
    cited: float, still: tuple[float, ...], gone: tuple[float, ...]
) -> None:
    assert [now for now in still if moved(cited, now)] == []
    assert [now for now in gone if not moved(cited, now)] == []


def test_by_percent_it_moves_by_more_than_that_part() -> None:
    assert not moved(600, 630, by_percent=5) and moved(600, 630.1, by_percent=5)
    assert not moved(600, 570, by_percent=5) and moved(600, 569, by_percent=5)
    assert not moved(10_000, 10_000, by_percent=0) and moved(10_000, 10_001, by_percent=0)
    assert moved(0, 0.1, by_percent=50)
    assert not moved(0.3, 0.303, by_percent=1)


@pytest.mark.parametrize("rule", [{}, {"by_percent": 1_000}])
def test_a_number_that_appears_or_vanishes_moves(rule: dict[str, Any]) -> None:
    assert moved(None, 600, **rule) and moved(600, None, **rule)
    assert not moved(None, None, **rule)


def test_each_bound_moves_and_so_does_a_verdict() -> None:
    cited = Told(best=600, low=500, high=800, verdict="reported")
    assert left(DEFAULT, cited, cited) == ()
    for now in (
        Told(best=600, low=400, high=800, verdict="reported"),
        Told(best=600, low=500, high=None, verdict="reported"),
        Told(best=600, low=500, high=800, verdict="denied"),
    ):
        assert left(DEFAULT, cited, now) == ("figure",)


@pytest.mark.parametrize(
    ("before", "after", "falls"),
    [
        ("strong", "corroborated", True),
        ("corroborated", "single", True),
        ("single", "contested", True),
        ("contested", None, True),
        ("contested", "single", False),
        ("single", "strong", False),
        (None, "contested", False),
    ],
)
def test_support_moves_it_downwards_only(before: Level, after: Level, falls: bool) -> None:
    cited, now = Told(level=before), Told(level=after)
    assert left(DEFAULT, cited, now) == (("support",) if falls else ())
    assert left(WhenItMoves(or_support=False), cited, now) == ()


def test_a_contradiction_moves_it_unless_it_was_there() -> None:
    there, here = Told(contradictions=PAIR), Told(contradictions=PAIR | {("r1/1", "r3/1")})
    assert left(DEFAULT, Told(), there) == ("contradiction",)
    assert left(DEFAULT, there, here) == ("contradiction",)
    assert left(DEFAULT, there, there) == left(DEFAULT, here, there) == ()
    assert left(WhenItMoves(or_flag=False), Told(), there) == ()


def test_all_that_moved_is_said() -> None:
    cited, now = Told(best=600, level="strong"), Told(best=900, level="contested", contradictions=PAIR)
    assert left(DEFAULT, cited, now) == ("figure", "support", "contradiction")
