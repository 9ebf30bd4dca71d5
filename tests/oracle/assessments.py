"""Whether what an assessment rests on has changed since."""

from collections.abc import Callable
from typing import Any

from service.proof.standalone.assessments import Judged
from service.proof.standalone.claims import Said, Times, World
from tests.oracle.logged import plain

Read = Callable[[Times], World]
"""Every claim at some times; given, so that who asks often may remember."""


def changed_since(judged: Judged, times: Times, read: Read) -> tuple[str, ...]:
    """The cited claims that were not always since as they were when it was recorded."""
    worlds = [
        read(Times(position, times.published_by))
        for position in range(judged.position, times.position + 1)
    ]
    return tuple(
        name
        for name in judged.event.claims
        if len({_substance(world[name]) for world in worlds if _published(world[name])}) > 1
    )


def _published(claim: Said) -> bool:
    return claim.standing != "not-yet-published"


def _substance(claim: Said) -> tuple[Any, ...]:
    """What an analyst rests on: who says what, of when, from where, and whether it counts."""
    says = {name: value for name, value in plain(claim.statement).items() if name != "derived_from"}
    return claim.standing, repr(says), claim.stated, claim.period.text, claim.links
