"""Verifies the figures of a log: all views are built again from verified events, and compared.

The digest of a projection covers every row of it, so where all are the same, so is every figure.
"""

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from typing_extensions import TypedDict

from projections.catalogue import CATALOGUE
from projections.tables.projection import state_digest
from service.log.port import EventLog
from service.verify.directory import verify_directory
from service.verify.listeners import Listeners, Told
from service.verify.remote import verify_server
from service.verify.report import LogReport
from service.verify.server import Server
from service.verify.trust import Trust
from service.verify.verdicts import VERDICTS, CannotRead
from service.verify.verified_events import VerifiedEvents, verified_events
from service.views.pointer import file_in_use
from service.views.reader import Reader
from service.views.store import ViewFile

AT_ONCE = 1_000
Digests = Mapping[str, str]
"""The digest of each projection, by its name."""


class ProjectionItem(TypedDict):
    """A projection: its digest as it is stated, and as the verified events give it."""

    name: str
    version: int
    stated: str | None
    computed: str
    same: bool


class FiguresReport(TypedDict):
    """What a verification of figures found, at which position, and what it found of the log itself."""

    verdict: str
    status: int
    position: int
    projections: list[ProjectionItem]
    log: LogReport


def verify_figures_in(
    directory: Path, given: Trust | None, known: Path | None, told: Told
) -> FiguresReport:
    """Verify a log in a directory, and its views. Raises CannotRead where there are none."""
    with TemporaryDirectory(prefix="intellog-") as place:
        stated, position = _stated_in(directory, Path(place))

        def verify(events: VerifiedEvents) -> LogReport:
            listeners = Listeners(told, events.add, events.lose, events.enter)
            return verify_directory(directory, given, known, listeners)

        return _compared(Path(place), verify, stated, position)


def verify_figures_of(
    server: Server, given: Trust | None, known: Path | None, told: Told
) -> FiguresReport:
    """Verify the log of a server, and what it states of its projections, as only an admin is told."""
    items = server.json("/v1/projections")["items"]
    position = min(int(each["position"]) for each in items)
    stated = {each["name"]: each["digest"] for each in items if each["position"] == position}
    if position:
        # A proof is asked for so that a checkpoint covers all that the projections hold.
        server.get(f"/v1/events/{position}/proof")
    with TemporaryDirectory(prefix="intellog-") as place:

        def verify(events: VerifiedEvents) -> LogReport:
            listeners = Listeners(told, events.add, events.lose, events.enter)
            return verify_server(server, given, known, listeners)

        return _compared(Path(place), verify, stated, position)


def _stated_in(directory: Path, place: Path) -> tuple[Digests, int]:
    """The digests of the views in a directory, of which a copy is opened, and their position."""
    used = file_in_use(directory)
    if used is None:
        raise CannotRead(f"there are no views in {directory}; serve the log once, or name a --url")
    copied = place / "stated.sqlite"
    for suffix in ("", "-wal"):
        if (source := used.with_name(used.name + suffix)).exists():
            shutil.copyfile(source, copied.with_name(copied.name + suffix))
    with closing(ViewFile(copied)) as file:
        if not file.is_current():
            raise CannotRead(
                f"the views in {directory} are damaged, or of another version of the program"
            )
        return _digests(file), file.position()


def _compared(
    place: Path, verify: Callable[[VerifiedEvents], LogReport], stated: Digests, position: int
) -> FiguresReport:
    with verified_events(place) as events:
        log = verify(events)
        computed = {} if log["status"] else _computed(events, place, position)
    items: list[ProjectionItem] = [
        {
            "name": each.name,
            "version": each.version,
            "stated": stated.get(each.name),
            "computed": computed[each.name],
            "same": stated.get(each.name) in (None, computed[each.name]),
        }
        for each in CATALOGUE
        if each.name in computed
    ]
    differ = not all(each["same"] for each in items)
    return {
        "verdict": "figure-differs" if differ else log["verdict"],
        "status": VERDICTS["figure-differs"].status if differ else log["status"],
        "position": position,
        "projections": items,
        "log": log,
    }


def _computed(events: VerifiedEvents, place: Path, position: int) -> Digests:
    """The digests that the events give at a position."""
    if events.head() < position:
        raise CannotRead(f"the views are at position {position}, beyond what is signed; run this again")
    with ExitStack() as opened:
        file = opened.enter_context(closing(ViewFile.create(place / "built.sqlite", building=True)))
        reader, after = Reader(cast(EventLog, events)), 0
        while batch := events.read(after, AT_ONCE, position):
            file.apply(reader.iter_recorded(batch))
            after = batch[-1].position
        file.finish()
        return _digests(file)


def _digests(file: ViewFile) -> Digests:
    with file.reading() as db:
        return {each.name: state_digest(each, db) for each in CATALOGUE}
