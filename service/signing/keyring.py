"""The key ring of a log: the keys that sign its checkpoints, and all that ever did.

It is a directory for its owner alone (0700): `ring.json` lists the public keys with the times from and
until which they sign, and each key that signs has a file of its own, `<id>.key` (0600). Other processes
change it beside a running service, so it is read again before each use.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from filelock import FileLock

from domain.times import show_instant
from service.log.private import FILE as PRIVATE
from service.log.private import private_directory, write_durably
from service.proof.errors import Malformed
from service.proof.key_file import KeyUnusable, read_key, write_key
from service.proof.keys import Kind, PrivateKey, PublicKey, new_key, public_key_of

RING, LOCK, WITNESS = "ring.json", "ring.lock", "witness.key"


class KeyRefused(Exception):
    """The ring cannot be changed so; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class RingKey:
    """A public key of the ring, as verifiers read it, and from and until when it signs.

    `recovers` says, for the first key of a log that goes on under another name, what the former name
    had signed last.
    """

    vkey: str
    added_at: str
    retired_at: str | None = None
    recovers: str | None = None

    @property
    def public(self) -> PublicKey:
        """The key itself."""
        return public_key_of(self.vkey)

    @property
    def id(self) -> str:
        """Its id as hexadecimal digits, which names it on the command line."""
        return self.public.id.hex()

    @property
    def name(self) -> str:
        """The name of the log for which it signs: the origin of its checkpoints."""
        return self.public.name


@dataclass(frozen=True, slots=True)
class Ring:
    """What `ring.json` holds: the log that the keys sign for, once they have, and the keys in order."""

    log: str | None = None
    keys: tuple[RingKey, ...] = ()

    @property
    def signing(self) -> tuple[RingKey, ...]:
        """The keys that sign now: one, or two while one takes the place of the other."""
        return tuple(each for each in self.keys if each.retired_at is None)


class KeyRing:
    """The ring in a directory."""

    def __init__(self, directory: Path, clock: Callable[[], datetime]) -> None:
        self.directory, self._clock = directory, clock

    def read(self) -> Ring:
        """Return what the ring holds, nothing if there is none; raises KeyUnusable."""
        path = self.directory / RING
        try:
            members = json.loads(path.read_bytes())
            keys = tuple(RingKey(**each) for each in members["keys"])
            if len({each.id for each in keys}) < len(keys):
                raise ValueError("a key is there twice")
            return Ring(members["log"], keys)
        except (FileNotFoundError, NotADirectoryError):
            return Ring()
        except OSError as error:
            raise KeyUnusable(f"{path} cannot be read: {error.strerror}") from error
        except (ValueError, KeyError, TypeError, Malformed):
            raise KeyUnusable(f"{path} is damaged: restore it from a backup of the keys") from None

    def create(self, name: str) -> RingKey:
        """Make the first key, of this name; raises KeyRefused if there is one."""
        with self._changing() as ring:
            if ring.signing:
                raise KeyRefused(
                    f"there is a key: {ring.signing[-1].vkey}; `intellog key rotate` adds another"
                )
            return self._added(ring, name)

    def rotate(self) -> RingKey:
        """Add a key of the same name, which signs beside the one there is; raises KeyRefused."""
        with self._changing() as ring:
            if not ring.signing:
                raise KeyRefused("there is no key yet; `intellog key create` makes the first one")
            old, *others = ring.signing
            if others:
                raise KeyRefused(
                    f"two keys sign already; retire one first: intellog key retire {old.id}"
                )
            return self._added(ring, old.name)

    def retire(self, id: str) -> RingKey:
        """Have a key sign no more, and delete its private part; raises KeyRefused for the only one."""
        with self._changing() as ring:
            found = next((each for each in ring.signing if each.id == id), None)
            if found is None:
                known = ", ".join(each.id for each in ring.signing) or "none"
                raise KeyRefused(f"no key {id[:60]!r} signs; those that do: {known}")
            if len(ring.signing) == 1:
                raise KeyRefused(
                    "nothing could be signed without it; add another first: intellog key rotate"
                )
            return self._retired(ring, found)

    def recover(self, name: str, lost: str) -> RingKey:
        """Retire every key, and make the first one of another name; `lost` says what was lost."""
        with self._changing() as ring:
            if name in {each.name for each in ring.keys}:
                raise KeyRefused(f"the log has signed as {name!r} before; give another --name")
            key = new_key(name)  # refuses what is no name before anything is changed
            for each in ring.signing:
                self._retired(ring, each)
            return self._kept(replace(self.read(), log=None), key, recovers=lost)

    def signing_keys(self, log: str, name: str) -> Sequence[PrivateKey]:
        """Return the keys that sign for a log; the first is made, of this name, if there is none.

        Raises KeyUnusable, also for keys that sign for another log: one name is one log.
        """
        with self._changing() as ring:
            if ring.log not in (None, log):
                raise KeyUnusable(
                    f"the keys in {self.directory} sign for the log {ring.log}, and this one is {log};"
                    " name another directory with INTELLOG_KEYS, or if that log is gone for good, run"
                    " `intellog key recover --accept-loss`"
                )
            if not ring.signing:
                self._added(ring, name)
                ring = self.read()
            if ring.log is None:
                ring = replace(ring, log=log)
                self._write(ring)
            return [read_key(self._path(each)) for each in ring.signing]

    def witness_key(self) -> PrivateKey:
        """Return the key with which this log's service cosigns other logs; made if there is none."""
        with self._changing() as ring:
            path = self.directory / WITNESS
            if not path.exists():
                if not ring.keys:
                    raise KeyUnusable(
                        "a witness is named after its log, which has no key yet; make it with:"
                        " intellog key create"
                    )
                write_key(path, new_key(f"{ring.keys[-1].name}/witness", Kind.COSIGNATURE))
            return read_key(path)

    def _added(self, ring: Ring, name: str) -> RingKey:
        return self._kept(ring, new_key(name))

    def _kept(self, ring: Ring, key: PrivateKey, recovers: str | None = None) -> RingKey:
        """Write a new key, its file before the list that names it."""
        added = RingKey(key.public.written(), show_instant(self._clock()), recovers=recovers)
        write_key(self._path(added), key)
        self._write(replace(ring, keys=(*ring.keys, added)))
        return added

    def _retired(self, ring: Ring, key: RingKey) -> RingKey:
        """Note a key as retired, then delete its file."""
        retired = replace(key, retired_at=show_instant(self._clock()))
        before = self.read()
        kept = tuple(retired if each.vkey == key.vkey else each for each in before.keys)
        self._write(replace(before, keys=kept))
        self._path(key).unlink(missing_ok=True)
        return retired

    def _path(self, key: RingKey) -> Path:
        return self.directory / f"{key.id}.key"

    def _write(self, ring: Ring) -> None:
        content = {"log": ring.log, "keys": [asdict(each) for each in ring.keys]}
        write_durably(self.directory / RING, json.dumps(content, indent=1).encode() + b"\n")

    @contextmanager
    def _changing(self) -> Iterator[Ring]:
        """Hold the ring against other processes; raises KeyUnusable where its files cannot be used."""
        try:
            private_directory(self.directory)
            with FileLock(self.directory / LOCK, mode=PRIVATE, timeout=10):
                yield self.read()
        except OSError as error:
            raise KeyUnusable(f"{self.directory} cannot be used: {error.strerror or error}") from error
        except Malformed as error:
            raise KeyRefused(str(error)) from None
