"""The rules implemented a second time, naively: from all events to an answer, without any state.

Estimates come from the file by which anyone checks a proof (`service.proof.standalone`), which
shares nothing with the program, not even the parsing of periods. What it does not answer is here, on
top of it: every cell, why a claim is not used, revisions, suspicions, what a report says. Every
question reads every event, every pair is compared, dates stay dates. It is slow, and meant to be.
"""

from service.proof.standalone.accounts import Logged
from service.proof.standalone.answers import FLAGS, UNKNOWN, answer, estimate, reduced
from service.proof.standalone.assessments import Judged, assessment, judgement
from service.proof.standalone.claims import Said, Times, World, claims_at, definition_at
from service.proof.standalone.figures import cell
from service.proof.standalone.question import HEADLINE, Asked
from tests.oracle.assessments import Read, changed_since
from tests.oracle.cells import excluded, row_key, series
from tests.oracle.logged import logged
from tests.oracle.revisions import revisions
from tests.oracle.seen import seen
from tests.oracle.suspicions import SUSPICIONS, exceeds, suspicions
from tests.oracle.words import claim_answer, report_answer

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
    "logged",
    "reduced",
    "report_answer",
    "revisions",
    "row_key",
    "seen",
    "series",
    "suspicions",
]
