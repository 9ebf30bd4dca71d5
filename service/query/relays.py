"""Reports in a span whose claims on an indicator only repeat others."""

from typing import NamedTuple

from projections.answers.moments import Axis
from projections.tables.claim_rows import RELAY
from projections.tables.journal import recorded_at
from service.query.standpoint import Standpoint


class Relay(NamedTuple):
    """A report that repeats claims: its event, and when it was recorded or published."""

    report: str
    position: int
    moment: int | None


_RELAYS = """
SELECT report, max(position), max(pub_from) FROM claims
WHERE indicator = :indicator AND since <= :position AND until > :position
AND pub_from <= :by AND {within}
GROUP BY report HAVING min(lane = :relay) ORDER BY {order}, report
"""
_WITHIN = {
    "record": ("position > :since", "max(position)"),
    "publication": ("pub_from > :since", "max(pub_from)"),
}


def relays_within(here: Standpoint, indicator: str, axis: Axis, since: int) -> list[Relay]:
    """The reports after a position, or a moment of publication, whose claims are all linked relays."""
    within, order = _WITHIN[axis]
    given = {
        "indicator": indicator,
        "position": here.as_of.position,
        "by": here.as_of.by,
        "since": since,
        "relay": RELAY,
    }
    rows = here.db.execute(_RELAYS.format(within=within, order=order), given).fetchall()
    return [
        Relay(report, position, published if axis == "publication" else recorded_at(here.db, position))
        for report, position, published in rows
    ]
