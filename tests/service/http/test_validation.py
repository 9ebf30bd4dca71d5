"""Bodies are validated once and read for repeated fields once, unless something is wrong with them."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.commands import FileReport
from domain.errors import Refused
from service.http.bodies import parse, refuse_repeated
from service.http.validation import PART, SHORT, most_values, validated
from tests.http_spec import claim, report
from tests.work import calls

VALIDATIONS = "SchemaValidator.validate_json"


def body(claims: int, **more: Any) -> bytes:
    """A report of so many claims; `more` are fields of each."""
    said = report("r1", *({**claim(n), **more} for n in range(1, claims + 1)))
    return json.dumps(said.body).encode()


@pytest.mark.parametrize("claims", [1, 50, 150])
def test_what_is_valid_and_not_huge_is_validated_once(claims: int) -> None:
    text = body(claims)
    assert claims == 1 or len(text) > SHORT
    assert most_values(text) <= PART
    with calls() as made:
        assert len(validated(FileReport, text).claims) == claims
    assert made[VALIDATIONS] == 1
    assert not made["from_json"]


def test_what_may_have_many_faults_is_looked_at_in_parts_first() -> None:
    text = body(2_000, quantity={"best": "many"})
    assert most_values(text) > PART
    with calls() as made, pytest.raises(Refused) as refused:
        validated(FileReport, text)
    assert len(refused.value.faults) == 100
    assert made[VALIDATIONS] == 1


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=4), inner, max_size=5),
    max_leaves=30,
)


def values_in(value: Any) -> int:
    """The number of JSON values in one, itself included."""
    if isinstance(value, dict):
        return 1 + sum(map(values_in, value.values()))
    return 1 + sum(map(values_in, value)) if isinstance(value, list) else 1


@given(json_values, st.sampled_from([None, (",", ":"), (" , ", " : ")]))
def test_a_text_holds_no_more_values_than_said(value: Any, separators: Any) -> None:
    assert most_values(json.dumps(value, separators=separators).encode()) >= values_in(value)


class Pairs(list[tuple[str, Any]]):
    """An object as its members in order, of which some may have the same name."""


names = st.sampled_from(["a", "b", 'a"', "\\", "é", "\U0001f575", "\n", ""])
texts = names | st.text(max_size=6)
written = st.recursive(
    st.integers() | texts,
    lambda inner: (
        st.lists(inner, max_size=3) | st.lists(st.tuples(names, inner), max_size=4).map(Pairs)
    ),
    max_leaves=12,
)


def spelled(text: str, way: int) -> str:
    """A text as JSON: in ASCII, in Unicode, or as numbers all through."""
    if way < 2:
        return json.dumps(text, ensure_ascii=way == 0)
    units = text.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2)) + '"'


def as_text(value: Any, way: int) -> str:
    """A value as JSON; each text in another way than the one before it."""
    if isinstance(value, Pairs):
        inner = (f"{spelled(k, (way + n) % 3)}:{as_text(v, way + n)}" for n, (k, v) in enumerate(value))
        return "{" + ",".join(inner) + "}"
    if isinstance(value, list):
        return "[" + ",".join(as_text(each, way + n) for n, each in enumerate(value)) + "]"
    return spelled(value, way % 3) if isinstance(value, str) else str(value)


def repeats(value: Any) -> bool:
    """Whether any object in a value has two members of one name."""
    if isinstance(value, Pairs):
        return len({name for name, _ in value}) < len(value) or any(repeats(each) for _, each in value)
    return isinstance(value, list) and any(map(repeats, value))


@given(written, st.integers(0, 2))
@example(Pairs([("a", 1), ("a", '""')]), 2)
@example(Pairs([("a", '"'), ("a", "")]), 0)
def test_a_field_that_is_named_twice_is_refused_however_it_is_written(value: Any, way: int) -> None:
    text = as_text(value, way).encode()
    if repeats(value):
        with pytest.raises(Refused, match="twice in one object"):
            refuse_repeated(text)
    else:
        refuse_repeated(text)


def test_texts_with_escapes_are_not_read_twice() -> None:
    text = body(1, text='a "word" of Zürich\n')
    assert rb"\u00fc" in text
    with calls() as made:
        parse(FileReport, text)
    assert not made["JSONDecoder.decode"]
