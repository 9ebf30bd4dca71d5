"""Exact copies of a log: moving it, backing it up, restoring it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from service.cli.client import REFUSED, USAGE, fail, reason_of
from service.cli.offline import settings_of
from service.cli.options import DEFAULT_DATA, Data, Json
from service.cli.output import progress_bar, say, say_json, warn
from service.copies.backup import BackupAnswer, back_up
from service.copies.copying import Told
from service.copies.move import MovedAnswer
from service.copies.move import move as move_log
from service.copies.place import Place
from service.copies.restore import RestoredAnswer
from service.copies.restore import restore as restore_log
from service.evidence.errors import EvidenceRefused
from service.log.open import BadAddress, check_address
from service.log.port import CopyRefused, LogLocked, LogUnavailable

Directory = Annotated[
    Path,
    typer.Option("--data", help="Directory to restore into; the log into INTELLOG_LOG, if set."),
]


def move(
    target: Annotated[
        str, typer.Argument(metavar="TARGET", help="An empty directory, or the address of a database.")
    ],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Move a log that no server writes to another directory or database; verify it there."""
    source = _existing(data)
    goal = Place(data, _address(target)) if "://" in target else Place(Path(target))
    with _copying(as_json) as told:
        moved = move_log(source, goal, told)
    _print(moved, as_json, _moved_lines(moved, source, goal))


def backup(
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="Directory of the backup: a new one, or the last.")
    ],
    data: Data = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Back a log up, while a server writes it or not: add what the backup lacks, verify all of it."""
    source = _existing(data)
    with _copying(as_json) as told:
        done = back_up(source, target, told)
    _print(done, as_json, _backup_lines(done))


def restore(
    source: Annotated[Path, typer.Argument(metavar="BACKUP", help="Directory of a backup.")],
    data: Directory = DEFAULT_DATA,
    as_json: Json = False,
) -> None:
    """Restore a log from a backup: verify it, copy it to an empty place, verify it there."""
    if not (source / "log.sqlite").is_file():
        fail(f"there is no backup in {source}", USAGE)
    goal = Place(data, settings_of(data).log)
    with _copying(as_json) as told:
        done = restore_log(source, goal, told)
    _print(done, as_json, _restored_lines(done, goal))


def _existing(data: Path) -> Place:
    """Where the log is that the settings name, which must be there."""
    settings = settings_of(data)
    if settings.log is None and not (data / "log.sqlite").is_file():
        fail(f"there is no log in {data}; name one with --data", USAGE)
    return Place(data, settings.log)


def _address(target: str) -> str:
    try:
        check_address(target)
    except BadAddress as bad:
        fail(f"TARGET: {bad}", USAGE)
    return target


@contextmanager
def _copying(quiet: bool) -> Iterator[Told]:
    """Show progress; failures end the command with one line."""
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("copying", total=None)

        def told(what: str, done: int, total: int) -> None:
            progress.update(task, description=what, completed=done, total=total)

        try:
            yield told
        except BadAddress as bad:
            fail(f"TARGET: {bad}", USAGE)
        except (CopyRefused, LogLocked, LogUnavailable, EvidenceRefused) as error:
            fail(str(error))
        except OSError as error:
            fail(reason_of(error))


def _print(answer: Any, as_json: bool, lines: Iterator[str]) -> None:
    if as_json:
        say_json(answer)
    else:
        for line in lines:
            say(line)
    for fault in answer["faults"]:
        warn(f"intellog: {fault}")
    if answer["faults"]:
        raise typer.Exit(REFUSED)


def _moved_lines(moved: MovedAnswer, source: Place, goal: Place) -> Iterator[str]:
    yield f"moved and verified {moved['events']:,} events, to {moved['to']}"
    if source.data == goal.data:
        yield f"tokens, webhooks, evidence and views stay in {source.data}"
    else:
        yield from _beside_lines(moved["files"], moved["evidence"])
    yield f"the log in {source} stays as it was; serve only one of them"
    if goal.address is not None:
        yield f"to serve it: set INTELLOG_LOG to its address, then intellog serve --data {goal.data}"
    elif source.address is not None:
        yield f"to serve it: unset INTELLOG_LOG, then intellog serve --data {goal.data}"
    else:
        yield f"to serve it: intellog serve --data {goal.data}"


def _backup_lines(done: BackupAnswer) -> Iterator[str]:
    had = f"{done['events']:,} events, {done['added']:,} of them new"
    yield f"backed up and verified {had}, in {done['to']}"
    yield from _beside_lines(done["files"], done["evidence"])


def _restored_lines(done: RestoredAnswer, goal: Place) -> Iterator[str]:
    yield f"restored and verified {done['events']:,} events, in {done['to']}"
    yield from _beside_lines(done["files"], done["evidence"])
    if done["lacks"]:
        yield f"the backup is older than the log was: {done['lacks']}"
        yield f"to go on without: intellog serve --data {goal.data} --accept-loss"
    else:
        yield f"to serve it: intellog serve --data {goal.data}"


def _beside_lines(files: list[str], evidence: int) -> Iterator[str]:
    beside = ", ".join(files) or "neither tokens nor webhooks"
    counted = f"{evidence:,} {'file' if evidence == 1 else 'files'} of evidence"
    yield f"beside it: {beside}, {counted}; views are computed again"
