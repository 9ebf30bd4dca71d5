"""Keeping the views."""

import time
from typing import Annotated

import typer

from service.cli.client import USAGE, Target, client_of, fail
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import progress_bar, say, say_json, warn
from service.client import Client
from service.client.answers import RebuildJob

LOOK_SECONDS = 0.2
CANCELLED = 130
"""What a command exits with that Ctrl-C ended."""


def rebuild(
    data: Data = DEFAULT_DATA,
    url: Url = None,
    cancel: Annotated[bool, typer.Option("--cancel", help="Cancel what a server runs.")] = False,
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Put back the views that the last one replaced.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rebuild the views from the log, without an interruption; Ctrl-C cancels it."""
    if cancel and (roll_back or url is None):
        fail("--cancel takes the --url of the server that rebuilds, and no --roll-back", USAGE)
    with client_of(Target(data, url)) as client:
        if cancel:
            job = client.cancel_rebuild()
        else:
            job = client.roll_back() if roll_back else client.rebuild()
        try:
            if not as_json and not cancel:
                _say_room(job)
            job = _ended(client, job, quiet=as_json)
        except KeyboardInterrupt:
            job = _ended(client, client.cancel_rebuild(), quiet=as_json)
    _report(job, as_json)


def _ended(client: Client, job: RebuildJob, *, quiet: bool) -> RebuildJob:
    """The job once it has ended, with its progress on a terminal meanwhile."""
    with progress_bar(quiet=quiet) as progress:
        task = progress.add_task("rebuilding", total=job["total"])
        while job["state"] == "running":
            time.sleep(LOOK_SECONDS)
            job = client.rebuild_progress()
            progress.update(task, description=_words(job), completed=job["done"], total=job["total"])
    return job


def _say_room(job: RebuildJob) -> None:
    needed, free = job["bytes_needed"], job["bytes_free"]
    if job["kind"] == "rebuild" and needed is not None and free is not None:
        warn(f"new views take about {needed / 1e6:,.1f} MB; {free / 1e6:,.0f} MB are free")


def _words(job: RebuildJob) -> str:
    left = job["seconds_left"]
    rest = "" if left is None else f", {left:,.0f} s left"
    return f"{job['step'] or 'rebuilding'} at {job['rate']:,.0f} events/s{rest}:"


def _report(job: RebuildJob, as_json: bool) -> None:
    """Print how a job ended; exit with a status that says it as well."""
    if as_json:
        say_json(job)
    match job["state"]:
        case "failed":
            fail(f"the {_NAMES[job['kind']]} failed: {job['error']}")
        case "cancelled":
            fail(f"the {_NAMES[job['kind']]} was cancelled; the views in use stay", CANCELLED)
    if as_json:
        return
    if job["differs"]:
        warn(f"intellog: the views that were replaced had other rows, in {', '.join(job['differs'])}")
    again = "; put back with --roll-back what it replaced" if job["kept_until"] else ""
    did = "rebuilt from" if job["kind"] == "rebuild" else "rolled back, and applied"
    say(f"{did} {job['done']:,} events in {job['seconds']:,.1f} s{again}")


_NAMES = {"rebuild": "rebuild", "roll-back": "roll back"}
