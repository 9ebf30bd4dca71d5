"""What each correction of a report changed, field by field."""

from collections.abc import Iterator
from typing import Any

from domain.events import ReportCorrected
from domain.stream_names import report_stream
from domain.streams.decider import evolve, initial
from domain.streams.report_state import Filed, corrected_version
from domain.streams.versions import Version
from domain.vocabulary import Model, NumberedStatement
from projections.answers.as_of import AsOf
from service.log.port import EventLog
from service.query import words
from service.query.reports import read_report

Change = dict[str, Any]
"""`n` (of a claim, None for the report itself), `field`, `before`, `after`; texts, or None."""


def corrections(log: EventLog, name: str, as_of: AsOf) -> dict[int, list[Change]]:
    """What the corrections of a report changed up to the position asked, by their positions."""
    found: dict[int, list[Change]] = {}
    state = initial(report_stream(name))
    for stored, _, event in read_report(log, name, as_of):
        before, state = state, evolve(state, event)
        if isinstance(event, ReportCorrected) and isinstance(before, Filed):
            assert isinstance(state, Filed)
            mended = corrected_version(before, event)
            found[stored.position] = list(_changes(mended, state.versions[-1]))
    return found


def _changes(before: Version, after: Version) -> Iterator[Change]:
    yield from _fields(None, _plain(before.provenance), _plain(after.provenance))
    for n in sorted(before.claims.keys() | after.claims.keys()):
        old, new = before.claims.get(n), after.claims.get(n)
        if old is None or new is None:
            yield _change(n, "claim", *(None if each is None else _said(each) for each in (old, new)))
        else:
            yield from _fields(n, _statement(old), _statement(new))


def _fields(n: int | None, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for field, value in before.items():
        if value != after[field]:
            yield _change(n, field, _text(value), _text(after[field]))


def _change(n: int | None, field: str, before: str | None, after: str | None) -> Change:
    return {"n": n, "field": field, "before": before, "after": after}


def _statement(claim: NumberedStatement) -> dict[str, Any]:
    """The fields of a claim, its figure or stance in words."""
    plain = _plain(claim)
    says = words.says(plain)
    rest = {name: value for name, value in plain.items() if name not in ("quantity", "stance", "n")}
    return {"says": says, **rest}


def _said(claim: NumberedStatement) -> str:
    return f"{claim.indicator}: {words.says(_plain(claim))}"


def _plain(value: Model) -> dict[str, Any]:
    return value.model_dump(mode="json")


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part) or None
    if isinstance(value, list):
        return ", ".join(value) or None
    return str(value) if value not in (None, "") else None
