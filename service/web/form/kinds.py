"""Whose act a correction or a withdrawal is, in one sentence each: they differ in what becomes past."""

from collections.abc import Mapping
from typing import Any

from domain.commands import CorrectReport, WithdrawReport
from service.web.form.field import Choices

KINDS: Mapping[tuple[type[Any], str], Choices] = {
    (CorrectReport, "kind"): (
        (
            "record",
            "Ours: we recorded it wrongly, so the past changes: it counts as if we had had it right "
            "from its publication on.",
        ),
        (
            "publisher",
            "The publisher's: what was published stays true of its time, and the correction counts "
            "from the day on which the publisher made it.",
        ),
    ),
    (WithdrawReport, "kind"): (
        (
            "record",
            "Ours: it should not be in this log, so the past changes: it counts as if it had never "
            "been filed.",
        ),
        (
            "publisher",
            "The publisher's: it counts up to the day on which the publisher took it back, and no "
            "longer from then on.",
        ),
    ),
}
"""By command and field: each kind with its sentence."""
