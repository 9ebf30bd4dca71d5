"""Whether the answer about an indicator has ever rested on anything; before that nothing changes it."""

import sqlite3

from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from projections.answers.figure import FIGURE
from projections.answers.moments import iter_touching
from projections.changed.stands import Stood


def rests_on_anything(body: Stood) -> bool:
    """Whether an answer rests on a claim or a judgement, or has a figure otherwise."""
    known = any(body[name] not in (None, False) for name in FIGURE)
    return bool(body["n_used"] or "assessment" in body or known)


def had_begun(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> bool:
    """Whether the default answer had rested on anything by a position; mostly its first claim tells."""
    causes = iter_touching(db, indicator, 0, as_of.position)
    return any(rests_on_anything(answer(db, indicator, as_of.at(cause.position))) for cause in causes)
