"""The directory of the views of one log: what of it belongs to the log, and what shows a loss.

Views that another log left there, or that hold another history of this one, are started again, because
they can always be rebuilt. Views that stand beyond the end of the log are a different matter: they
prove that acknowledged events are gone.
"""

import hashlib
import logging
import sqlite3
from contextlib import closing
from pathlib import Path

from service.log.guard import gone
from service.log.port import EventLog, Loss
from service.log.private import private_directory, write_durably
from service.views.current import KEEP_SECONDS, Views
from service.views.history import Fit, Stand, fit, position_of, stand_of
from service.views.kept import discard
from service.views.pointer import POINTER, file_in_use

OWNER = "views.of"
_logger = logging.getLogger("intellog.views")


def loss_shown(log: EventLog, directory: Path) -> Loss | None:
    """The loss that the views in a directory prove: they hold events that the log does not."""
    stand = _stand_in(directory)
    if stand is None or stand.position <= log.head():
        return None
    head, last = log.head(), f" (the last one was {stand.event})" if stand.event else ""
    if _is_owner(log, directory):
        detail = f"{gone(head, stand.position)}, which the views beside it hold{last}"
    elif head == 0:
        detail = f"it is empty, and the views beside it hold {stand.position} events{last}"
    else:
        return None  # another log took the place of the one whose views these are
    return Loss(stand.position, head, detail)


def open_views(
    log: EventLog, directory: Path, keep_seconds: float = KEEP_SECONDS, *, behind: bool = False
) -> Views:
    """Open the views of a log in a directory; start again if those there do not belong to it.

    The log of a node may be `behind` its views, as that of a standby of a database is for a while.
    """
    if not _is_owner(log, directory):
        if _stand_in(directory) is not None:
            _logger.warning("the views in %s are those of another log: they are rebuilt", directory)
        # The pointer first: if the process dies in between, the next start discards the views too.
        (directory / POINTER).unlink(missing_ok=True)
        discard(directory)
        write_durably(directory / OWNER, _fingerprint(log).encode())
    private_directory(directory, OWNER)
    views = Views(directory, keep_seconds=keep_seconds)
    expected = (Fit.SAME, Fit.BEYOND) if behind else (Fit.SAME,)
    if fit(views.file.stand(), log) not in expected:
        _logger.warning("the views in %s hold another history: they are rebuilt", directory)
        views.swap(views.new_file())
    return views


def _stand_in(directory: Path) -> Stand | None:
    """Where the views in a directory stand, whichever program wrote them; None if it is unreadable."""
    path = file_in_use(directory)
    if path is None:
        return None
    try:
        with closing(sqlite3.connect(path)) as db:
            try:
                return stand_of(db)
            except sqlite3.OperationalError:  # written before views knew their history
                return Stand(position_of(db), "", b"")
    except (sqlite3.Error, TypeError, ValueError):
        return None


def _is_owner(log: EventLog, directory: Path) -> bool:
    try:
        return (directory / OWNER).read_bytes() == _fingerprint(log).encode()
    except OSError:
        return False


def _fingerprint(log: EventLog) -> str:
    """A name of the log that does not reveal its secret."""
    return hashlib.sha256(b"intellog views of " + log.secret).hexdigest()
