"""The limit for the service over HTTP: bare routes that do the same work and no more.

They run with the options of the service: one process, the same event loop and HTTP parser.
"""

import argparse
import json
import sqlite3
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Request

from domain.commands import FileReport

TABLE = "CREATE TABLE rows (position INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL)"


def durable(path: Path) -> sqlite3.Connection:
    """A database with one table and the durability of the log."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute(TABLE)
    return db


def create_app(data: Path) -> FastAPI:
    """Routes that validate and commit a report, and that return an answer from `answers.json`."""
    app = FastAPI()
    db = durable(data / "bare.sqlite")
    prepared = data / "answers.json"
    answers = json.loads(prepared.read_bytes()) if prepared.is_file() else {"none": {}}

    @app.post("/v1/reports", status_code=201)
    async def post(request: Request) -> dict[str, Any]:
        body = await request.body()
        report = FileReport.model_validate_json(body)
        position = db.execute("INSERT INTO rows (body) VALUES (?)", (body,)).lastrowid
        return {"id": report.id, "position": position}

    @app.get("/answers/{name}")
    async def get(name: str) -> dict[str, Any]:
        found: dict[str, Any] = answers[name]
        return found

    return app


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int)
    asked = parser.parse_args()
    app = create_app(asked.data)
    uvicorn.run(
        app, port=asked.port, log_level="warning", access_log=False, lifespan="off", server_header=False
    )


if __name__ == "__main__":
    _main()
