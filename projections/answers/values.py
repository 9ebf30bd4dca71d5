"""The values that answers are made of: numbers, instants, days and names as callers receive them."""

from typing import Annotated

from pydantic import Field

from domain.estimates.policies import POLICY_NAMES
from domain.events import EVENT_TYPES
from domain.times import from_micros, show_instant

Number = int | float | None
"""A figure: whole numbers without a fraction; None is unknown or open."""
Instant = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
"""RFC 3339 in UTC, with `Z`."""
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
"""A calendar date: `YYYY-MM-DD`."""
PolicyName = Annotated[str, Field(json_schema_extra={"enum": [*POLICY_NAMES]})]
EventType = Annotated[str, Field(json_schema_extra={"enum": [each.TYPE for each in EVENT_TYPES]})]


def number(value: float | None) -> Number:
    """A figure as callers receive it: whole numbers without a fraction."""
    return int(value) if value is not None and float(value).is_integer() else value


def instant(micros: int) -> Instant:
    """An instant, given in microseconds since 1970, as callers receive it."""
    return show_instant(from_micros(micros))
