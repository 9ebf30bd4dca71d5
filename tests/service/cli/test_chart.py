"""Figures as bars of text."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projections.answers.figure import FigureAnswer
from service.cli.chart import WIDTH, Scale
from service.cli.tables import vintage_chart


def body(low: float | None, best: float | None, high: float | None, **more: bool) -> Any:
    """The figure of an estimate."""
    return {"low": low, "best": best, "high": high, "open_low": False, "open_high": False, **more}


@pytest.mark.parametrize(
    ("figures", "then"),
    [
        (body(2000, 2000, 2000), "                  ●     "),
        (body(1000, 2000, 4000), "    ─────●─────────     "),
        (body(0, 0, 0), "●                       "),
        (body(100, None, None, open_high=True), "                  ─────▸"),
        (body(None, None, 300, open_low=True), "◂──────────────────     "),
        (body(None, None, None), " " * WIDTH),
        (body(-100, -50, 100), "────●──────────────     "),
    ],
)
def test_a_figure_as_a_bar(figures: FigureAnswer, then: str) -> None:
    assert Scale().bar(figures) == then


def test_the_scale_stretches_to_what_it_has_seen() -> None:
    scale = Scale()
    small, large = scale.bar(body(10, 10, 10)), scale.bar(body(1000, 1000, 1000))
    assert small.index("●") == large.index("●")
    assert scale.bar(body(10, 10, 10)).index("●") == 0


def test_the_revisions_of_a_figure_as_a_chart_have_one_scale() -> None:
    rows: Any = [
        {"from": f"2025-0{n}-01T00:00:00Z", "verdict": None, **body(n, n, n)} for n in (1, 2, 8)
    ]
    lines = str(vintage_chart(rows)).split("\n")
    assert [line.split("●")[1].strip() for line in lines] == ["1", "2", "8"]
    assert [line.index("●") for line in lines] == [14, 16, 30]


numbers = st.one_of(st.none(), st.integers(-(10**15), 10**15), st.floats(-1e9, 1e9))


@given(st.lists(st.tuples(numbers, numbers, numbers, st.booleans(), st.booleans()), max_size=5))
def test_whatever_is_drawn_fits(estimates: list[tuple[Any, ...]]) -> None:
    scale = Scale()
    for low, best, high, open_low, open_high in estimates:
        drawn = scale.bar(body(low, best, high, open_low=open_low, open_high=open_high))
        assert len(drawn) == WIDTH
        assert ("●" in drawn) == (best is not None)
