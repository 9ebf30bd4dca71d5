"""What a log that is opened for writing verifies before its first append: its end, and its guard."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.log import guard
from service.log.event_log import RecordedLog


def check_start(
    log: RecordedLog[Any],
    directory: Path | None,
    *,
    monotonic: Callable[[], float],
    accept_loss: bool,
) -> None:
    """Put the guard of a log on duty, if it has a directory; close the log and raise LogLost if not."""
    try:
        log.check_end()
        if directory is not None:
            _put_on_guard(log, directory, monotonic, accept_loss)
    except BaseException:
        log.close()
        raise


def _put_on_guard(
    log: RecordedLog[Any], directory: Path, monotonic: Callable[[], float], accept_loss: bool
) -> None:
    log.lost = guard.loss(directory, log)
    if log.lost is not None and not accept_loss:
        raise guard.refused(log.lost.detail)
    keeper = guard.Guard(directory, log.id, monotonic)
    log.acknowledge = keeper.acknowledge
    # After a loss the guard stays as it is until the next append, which records the loss.
    if log.lost is None and log.damage is None:
        before, tip = guard.acknowledged(directory), log.tip()
        if before is None or before.position != tip.position:  # else it knows since when
            keeper.acknowledge(tip)
