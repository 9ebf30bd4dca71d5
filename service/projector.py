"""The projector's process: brings the views of a directory forward until its input ends.

`service.apart` begins it as `python -m service.projector DIRECTORY` and says what the lines mean.
"""

import json
import logging
import os
import signal
import sys
from contextlib import closing
from pathlib import Path

from service.core import read_log
from service.follow import Follower
from service.garbage import collect_seldom
from service.settings import from_environment
from service.views import Views

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
        closing(read_log(settings)) as log,
        closing(Views(settings.data, shared=True)) as views,
        closing(Follower(log, views)) as follower,
    ):
        follower.listen(lambda: _tell(follower, views))
        _tell(follower, views)
        for line in sys.stdin.buffer:
            if line == b"rebuild\n":
                follower.start_rebuild()
            else:
                log.announce()


def _tell(follower: Follower, views: Views) -> None:
    """Say where the views stand: the position before the file, which may be a newer one then."""
    job = follower.rebuild
    said = {
        "position": follower.position,
        "error": follower.error,
        "rebuild": job and (job.done, job.total, job.state, job.error),
        "file": views.file.path.name,
    }
    os.write(sys.stdout.fileno(), json.dumps(said).encode() + b"\n")


if __name__ == "__main__":
    main()
