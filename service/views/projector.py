"""The projector process: updates the views in a directory until its standard input is closed.

`service.views.remote` starts it as `python -m service.views.projector DIRECTORY`, with a second
argument for a node, which waits for a log that ends before the views.

Standard input: commands, one per line: `wake` (the log has grown), `rebuild`, `roll-back` (to the
views that the last rebuild replaced), `cancel` (either of them), or `condemn FILE` (a reader found that
view file damaged). Standard output: one JSON object per line whenever something changed, with
`position`, `error`, `rebuilds` (number of rebuilds and roll backs requested so far), `rebuild` (null,
or the last of them), `work` (events applied, seconds that took, and batches by how long they took),
`file` (the name of the view file in use), `condemned` (why it is being replaced, or null), `damage` and
`damaged_at` (what is wrong with the log and where, or null).
"""

import json
import logging
import os
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from threading import Lock, Timer

from service.log.open import read_log
from service.log.port import LogUnavailable
from service.process import set_up_process
from service.settings import Settings, from_environment
from service.views.current import Views
from service.views.follower import Follower
from service.views.job import Kind
from service.views.lock import views_locked
from service.views.progress import ProjectorStatus

_logger = logging.getLogger("intellog.projector")
NICENESS = 5
SWITCH_SECONDS = 0.0005
"""How long a thread keeps the interpreter from another. A batch that follows the log asks for it back
after each statement; with the default, ten times as long, it took three times as long beside a rebuild.
"""
END_SECONDS = 10.0
"""Maximum time to finish what is under way once the input is closed."""


def main() -> None:
    """Follow the log of the directory named on the command line."""
    # Ctrl-C in a terminal reaches this process too, but the service stops it by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Requests come first: under heavy load the views fall behind for a moment.
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    set_up_process()
    sys.setswitchinterval(SWITCH_SECONDS)
    settings = from_environment(Path(sys.argv[1]))
    try:
        _follow(settings)
    except LogUnavailable as error:  # when it starts; later that is part of its status
        _logger.error("the projector cannot start: %s", error)
        sys.exit(1)


def _follow(settings: Settings) -> None:
    """Follow the log until standard input ends."""
    with (
        views_locked(settings.data),
        closing(read_log(settings.data, settings.log)) as log,
        closing(_views(settings)) as views,
        closing(Follower(log, views, patient=len(sys.argv) > 2, lasting=True)) as follower,
    ):
        status = StatusWriter(follower, views)
        follower.listen(status.write)
        status.write()
        for line in sys.stdin.buffer:
            match line.split():
                case [b"rebuild" | b"roll-back" as kind]:
                    status.start_rebuild("rebuild" if kind == b"rebuild" else "roll-back")
                case [b"cancel"]:
                    follower.cancel_rebuild()
                case [b"condemn", name] if name.decode() == views.file.path.name:
                    views.condemn(views.file, "were found damaged by a reader")
                case _:
                    log.announce()
        _end_soon()


def _views(settings: Settings) -> Views:
    return Views(settings.data, shared=True, keep_seconds=settings.roll_back_seconds)


def _end_soon() -> None:
    """End within seconds, whatever is under way: the next service waits for the lock."""
    timer = Timer(END_SECONDS, os._exit, (1,))
    timer.daemon = True
    timer.start()


class StatusWriter:
    """Writes the status of the views to standard output, one line per call."""

    def __init__(self, follower: Follower, views: Views) -> None:
        self._follower, self._views = follower, views
        self._lock = Lock()
        self.rebuilds = 0
        """Number of rebuilds and roll backs requested."""

    def start_rebuild(self, kind: Kind) -> None:
        """Start a rebuild or roll back, and count it."""
        # Under the lock, or a line could give the new number to the job before.
        with self._lock:
            self.rebuilds += 1
            self._follower.start_rebuild(kind)

    def write(self) -> None:
        """Write the present status; may be called from any thread."""
        # Read and written under one lock, or an older status could follow a newer one.
        # Nobody reads it any more if the service was killed; our input is closed then as well.
        with self._lock, suppress(BrokenPipeError):
            os.write(sys.stdout.fileno(), json.dumps(self._status()).encode() + b"\n")

    def _status(self) -> ProjectorStatus:
        """The position is read before the file name, so the file holds at least that position."""
        position, job, file = self._follower.position, self._follower.rebuild, self._views.file
        return {
            "position": position,
            "error": self._follower.error,
            "rebuilds": self.rebuilds,
            "rebuild": job.status if job else None,
            "work": self._follower.work.status,
            "file": file.path.name,
            "condemned": file.condemned,
            "damage": self._follower.damage,
            "damaged_at": self._follower.damaged_at,
        }


if __name__ == "__main__":
    main()
