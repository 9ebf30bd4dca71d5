"""Who makes a request: a subject with a role and a clearance."""

from dataclasses import dataclass
from datetime import datetime

from domain.vocabulary import MARKINGS, ROLES, Marking, Role

__all__ = ["ROLES", "Principal", "Role", "local"]


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated subject.

    `id` is that of the token by which it came, None for a caller of this machine where there are no
    tokens, and for one that an identity provider vouches for. `expires_at` is when that ends.
    """

    subject: str
    role: Role
    clearance: Marking
    id: str | None = None
    expires_at: datetime | None = None

    def may(self, role: Role) -> bool:
        """Whether the principal has at least this role."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def sees_all(self) -> bool:
        """Whether no marking is above the clearance."""
        return self.clearance == MARKINGS[-1]


def local(actor: str) -> Principal:
    """A caller of this machine where there are no tokens: it may do and see everything."""
    return Principal(actor, "admin", MARKINGS[-1])
