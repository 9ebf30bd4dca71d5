"""What became of a plan, at each step of its history: its statements, and where its parts stand."""

from dataclasses import dataclass, replace

from projections.answers.moments import Axis
from projections.tables.registry import indicator_at
from service.query.slippage import SlippageRow, slippage_rows, standing_row
from service.query.standpoint import Standpoint
from service.query.words import bounded, progress
from service.web.replay.history import History, HistoryStep
from service.web.replay.phases import Phase, phases
from service.web.replay.subject import Subject
from service.web.wording import counted

MOST_STEPS = 60
"""Maximum number of steps for which a page has the statements; of a longer history it has one."""
MOST_ROWS = 150
"""Maximum number of statements at one step; the interface has all of them."""


@dataclass(frozen=True, slots=True)
class StatementView:
    """One statement of a plan in words, and what became of it."""

    claim: str
    report: str
    originator: str
    cohort: str
    stated: str
    target: str
    moved: str
    planned: str
    at_target: str
    now: str
    state: str
    note: str


@dataclass(frozen=True, slots=True)
class PartView:
    """How far one part of a plan is fulfilled, in words."""

    indicator: str
    title: str
    progress: str


@dataclass(frozen=True, slots=True)
class PlanView:
    """What became of a plan; `none` says at which steps nobody has stated it."""

    fulfilled_in: str
    title: str
    statements: list[Phase[StatementView]]
    parts: list[Phase[tuple[PartView, ...]]]
    none: list[Phase[str]]


def plan_view(subject: Subject, history: History, step: int, here: Standpoint) -> PlanView | None:
    """What became of a plan, `step` being that of the page; None where the indicator is no plan."""
    fulfilled_in = subject.row.definition.plans_for
    if fulfilled_in is None:
        return None
    spots = _standpoints(subject, history, step, here)
    first = step if len(spots) == 1 else 0
    rows = [[] if at is None else _statements(at, subject) for at in spots]
    parts = [() if at is None else _parts(at, subject) for at in spots]
    return PlanView(
        fulfilled_in,
        _title(here, fulfilled_in),
        phases(rows, first, _order),
        phases([(each,) if each else () for each in parts], first),
        phases([() if row else (_SILENT,) for row in rows], first),
    )


_SILENT = "Nobody has stated the plan in words of their own."


def _standpoints(
    subject: Subject, history: History, step: int, here: Standpoint
) -> list[Standpoint | None]:
    """Where the page stands at each step: at its own as asked, at the others as of their moments.

    Before the first step it stands nowhere. Of a long history only the page's own step is kept.
    """
    if len(history.steps) > MOST_STEPS:
        return [here]
    whole, axis = subject.here, history.axis
    spots: list[Standpoint | None] = [None, *(_as_of(whole, each, axis) for each in history.steps)]
    if not history.later:
        spots[-1] = whole
    spots[step] = here if step else None
    return spots


def _as_of(whole: Standpoint, step: HistoryStep, axis: Axis) -> Standpoint:
    if axis == "record":
        return whole.at(int(step.ask))
    return replace(whole, as_of=replace(whole.as_of, published_by=step.moment))


def _statements(here: Standpoint, subject: Subject) -> list[StatementView]:
    rows = slippage_rows(here, subject.row.id, subject.narrowing.cohort) or []
    return [_statement_view(row) for row in rows[-MOST_ROWS:]]


def _statement_view(row: SlippageRow) -> StatementView:
    report, _, _ = row["claim"].rpartition("/")
    at_target = row["fulfilled_at_target"]
    in_transit = row["fulfilled_now"]["status"] == "in-transit"
    late = f"by {counted(row['late_days'], 'day')}" if row["late_days"] else ""
    return StatementView(
        claim=row["claim"],
        report=report,
        originator=row["originator"],
        cohort=row["cohort"] or "",
        stated=row["stated_at"],
        target=row["target"],
        moved=_moved(row["moved_days"]),
        planned=bounded(row["planned"]) or "no number",
        at_target="" if at_target is None else bounded(at_target) or "unknown",
        now=(bounded(row["fulfilled_now"]) or "unknown") + (" in transit" if in_transit else ""),
        state=row["state"],
        note=late or (f"since {row['reached_on']}" if row["reached_on"] else ""),
    )


def _moved(days: int | None) -> str:
    return f"{counted(abs(days), 'day')} {'later' if days > 0 else 'earlier'}" if days else ""


def _order(row: StatementView) -> tuple[str, ...]:
    return row.originator, row.stated, row.claim


def _parts(here: Standpoint, subject: Subject) -> tuple[PartView, ...]:
    return tuple(
        PartView(part, _title(here, part), progress(row))
        for part in subject.row.definition.parts
        for row in [standing_row(slippage_rows(here, part) or [], None)]
        if row is not None
    )


def _title(here: Standpoint, indicator: str) -> str:
    row = indicator_at(here.db, indicator, here.as_of.position)
    return (row.definition.title if row else "") or indicator
