"""What a `*` stands for; matching takes no longer for what nearly matches."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.interop.tables.patterns import matcher


@pytest.mark.parametrize(
    ("patterns", "text", "found"),
    [
        (["a", "a*"], "a", "a"),
        (["a*", "a"], "a", "a"),
        (["a*"], "ab\nc", "a*"),
        (["*b"], "ab", "*b"),
        (["a*a"], "a", None),
        (["*a*b*"], "xayb", "*a*b*"),
        (["*a*b*"], "xbya", None),
        ([""], "", ""),
        (["*"], "", "*"),
        (["A"], "a", None),
        ([], "", None),
    ],
)
def test_the_first_pattern_that_matches_is_found(
    patterns: list[str], text: str, found: str | None
) -> None:
    assert matcher(patterns)(text) == found


@given(st.text("ab*", max_size=6), st.text("ab", max_size=8))
def test_a_pattern_matches_what_the_same_regular_expression_does(pattern: str, text: str) -> None:
    expected = re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL)
    assert (matcher([pattern])(text) is not None) == (expected is not None)


def test_a_text_that_nearly_matches_costs_no_more() -> None:
    began = time.process_time()
    assert matcher(["*a" * 1_000 + "*b"])("a" * 100_000) is None
    assert time.process_time() - began < 1
