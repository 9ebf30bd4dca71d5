"""The files of evidence of a mirror: fetched by their hashes, with who has sent each."""

import asyncio
import logging
from contextlib import aclosing
from pathlib import Path

from service.evidence.errors import EvidenceRefused
from service.evidence.senders import add_sender
from service.evidence.store import EvidenceStore
from service.mirror.lines import BadLine, FileLine
from service.mirror.source import HistoryEnded, Source, SourceAway

FILES_SECONDS, FILES_SHARE = 60.0, 20
"""How often files are listed at most: that, or so many times as long as it took."""
NO_LIMIT = 2**62
"""A source says how large each file is, and its own limit was kept when the file was sent."""
_PASSING = (SourceAway, HistoryEnded, BadLine, EvidenceRefused, OSError)
_logger = logging.getLogger("intellog.mirror")


class Files:
    """Keeps the files in a directory up with those of a source."""

    def __init__(self, directory: Path, log: str) -> None:
        self._store = EvidenceStore(directory, NO_LIMIT)
        self._log = log
        self._refused = set[str]()
        self.due = asyncio.Event()
        """Set when there may be more files than before."""

    async def run(self, source: Source) -> None:
        """Fetch what is lacking whenever there may be more, without an end."""
        clock = asyncio.get_running_loop().time
        while True:
            await self.due.wait()
            self.due.clear()
            began = clock()
            try:
                await self.round(source)
            except _PASSING as error:
                _logger.warning("no files of evidence come from %s: %s", source.url, error)
            await asyncio.sleep(max(FILES_SECONDS, FILES_SHARE * (clock() - began)))

    async def round(self, source: Source) -> None:
        """Fetch what a source has and this directory lacks; one that fails does not keep the others.

        Raises what the list itself may fail with.
        """
        self._store.clear_incoming()
        async with aclosing(source.files(self._log)) as listed:
            async for file in listed:
                try:
                    await self._settle(source, file)
                except _PASSING as error:
                    if file["sha256"] not in self._refused:
                        _logger.warning("evidence %s is not mirrored: %s", file["sha256"], error)
                    self._refused.add(file["sha256"])

    async def _settle(self, source: Source, file: FileLine) -> None:
        sha256, senders = file["sha256"], file["senders"]
        if senders == []:
            return  # the source does not know whose it is, so it is nobody's
        if self._store.presence(sha256, file["size"]) != "stored":
            await self._fetch(source, sha256, file["size"], senders[0] if senders else None)
        for sender in senders or ():
            add_sender(self._store.path(sha256), sender)

    async def _fetch(self, source: Source, sha256: str, size: int, sender: str | None) -> None:
        with self._store.incoming() as coming:
            async with aclosing(source.file(sha256)) as chunks:
                async for chunk in chunks:
                    coming.write(chunk)
                    if coming.size > size:
                        raise BadLine(f"more than its {size:,} bytes came")
            if coming.sha256 != sha256:
                raise BadLine("what came has another hash")
            self._store.keep(coming, sender)
