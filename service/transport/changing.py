"""An application that another one can replace while the server runs, on the same socket."""

import threading

from starlette.types import ASGIApp, Receive, Scope, Send


class _Place:
    """An application, and how many requests it is answering."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.running = 0
        self.idle = threading.Event()
        self.idle.set()


class Changing:
    """Passes each request to the present application, which answers it to its end."""

    def __init__(self, app: ASGIApp) -> None:
        self._place = _Place(app)
        self._lock = threading.Lock()

    def change(self, app: ASGIApp, seconds: float = 0.0) -> None:
        """Have new requests answered by another application; may be called from any thread.

        Waits up to some seconds for those that the one before is still answering.
        """
        with self._lock:
            before, self._place = self._place, _Place(app)
        before.idle.wait(seconds)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._lock:
            place = self._place
            place.running += 1
            place.idle.clear()
        try:
            await place.app(scope, receive, send)
        finally:
            with self._lock:
                place.running -= 1
                if not place.running:
                    place.idle.set()
