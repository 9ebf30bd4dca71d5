"""What every measurement is given, and what it gives back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.result import Peer, Row, Slope
from tests.places import ROOT

CACHE = ROOT / "build" / "bench"
REAL = ROOT.parent / "shared" / "data" / "real"
"""Real figures, which the project does not ship; without them they are not measured."""


@dataclass(frozen=True, slots=True)
class Scene:
    """The sizes asked, in claims, ascending, and a folder for what is thrown away afterwards."""

    sizes: tuple[int, ...]
    scratch: Path

    def folder(self, name: str) -> Path:
        """A new empty folder."""
        path = self.scratch / name
        path.mkdir(parents=True)
        return path


@dataclass(frozen=True, slots=True)
class Found:
    """What a measurement found."""

    rows: Sequence[Row] = ()
    slopes: Sequence[Slope] = ()
    peers: Sequence[Peer] = ()


Measurement = Callable[[Scene], Found]
