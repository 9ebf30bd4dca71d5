"""Who has sent a file, in a list beside it.

A hash is no key: whoever names one in a report shows nobody a file that they could not have sent
themselves. So a file belongs to a report only if whoever named it there has sent it as well. A file
without a list was put there by the operator, and belongs to every report that names it.
"""

from pathlib import Path

from pydantic_core import from_json, to_json

from service.log.private import write_durably

SUFFIX = ".senders"


def senders(path: Path) -> frozenset[str] | None:
    """Those who have sent a file; None where there is no list."""
    try:
        return frozenset(from_json(list_of(path).read_bytes()))
    except FileNotFoundError:
        return None


def add_sender(path: Path, subject: str) -> None:
    """Add somebody to the list of a file, durably; a file that is everybody's stays so."""
    known = senders(path)
    if (known is None and path.exists()) or subject in (known or ()):
        return
    write_durably(list_of(path), to_json(sorted({*(known or ()), subject})))


def list_of(path: Path) -> Path:
    """The list of those who have sent a file."""
    return path.with_name(f"{path.name}{SUFFIX}")
