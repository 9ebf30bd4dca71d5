"""Bodies into commands: media type, size, JSON, and each fault named by its JSON pointer."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json
from starlette.requests import Request

from domain.errors import Fault, Refused, refuse
from domain.near import did_you_mean, nearest
from service.http.problems import Problem
from service.http.routing import header

Given = TypeVar("Given", bound=BaseModel)
MOST_FAULTS = 100

_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "is not a field here",
    "string_type": "must be text, in quotes",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "model_type": "must be an object",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "json_invalid": "is not JSON",
    "too_short": "must not be empty",
}


def check_media_type(request: Request, media_type: str) -> None:
    """Refuse a body of another media type, or a compressed one; raises `Problem`."""
    given = (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower()
    if given != media_type:
        what = f"'{given[:60]}'" if given else "no Content-Type"
        raise Problem("wrong-media-type", f"got {what}; send Content-Type: {media_type}")
    coding = header(request.scope, b"content-encoding")
    if coding is not None and (coding := coding.strip().lower()) != "identity":
        raise Problem("wrong-media-type", f"got Content-Encoding: {coding[:60]}; send the body plain")


def has_body(request: Request) -> bool:
    """Whether a request announces a body at all."""
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def refuse_body(request: Request, instead: str) -> None:
    """Refuse a body where none is read: what it says would be ignored."""
    if has_body(request):
        raise not_this(f"is not read here; {instead}")


async def read_body(request: Request, limit: int, media_type: str = "application/json") -> bytes:
    """Read a body of one media type, up to a size; raises `Problem`."""
    check_media_type(request, media_type)
    announced = header(request.scope, b"content-length") or ""
    if announced.isdigit() and int(announced) > limit:
        raise _too_large(limit)
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _too_large(limit: int) -> Problem:
    return Problem(
        "too-large",
        f"the body is larger than {limit:,} bytes; split it, or import many reports one a line",
    )


def parse(kind: type[Given], body: bytes, path: Mapping[str, Any] | None = None) -> Given:
    """Make a command of a body; `path` gives the fields that stand in the address.

    Raises `Refused` with every fault.
    """
    try:
        whole = to_json({**_members(body, path), **path}) if path else body
        given = kind.model_validate_json(whole)
    except ValidationError as error:
        raise refusal(error, kind, path or ()) from None
    refuse_repeated(body)
    return given


def _members(body: bytes, path: Mapping[str, Any]) -> dict[str, Any]:
    try:
        members = from_json(body)
    except ValueError as error:
        raise not_this(f"is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise not_this("must be an object")
    for name in path:
        if name in members:
            raise refuse("invalid", f"/{name}", "stands in the address, not in the body")
    return members


def refuse_repeated(valid: bytes, whole: str = "body", again: bytes | None = None) -> None:
    """Refuse valid JSON in which an object names a field twice: one of them would be ignored.

    `again` is what it says, read and written anew. Source: I-JSON, RFC 7493, 2.3.
    """
    # A name given twice is lost in what is written anew, and its quotes with it.
    if b"\\" not in valid:
        again = to_json(from_json(valid)) if again is None else again
        if valid.count(b'"') == again.count(b'"'):
            return
    _reading_once(whole).decode(valid.decode())


@cache
def _reading_once(whole: str) -> json.JSONDecoder:
    """Reads JSON and refuses an object that names a field twice; `whole` is what is said of it."""

    def once(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) < len(members):
            names = [name for name, _ in members]
            twice = next(name for name in names if names.count(name) > 1)
            raise not_this(f"names the field {_shown(twice)} twice in one object", whole)

    return json.JSONDecoder(object_pairs_hook=once)


def not_this(message: str, whole: str = "body") -> Refused:
    """The refusal of a body, or of a line, as a whole."""
    return Refused("invalid", f"the {whole} {message}", (Fault("", message),))


def refusal(
    error: ValidationError, kind: type[BaseModel], path: Collection[str] = (), whole: str = "body"
) -> Refused:
    """The refusal that a body's validation errors amount to; fields of `path` stand in the address."""
    details = _own(error.errors(include_url=False, include_context=True))
    astray = [each for each in details if each["loc"] and each["loc"][0] in path]
    if astray:
        return Refused("invalid", f"the address: {_fault(astray[0], kind).message}")
    faults = [_fault(each, kind) for each in details[:MOST_FAULTS]]
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    where = f"{faults[0].pointer}:" if faults[0].pointer else f"the {whole}"
    return Refused("invalid", f"{where} {faults[0].message}{more}", faults)


def _own(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without lists that are called too short only because of the faults within them."""
    return [
        each
        for each in details
        if each["type"] != "too_short"
        or not any(_within(other["loc"], each["loc"]) for other in details)
    ]


def _within(inner: Sequence[int | str], outer: Sequence[int | str]) -> bool:
    return len(inner) > len(outer) and inner[: len(outer)] == outer


def _fault(detail: ErrorDetails, kind: type[BaseModel]) -> Fault:
    pointer = _pointer(detail["loc"])
    message = _WORDS.get(detail["type"]) or _first_lower(detail["msg"])
    if detail["type"] == "extra_forbidden":
        near = nearest(str(detail["loc"][-1]), _fields_at(kind, detail["loc"][:-1]))
        message += did_you_mean(near[:1])
    if detail["type"] == "json_invalid":
        message += f": {detail.get('ctx', {}).get('error', '')}"
    if detail["type"] == "string_pattern_mismatch":
        message = f"{_shown(detail['input'])} must match {detail.get('ctx', {}).get('pattern')}"
    return Fault(pointer, message)


def _pointer(location: Sequence[int | str]) -> str:
    """A JSON pointer (RFC 6901)."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in location)
    return "".join(f"/{step}" for step in steps)


def _fields_at(kind: type[BaseModel], location: Sequence[int | str]) -> Iterable[str]:
    """The names of the fields of the object at a place in a body."""
    schema = _schema(kind)
    here: Any = schema
    for step in location:
        here = _resolved(schema, here)
        here = here.get("items", {}) if isinstance(step, int) else here["properties"].get(step, {})
    return list(_resolved(schema, here).get("properties", {}))


@cache
def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    return kind.model_json_schema()


def _resolved(schema: dict[str, Any], here: dict[str, Any]) -> dict[str, Any]:
    while True:
        if "$ref" in here:
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
        elif "anyOf" in here:
            here = here["anyOf"][0]
        else:
            return here


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
