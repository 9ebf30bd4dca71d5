"""The events that all stores append: reports with one or two claims, the same in every run."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import NAMESPACE_OID, UUID, uuid5

from domain.events import ReportFiled
from domain.vocabulary import Evidence, NumberedStatement, Provenance, Quantity
from service.log.envelope import encode
from service.log.port import Pending
from service.streams.upcasters import encode_event

INDICATORS = ("killed", "wounded", "present", "losses")
ORIGINATORS = ("general-staff", "ministry", "intelligence-service", "observers")
BEGUN = datetime(2024, 5, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filing:
    """One event: as our log receives it, and the bytes that our log stores."""

    id: UUID
    pending: Pending
    body: bytes


def filings() -> Iterator[Filing]:
    """An endless sequence of events, each the first of its stream."""
    return map(_filing, count(1))


def _filing(number: int) -> Filing:
    event = _report(number)
    id = uuid5(NAMESPACE_OID, event.stream)
    pending = Pending(id.hex, event.TYPE, event.V, event.stream, 1, "import", encode_event(event))
    return Filing(id, pending, encode(pending, BEGUN + timedelta(seconds=number)))


def _report(number: int) -> ReportFiled:
    provenance = Provenance(
        publisher=f"agency-{number % 7}",
        url=f"https://agency-{number % 7}.example/reports/{number}",
        title=f"Situation on day {number % 900} as told by the {ORIGINATORS[number % 4]}",
        published_at=BEGUN + timedelta(minutes=number),
        evidence=Evidence(sha256=f"{number:064x}", media_type="text/html"),
    )
    claims = tuple(_claim(number, n) for n in range(1, number % 2 + 2))
    return ReportFiled(
        report=f"report-{number}", provenance=provenance, marking="TLP:CLEAR", claims=claims
    )


def _claim(number: int, n: int) -> NumberedStatement:
    return NumberedStatement(
        n=n,
        indicator=INDICATORS[(number + n) % 4],
        originator=ORIGINATORS[number % 4],
        stated_at=BEGUN + timedelta(minutes=number),
        quantity=Quantity(best=number * n, qualifier="at-least"),
        text=f"According to the {ORIGINATORS[number % 4]} there are at least {number * n}.",
    )
