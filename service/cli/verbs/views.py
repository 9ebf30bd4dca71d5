"""Keeping the views."""

import time

from service.cli.client import Target, body_of, client_of, fail, get
from service.cli.options import DEFAULT_DATA, Data, Json, Url
from service.cli.output import progress_bar, say, say_json


def rebuild(data: Data = DEFAULT_DATA, url: Url = None, as_json: Json = False) -> None:
    """Rebuild the views from the log, without an interruption."""
    with client_of(Target(data, url)) as client:
        job = body_of(client.post("/v1/projections/claims/rebuild"))
        with progress_bar(quiet=as_json) as progress:
            task = progress.add_task("rebuilding", total=job["total"])
            while job["state"] == "running":
                time.sleep(0.2)
                job = get(client, "/v1/projections/claims/rebuild")
                progress.update(task, completed=job["done"], total=job["total"])
    if job["error"]:
        fail(f"the rebuild failed: {job['error']}")
    if as_json:
        say_json(job)
    else:
        say(f"rebuilt from {job['done']:,} events")
