"""Reports and claims as they stand at the times asked, read from their own streams."""

import re
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic_core import from_json

from domain.events import Event
from domain.stream_names import report_stream
from domain.streams.decider import fold
from domain.streams.report_state import (
    Filed,
    claim_at,
    disputes_at,
    in_force,
    links,
    report_status,
    stated_at,
    valid_period,
)
from domain.streams.versions import Version
from domain.times import from_micros, show_instant
from domain.vocabulary import claim_id, restriction, split_claim_id
from projections.answers.as_of import AsOf, look_up
from projections.tables.search import found, matches
from service.log.envelope import Envelope
from service.log.port import EventLog, Stored
from service.streams.upcasters import read_event


def read_report(log: EventLog, name: str, as_of: AsOf) -> list[tuple[Stored, Envelope, Event]]:
    """The events of a report up to the position asked; none for a reader it is marked above now."""
    stream = report_stream(name)
    events = [(stored, *read_event(stored.body)) for stored in log.stream(stream)]
    state = fold(stream, (event for _, _, event in events))
    if isinstance(state, Filed) and restriction(state.marking) > restriction(as_of.clearance):
        return []
    return [each for each in events if each[0].position <= as_of.position]


def report_events(log: EventLog, name: str, as_of: AsOf) -> list[dict[str, Any]]:
    """The events of a report up to the position asked, as callers see them."""
    return [from_json(stored.wire()) for stored, _, _ in read_report(log, name, as_of)]


@dataclass(frozen=True, slots=True)
class Shown:
    """A report at the times asked: its state, the version in force, where it was filed."""

    state: Filed
    version: Version
    position: int
    recorded_at: str


def shown_report(log: EventLog, name: str, as_of: AsOf) -> Shown | None:
    """A report as known and published at the times asked; None where it is not, or not cleared."""
    events = read_report(log, name, as_of)
    state = fold(report_stream(name), (event for _, _, event in events))
    if not isinstance(state, Filed):
        return None
    version = in_force(state, _published_by(as_of))
    if version is None:
        return None
    stored, envelope, _ = events[0]
    return Shown(state, version, stored.position, show_instant(envelope.recorded_at))


def _published_by(as_of: AsOf) -> datetime | None:
    return None if as_of.published_by is None else from_micros(as_of.published_by)


def report(log: EventLog, name: str, as_of: AsOf) -> dict[str, Any] | None:
    """A report as it stands at the times asked."""
    shown = shown_report(log, name, as_of)
    return None if shown is None else report_item(shown)


def report_item(shown: Shown) -> dict[str, Any]:
    """A report as callers see it."""
    state, version = shown.state, shown.version
    provenance = version.provenance.model_dump(mode="json")
    return {
        "id": state.id,
        "version": state.version,
        "status": report_status(state, version),
        "marking": state.marking,
        **provenance,
        "revised_at": show_instant(version.published_at) if version.number > 1 else None,
        "reason": version.reason or None,
        "position": shown.position,
        "recorded_at": shown.recorded_at,
        "claims": [_claim_item(state, version, n) for n in sorted(version.claims)],
    }


_CLAIM_ID = re.compile(r".+/[1-9][0-9]{0,5}")
_SUMMARY = (
    *("id", "version", "status", "marking", "publisher"),
    *("url", "title", "published_at", "position", "recorded_at"),
)
_SPOKEN = ("indicator", "originator", "spokesperson", "cohort", "text")


def search(
    log: EventLog, db: sqlite3.Connection, q: str, as_of: AsOf, after: str, limit: int
) -> list[dict[str, Any]]:
    """Reports that hold all these words, in title, publisher or claims, as they stand then, by id."""
    hits = list[dict[str, Any]]()
    for name in found(db, "report", q, as_of.position, after):
        if len(hits) == limit:
            break
        body = report(log, name, as_of)
        if body is not None:
            hits.append(_hit(body, q))
    return hits


def _hit(body: dict[str, Any], q: str) -> dict[str, Any]:
    """A report as a search shows it: its provenance, and the claims in which words were found."""
    claims = [
        {"id": claim["id"], "indicator": claim["indicator"], "text": claim["text"]}
        for claim in body["claims"]
        if matches(q, " ".join(claim[name] or "" for name in _SPOKEN))
    ]
    return {**{name: body[name] for name in _SUMMARY}, "claims": claims}


def _claim_item(state: Filed, version: Version, n: int) -> dict[str, Any]:
    """Claim n in the words of a version."""
    claim, grade = version.claims[n], state.grades.get(n)
    return {
        "id": claim_id(state.id, n),
        **claim.model_dump(mode="json"),
        "stated_at": show_instant(stated_at(claim, version.provenance)),
        "period": valid_period(claim, version.provenance).text,
        "derived_from": sorted(links(state, version, n)),
        "credibility": grade.credibility if grade else None,
    }


def claim(log: EventLog, db: sqlite3.Connection, name: str, as_of: AsOf) -> dict[str, Any] | None:
    """A claim as it stands at the times asked, with the chain from it to its roots."""
    if not _CLAIM_ID.fullmatch(name):
        return None
    report_name, n = split_claim_id(name)
    shown = shown_report(log, report_name, as_of)
    span = claim_at(shown.state, n, _published_by(as_of)) if shown else None
    if shown is None or span is None:
        return None
    find = look_up(db, as_of)
    standing = find(claim_id(report_name, n))
    return {
        **_claim_item(shown.state, span.words, n),
        "report": report_name,
        "position": shown.position,
        "publisher": span.words.provenance.publisher,
        "published_at": show_instant(span.words.published_at),
        "marking": shown.state.marking,
        "reliability": standing.reliability if standing else None,
        "standing": standing.standing if standing else "not-yet-known",
        "disputes": disputes(shown.state, n, as_of),
        "chain": chain(db, name, as_of),
    }


def disputes(state: Filed, n: int, as_of: AsOf) -> list[dict[str, Any]]:
    """Who disputes claim n at the times asked, since when and why."""
    return [
        {
            "by": said.by,
            "reason": said.reason,
            "published_at": show_instant(said.published_at) if said.published_at else None,
        }
        for said in disputes_at(state, n, _published_by(as_of))
    ]


def chain(db: sqlite3.Connection, name: str, as_of: AsOf) -> list[dict[str, Any]]:
    """The claims from one to its roots, each with whom it credits and what it is derived from."""
    find, steps, waiting, seen = look_up(db, as_of), [], [name], {name}
    while waiting:
        each = waiting.pop(0)
        found = find(each)
        if found is None or found.standing == "beyond-clearance":
            continue
        steps.append(
            {
                "claim": found.id,
                "originator": found.originator,
                "report": found.report,
                "position": found.position,
                "standing": found.standing,
                "derived_from": list(found.links),
            }
        )
        waiting += [link for link in found.links if link not in seen]
        seen.update(found.links)
    return steps
