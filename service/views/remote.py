"""Following the log from another process, so that what it does slows no answer down.

In one process the projector and whoever answers take turns at the interpreter. Apart, the projector
is woken through a pipe after each commit and says through another where it stands; the views lie in
files that both open. Each line it is told is a word, each that it tells a JSON object. It ends when
its pipe does: with the service, whatever became of that. Should it die first, it is begun again.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any

from service.log.port import EventLog
from service.settings import Settings
from service.views.follower import RETRY_SECONDS
from service.views.progress import Progress, Rebuild
from service.views.store import Views

WAKE, REBUILD = b"wake\n", b"rebuild\n"
CLOSE_SECONDS = 30.0
_logger = logging.getLogger("intellog.apart")


class Apart(Progress):
    """Keeps the views at the head of the log, from a process of its own.

    Begins the process, hears it, and begins it again a few seconds after it died.
    """

    def __init__(self, settings: Settings, log: EventLog, views: Views) -> None:
        super().__init__(views.file.position())
        self._settings, self._log, self._views = settings, log, views
        self._stopping = threading.Event()
        self._rebuilds = 0
        self._process = _begun(settings)
        self._thread = threading.Thread(target=self._run, name="apart", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process that brings the views forward."""
        return self._process.pid

    def wake(self) -> None:
        self._say(WAKE)

    def close(self) -> None:
        """Stop following; the batch under way is finished, a rebuild given up."""
        self._stopping.set()
        _ended(self._process)
        self._thread.join()

    def _begin_rebuild(self) -> Rebuild:
        self._rebuilds += 1
        self._say(REBUILD)
        return Rebuild(total=self._log.head())

    def _say(self, word: bytes) -> None:
        """Tell the process something; a full pipe wakes it anyway, a dead one is begun again."""
        pipe = self._process.stdin
        assert pipe is not None
        with suppress(OSError, ValueError):
            os.write(pipe.fileno(), word)

    def _run(self) -> None:
        while True:
            self._listen()
            if self._stopping.wait(0.0):
                return
            self._died()
            if self._stopping.wait(RETRY_SECONDS):
                return
            self._rebuilds = 0
            self._process = _begun(self._settings)

    def _listen(self) -> None:
        """Hear the process until it ends, or says what cannot be followed."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            try:
                for line in lines:
                    self._hear(json.loads(line))
            except Exception:
                _logger.exception("the projector cannot be followed")

    def _hear(self, said: dict[str, Any]) -> None:
        if said["file"] != self._views.file.path.name:
            self._views.turn_to(said["file"])
        self.error = said["error"]
        # Of the rebuild before the one just asked for it may still be told.
        if self.rebuild is not None and said["rebuilds"] == self._rebuilds and said["rebuild"]:
            self.rebuild.told(*said["rebuild"])
        self._moved(said["position"])

    def _died(self) -> None:
        _ended(self._process)
        self.error = f"behind position {self.position}: the projector ended; it is begun again"
        _logger.error("%s", self.error)
        if self.rebuild is not None and self.rebuild.state == "running":
            self.rebuild.told(self.rebuild.done, self.rebuild.total, "failed", "the projector ended")
        self.poke()


def _begun(settings: Settings) -> subprocess.Popen[bytes]:
    named = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "INTELLOG_LOG": settings.log or ""}
    process = subprocess.Popen(
        [sys.executable, "-m", "service.views.projector", str(settings.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **named},
    )
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    return process


def _ended(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(CLOSE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
