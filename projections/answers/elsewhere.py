"""What the claims on a total are about where none of them is about the total itself.

A figure with a stated start other than the day from which its indicator counts ("500 that week") is a
cell of its own and never the headline, which is then unknown although there are claims.
"""

import sqlite3

from projections.answers.as_of import AsOf
from projections.answers.claims import ACTIVE_LANES, parameters, where
from projections.answers.estimate_answer import MOST_PERIODS, ElsewhereAnswer, EstimateAnswer
from projections.tables.claim_rows import WHOLE
from projections.tables.registry import indicator_at


def elsewhere(db: sqlite3.Connection, body: EstimateAnswer, as_of: AsOf) -> ElsewhereAnswer | None:
    """The periods of the claims behind an unknown total; None where something else makes it unknown."""
    if body["measure"] != "cumulative" or body["used"] or not body["claims"]:
        return None
    rows = db.execute(
        "SELECT c.period FROM claims c WHERE c.indicator = :indicator AND c.cohort = :cohort "
        f"AND c.headline = 0 AND c.lane IN ({ACTIVE_LANES}) AND {where(as_of)} "
        "GROUP BY c.period ORDER BY max(c.last), c.period",
        parameters(as_of, indicator=body["indicator"], cohort=body["cohort"] or WHOLE),
    ).fetchall()
    row = indicator_at(db, body["indicator"], as_of.position)
    if not rows or row is None:
        return None
    periods = [period for (period,) in rows]
    return {
        "periods": periods[-MOST_PERIODS:],
        "n_periods": len(periods),
        "since": row.definition.since,
    }
