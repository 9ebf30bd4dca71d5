"""How it stands with those who attest: what they did, and what fails."""

import threading
from dataclasses import dataclass, field

from service.log.tree import Kind

KINDS: tuple[Kind, ...] = ("timestamp", "cosignature")


@dataclass(slots=True)
class Failures:
    """Attempts that failed since the last that did not, what was wrong last, and until when to wait."""

    count: int = 0
    error: str | None = None
    again_at: float = 0.0


@dataclass(slots=True)
class Standing:
    """What a service knows of those whom it asks; any thread may read and change it."""

    names: list[tuple[Kind, str]] = field(default_factory=list)
    attested: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    failed: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    _failures: dict[tuple[Kind, str], Failures] = field(default_factory=dict)
    _one: threading.Lock = field(default_factory=threading.Lock)

    def failures(self, kind: Kind, name: str) -> Failures:
        """What fails with one of them."""
        with self._one:
            return self._failures.setdefault((kind, name), Failures())

    def succeeded(self, kind: Kind, name: str) -> None:
        """Note that one of them has attested a checkpoint."""
        with self._one:
            self.attested[kind] += 1
            self._failures[kind, name] = Failures()

    def note(self, kind: Kind, name: str, error: str, again_at: float) -> bool:
        """Note that one of them has not; return whether that is news."""
        with self._one:
            before = self._failures.get((kind, name), Failures())
            self.failed[kind] += 1
            self._failures[kind, name] = Failures(before.count + 1, error, again_at)
            return before.error != error
