"""What a caller asks of the version of a stream before it changes."""

from typing import Literal

from domain.errors import Refused

Versions = Literal["*"] | frozenset[int]
"""Versions of a stream that a caller names; `*` is whatever is there."""


def check_version(
    stream: str, version: int, if_match: Versions | None, if_none_match: Versions | None
) -> None:
    """Refuse a change of a version that the caller has not seen, or did not expect to be there."""
    if if_match is not None and not _names(if_match, version):
        there = f"is at version {version}, not {_shown(if_match)}"
        raise Refused(
            "stale-version",
            f"{stream} {there if version > 0 else 'is not there yet'}; read it again, then repeat the "
            "change if it still makes sense",
            version=version,
        )
    if if_none_match is not None and _names(if_none_match, version):
        raise Refused(
            "already-there",
            f"{stream} is there at version {version}; to change it, send If-Match",
            version=version,
        )


def _names(versions: Versions, version: int) -> bool:
    """Whether a condition names the version of a stream; nothing names one that is not there."""
    return version > 0 and (versions == "*" or version in versions)


def _shown(versions: Versions) -> str:
    return " or ".join(map(str, sorted(versions)[:5])) or "one that its tags name"
