"""One cell or headline judged by a policy: its figure, and how well its own origins stand together."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.estimates.claims import Claim
from domain.estimates.estimate import Exclusion, Question
from domain.estimates.flags import (
    Flag,
    disagreements,
    nothing_in_common,
    unsupported_grades,
)
from domain.estimates.independence import Resting
from domain.estimates.policies import INSIDE, POLICIES, Judgement
from domain.estimates.support import Support, disagreeing, support_beside


@dataclass(frozen=True, slots=True)
class Judged:
    """What a policy made of some origins; support and flags leave out what lies inside the cell."""

    judgement: Judgement
    used: list[Claim]
    support: Support
    flags: list[Flag]
    excluded: list[Exclusion]

    @property
    def leading(self) -> Claim | None:
        """The origin that leads the figure; perhaps what lies inside the cell."""
        return self.judgement.used[0] if self.judgement.used else None


def judged(question: Question, origins: Sequence[Claim], resting: Resting) -> Judged:
    """Judge the origins of one cell or headline by the policy asked for."""
    judgement = POLICIES[question.policy](origins)
    used = [claim for claim in judgement.used if claim.id != INSIDE]
    pairs = disagreeing(question.measure, used, resting)
    flags = disagreements(question.measure, *pairs)
    flags += unsupported_grades(used, resting)
    flags += nothing_in_common(_apart(judgement))
    excluded = [Exclusion(c, why) for c, why in judgement.left_out if c.id != INSIDE]
    return Judged(judgement, used, support_beside(pairs[0], used, resting), flags, excluded)


def _apart(judgement: Judgement) -> Sequence[Claim]:
    """The two claims that leave a policy without an answer; what lies inside contradicts nobody."""
    apart = judgement.irreconcilable
    return () if not apart or any(claim.id == INSIDE for claim in apart) else apart
