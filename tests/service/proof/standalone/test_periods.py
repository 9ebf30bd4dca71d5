"""Periods read a second time: what each is, and what is none, as the program has it."""

from collections.abc import Callable
from itertools import product
from typing import Any

from domain.period import parse_period as parsed
from service.proof.standalone.periods import parse_period

DATES = (
    *("2025", "2025-07", "2025-07~", "2024-02-29", "2025-07-01%", "2025-33", "2025-36?", ".."),
    *("2025-13", "2025-00", "2025-00-05", "2025-37", "2025-33-01", "2025-02-29", "0000", "2025-7"),
    *("2025-07-1", "2025-07-01~?", " 2025", "x", ""),
)


def read(parse: Callable[[str], Any], text: str) -> object:
    try:
        return parse(text).bounds
    except ValueError:
        return "no period"


def test_every_period_and_what_is_none() -> None:
    texts = [*DATES, *(f"{first}/{last}" for first, last in product(DATES, DATES)), "2024/2025/2026"]
    assert len({str(read(parsed, text)) for text in texts}) > 20
    for text in texts:
        assert read(parse_period, text) == read(parsed, text), text
