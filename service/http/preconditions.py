"""Conditional requests (RFC 9110, 13): entity tags, `If-Match` and `If-None-Match`.

Two kinds of tag. A *version tag*, `"3"`, is that of a report, source or indicator: it names the version
of its stream, which `If-Match` guards, and covers all of the body but `as_of`, the times it was read
for. What a source shows beyond its own events changes while its version stays; once there is any, its
tag goes on with a digest of it, `"3.1f2e3d4c5b6a7988"`, and as `If-Match` of a change it is still
version 3. Every other read bears a digest of its whole body.

Nothing here has a `Last-Modified` or takes ranges, so `If-Modified-Since`, `If-Unmodified-Since` and
`If-Range` are ignored, as RFC 9110 says for such resources.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from service.http.problems import Problem
from service.write.conditions import Versions

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"|[0-9]{1,15}'
PATTERN = rf"^\s*(?:\*|,?\s*(?:{_TAG})(?:\s*,\s*(?:{_TAG})?)*)\s*$"
"""The form of a condition: `*`, or tags in a list; a version alone may stand without quotes."""
CONDITIONS = ("If-Match", "If-None-Match")
_KEYS = {name: name.lower().encode() for name in CONDITIONS}
_CONDITION, _EACH = re.compile(PATTERN), re.compile(_TAG)
_VERSION = re.compile(r'"?([0-9]{1,15})(?:\.[0-9a-f]{16})?"?\Z')
_DESCRIBES_A_BODY = (b"content-type", b"content-length", b"content-encoding")
Named = Literal["*"] | Sequence[str]
"""The entity tags that a condition lists, or `*` for whatever is there."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The versions that a change asks for: those of which one must be there, those that must not."""

    if_match: Versions | None
    if_none_match: Versions | None


def conditions_of(request: Request) -> Conditions:
    """The conditions of a change; raises `Problem` where they cannot be read."""
    must, must_not = named(request.scope, "If-Match"), named(request.scope, "If-None-Match")
    return Conditions(
        None if must is None else _versions(must),
        None if must_not is None else _versions(_without_weakness(must_not)),
    )


def _versions(tags: Named) -> Versions:
    """The versions that tags name; a weak tag, or one that is not ours, names none."""
    if tags == "*":
        return "*"
    return frozenset(int(match[1]) for tag in tags if (match := _VERSION.match(tag)))


def named(scope: Scope, name: str) -> Named | None:
    """The tags that a header lists, in all its lines; None where it is absent; raises `Problem`."""
    key = _KEYS[name]
    lines = [value for given, value in scope["headers"] if given == key]
    if not lines:
        return None
    text = str(b", ".join(lines), "latin-1")
    if not _CONDITION.match(text):
        raise Problem(
            "bad-parameter", f'{name}: {text[:60]!r} is no list of entity tags; send an ETag, "3", or *'
        )
    return "*" if text.strip() == "*" else _EACH.findall(text)


def _without_weakness(tags: Named) -> Named:
    """Tags for the weak comparison (RFC 9110, 8.8.3.2)."""
    return "*" if tags == "*" else [tag.removeprefix("W/") for tag in tags]


def version_tag(version: int, beyond: bytes = b"") -> str:
    """The tag of a version; `beyond` is what the body shows that its version does not decide."""
    return f'"{version}.{_digest(beyond)}"' if beyond else f'"{version}"'


def _digest(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def tagged(answer: Response) -> Response:
    """An answer with an entity tag: its own, or else a digest of its body."""
    if answer.status_code == 200 and "etag" not in answer.headers:
        answer.headers["ETag"] = f'"{_digest(bytes(answer.body))}"'
    return answer


def conditional(request: Request, answer: Response) -> Response:
    """A tagged answer under the conditions of a read, in the order of RFC 9110, 13.2.2.

    It is 304 if the caller has it already; raises `Problem` where `If-Match` does not hold.
    """
    tag = _tag_of(answer) if answer.status_code == 200 else None
    if tag is None:
        return answer
    must = named(request.scope, "If-Match")
    if must is not None and must != "*" and tag not in must:
        raise Problem("stale-version", f"If-Match: the tag is {tag} now; read it again")
    return _not_modified(answer) if is_known(request, tag) else answer


def _tag_of(answer: Response) -> str | None:
    for name, value in answer.raw_headers:
        if name == b"etag":
            return str(value, "latin-1")
    return None


def is_known(request: Request, tag: str) -> bool:
    """Whether `If-None-Match` names a tag: the caller has the answer already; raises `Problem`."""
    known = named(request.scope, "If-None-Match")
    return known is not None and (known == "*" or tag in _without_weakness(known))


def _not_modified(answer: Response) -> Response:
    """304: the headers of an answer without what they say of its body."""
    same = Response(status_code=304)
    same.raw_headers = [each for each in answer.raw_headers if each[0] not in _DESCRIBES_A_BODY]
    return same
