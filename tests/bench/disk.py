"""Measures the size on disk of the log and of its views, as they are once the service has stopped."""

from collections.abc import Mapping

from tests.bench.result import Slope
from tests.bench.scene import Found, Scene
from tests.bench.stores import lines_file, store

MEBIBYTE = 2**20


def measure(scene: Scene) -> Found:
    """Slopes for import lines, log and views: in MiB, and in bytes a claim."""
    taken = {size: on_disk(size) for size in scene.sizes}
    slopes = list[Slope]()
    for what in ("import lines", "log", "views"):
        by = {size: found[what] for size, found in taken.items()}
        whole = {size: number / MEBIBYTE for size, number in by.items()}
        a_claim = {size: number / size for size, number in by.items()}
        slopes.append(Slope(f"size on disk, {what}", "MiB", whole))
        slopes.append(Slope(f"size on disk, {what}", "bytes a claim", a_claim))
    return Found(slopes=slopes)


def on_disk(size: int) -> Mapping[str, int]:
    """Bytes of the import lines, and of the files of the log and of the views in use."""
    data = store(size)
    views = (data / "views.current").read_text().strip()

    def of(name: str) -> int:
        return sum(path.stat().st_size for path in data.glob(f"{name}*"))

    lines = lines_file(size).stat().st_size
    return {"import lines": lines, "log": of("log.sqlite"), "views": of(views)}
