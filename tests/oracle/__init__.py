"""The rules implemented a second time, naively: from all events to an answer, without any state.

It shares with the program only the events and the parsing of periods, and no rule. Every question reads
every event, every pair is compared, dates stay dates. It is slow, and meant to be.

`accounts`, `claims` and `records` read the events; `figures` and `origins` compare claims; `judging`,
with `targets`, `policies` and `flags`, makes a figure of one cell or headline, `sums` with `nesting` of
many cells, `parts` of many indicators; the others answer.
"""

from tests.oracle.accounts import Logged
from tests.oracle.answers import FLAGS, UNKNOWN, answer, estimate, excluded, reduced, seen, series
from tests.oracle.assessments import Judged, Read, assessment, changed_since, judgement
from tests.oracle.claims import Said, Times, World, claims_at, definition_at
from tests.oracle.figures import cell, row_key
from tests.oracle.question import HEADLINE, Asked
from tests.oracle.records import claim_answer, report_answer
from tests.oracle.revisions import revisions
from tests.oracle.suspicions import SUSPICIONS, exceeds, suspicions

__all__ = [
    "FLAGS",
    "HEADLINE",
    "SUSPICIONS",
    "UNKNOWN",
    "Asked",
    "Judged",
    "Logged",
    "Read",
    "Said",
    "Times",
    "World",
    "answer",
    "assessment",
    "cell",
    "changed_since",
    "claim_answer",
    "claims_at",
    "definition_at",
    "estimate",
    "exceeds",
    "excluded",
    "judgement",
    "reduced",
    "report_answer",
    "revisions",
    "row_key",
    "seen",
    "series",
    "suspicions",
]
