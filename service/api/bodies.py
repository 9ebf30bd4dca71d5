"""Bodies into commands: media type, size, JSON, and each fault named by its JSON pointer."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails, from_json, to_json
from starlette.requests import Request

from domain.errors import Fault, Refused
from service.api.problems import Problem

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
}


async def read_body(request: Request, limit: int, media_type: str = "application/json") -> bytes:
    """Read a body of one media type, up to a size; raises `Problem`."""
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        what = f"'{given}'" if given else "no Content-Type"
        raise Problem("wrong-media-type", f"got {what}; send Content-Type: {media_type}")
    announced = request.headers.get("content-length", "")
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
        if path:
            body = to_json({**_members(body, path), **path})
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise refusal(error, kind) from None


def _members(body: bytes, path: Mapping[str, Any]) -> dict[str, Any]:
    try:
        members = from_json(body or b"{}")
    except ValueError as error:
        raise Refused("invalid", f"the body is not JSON: {error}", (_whole("is not JSON"),)) from None
    if not isinstance(members, dict):
        raise Refused("invalid", "the body must be a JSON object", (_whole("must be an object"),))
    for name in path:
        if name in members:
            fault = Fault(f"/{name}", "stands in the address, not in the body")
            raise Refused("invalid", f"{fault.pointer}: {fault.message}", (fault,))
    return members


def _whole(message: str) -> Fault:
    return Fault("", message)


def refusal(error: ValidationError, kind: type[BaseModel], base: str = "") -> Refused:
    """The refusal that a body's validation errors amount to."""
    details = error.errors(include_url=False, include_context=True)
    faults = [_fault(each, kind, base) for each in details[:MOST_FAULTS]]
    more = f" (and {len(details) - 1} more)" if len(details) > 1 else ""
    where = faults[0].pointer or "the body"
    return Refused("invalid", f"{where}: {faults[0].message}{more}", faults)


def _fault(detail: ErrorDetails, kind: type[BaseModel], base: str) -> Fault:
    pointer = base + _pointer(detail["loc"])
    message = _WORDS.get(detail["type"]) or _first_lower(detail["msg"])
    if detail["type"] == "extra_forbidden":
        message += _did_you_mean(str(detail["loc"][-1]), _fields_at(kind, detail["loc"][:-1]))
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


def _did_you_mean(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _first_lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _shown(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 60 else text[:57] + "...")
