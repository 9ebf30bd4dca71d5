"""A webhook: where messages go, which ones, on whose behalf, and how far they have got."""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field, StringConstraints

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.vocabulary import Line, Marking, Measure, Model, Slug

Kind = Literal["estimate.changed", "flag.raised", "citation.moved"]
"""What a message may tell."""
SECRET_PREFIX = "whsec_"
LEAST_BYTES, MOST_BYTES = 24, 64
"""Bytes of a signing secret (Standard Webhooks)."""
LAST = "\U0010ffff"
"""Comes after every name in a place."""


def _secret(text: str) -> str:
    try:
        size = len(base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True))
    except binascii.Error:
        size = 0
    if not text.startswith(SECRET_PREFIX) or not LEAST_BYTES <= size <= MOST_BYTES:
        raise ValueError(
            f"must be {SECRET_PREFIX} and {LEAST_BYTES} to {MOST_BYTES} random bytes in base64"
        )
    return text


Secret = Annotated[str, StringConstraints(max_length=200), AfterValidator(_secret)]
Kinds = Annotated[tuple[Kind, ...], Field(min_length=1, max_length=10)]


class WebhookFilter(Model):
    """Which changes a webhook tells of: the filters of the board, an indicator, and what is told."""

    kinds: Kinds = ("estimate.changed", "flag.raised", "citation.moved")
    indicator: Slug | None = None
    q: Line | None = None
    measure: Measure | None = None
    flag: FlagCode | None = None
    source: Slug | None = None
    topic: Line | None = None
    support: Level | None = None


class Place(NamedTuple):
    """Where a message stands in the order of all: by position, then what it is about and its kind."""

    position: int
    about: str = LAST
    kind: str = LAST
    part: str = LAST


class Owner(NamedTuple):
    """On whose behalf a webhook tells: a subject, and the token that vouches for it.

    `token` is None for a caller of this machine where nobody needs a token. `clearance` is that of the
    owner when the webhook was set.
    """

    subject: str
    token: str | None
    clearance: Marking


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook as it stands in its file; `revision` counts what was done to it by request.

    `failures` counts the attempts since the last message that was taken. `gone_at` is when its target
    answered that it is gone.
    """

    id: str
    url: str = field(repr=False)
    secret: str = field(repr=False)
    filter: WebhookFilter
    owner: Owner
    created_at: datetime
    revision: int
    cursor: Place
    failures: int
    failing_since: datetime | None
    next_attempt_at: datetime | None
    gone_at: datetime | None


class Attempt(NamedTuple):
    """What came of one attempt: the status of the answer, or what went wrong in a few words."""

    status: int | None
    error: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the target has the message."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the target wants no more messages."""
        return self.status == 410
