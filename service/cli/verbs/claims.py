"""Where claims come from, and who disputes them."""

from domain.commands import DisputeClaim, LinkClaim, UnlinkClaim
from service.cli.acts import Act, writing

link = writing(
    "CLAIM",
    Act(
        LinkClaim,
        "claim {target} is derived from {derived_from}",
        "to take it back: intellog unlink {target} --derived-from {derived_from}",
    ),
)
unlink = writing(
    "CLAIM",
    Act(
        UnlinkClaim,
        "claim {target} is not derived from {derived_from}",
        "to take it back: intellog link {target} --derived-from {derived_from}",
        without=("marking",),
    ),
)
dispute = writing(
    "CLAIM",
    Act(
        DisputeClaim,
        "claim {target} is disputed by {by}",
        "nothing removes a dispute; a later one stands beside it",
    ),
)
