"""Who has sent a file, in a list beside it.

A hash is no key: whoever names one in a report shows nobody a file that they could not have sent
themselves. So a file belongs to a report only if whoever named it there has sent it as well. A file
without a list was put there by the operator, and belongs to every report that names it.
"""

import os
from pathlib import Path

from pydantic_core import from_json, to_json

from service.log.private import write_durably

SUFFIX = ".senders"


def listed_senders(path: Path) -> frozenset[str] | None:
    """Those who have sent a file; None where there is no list, nobody where it cannot be read."""
    try:
        return frozenset(from_json(list_of(path).read_bytes()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError):
        return frozenset()


def add_sender(path: Path, subject: str) -> None:
    """Add somebody to the list of a file, durably; a file that is everybody's stays so."""
    known = listed_senders(path)
    if (known is None and os.path.lexists(path)) or subject in (known or ()):
        return
    write_durably(list_of(path), to_json(sorted({*(known or ()), subject})))


def copy_list(theirs: Path, ours: Path) -> None:
    """Give a file the list of another store, if there is one, before the file itself is there."""
    if list_of(theirs).exists():
        written = list_of(theirs).read_bytes()
        if not list_of(ours).exists() or list_of(ours).read_bytes() != written:
            write_durably(list_of(ours), written)


def list_of(path: Path) -> Path:
    """The list of those who have sent a file."""
    return path.with_name(f"{path.name}{SUFFIX}")
