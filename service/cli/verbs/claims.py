"""Where claims come from, and who disputes them."""

from domain.commands import DisputeClaim, LinkClaim, UnlinkClaim
from service.cli.acts import Verb, writing

link = writing("CLAIM", Verb(LinkClaim))
unlink = writing("CLAIM", Verb(UnlinkClaim, without=("marking",)))
dispute = writing("CLAIM", Verb(DisputeClaim))
