"""What a client accepts: media types and codings, by RFC 9110, 12.5."""

from collections.abc import Sequence
from functools import lru_cache

from starlette.requests import Request

from service.http.problems import Problem

_Ranges = Sequence[tuple[str, float]]
SHORT = 200
"""Bytes of a header up to which what it accepts is remembered: most clients send the same few."""


def accepts_gzip(request: Request) -> bool:
    """Whether a client accepts an answer compressed by gzip."""
    given = dict(reversed(_ranges(_given(request, b"accept-encoding"))))
    return given.get("gzip", given.get("x-gzip", given.get("*", 0.0))) > 0


def accepted(request: Request, *types: str) -> str:
    """The media type that the caller prefers, by RFC 9110, 12.5.1; of equals the first named.

    Raises `Problem` where the caller accepts none of them.
    """
    given = _given(request, b"accept")
    found = _preferred(given, types) if len(given) <= SHORT else _preferred.__wrapped__(given, types)
    if found is None:
        raise Problem("not-acceptable", f"Accept: this address returns {', '.join(types)}")
    return found


def accepts(request: Request, media_type: str) -> bool:
    """Whether the caller accepts a media type."""
    return bool(_rank(media_type, _media_ranges(_given(request, b"accept"))))


@lru_cache(maxsize=256)
def _preferred(given: bytes, types: tuple[str, ...]) -> str | None:
    """The media type that `Accept` prefers; None where it accepts none of them."""
    ranges = _media_ranges(given)
    ranked = [(-quality, place, each) for each in types for quality, place in _rank(each, ranges)]
    return min(ranked, key=lambda one: one[:2])[2] if ranked else None


def _given(request: Request, name: bytes) -> bytes:
    """All lines of a header as one."""
    return b",".join([value for key, value in request.scope["headers"] if key == name])


def _media_ranges(given: bytes) -> _Ranges:
    return _ranges(given) or [("*/*", 1.0)]


def _ranges(given: bytes) -> _Ranges:
    text = str(given, "latin-1").lower()
    return [_range(each) for each in text.split(",") if each.strip()]


def _range(text: str) -> tuple[str, float]:
    """A media range and its quality; an unreadable quality counts as 1."""
    kind, *parameters = (part.strip() for part in text.split(";"))
    given = [part[2:].strip() for part in parameters if part.startswith("q=")]
    try:
        return kind, float(given[0]) if given else 1.0
    except ValueError:
        return kind, 1.0


def _rank(media_type: str, ranges: _Ranges) -> list[tuple[float, int]]:
    """The quality and place of the most specific range that matches a type, if it is accepted."""
    for name in (media_type, media_type.partition("/")[0] + "/*", "*/*"):
        for place, (kind, quality) in enumerate(ranges):
            if kind == name:
                return [(quality, place)] if quality > 0 else []
    return []
