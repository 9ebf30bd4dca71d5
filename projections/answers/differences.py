"""What differs between two answers about an indicator."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from domain.estimates.flags import FlagKey
from projections.answers.estimate_answer import EstimateAnswer, First100, FlagAnswer, SupportAnswer
from projections.answers.figure import FIGURE, FigureAnswer, FigureField
from projections.answers.values import Day, Number, PolicyName

ComparedField = Literal[FigureField, "period", "cutoff", "origins", "policy", "used"]
FIELDS: tuple[ComparedField, ...] = (*FIGURE, "period", "cutoff", "origins", "policy", "used")
"""What is compared as it stands; support and flags are compared by their levels and codes."""

DifferenceField = Literal[ComparedField, "support", "flags"]
Value = Number | str | bool | list[str] | list[FlagKey]


class ComparedAnswer(FigureAnswer):
    """What is compared of an answer beside its flags."""

    period: str | None
    cutoff: Day | None
    support: SupportAnswer
    origins: int
    policy: PolicyName | None
    used: First100


@dataclass(frozen=True, slots=True)
class Difference:
    """One field in which two answers differ."""

    field: DifferenceField
    before: Value
    after: Value


def differences(before: EstimateAnswer, after: EstimateAnswer) -> list[Difference]:
    """The fields in which two answers differ."""
    was, now = flag_keys(before["flags"]), flag_keys(after["flags"])
    flags = [Difference("flags", was, now)] if was != now else []
    return [*differences_beside_flags(before, after), *flags]


def differences_beside_flags(before: ComparedAnswer, after: ComparedAnswer) -> list[Difference]:
    """The fields in which two answers differ, but for their flags."""
    found = [
        Difference(name, before[name], after[name]) for name in FIELDS if before[name] != after[name]
    ]
    was, now = before["support"]["level"], after["support"]["level"]
    return found if was == now else [*found, Difference("support", was, now)]


def flag_keys(flags: Iterable[FlagAnswer]) -> list[FlagKey]:
    """What tells flags from each other, in order."""
    return sorted(map(flag_key, flags))


def flag_key(flag: FlagAnswer) -> FlagKey:
    """What tells a flag from others of its indicator."""
    return flag["code"], tuple(sorted(flag["claims"]))
