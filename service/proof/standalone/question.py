"""What is asked of an indicator, and what its own claims come to."""

from dataclasses import dataclass, replace

from service.proof.standalone.claims import Said, World
from service.proof.standalone.figures import asked_for, share_a_day
from service.proof.standalone.judging import headline, one_cell
from service.proof.standalone.origins import origins
from service.proof.standalone.part import Context, Part, Reasons
from service.proof.standalone.periods import Period
from service.proof.standalone.policies import LATEST_PUBLICATION
from service.proof.standalone.records import Definition
from service.proof.standalone.sums import summed
from service.proof.standalone.targets import observed_first

ASSESSMENT = "assessment/1"


@dataclass(frozen=True)
class Asked:
    """What is asked of an indicator beside the times; without a policy, by its own."""

    cohort: str | None = None
    period: Period | None = None
    originator: str | None = None
    incident: str | None = None
    policy: str | None = None


HEADLINE = Asked()


@dataclass(frozen=True)
class Question:
    """An indicator, its definition, the claims, and what is asked of it."""

    name: str
    definition: Definition
    world: World
    asked: Asked

    @property
    def measure(self) -> str:
        """The measure of the indicator."""
        return str(self.definition.measure)

    @property
    def policy(self) -> str:
        """The policy that answers."""
        return self.asked.policy or self.definition.policy

    @property
    def context(self) -> Context:
        """What every step has to know."""
        whole = self.asked.period is None and self.asked.incident is None
        return Context(self.definition, self.world, self.policy, whole)

    def about(self, claim: Said) -> bool:
        """Whether a claim is about what is asked."""
        asked, says = self.asked, claim.statement
        if asked.originator is not None and self.world.voice(asked.originator) != claim.voice:
            return False
        if asked.incident not in (None, says.incident):
            return False
        if self.measure == "increment":
            touches = asked.period is None or share_a_day(claim.period.bounds, asked.period.bounds)
            return touches and asked.cohort in (None, says.cohort)
        if says.cohort != asked.cohort:
            return False
        return asked.period is None or asked_for(self.definition, claim, asked.period)

    def origins(self) -> list[Said]:
        """The claims that may speak for a voice, or be an unknown addend."""
        question = replace(self, asked=replace(self.asked, period=None)) if self.sums else self
        active = self.world.active(self.name)
        if self.policy == LATEST_PUBLICATION:
            found = [claim for claim in active if claim.tells]
        else:
            found = origins(self.world, self.name)[0]
            found += [c for c in active if self.sums and not (c.links or c.tells)]
        return [claim for claim in found if question.about(claim)]

    @property
    def sums(self) -> bool:
        """Whether the answer is a sum."""
        return self.measure == "increment"

    def counted(self) -> list[Said]:
        """The claims about what is asked that give a figure, or say that there is none."""
        return [c for c in self.world.active(self.name) if c.tells and self.about(c)]


def part_of(question: Question) -> Part:
    """What the indicator's own claims come to."""
    context, claims = question.context, question.origins()
    if question.sums:
        return summed(context, claims, question.asked.period)
    if context.headline:
        return headline(context, claims)
    why = Reasons()
    part = one_cell(context, observed_first(claims, why))
    part.excluded.take(why)
    return part
