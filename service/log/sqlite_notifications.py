"""The `eventsourcing` library's form of a subscription to an SQLite log."""

from collections.abc import Sequence
from itertools import chain
from operator import attrgetter

from eventsourcing.persistence import ApplicationRecorder, Notification, Subscription

from service.log.subscription import Arrivals, Batches

CHUNK = 500


class NotificationSubscription(Subscription[ApplicationRecorder]):
    """The library's form of a subscription: one notification at a time."""

    def __init__(
        self,
        recorder: ApplicationRecorder,
        arrivals: Arrivals,
        gt: int | None = None,
        topics: Sequence[str] = (),
    ) -> None:
        super().__init__(recorder, gt, topics)
        self._batches = Batches(arrivals, gt or 0, self._read, attrgetter("id"))
        self._notifications = chain.from_iterable(self._batches)

    def _read(self, after: int) -> Sequence[Notification]:
        return self._recorder.select_notifications(
            after, CHUNK, topics=self._topics, inclusive_of_start=False
        )

    def stop(self) -> None:
        super().stop()
        self._batches.stop()

    def __next__(self) -> Notification:
        notification: Notification = next(self._notifications)
        if self._has_been_stopped:
            raise StopIteration
        return notification
