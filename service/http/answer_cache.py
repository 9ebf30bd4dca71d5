"""Answers kept while nothing new is written: a read returns the same until the log grows."""

from collections import OrderedDict
from threading import Lock

from starlette.requests import Request
from starlette.responses import Response

from projections.tables.sight import Sight
from service.http.sight import sight_for
from service.service import Service

MOST_BYTES = 32 * 1_048_576
LARGEST = 1_048_576
"""Larger answers are not kept: few ask for them twice, and they would drive out many small ones."""
OVERHEAD = 2_000
"""Bytes that an answer takes beside its body and its address."""
_Key = tuple[Sight, str, bytes]
Stand = tuple[str, int]
"""The name of a view file and a position: what an answer was computed from."""


class AnswerCache:
    """The latest answers at one position of one view file, by clearance, address and query.

    An answer follows from its request and from where the views stand; once they have moved on, or a
    rebuild has replaced them, it is never returned again. Nothing is kept, or returned, while the views
    are behind the log, condemned, or made from a log that is damaged.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._lock = Lock()
        self._stand: Stand | None = None
        self._kept: OrderedDict[_Key, Response] = OrderedDict()
        self._size = 0

    def stand(self) -> Stand | None:
        """What an answer would be computed from; None where it must not be kept."""
        position, file = self._service.follower.position, self._service.views.file
        if position != self._service.log.head() or file.condemned or self._service.damage:
            return None
        return file.path.name, position

    def get(self, request: Request, stand: Stand | None) -> Response | None:
        """The answer to a request, if it was kept for this stand."""
        with self._lock:
            if stand is None or stand != self._stand:
                return None
            key = _key(request)
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
            return found

    def keep(self, request: Request, stand: Stand | None, answer: Response) -> None:
        """Keep an answer, if the views stood there all the while."""
        size = _size(_key(request), answer)
        if stand is None or stand != self.stand() or size > LARGEST:
            return
        with self._lock:
            if stand != self._stand:
                self._stand, self._size = stand, 0
                self._kept.clear()
            before = self._kept.pop(_key(request), None)
            self._size += size - (_size(_key(request), before) if before else 0)
            self._kept[_key(request)] = answer
            while self._size > MOST_BYTES:
                self._size -= _size(*self._kept.popitem(last=False))


def _size(key: _Key, answer: Response) -> int:
    """Bytes that a kept answer takes, its address included: of many addresses that is most of it."""
    return len(answer.body) + len(key[1]) + len(key[2]) + OVERHEAD


def _key(request: Request) -> _Key:
    return sight_for(request.scope), request.scope["path"], request.scope["query_string"]
