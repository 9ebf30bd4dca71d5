"""Values: what is read, as what, and what is refused."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json, to_json

from domain.vocabulary import (
    LARGEST,
    MARKINGS,
    ClaimId,
    Evidence,
    Instant,
    LikelihoodWord,
    Marking,
    Provenance,
    Quantity,
    Slug,
    Stance,
    Statement,
    claim_id,
    restriction,
    split_claim_id,
)
from tests.spec import Value, a


def refused(kind: type[Value], **data: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        a(kind, **data)
    return caught.value.errors()[0]["msg"]


# -- quantities ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_", "qualifier"),
    [
        ({"best": 300}, "exact"),
        ({"low": 100}, "at-least"),
        ({"high": 500}, "at-most"),
        ({"low": 100, "high": 500}, "range"),
        ({"low": 100, "best": 300}, "exact"),
        ({"low": 100, "best": 300, "high": 500}, "exact"),
        ({"best": 0}, "exact"),
        ({"low": 0}, "at-least"),
        ({"low": 100, "best": None, "qualifier": None}, "at-least"),
        ({"best": 300, "qualifier": "about"}, "about"),
        ({"low": 300, "qualifier": "more-than"}, "more-than"),
        ({"qualifier": "unspecified"}, "unspecified"),
        ({"low": 200, "qualifier": "unspecified"}, "unspecified"),
    ],
)
def test_a_qualifier_follows_from_the_numbers_unless_it_is_given(
    given_: dict[str, Any], qualifier: str
) -> None:
    quantity = a(Quantity, **given_)

    assert quantity.qualifier == qualifier
    assert (quantity.low, quantity.best, quantity.high) == tuple(
        given_.get(bound) for bound in ("low", "best", "high")
    )


def test_zero_is_a_figure_and_nothing_is_none() -> None:
    assert a(Quantity, best=0).has_figure
    assert not a(Quantity, qualifier="unspecified").has_figure


@pytest.mark.parametrize(
    ("number", "kept"),
    [(300, "300"), (300.0, "300"), (2.5, "2.5"), (-1, "-1"), (-0.0, "0"), (LARGEST, str(LARGEST))],
)
def test_a_number_is_kept_as_it_was_given(number: float, kept: str) -> None:
    assert repr(a(Quantity, best=number).best) == kept


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (True, "must be a number, without quotes"),
        ("300", "must be a number, without quotes"),
        ([300], "must be a number, without quotes"),
        ({}, "must be a number, without quotes"),
        (float("nan"), "must be a finite number"),
        (float("-inf"), "must be a finite number"),
        (LARGEST + 1, f"must lie between -{LARGEST} and {LARGEST}"),
        (-(10**30), f"must lie between -{LARGEST} and {LARGEST}"),
        (1e300, f"must lie between -{LARGEST} and {LARGEST}"),
    ],
)
def test_nothing_else_is_a_number(number: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Quantity.model_validate({"best": number})


@pytest.mark.parametrize(
    "nothing", [{}, {"low": None}, {"qualifier": "exact"}, {"qualifier": "at-least"}]
)
def test_a_quantity_has_a_number(nothing: dict[str, Any]) -> None:
    assert refused(Quantity, **nothing).startswith("has no number")


@pytest.mark.parametrize("qualifier", ["approximately", "EXACT", "", 1])
def test_a_qualifier_is_one_of_ours(qualifier: object) -> None:
    refused(Quantity, best=1, qualifier=qualifier)


numbers = st.none() | st.integers(-LARGEST, LARGEST) | st.floats(-1e15, 1e15)


@given(low=numbers, best=numbers, high=numbers)
def test_a_quantity_survives_being_written_and_read(
    low: float | None, best: float | None, high: float | None
) -> None:
    quantity = Quantity.model_validate(
        {"low": low, "best": best, "high": high, "qualifier": "unspecified"}
    )
    again = Quantity.model_validate_json(quantity.model_dump_json(exclude_none=True))

    assert again == quantity
    assert repr(again) == repr(quantity)  # 1 stays 1 and does not become 1.0


# -- stances ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "read"),
    [
        ("likely", "likely"),
        ("very likely", "very-likely"),
        ("Very Likely", "very-likely"),
        (" almost certain ", "almost-certain"),
        ("roughly even chance", "roughly-even-chance"),
        ("almost-no-chance", "almost-no-chance"),
    ],
)
def test_a_likelihood_is_read_in_the_words_of_icd_203(words: str, read: str) -> None:
    assert a(Stance, asserts=True, likelihood=words).likelihood == read


def test_both_rows_of_icd_203_have_seven_words() -> None:
    assert len(get_args(LikelihoodWord)) == len(set(get_args(LikelihoodWord))) == 2 * 7


@pytest.mark.parametrize("likelihood", ["certain", "high", "moderate confidence", "", 0.9, 90])
def test_a_number_or_a_confidence_is_no_likelihood(likelihood: object) -> None:
    refused(Stance, asserts=True, likelihood=likelihood)


@pytest.mark.parametrize("asserts", [None, "true", 1, "asserts"])
def test_a_stance_is_true_or_false(asserts: object) -> None:
    refused(Stance, asserts=asserts)


# -- markings --------------------------------------------------------------------------------------


def test_markings_go_from_open_to_restricted() -> None:
    ordered: list[Marking] = ["TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"]

    assert [restriction(marking) for marking in ordered] == [0, 1, 2, 3, 4]
    assert list(MARKINGS) == ordered


# -- times -----------------------------------------------------------------------------------------

INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)
SEOUL = timezone(timedelta(hours=9))


@pytest.mark.parametrize(
    "given_",
    [
        "2025-06-26T01:00:00+09:00",
        "2025-06-25T16:00:00Z",
        datetime(2025, 6, 26, 1, tzinfo=SEOUL),
        datetime(2025, 6, 25, 16, tzinfo=UTC),
    ],
)
def test_an_instant_is_kept_in_utc_whatever_its_offset(given_: object) -> None:
    instant = INSTANT.validate_python(given_)

    assert instant.tzinfo is UTC
    assert instant.date().isoformat() == "2025-06-25"
    assert INSTANT.dump_json(instant) == b'"2025-06-25T16:00:00Z"'


@pytest.mark.parametrize(
    "given_",
    [
        1750867200,
        True,
        None,
        "soon",
        datetime(2025, 6, 26),
        datetime(1, 1, 1, tzinfo=SEOUL),
        datetime(9999, 12, 31, 23, tzinfo=timezone(timedelta(hours=-9))),
    ],
)
def test_anything_else_is_no_instant(given_: object) -> None:
    with pytest.raises(ValidationError):
        INSTANT.validate_python(given_)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "0", "nis", "wire-2025-01-13", "a.b_c-d", "a" * 128])
def test_a_slug(name: str) -> None:
    assert TypeAdapter(Slug).validate_python(name) == name
    assert TypeAdapter(ClaimId).validate_python(f"{name}/1") == f"{name}/1"


@pytest.mark.parametrize(
    "name", ["", "A", "a b", "a/b", ".a", "-a", "_a", "a" * 129, "a\n", "\u0430", "a%2f"]
)
def test_no_slug(name: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(name)


@pytest.mark.parametrize(
    "claim", ["a", "a/", "/1", "a/0", "a/01", "a/-1", "a/1/1", "a/1000000", "a/1\n", "a/\u0661"]
)
def test_no_claim_id(claim: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(ClaimId).validate_python(claim)


@pytest.mark.parametrize(("report", "n"), [("a", 1), ("wire-2025-01-13", 999_999)])
def test_a_claim_id_is_its_report_and_number(report: str, n: int) -> None:
    assert split_claim_id(claim_id(report, n)) == (report, n)


# -- provenance and statements ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://wire/1", "wire/1", "http://", "https://a b"]
)
def test_an_address_is_one_of_the_web(url: str) -> None:
    refused(Provenance, publisher="wire", published_at="2025-01-13", url=url)


@pytest.mark.parametrize("sha256", ["", "0" * 63, "0" * 65, "G" * 64, "A" * 64])
def test_evidence_is_a_sha_256_in_small_hexadecimal(sha256: str) -> None:
    refused(Evidence, sha256=sha256)


def test_what_a_claim_leaves_out() -> None:
    statement = a(Statement, indicator="killed", originator="nis")

    assert from_json(statement.model_dump_json(exclude_none=True)) == {
        "indicator": "killed",
        "originator": "nis",
        "basis": "unknown",
        "status": "reported",
        "derived_from": [],
        "text": "",
    }


@pytest.mark.parametrize("field", ["basis", "status"])
def test_basis_and_status_are_of_our_words(field: str) -> None:
    refused(Statement, indicator="killed", originator="nis", **{field: "rumour"})


def test_a_value_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        a(Quantity, best=1).best = 2


def test_any_text_is_kept_letter_by_letter() -> None:
    text = "“정찰총국” said 'no' \\ \"yes\"\r\n\u2028\x00"

    written = a(Statement, indicator="killed", originator="nis", text=text).model_dump_json()

    assert Statement.model_validate_json(written).text == text
    assert to_json(text).decode() in written
