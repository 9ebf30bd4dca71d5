"""The projector's process: brings the views of a directory forward until its input ends.

`service.views.remote` starts it as `python -m service.views.projector DIRECTORY` and documents the
lines that the two exchange.
"""

import json
import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from threading import Lock

from service.log.open import read_log
from service.process import collect_seldom
from service.settings import from_environment
from service.views.follower import Follower
from service.views.store import Views

NICENESS = 5


def main() -> None:
    """Follow the log in the directory named, told of its growth on standard input."""
    # Whoever stops the service from a terminal means the service, which then ends our input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Whoever posts or asks comes first: under a flood the views fall behind for a moment.
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    collect_seldom()
    settings = from_environment(Path(sys.argv[1]))
    with (
        closing(read_log(settings.data, settings.log)) as log,
        closing(Views(settings.data, shared=True)) as views,
        closing(Follower(log, views)) as follower,
    ):
        telling = Telling(follower, views)
        follower.listen(telling.tell)
        telling.tell()
        for line in sys.stdin.buffer:
            if line == b"rebuild\n":
                telling.rebuilds += 1
                follower.start_rebuild()
            else:
                log.announce()


class Telling:
    """Says on standard output where the views stand, one state after the other."""

    def __init__(self, follower: Follower, views: Views) -> None:
        self._follower, self._views = follower, views
        self._one_at_a_time = Lock()
        self.rebuilds = 0
        """How many were asked for."""

    def tell(self) -> None:
        """Say it as it is now, whichever thread knows of something new."""
        # Looked at and said in one go, or an older state could be said after a newer one.
        with self._one_at_a_time:
            os.write(sys.stdout.fileno(), json.dumps(self._state()).encode() + b"\n")

    def _state(self) -> dict[str, object]:
        """The position before the file, which may be a newer one by then."""
        job = self._follower.rebuild
        return {
            "position": self._follower.position,
            "error": self._follower.error,
            "rebuilds": self.rebuilds,
            "rebuild": job and (job.done, job.total, job.state, job.error),
            "file": self._views.file.path.name,
        }


if __name__ == "__main__":
    main()
