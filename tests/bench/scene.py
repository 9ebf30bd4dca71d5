"""The argument and the result of every measurement."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.result import Peer, Row, Slope
from tests.places import ROOT

CACHE = ROOT / "build" / "bench"
REAL = ROOT.parent / "shared" / "data" / "real"
"""Real figures, which are not part of the project; without them their rows are left out."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The sizes to measure, as numbers of claims in ascending order, and a temporary folder."""

    sizes: tuple[int, ...]
    scratch: Path

    def folder(self, name: str) -> Path:
        """A new empty folder."""
        path = self.scratch / name
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True)
class Found:
    """The results of a measurement."""

    rows: Sequence[Row] = ()
    slopes: Sequence[Slope] = ()
    peers: Sequence[Peer] = ()


Measurement = Callable[[Scene], Found]
