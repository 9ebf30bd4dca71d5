"""Policies (C2SP tlog-policy): which logs are trusted, and which witnesses must have seen a tree.

log <public key> [<url>]
witness <name> <public key> [<url>]
group <name> all|any|<number> <name of a witness or group>...
quorum <name>|none
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from service.proof.keys import PublicKey

NONE = "none"
"""The quorum that wants no witness."""


class Log(NamedTuple):
    """A log that is trusted to sign."""

    key: PublicKey
    url: str | None = None


class Witness(NamedTuple):
    """A witness, and the name that this policy gives it."""

    name: str
    key: PublicKey
    url: str | None = None


class Group(NamedTuple):
    """Witnesses and groups, `threshold` of which must have cosigned."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True)
class Policy:
    """What is trusted, and the name of the witness or group that must have cosigned."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...] = ()
    groups: tuple[Group, ...] = ()
    quorum: str = NONE

    def encode(self) -> bytes:
        """Return the policy as a file; `policy_file.parse_policy` reads it."""
        lines = [
            *(("log", each.key.written(), each.url or "") for each in self.logs),
            *(("witness", each.name, each.key.written(), each.url or "") for each in self.witnesses),
            *(("group", each.name, str(each.threshold), *each.members) for each in self.groups),
            ("quorum", self.quorum),
        ]
        text = "".join(" ".join(filter(None, words)) + "\n" for words in lines)
        return text.encode(errors="surrogateescape")

    def members(self, name: str) -> Iterator[Witness]:
        """Every witness of a group, or the witness of that name."""
        for group in self.groups:
            if group.name == name:
                for member in group.members:
                    yield from self.members(member)
        yield from (each for each in self.witnesses if each.name == name)

    def met(self, cosigned: set[str]) -> bool:
        """Whether the quorum is reached where the witnesses of these names have cosigned."""
        reached = cosigned | {NONE}
        for group in self.groups:
            if sum(member in reached for member in group.members) >= group.threshold:
                reached.add(group.name)
        return self.quorum in reached


def trusting(*keys: PublicKey) -> Policy:
    """Return the policy that trusts these keys of a log and wants no witness."""
    return Policy(tuple(Log(key) for key in keys))
