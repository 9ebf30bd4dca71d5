"""Names that a caller may have meant: which of those there are, how many, and how a hint says so."""

from itertools import permutations

import pytest

from domain.near import Lookalikes, did_you_mean, nearest


@pytest.mark.parametrize(
    ("name", "names", "then"),
    [
        ("kiled", ["killed"], ["killed"]),
        ("kiled", ["wounded", "billed", "killed"], ["killed", "billed"]),
        ("kiled", ["wounded"], []),
        ("kiled", [], []),
        # Half alike is near enough: two characters of four, but not two of five.
        ("abcd", ["abxy"], ["abxy"]),
        ("abcde", ["abxyz"], []),
        # At most three.
        (
            "killed",
            ["killed-5-6-7", "killed-5-6", "killed-5", "killed"],
            ["killed", "killed-5", "killed-5-6"],
        ),
    ],
)
def test_the_names_most_like_one_the_most_alike_first(
    name: str, names: list[str], then: list[str]
) -> None:
    assert nearest(name, names) == then


def test_the_order_of_the_names_never_matters() -> None:
    """Also where they are equally like it, and more of them than are named."""
    found = {
        tuple(nearest("corps-0", names)) for names in permutations(f"corps-{n}" for n in (1, 2, 3, 4))
    }

    assert len(found) == 1
    assert len(found.pop()) == 3


@pytest.mark.parametrize(
    ("near", "otherwise", "then"),
    [
        (["killed"], [], "; did you mean killed?"),
        (["killed", "billed"], [], "; did you mean killed or billed?"),
        (["killed"], ["; define it first"], "; did you mean killed?"),
        ([], ["; define it first"], "; define it first"),
        ([], [], ""),
    ],
)
def test_a_hint_ends_a_sentence_with_what_may_have_been_meant(
    near: list[str], otherwise: list[str], then: str
) -> None:
    """Where nothing is near it says what else to do, or nothing at all."""
    assert did_you_mean(near, *otherwise) == then


@pytest.mark.parametrize(
    ("name", "then"),
    [
        ("reutters", ["reuters"]),
        ("euters", ["reuters"]),
        ("reuters", []),
        ("reutorz", []),
        ("kyiv-post", ["kyivpost", "kyiv-posts"]),
        ("ap", []),
    ],
)
def test_a_misspelling_shares_an_end_with_its_name_and_nearly_all_else(
    name: str, then: list[str]
) -> None:
    known = Lookalikes(["reuters", "kyivpost", "kyiv-posts", "afp"])
    assert sorted(known.of(name)) == sorted(then)
