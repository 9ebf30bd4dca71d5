"""Where the log of a node comes from: a database that holds it, or another intellog."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime

from service.log.errors import CopyRefused
from service.log.open import BadAddress, read_log, told_of_commits
from service.log.port import LogUnavailable
from service.mirror.mirror import Mirror, mirrored
from service.mirror.source import BadAddress as BadSource
from service.mirror.source import HistoryEnded
from service.nodes.followed import FollowedLog, Origin
from service.settings import BadSetting, Settings

Clock = Callable[[], datetime]
MIRROR_LOOK_SECONDS = 0.2
"""How often the head of a mirror is looked at, which is a file here."""


@contextmanager
def followed_log(settings: Settings, clock: Clock) -> Iterator[FollowedLog]:
    """Open the log that a node follows, by the scheme of its address, and close it in the end.

    Raises `LogUnavailable` where it does not answer when the node starts or must not be followed,
    `LogLocked` if another process uses the directory, and `BadSetting`.
    """
    assert settings.follow is not None
    with ExitStack() as resources:
        if settings.follow.startswith(("http://", "https://")):
            yield _over_http(settings, settings.follow, clock, resources)
        else:
            yield _in_database(settings, settings.follow, clock, resources)


def _in_database(settings: Settings, address: str, clock: Clock, resources: ExitStack) -> FollowedLog:
    try:
        log = resources.enter_context(closing(read_log(settings.data, address)))
    except BadAddress as bad:
        raise BadSetting(f"--follow: {bad}") from None
    assert log.holders is not None, "a log in a database knows its holders"
    origin = Origin(log.holders.current)
    followed = resources.enter_context(closing(FollowedLog(log, origin, clock)))
    resources.enter_context(told_of_commits(address, followed.look))
    return followed


def _over_http(settings: Settings, url: str, clock: Clock, resources: ExitStack) -> FollowedLog:
    try:
        mirror = resources.enter_context(mirrored(settings.data, url, settings.follow_token, clock))
    except BadSource as bad:
        raise BadSetting(f"--follow: {bad}") from None
    except (CopyRefused, HistoryEnded) as refused:
        raise LogUnavailable(str(refused)) from None
    return resources.enter_context(closing(FollowedLog(mirror.log, _origin_of(mirror), clock)))


def _origin_of(mirror: Mirror) -> Origin:
    return Origin(
        writer=lambda: mirror.source,
        missing=lambda: mirror.lag().events or 0,
        stopped=lambda: mirror.stopped,
        silent_seconds=lambda: mirror.lag().seconds,
        look_seconds=MIRROR_LOOK_SECONDS,
    )
