"""The chain from a claim to its roots."""

from typing_extensions import TypedDict

from domain.clearance import visible_claims
from domain.estimates.claims import Standing
from domain.estimates.origins import NAMELESS
from projections.answers.claims import look_up
from service.query.standpoint import Standpoint


class ChainLink(TypedDict):
    """One claim of a chain: whom it credits and which claims it derives from."""

    claim: str
    originator: str
    report: str
    position: int
    standing: Standing
    derived_from: list[str]


def chain(here: Standpoint, claim: str) -> list[ChainLink]:
    """The claims from one to its roots, itself first; without those beyond the clearance."""
    find, links, waiting, seen = look_up(here.db, here.as_of), list[ChainLink](), [claim], {claim}
    while waiting:
        found = find(waiting.pop(0))
        if found is None or found.standing in NAMELESS:
            continue
        links.append(
            {
                "claim": found.id,
                "originator": found.originator,
                "report": found.report,
                "position": found.position,
                "standing": found.standing,
                "derived_from": list(visible_claims(found.links, here.hidden)),
            }
        )
        waiting += [link for link in found.links if link not in seen]
        seen.update(found.links)
    return links
