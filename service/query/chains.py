"""The chain from a claim to its roots."""

from collections import deque
from typing import Annotated, NotRequired

from pydantic import Field
from typing_extensions import TypedDict

from domain.clearance import visible_claims
from domain.estimates.claims import Standing
from domain.estimates.origins import NAMELESS
from projections.answers.claims import look_up
from projections.answers.estimate_answer import First100
from service.query.standpoint import Standpoint

MOST_LINKS = 100
"""Maximum number of claims listed of a chain, and of those that one derives from; all are counted."""


class ChainLink(TypedDict):
    """One claim of a chain: whom it credits and which claims it derives from."""

    claim: str
    originator: str
    report: str
    position: int
    standing: Standing
    derived_from: First100
    n_derived_from: NotRequired[int]
    """The number of all, where not all of them are listed."""


ListedChain = Annotated[list[ChainLink], Field(max_length=MOST_LINKS)]


def chain(here: Standpoint, claim: str) -> list[ChainLink]:
    """The claims from one to its roots, itself first; without those beyond the clearance."""
    find, links, waiting = look_up(here.db, here.as_of), list[ChainLink](), deque([claim])
    seen = {claim}
    while waiting:
        found = find(waiting.popleft())
        if found is None or found.standing in NAMELESS:
            continue
        parents = list(visible_claims(found.links, here.hidden))
        link: ChainLink = {
            "claim": found.id,
            "originator": found.originator,
            "report": found.report,
            "position": found.position,
            "standing": found.standing,
            "derived_from": parents[:MOST_LINKS],
        }
        if len(parents) > MOST_LINKS:
            link["n_derived_from"] = len(parents)
        links.append(link)
        waiting += [link for link in found.links if link not in seen]
        seen.update(found.links)
    return links
