"""Reports over HTTP into `eventsourcing`, as its example with FastAPI does it.

The application is made once and saved to in a route that FastAPI runs in a thread. Its environment says
which database. The body is validated with our model, which is strict and so reads JSON and not what
FastAPI makes of it.
"""

import argparse
import os
from typing import Annotated

import uvicorn
from eventsourcing.persistence import InfrastructureFactory, IntegrityError
from eventsourcing.sqlite import SQLiteApplicationRecorder
from eventsourcing.utils import Environment
from fastapi import Depends, FastAPI, HTTPException, Request
from pydantic import ValidationError

from domain.commands import FileReport
from domain.vocabulary import Slug
from tests.bench.peers.library import Report, Reports
from tests.bench.peers.library_postgres import Counting, CountView
from tests.bench.peers.library_sqlite import check_durability


class NamedReport(FileReport):
    """A report whose id the caller chose."""

    id: Slug


async def body_of(request: Request) -> NamedReport:
    """The report in a body."""
    try:
        return NamedReport.model_validate_json(await request.body())
    except ValidationError as error:
        raise HTTPException(422, error.errors(include_url=False, include_context=False)) from None


def create_app(*, followed: bool) -> FastAPI:
    """The routes; with `followed` there is a projection, whose position `/readyz` tells."""
    app, reports = FastAPI(), Reports()
    if isinstance(reports.recorder, SQLiteApplicationRecorder):
        check_durability(reports)
    view = _view() if followed else None

    @app.post("/v1/reports", status_code=201)
    def file_report(report: Annotated[NamedReport, Depends(body_of)]) -> dict[str, str | int]:
        try:
            saved = reports.save(Report(report.id, report.model_dump_json()))
        except IntegrityError:
            raise HTTPException(409, f"there is a report {report.id}") from None
        return {"id": report.id, "position": saved[-1].notification.id}

    @app.get("/readyz")
    def readyz() -> dict[str, int]:
        head = reports.recorder.max_notification_id() or 0
        return {
            "head": head,
            "position": (view.max_tracking_id(reports.name) or 0) if view else head,
        }

    return app


def _view() -> CountView:
    """The view that the projection writes, to be read."""
    factory = InfrastructureFactory[CountView].construct(Environment(Counting.name, os.environ))
    return factory.tracking_recorder(CountView)


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--followed", action="store_true")
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    app = create_app(followed=asked.followed)
    uvicorn.run(app, port=asked.port, log_level="warning", access_log=False, server_header=False)


if __name__ == "__main__":
    _main()
