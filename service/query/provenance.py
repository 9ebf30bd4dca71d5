"""What the claims of an explanation were recorded by, and the reports that they are in."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from projections.answers.values import Instant, instant
from service.log.port import EventLog
from service.query.evidence import EvidenceItem
from service.query.explanations import ExplanationAnswer
from service.query.reports import ReportAnswer, report
from service.query.standpoint import Standpoint


@dataclass(frozen=True, slots=True)
class Act:
    """An event as an act: its type, who did it, and when it was recorded."""

    type: str
    actor: str
    recorded_at: Instant


@dataclass(frozen=True, slots=True)
class Records:
    """The reports of claims by id, and the acts that recorded claims by position."""

    reports: Mapping[str, ReportAnswer]
    acts: Mapping[int, Act]


def claims_in(body: ExplanationAnswer) -> Iterator[EvidenceItem]:
    """Every claim of an explanation, in order: those used, relays, and those left out."""
    yield from body["used"]
    yield from body["relays"]
    yield from body["excluded"]


def records_of(here: Standpoint, log: EventLog, body: ExplanationAnswer) -> Records:
    """What recorded the claims of an explanation, as far as the reader may see it."""
    names, positions = dict[str, None](), dict[int, None]()
    for item in claims_in(body):
        for each in (item, *item["chain"]):
            names[each["report"]] = positions[each["position"]] = None
    found = ((name, report(here, log, name)) for name in names)
    return Records({name: each for name, each in found if each}, _acts(here, list(positions)))


def _acts(here: Standpoint, positions: list[int]) -> dict[int, Act]:
    query = (
        "SELECT position, type, actor, recorded_at FROM journal "
        "WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position"
    )
    rows = here.db.execute(query, (json.dumps(positions),))
    return {row[0]: Act(row[1], row[2], instant(row[3])) for row in rows}
