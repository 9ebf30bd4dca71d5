"""Bodies of the wrong shape: each with its exact answer, and proof that nothing changed."""

import gzip
import json

import pytest

from tests.http_spec import Api, Ask, faults, indicator, problem, report, unchanged
from tests.service.http.bad_input import WRITES, bytes_of

SHAPES: dict[str, tuple[bytes, str]] = {
    "null": (b"null", "the body must be an object"),
    "true": (b"true", "the body must be an object"),
    "a number": (b"0", "the body must be an object"),
    "a text": (b'"text"', "the body must be an object"),
    "a list": (b"[]", "the body must be an object"),
    "a list of it": (b'[{"id": "r1"}]', "the body must be an object"),
    "nothing": (b"", "the body is not JSON: EOF while parsing a value"),
    "blanks": (b" \r\n\t ", "the body is not JSON: EOF while parsing a value"),
    "half": (b'{"id": "r1"', "the body is not JSON: EOF while parsing an object"),
    "two": (b"{} {}", "the body is not JSON: trailing characters"),
    "a comma": (b'{"id": "r1",}', "the body is not JSON: trailing comma"),
    "single quotes": (b"{'id': 'r1'}", "the body is not JSON: key must be a string"),
    "a comment": (b"{} // ", "the body is not JSON: trailing characters"),
    "two marks": (b"\xef\xbb\xbf" * 2 + b"{}", "the body is not JSON: expected value at line"),
    "UTF-16": (
        '{"id": "r1"}'.encode("utf-16"),
        "the body is not JSON: expected value at line",
    ),
    "gzip": (gzip.compress(b"{}", mtime=0), "the body is not JSON: expected value at line"),
    "a NUL": (b"\x00", "the body is not JSON: expected value at line"),
    "a form": (b"reason=x&kind=record", "the body is not JSON: expected value at line"),
    "depth": (
        b"[" * 100_000 + b"]" * 100_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "deep objects": (
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "an open depth": (
        b"[" * 1_000_000,
        "the body is not JSON: recursion limit exceeded",
    ),
    "bad text": (
        b'{"reason": "\xff"}',
        "the body is not JSON: invalid unicode code point",
    ),
    "cut text": (b'{"reason": "\xe2\x82', "the body is not JSON: "),
    "a control": (b'{"reason": "a\nb"}', "the body is not JSON: control character"),
    "a surrogate": (
        b'{"reason": "\\ud800"}',
        "the body is not JSON: unexpected end of hex escape",
    ),
    "half a pair": (b'{"reason": "\\ud83d\\u0041"}', "the body is not JSON: lone leading surrogate"),
    "a low surrogate": (b'{"reason": "\\udc00 "}', "the body is not JSON: lone leading surrogate"),
    "a bad escape": (
        b'{"reason": "\\x41"}',
        "the body is not JSON: invalid escape",
    ),
    "leading noughts": (b'{"reason": 007}', "the body is not JSON: invalid number"),
    "a name twice": (
        b'{"reason": "a", "reason": "b"}',
        "the body names the field 'reason' twice in one object",
    ),
}


@pytest.mark.parametrize("route", WRITES)
def test_a_body_of_the_wrong_shape(steady: Api, route: str) -> None:
    method, path = WRITES[route]
    for what, (body, detail) in SHAPES.items():
        if what == "nothing" and route in ("hold", "release"):
            continue  # the address says all there
        with unchanged(steady):
            refusal = problem(steady.send(Ask(method, path, body)), 422, "invalid")
        if what == "a name twice" and refusal["detail"] != detail:
            # Where a field is missing or unknown, that is said first.
            assert refusal["errors"][0]["pointer"]
            continue
        assert refusal["detail"].startswith(detail), what
        assert faults(refusal) == [("", refusal["detail"].removeprefix("the body "))], what


def test_a_field_given_twice_is_refused_wherever_it_is(api: Api) -> None:
    api.given(indicator())
    for name in ("id", "publisher", "indicator", "best", "status"):
        twice = bytes_of(report("r1"), f'"{name}"'.encode(), f'"{name}": null, "{name}"'.encode())
        with unchanged(api):
            refusal = problem(api.send(twice), 422, "invalid")
        assert refusal["detail"] == f"the body names the field '{name}' twice in one object"
    alike = bytes_of(report("r1"), b'"best": 100', b'"best": 100, "\\u0062est": 100')
    with unchanged(api):
        problem(api.send(alike), 422, "invalid")
    assert api.send(report("r1")).status_code == 201


BOM = b"\xef\xbb\xbf"


def test_a_mark_before_a_body_is_ignored(api: Api) -> None:
    body = BOM + json.dumps({"title": "Troops", "measure": "stock"}).encode()
    assert api.send(Ask("PUT", "/v1/indicators/troops", body)).status_code == 201
    problem(api.send(Ask("PUT", "/v1/indicators/troops", BOM + body)), 422, "invalid")


def test_a_mark_before_the_first_line_of_an_import_is_ignored_and_no_other(api: Api) -> None:
    lines = [json.dumps({"register_source": {"id": name}}).encode() for name in ("a", "b")]
    assert api.import_bytes(BOM + b"\n".join(lines))[-1]["accepted"] == 2
    refused, done = api.import_bytes(lines[0] + b"\n" + BOM + lines[1])
    assert (refused["line"], done["refused"], done["duplicates"]) == (2, 1, 1)
    assert "is not JSON" in refused["refused"]["detail"]
