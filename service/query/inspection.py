"""Queries that see through a figure: what changed it, what rests on a claim, what a policy would do."""

from dataclasses import asdict
from typing import Any

from domain.estimates.claims import cell_text
from domain.times import from_micros, show_instant
from projections.answers.as_of import look_up
from projections.answers.comparison import Apart, apart
from projections.answers.differences import Attributed, attributed, steps
from projections.answers.estimates import Narrowing, shown
from projections.answers.impact import Resting, assessments_citing, resting_on
from projections.answers.moments import Axis, touching
from projections.answers.vintages import FIGURE
from projections.tables.claims import descendants
from projections.tables.journal import recorded_at
from projections.tables.registry import IndicatorRow, indicators_at, with_parts
from service.query import estimates
from service.query.standpoint import Standpoint
from service.query.words import words

Body = dict[str, Any]


def changes(here: Standpoint, indicator: str, span: tuple[int, int], asked: Narrowing) -> Body:
    """What changed in an estimate between two positions, each difference with the events behind it."""

    def estimate(position: int) -> Body:
        as_of = here.as_of.at(position)
        return estimates.estimate(here.db, indicator, as_of, asked, False, here.suspect, beside=False)

    before, after = (estimate(position) for position in span)
    since, until = (here.as_of.at(position) for position in span)
    did = steps(here.db, indicator, since, until, asked)
    concerned = {name for position in span for name in with_parts(here.db, indicator, position)}
    touched = {each.position for name in concerned for each in touching(here.db, name, *span)}
    found = [
        {**estimates.difference_item(each), "events": list(each.events)}
        for each in attributed(before, after, did, touched, estimate)
    ]
    return {
        "indicator": indicator,
        "since": _moment(here, span[0]),
        "until": _moment(here, span[1]),
        "before": before,
        "after": after,
        "differences": found,
        "words": [
            f"{line} ({_positions(each['events'])})" if each["events"] else line
            for line, each in zip(words(found), found, strict=True)
        ],
        "events": [_event(here, each) for each in did],
    }


def _moment(here: Standpoint, position: int) -> Body:
    stamp = recorded_at(here.db, position)
    return {
        "position": position,
        "recorded_at": None if stamp is None else show_instant(from_micros(stamp)),
    }


def _positions(events: list[int]) -> str:
    shown_ = ", ".join(str(position) for position in events[:5])
    more = f" and {len(events) - 5} more" if len(events) > 5 else ""
    return f"position{'s' * (len(events) > 1)} {shown_}{more}"


def _event(here: Standpoint, each: Attributed) -> Body:
    items = [estimates.difference_item(difference) for difference in each.differences]
    moment = _moment(here, each.cause.position)
    return {**asdict(each.cause), **moment, "differences": items, "words": words(items)}


def impact(here: Standpoint, claim: str) -> Body | None:
    """What rests on a claim at the times asked; None where there is no such claim."""
    found = look_up(here.db, here.as_of)(claim)
    if found is None or found.standing == "beyond-clearance":
        return None
    relays = sorted(descendants(here.db, [claim]))
    cited = assessments_citing(here.db, claim, here.as_of)
    return {
        "claim": claim,
        "indicator": found.indicator,
        "standing": found.standing,
        "estimates": [_resting(found.indicator, e) for e in resting_on(here.db, found, here.as_of)],
        "relays": [relay for relay in relays if _is_there(here, relay)],
        "assessments": [{"indicator": name, "position": position} for name, position in cited],
    }


def _is_there(here: Standpoint, claim: str) -> bool:
    found = look_up(here.db, here.as_of)(claim)
    return found is not None and found.standing == "active"


def _resting(indicator: str, resting: Resting) -> Body:
    question = resting.with_it.question
    one, other = (
        shown(indicator, assessed, counted)
        for assessed, counted in zip(
            (resting.with_it, resting.without_it), resting.counted, strict=True
        )
    )
    found = estimates.differences_of(one, other)
    return {
        "indicator": indicator,
        "cohort": question.cohort,
        "period": None if question.cell is None else cell_text(question.measure, question.cell),
        "with": one,
        "without": other,
        "differences": found,
        "words": words(found),
    }


def comparison(
    here: Standpoint,
    policies: tuple[str | None, str],
    axis: Axis,
    wanted: str | None,
    after: str,
    limit: int,
) -> list[Body]:
    """The indicators that differ, or ever did, under another policy, by id."""
    found = list[Body]()
    for row in indicators_at(here.db, here.as_of.position, after):
        if len(found) == limit:
            break
        if wanted in (None, row.id):
            base = policies[0] or row.definition.policy
            spans = apart(here.db, row.id, here.as_of, base, policies[1], axis)
            if spans:
                found.append(_compared(here, row, base, policies[1], spans))
    return found


def _compared(
    here: Standpoint, row: IndicatorRow, base: str, candidate: str, spans: list[Apart]
) -> Body:
    now = {
        name: {
            said: value
            for said, value in estimates.estimate(
                here.db, row.id, here.as_of, Narrowing(policy=policy), False, beside=False
            ).items()
            if said in FIGURE
        }
        for name, policy in (("base", base), ("candidate", candidate))
    }
    return {
        "indicator": row.id,
        "title": row.definition.title,
        "unit": row.definition.unit,
        "measure": row.definition.measure,
        "base": base,
        "candidate": candidate,
        "now": {**now, "differs": now["base"] != now["candidate"]},
        "history": [_span(each) for each in spans],
    }


def _span(each: Apart) -> Body:
    return {
        "from": show_instant(from_micros(each.since)),
        "to": None if each.until is None else show_instant(from_micros(each.until)),
        "cause": asdict(each.cause),
        "base": each.base,
        "candidate": each.candidate,
    }
