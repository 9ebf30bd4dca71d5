"""Where a service is reached: told to its directory, and by the writer to all who follow its log."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from service.log.holders import Holder, Holders
from service.log.port import LogUnavailable
from service.service import Service
from service.settings import Settings

FILE = "server.url"
EVERYWHERE = ("0.0.0.0", "::")
"""Hosts that listen at every address of a machine, and are none themselves."""
_logger = logging.getLogger("intellog.nodes")


def own_urls(settings: Settings, url: str) -> tuple[str, ...]:
    """The addresses of a service, the one for clients of other nodes first; none if nobody knows it."""
    bound = () if settings.host in EVERYWHERE else (url,)
    return tuple(each for each in (settings.node_url, settings.public_url, *bound) if each)


@contextmanager
def announced(service: Service, url: str) -> Iterator[Holder | None]:
    """Say in the directory, and in the log that this service writes, where it is reached.

    Gives what was published in the log, None if nothing was.
    """
    file, holders = service.settings.data / FILE, service.log.holders
    file.write_text(next(iter(service.node.own), url), "utf-8")
    try:
        yield _published(service, holders) if service.node.writes and holders is not None else None
    finally:
        file.unlink(missing_ok=True)


def _published(service: Service, holders: Holders) -> Holder | None:
    """Publish the first address of this service, or that it has none, so that no earlier one counts."""
    if not service.node.own:
        _logger.warning(
            "nodes that follow this log cannot send writers here: set INTELLOG_NODE_URL to the address"
            " by which other machines reach this one"
        )
    try:
        return holders.publish(next(iter(service.node.own), ""))
    except LogUnavailable as error:
        _logger.warning("the address of this service is not published in the log: %s", error)
        return None
