"""The objects that a log always has: markings, the extension, and the identity of the log itself."""

import sqlite3
from datetime import datetime

from domain.times import from_micros
from service.interop.stix.extension import extended, fixed_objects
from service.interop.stix.ids import Ids
from service.interop.stix.markings import TLP_2, definitions
from service.interop.stix.versions import StixObject, Version, stix_time


def fixed_things(db: sqlite3.Connection, ids: Ids) -> list[StixObject]:
    """These objects; the log has no identity before its first event."""
    begun = _begun(db)
    owner = [] if begun is None else [_owner(ids, stix_time(begun))]
    return [*definitions(), *fixed_objects(), *owner]


def fixed_versions(db: sqlite3.Connection, ids: Ids) -> list[Version]:
    """These objects as versions of before the first event; none where nothing was recorded yet."""
    begun = _begun(db)
    if begun is None:
        return []
    versions = (Version(0, begun, thing) for thing in fixed_things(db, ids))
    return sorted(versions, key=lambda version: version.key)


def _begun(db: sqlite3.Connection) -> datetime | None:
    (stamp,) = db.execute("SELECT min(recorded_at) FROM main.journal").fetchone()
    return None if stamp is None else from_micros(stamp)


def _owner(ids: Ids, begun: str) -> StixObject:
    return {
        "type": "identity",
        "id": ids.owner,
        "spec_version": "2.1",
        "created": begun,
        "modified": begun,
        "name": f"Log {ids.log}",
        "description": "A log of reported figures, and those who keep it.",
        "identity_class": "group",
        "object_marking_refs": [TLP_2["TLP:CLEAR"]],
        "extensions": extended({"kind": "log", "log": ids.log}),
    }
