"""Whose signatures count: keys that were given, that we saw before, or that the log itself names.

The last is trust at first use: from then on the keys are remembered. A key that the log adds later is
taken on once a checkpoint bears its signature beside that of a key that counts already.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from service.proof.checkpoint import Checkpoint, checkpoint_of, refuse_unsigned
from service.proof.errors import BadSignature, Malformed, NoQuorum
from service.proof.judgement import Judgement, trusted
from service.proof.keys import Kind, PublicKey, public_key_of
from service.proof.note import Note, parse_note, verified
from service.proof.policy import Policy
from service.proof.policy_file import parse_policy
from service.verify.verdicts import CannotRead, NotVerified

Source = Literal["given", "remembered", "stated"]


@dataclass
class Trust:
    """The keys that count, and where they come from; `stated` are those that the log itself names."""

    keys: list[PublicKey]
    source: Source
    stated: list[PublicKey] = field(default_factory=list)
    policy: Policy | None = None

    def checkpoint(self, encoded: bytes, where: str) -> Checkpoint:
        """Read a checkpoint that a key that counts has signed; raises NotVerified."""
        note, checkpoint = read_checkpoint(encoded, where)
        try:
            refuse_unsigned(note, checkpoint, self.keys)
            self._learn(note, checkpoint)
        except BadSignature as error:
            raise NotVerified("bad-signature", where, str(error)) from None
        return checkpoint

    def judged(self, encoded: bytes, where: str) -> Judgement | None:
        """Judge a checkpoint by the policy, None without one; raises NotVerified."""
        if self.policy is None:
            return None
        try:
            return trusted(self.policy, encoded)
        except NoQuorum as error:
            raise NotVerified("no-quorum", where, str(error)) from None
        except (BadSignature, Malformed) as error:
            raise NotVerified("bad-signature", where, str(error)) from None

    def _learn(self, note: Note, checkpoint: Checkpoint) -> None:
        new = [each for each in self.stated if each not in self.keys and each.name == checkpoint.origin]
        self.keys += [each.key for each in verified(note, new)]


def read_checkpoint(encoded: bytes, where: str) -> tuple[Note, Checkpoint]:
    """Read a checkpoint without verifying it; raises NotVerified for what is none."""
    try:
        note = parse_note(encoded)
        return note, checkpoint_of(note.text)
    except Malformed as error:
        raise NotVerified("bad-signature", where, f"it is no signed checkpoint: {error}") from None


def given_trust(keys: Iterable[str], policy: bytes | None) -> Trust | None:
    """Return the trust in keys and a policy that a user names, None if it names none.

    Raises CannotRead for what is no key or policy.
    """
    try:
        parsed = None if policy is None else parse_policy(policy)
        named = [public_key_of(each) for each in keys]
    except Malformed as error:
        raise CannotRead(f"the key or policy cannot be read: {error}") from None
    if parsed is not None:
        named += [log.key for log in parsed.logs]
    return Trust(named, "given", policy=parsed) if named else None


def stated_keys(written: Iterable[str]) -> list[PublicKey]:
    """Return the keys with which a log says that it signs; what is no key is left out."""
    found = []
    for each in written:
        try:
            found.append(public_key_of(each))
        except Malformed:
            continue
    return [key for key in found if key.kind is Kind.NOTE]
