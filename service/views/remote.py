"""The projector in a process of its own, so that updating the views does not slow down answers.

In one process the projector and the requests would compete for the interpreter. This side starts
`service.views.projector`, wakes it through a pipe after each commit and reads its status from
another; that module documents the lines exchanged. Both processes open the same view files. The
projector exits when its input is closed, so also when the service is killed. If it dies first, it is
started again: at once if it had brought the views forward, else after a pause.
"""

import asyncio
import logging
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.log.port import EventLog, LogUnavailable
from service.settings import Settings
from service.views.children import start_child, stop_child
from service.views.current import Views
from service.views.follower import RETRY_SECONDS
from service.views.job import Kind, Rebuild
from service.views.progress import Progress, ProjectorStatus
from service.views.status_pipe import StatusPipe
from service.views.work import Work

PATIENT = "patient"
"""What the projector of a node is told: to wait for a log that ends before the views."""
WAKE, CANCEL, CONDEMN = b"wake\n", b"cancel\n", b"condemn %b\n"
CLOSE_SECONDS = 30.0
_logger = logging.getLogger("intellog.projector")


class RemoteProjector(Progress):
    """The progress of a projector process, which it starts, reads, and restarts if it dies."""

    def __init__(self, settings: Settings, log: EventLog, views: Views) -> None:
        super().__init__(log, views.file.position())
        self._settings, self._views = settings, views
        self._stopping = threading.Event()
        self._rebuilds = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pipe: StatusPipe | None = None
        self._process = _start(settings)
        views.condemned = self._condemn
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)
        self._thread.start()

    @property
    def pid(self) -> int:
        """The process id of the projector."""
        return self._process.pid

    def wake(self) -> None:
        super().wake()
        self._send(WAKE)

    @contextmanager
    def read_in(self, loop: asyncio.AbstractEventLoop) -> Iterator[None]:
        self._loop = loop
        try:
            yield
        finally:
            self._loop = None
            if self._pipe is not None:
                self._pipe.leave()

    def close(self) -> None:
        """Stop following; the current batch is finished, a rebuild is cancelled."""
        self._stopping.set()
        stop_child(self._process, CLOSE_SECONDS)
        self._thread.join()

    def _begin(self, kind: Kind) -> Rebuild:
        self._rebuilds += 1
        self._send(b"%b\n" % kind.encode())
        return Rebuild(total=self._log.head(), kind=kind)

    def _cancel(self, why: str) -> None:
        self._send(CANCEL)

    def _condemn(self) -> None:
        self._send(CONDEMN % self._views.file.path.name.encode())
        self.notify()

    def _send(self, command: bytes) -> None:
        """Send a command. If the pipe is full, what it holds wakes the process; a dead one restarts."""
        pipe = self._process.stdin
        assert pipe is not None
        with suppress(OSError, ValueError):
            os.write(pipe.fileno(), command)

    def _run(self) -> None:
        while True:
            begun = self.position
            self._read_until_exit()
            if self._stopping.is_set():
                return
            self._report_exit()
            # One that did not get on may not get on again, and must not be started all the time.
            if self._stopping.wait(0.0 if self.position > begun else RETRY_SECONDS):
                return
            self._rebuilds = 0
            self.restarts += 1
            self._views.delete_others()
            self._process = _start(self._settings)

    def _read_until_exit(self) -> None:
        """Read the status lines until the process exits or sends a line that cannot be applied."""
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            self._pipe = StatusPipe(
                lines.fileno(), self._apply_status, self._is_light, lambda: self._loop
            )
            try:
                self._pipe.read()
            except Exception:
                _logger.exception("cannot apply a status line of the projector")

    def _is_light(self, status: ProjectorStatus) -> bool:
        """Whether a status only says how far the views are: no other file of them, and no damage."""
        file = self._views.file
        sound = status["condemned"] is None and file.condemned is None and status["damage"] is None
        return sound and status["file"] == file.path.name

    def _apply_status(self, status: ProjectorStatus) -> None:
        file = self._views.file
        if status["file"] != file.path.name:
            self._views.switch_to(status["file"])
        elif status["condemned"] is not None:
            file.condemned = status["condemned"]
        elif file.condemned is not None:  # the line may have been lost with the process before
            self._condemn()
        self.error = status["error"]
        self.work = Work(*status["work"])
        self._note_damage(status["damage"], status["damaged_at"])
        # The line may still describe the rebuild before the one that was requested last.
        current = status["rebuilds"] == self._rebuilds
        if self.rebuild is not None and current and status["rebuild"]:
            self.rebuild.update(status["rebuild"])
        self._advance(status["position"])

    def _note_damage(self, damage: str | None, position: int | None) -> None:
        if damage is None or self.damage is not None:
            return
        self.damage, self.damaged_at = damage, position
        _logger.error("%s", damage)
        if position is not None:
            with suppress(LogUnavailable):  # so that the log of this process knows, and takes nothing
                self._log.at([position])

    def _report_exit(self) -> None:
        stop_child(self._process, CLOSE_SECONDS)
        self.error = f"stopped after position {self.position}: the projector exited and is restarted"
        _logger.error("%s", self.error)
        if self.rebuild is not None:
            self.rebuild.end("failed", "the projector exited")
        self.notify()


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    patient = [PATIENT] if settings.follow else []
    process = start_child(
        "service.views.projector", str(settings.data), *patient, INTELLOG_LOG=settings.log or ""
    )
    assert process.stdin is not None
    os.set_blocking(process.stdin.fileno(), False)
    return process
