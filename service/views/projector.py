"""The projector process: updates the views in a directory until its standard input is closed.

`service.views.remote` starts it as `python -m service.views.projector DIRECTORY`.

Standard input: commands, one per line, `wake` (the log has grown) or `rebuild`. Standard output: one
JSON object per line whenever something changed, with `position`, `error`, `rebuilds` (number of
rebuilds requested so far), `rebuild` (null, or done, total, state and error) and `file` (the name of
the view file in use).
"""

import json
import os
import signal
import sys
from contextlib import closing
from pathlib import Path
from threading import Lock

from service.log.open import read_log
from service.process import set_up_process
from service.settings import from_environment
from service.views.follower import Follower
from service.views.progress import ProjectorStatus
from service.views.store import Views

NICENESS = 5


def main() -> None:
    """Follow the log of the directory named on the command line."""
    # Ctrl-C in a terminal reaches this process too, but the service stops it by closing its input.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Requests come first: under heavy load the views fall behind for a moment.
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    set_up_process()
    settings = from_environment(Path(sys.argv[1]))
    with (
        closing(read_log(settings.data, settings.log)) as log,
        closing(Views(settings.data, shared=True)) as views,
        closing(Follower(log, views)) as follower,
    ):
        status = StatusWriter(follower, views)
        follower.listen(status.write)
        status.write()
        for line in sys.stdin.buffer:
            if line == b"rebuild\n":
                status.rebuilds += 1
                follower.start_rebuild()
            else:
                log.announce()


class StatusWriter:
    """Writes the status of the views to standard output, one line per call."""

    def __init__(self, follower: Follower, views: Views) -> None:
        self._follower, self._views = follower, views
        self._lock = Lock()
        self.rebuilds = 0
        """Number of rebuilds requested."""

    def write(self) -> None:
        """Write the present status; may be called from any thread."""
        # Read and written under one lock, or an older status could follow a newer one.
        with self._lock:
            os.write(sys.stdout.fileno(), json.dumps(self._status()).encode() + b"\n")

    def _status(self) -> ProjectorStatus:
        """The position is read before the file name, so the file holds at least that position."""
        job = self._follower.rebuild
        return {
            "position": self._follower.position,
            "error": self._follower.error,
            "rebuilds": self.rebuilds,
            "rebuild": (job.done, job.total, job.state, job.error) if job else None,
            "file": self._views.file.path.name,
        }


if __name__ == "__main__":
    main()
