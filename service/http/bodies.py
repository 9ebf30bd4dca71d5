"""Reading bodies: media type, size, JSON, and the command that they hold."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic_core import from_json, to_json
from starlette.requests import Request

from domain.errors import refuse
from service.http.faults import quoted, refused_whole
from service.http.problems import Problem
from service.http.routing import header
from service.http.turns import in_turn
from service.http.validation import SHORT, encoded, validated

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some editors put before UTF-8; RFC 8259, 8.1, lets a reader ignore it."""
Given = TypeVar("Given", bound=BaseModel)


def media_type_of(request: Request) -> str:
    """The media type of a body, without its parameters; empty where none is given."""
    return (header(request.scope, b"content-type") or "").partition(";")[0].strip().lower()


def check_media_type(request: Request, media_type: str) -> None:
    """Refuse a body of another media type, or a compressed one; raises `Problem`."""
    given = media_type_of(request)
    if given != media_type:
        what = f"'{given[:60]}'" if given else "no Content-Type"
        raise Problem("wrong-media-type", f"got {what}; send Content-Type: {media_type}")
    refuse_compressed(request)


def refuse_compressed(request: Request) -> None:
    """Refuse a body that does not come as it is; raises `Problem`."""
    coding = header(request.scope, b"content-encoding")
    if coding is not None and (coding := coding.strip().lower()) != "identity":
        raise Problem("wrong-media-type", f"got Content-Encoding: {coding[:60]}; send the body plain")


def has_body(request: Request) -> bool:
    """Whether a request announces a body at all."""
    headers = request.headers
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def refuse_body(request: Request, instead: str) -> None:
    """Refuse a body where none is read, because it would be ignored."""
    if has_body(request):
        raise refused_whole(f"is not read here; {instead}")


async def read_body(request: Request, limit: int, media_type: str = "application/json") -> bytes:
    """Read a body of one media type, up to a size; raises `Problem`."""
    check_media_type(request, media_type)
    return (await read_whole(request, limit)).removeprefix(BYTE_ORDER_MARK)


async def read_whole(request: Request, limit: int) -> bytes:
    """Read a body as it is, whatever its media type, up to a size; raises `Problem`."""
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
    """Read a command from a body; `path` gives the fields that stand in the address.

    Raises `Refused` with the first hundred faults.
    """
    whole = encoded({**_members(body, path), **path}) if path else body
    given = validated(kind, whole, path or ())
    refuse_repeated(body)
    return given


async def parsed(kind: type[Given], body: bytes, path: Mapping[str, Any] | None = None) -> Given:
    """What `parse` gives; a large body is parsed in a thread, so that other requests go on."""
    if len(body) <= SHORT:
        return parse(kind, body, path)
    return await in_turn(parse, kind, body, path)


def _members(body: bytes, path: Mapping[str, Any]) -> dict[str, Any]:
    try:
        members = from_json(body)
    except ValueError as error:
        raise refused_whole(f"is not JSON: {error}") from None
    if not isinstance(members, dict):
        raise refused_whole("must be an object")
    for name in path:
        if name in members:
            raise refuse("invalid", f"/{name}", "stands in the address, not in the body")
    return members


def refuse_repeated(valid: bytes, whole: str = "body", again: bytes | None = None) -> None:
    """Refuse valid JSON in which an object names a field twice: one of them would be ignored.

    `again` is the same JSON, decoded and encoded once more. Source: I-JSON, RFC 7493, 2.3.
    """
    # Encoding it again drops a repeated name, and its quotes with it. It adds none: a quote within a
    # text stays one character, unless it was written as a number.
    if b"\\u0022" not in valid:
        again = to_json(from_json(valid)) if again is None else again
        if valid.count(b'"') == again.count(b'"'):
            return
    _reading_once(whole).decode(valid.decode())


@cache
def _reading_once(whole: str) -> json.JSONDecoder:
    """A decoder that refuses an object with a repeated field; messages call the JSON `whole`."""

    def once(members: list[tuple[str, object]]) -> None:
        if len({name for name, _ in members}) < len(members):
            names = [name for name, _ in members]
            twice = next(name for name in names if names.count(name) > 1)
            raise refused_whole(f"names the field {quoted(twice)} twice in one object", whole)

    return json.JSONDecoder(object_pairs_hook=once)
