"""Reading the file of a policy: each line by itself, and what it may name by the lines before it."""

import re

from service.proof.errors import Malformed
from service.proof.keys import Kind, PublicKey, public_key_of
from service.proof.lines import shown
from service.proof.policy import NONE, Group, Log, Policy, Witness

MOST_BYTES = 1_000_000
_NOT_ALLOWED = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,8}")


def parse_policy(content: bytes) -> Policy:
    """Read a policy; raises Malformed, which names the line that is wrong.

    Names are bytes of any encoding: what is not UTF-8 becomes surrogates, as in the names of files.
    """
    if len(content) > MOST_BYTES:
        raise Malformed(f"the policy has {len(content)} bytes, and {MOST_BYTES} are the most")
    if found := _NOT_ALLOWED.search(content):
        raise Malformed(f"the policy has a control character at byte {found.start()}")
    draft = _Draft()
    for number, line in enumerate(content.decode(errors="surrogateescape").split("\n"), 1):
        words = [word for word in re.split(r"[ \t]+", line) if word]
        if words and not words[0].startswith("#"):
            try:
                draft.take(words)
            except Malformed as error:
                raise Malformed(f"line {number} of the policy: {error}") from None
    if draft.quorum is None:
        raise Malformed("the policy has no quorum line")
    return Policy(tuple(draft.logs), tuple(draft.witnesses), tuple(draft.groups), draft.quorum)


class _Draft:
    """The lines of a policy so far."""

    def __init__(self) -> None:
        self.logs = list[Log]()
        self.witnesses = list[Witness]()
        self.groups = list[Group]()
        self.quorum: str | None = None
        self._names = set[str]()
        self._grouped = set[str]()

    def take(self, words: list[str]) -> None:
        match words:
            case ["log", key, *url] if len(url) < 2:
                self._log(public_key_of(key), *url)
            case ["witness", name, key, *url] if len(url) < 2:
                self._witness(name, public_key_of(key), *url)
            case ["group", name, threshold, *members] if members:
                self._group(name, threshold, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise Malformed(
                    "neither `log <key> [<url>]` nor `witness <name> <key> [<url>]` nor "
                    f"`group <name> all|any|<number> <name>...` nor `quorum <name>`: {shown(words[0])}"
                )

    def _log(self, key: PublicKey, url: str | None = None) -> None:
        if key.content in {log.key.content for log in self.logs}:
            raise Malformed(f"the key of the log {key.name} stands there twice")
        self.logs.append(Log(key, url))

    def _witness(self, name: str, key: PublicKey, url: str | None = None) -> None:
        if key.kind is not Kind.COSIGNATURE:
            raise Malformed(f"the key of the witness {shown(name)} is none for cosignatures (kind 4)")
        if key.content in {witness.key.content for witness in self.witnesses}:
            raise Malformed(f"the key of the witness {shown(name)} stands there twice")
        self._name(name)
        self.witnesses.append(Witness(name, key, url))

    def _group(self, name: str, threshold: str, members: list[str]) -> None:
        for member in members:
            self._refuse_undefined(member)
            if member in self._grouped or member == NONE:
                raise Malformed(f"{shown(member)} cannot be a member, or is one already")
            self._grouped.add(member)
        if threshold in ("all", "any"):
            wanted = len(members) if threshold == "all" else 1
        elif not _THRESHOLD.fullmatch(threshold) or (wanted := int(threshold)) > len(members):
            raise Malformed(f"of {len(members)} members cosign all, any or a number, not {threshold}")
        self._name(name)
        self.groups.append(Group(name, wanted, tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise Malformed("there are two quorum lines")
        if name != NONE:
            self._refuse_undefined(name)
        self.quorum = name

    def _name(self, name: str) -> None:
        if name == NONE or name in self._names:
            raise Malformed(f"the name {shown(name)} is taken")
        self._names.add(name)

    def _refuse_undefined(self, name: str) -> None:
        if name not in self._names and name != NONE:
            raise Malformed(f"no line before it defines {shown(name)}")
