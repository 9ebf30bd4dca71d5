"""Kinds of news in a briefing, and which of them comes first."""

from collections.abc import Mapping
from typing import Literal

from domain.estimates.flags import FlagCode

Kind = Literal[
    "alarm",
    "support-fell",
    "withdrawn",
    "corrected",
    "held",
    "figure",
    "slipped",
    "first",
    "support-rose",
    "plan",
    "days",
    "flag",
    "relay",
]
"""What a sentence tells of. `days`: the same figure covers later days."""
ALARMING: frozenset[FlagCode] = frozenset(
    {"contradiction", "fall", "taken-back", "parts-mismatch", "parts-exceed-whole", "whole-below-parts"}
)
"""Flags that say that something cannot be right."""
IMPORTANCE: Mapping[Kind, int] = {
    "alarm": 1,
    "support-fell": 1,
    "withdrawn": 2,
    "corrected": 2,
    "held": 2,
    "figure": 3,
    "slipped": 4,
    "first": 5,
    "support-rose": 6,
    "plan": 6,
    "days": 6,
    "flag": 6,
    "relay": 7,
}
"""How important each kind is, 1 the most."""
RULE = (
    "first what cannot be right and what lost support, then figures that were withdrawn, corrected or "
    "held, then figures that changed (the largest change relative to the figure first), then plans "
    "that slipped, first figures, whatever else changed, and reports that repeated what was known."
)
"""The rule of importance, for readers."""
