"""Events of one report, and its state after them: for specifications."""

from typing import Any

from domain.events import (
    AnyReportEvent,
    ClaimLinked,
    ClaimUnlinked,
    ReportCorrected,
    ReportHeld,
    ReportReleased,
    ReportWithdrawn,
)
from domain.streams.report_state import Filed, Report, Unfiled, evolve
from tests.spec import a, claim, filed

FILE: dict[str, Any] = {
    "id": "wire-1",
    "publisher": "wire",
    "published_at": "2025-01-13",
    "claims": [claim()],
}


def corrected(kind: str = "record", **more: Any) -> ReportCorrected:
    return a(ReportCorrected, report="wire-1", kind=kind, **{"reason": ""} | more)


def withdrawn(kind: str = "record", **more: Any) -> ReportWithdrawn:
    return a(ReportWithdrawn, report="wire-1", kind=kind, **{"reason": ""} | more)


def linked(parent: str, n: int = 1) -> ClaimLinked:
    return a(ClaimLinked, report="wire-1", n=n, derived_from=parent, reason="")


def unlinked(parent: str, n: int = 1) -> ClaimUnlinked:
    return a(ClaimUnlinked, report="wire-1", n=n, derived_from=parent, reason="")


HELD = a(ReportHeld, report="wire-1", reason="under check")
RELEASED = a(ReportReleased, report="wire-1", reason="")
ROOT = filed("root-1", claim(), published_at="2025-01-10")


RECORD: dict[str, Any] = {"report": "wire-1", "kind": "record"}
PUBLISHER = {"report": "wire-1", "kind": "publisher", "published_at": "2025-01-20"}


def report(*events: AnyReportEvent) -> Filed:
    state: Report = Unfiled()
    for event in events:
        state = evolve(state, event)
    assert isinstance(state, Filed)
    assert state.version == len(events)
    return state


def by_publisher(on: str, *figures: float | None) -> ReportCorrected:
    return corrected("publisher", published_at=on, claims=said(*figures))


def by_us(*figures: float | None) -> ReportCorrected:
    return corrected(claims=said(*figures))


def said(*figures: float | None) -> list[dict[str, Any]]:
    return [claim(best, n=n) for n, best in enumerate(figures, start=1) if best is not None]


def dated(on: str) -> ReportCorrected:
    return corrected(provenance={"published_at": on})


def gone(on: str) -> ReportWithdrawn:
    return withdrawn("publisher", published_at=on)
