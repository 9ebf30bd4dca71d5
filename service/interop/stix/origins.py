"""What objects of given ids stand for: an id is a hash, so the names that it may be of are tried."""

import sqlite3
from collections.abc import Collection, Iterator

from domain.events import AssessmentRecorded, ClaimDisputed, ClaimGraded, ReportFiled, SourceGraded
from domain.stream_names import indicator_stream, report_stream, source_stream, split_stream
from domain.vocabulary import claim_id
from service.interop.stix.ids import Ids

ESTIMATE = "estimate"
"""Stands before the id of an indicator where its estimate is meant, like the kind of a stream."""
_Named = Iterator[tuple[str, str]]
"""Ids of objects, each with the stream, or the estimate, that it is of."""
_GRADES = (SourceGraded.TYPE, ClaimGraded.TYPE, AssessmentRecorded.TYPE, ClaimDisputed.TYPE)


def subjects_of(db: sqlite3.Connection, ids: Ids, wanted: Collection[str]) -> set[str] | None:
    """The streams, and estimates, that objects are of; None where only a walk can find them."""
    types = {id.partition("--")[0] for id in wanted}
    if "relationship" in types:
        return None  # both of its ends are in its name
    found = set[str]()
    for name, naming in (
        ("identity", _sources(db, ids)),
        ("location", _places(db, ids)),
        ("report", _reports(db, ids)),
        ("note", _notes(db, ids)),
        ("opinion", _judgements(db, ids, "opinion")),
    ):
        if name in types:
            found |= {subject for id, subject in naming if id in wanted}
    return found


def _sources(db: sqlite3.Connection, ids: Ids) -> _Named:
    for (name,) in db.execute("SELECT DISTINCT id FROM sources"):
        yield ids.source(name), source_stream(name)


def _places(db: sqlite3.Connection, ids: Ids) -> _Named:
    for (name,) in db.execute("SELECT DISTINCT id FROM sources"):
        yield ids.country(name), source_stream(name)
    for (name,) in db.execute("SELECT DISTINCT id FROM indicators"):
        yield ids.place(name), indicator_stream(name)


def _reports(db: sqlite3.Connection, ids: Ids) -> _Named:
    for (stream,) in db.execute("SELECT stream FROM journal WHERE type = ?", (ReportFiled.TYPE,)):
        yield ids.report(split_stream(stream)[1]), stream


def _notes(db: sqlite3.Connection, ids: Ids) -> _Named:
    for report, n in db.execute("SELECT DISTINCT report, n FROM claims"):
        yield ids.claim(claim_id(report, n)), report_stream(report)
    for (name,) in db.execute("SELECT DISTINCT id FROM indicators"):
        yield ids.definition(name), indicator_stream(name)
        yield ids.estimate(name), f"{ESTIMATE}:{name}"
    yield from _judgements(db, ids, "note")


def _judgements(db: sqlite3.Connection, ids: Ids, kind: str) -> _Named:
    marks = ", ".join("?" * len(_GRADES))
    rows = db.execute(f"SELECT position, stream FROM journal WHERE type IN ({marks})", _GRADES)
    for position, stream in rows:
        yield ids.act(kind, position), stream
