"""What each correction of a report changed, field by field."""

from collections.abc import Iterator
from typing import Any

from typing_extensions import TypedDict

from domain.events import ReportCorrected
from domain.stream_names import report_stream
from domain.streams.decider import evolve, initial
from domain.streams.report_state import Filed, corrected_version
from domain.streams.versions import Version
from domain.vocabulary import Model, NumberedStatement
from service.log.port import EventLog
from service.query import words
from service.query.report_claims import claim_quantity, claim_stance
from service.query.reports import read_report
from service.query.standpoint import Standpoint


class CorrectedField(TypedDict):
    """A field that a correction changed, of claim `n` or, without it, of the report itself."""

    n: int | None
    field: str
    before: str | None
    after: str | None


_Fields = dict[str, Any]
"""Fields of the report or of a claim by their names, in JSON."""


def corrections(here: Standpoint, log: EventLog, name: str) -> dict[int, list[CorrectedField]]:
    """What the corrections of a report changed up to the position asked, by their positions."""
    found: dict[int, list[CorrectedField]] = {}
    state = initial(report_stream(name))
    for stored, _, event in read_report(here, log, name):
        before, state = state, evolve(state, event)
        if isinstance(event, ReportCorrected) and isinstance(before, Filed):
            assert isinstance(state, Filed)
            corrected = corrected_version(before, event)
            found[stored.position] = list(_changes(corrected, state.versions[-1]))
    return found


def _changes(before: Version, after: Version) -> Iterator[CorrectedField]:
    yield from _changed_fields(None, _json(before.provenance), _json(after.provenance))
    for n in sorted(before.claims.keys() | after.claims.keys()):
        old, new = before.claims.get(n), after.claims.get(n)
        if old is None or new is None:
            yield _changed_field(n, "claim", _claim_text(old), _claim_text(new))
        else:
            yield from _changed_fields(n, _claim_fields(old), _claim_fields(new))


def _changed_fields(n: int | None, before: _Fields, after: _Fields) -> Iterator[CorrectedField]:
    for field in dict.fromkeys((*before, *after)):
        old, new = before.get(field), after.get(field)
        if old != new:
            yield _changed_field(n, field, _text(old), _text(new))


def _changed_field(n: int | None, field: str, before: str | None, after: str | None) -> CorrectedField:
    return {"n": n, "field": field, "before": before, "after": after}


def _claim_fields(claim: NumberedStatement) -> _Fields:
    """The fields of a claim, its figure or stance in words."""
    rest = {
        name: value for name, value in _json(claim).items() if name not in ("quantity", "stance", "n")
    }
    return {"says": _statement(claim), **rest}


def _claim_text(claim: NumberedStatement | None) -> str | None:
    return None if claim is None else f"{claim.indicator}: {_statement(claim)}"


def _statement(claim: NumberedStatement) -> str:
    return words.statement(claim_quantity(claim.quantity), claim_stance(claim.stance))


def _json(value: Model) -> _Fields:
    return value.model_dump(mode="json")


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return ", ".join(f"{name} {part}" for name, part in value.items() if part) or None
    if isinstance(value, list):
        return ", ".join(value) or None
    return str(value) if value not in (None, "") else None
