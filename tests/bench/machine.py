"""A description of the machine in one line, without which the figures mean nothing."""

import os
import platform
import sqlite3
import time
from pathlib import Path
from statistics import median

WRITES = 100


def machine(folder: Path) -> str:
    """Processor, cores, memory, versions, and the time of an fsync."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, "
        f"fsync p50 {_fsync(folder) * 1e3:.2f} ms"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _fsync(folder: Path) -> float:
    """Median seconds to write a page and sync it to the disk."""
    path, times = folder / "fsync", list[float]()
    with path.open("wb", buffering=0) as file:
        for _ in range(WRITES):
            file.write(b"x" * 4_096)
            start = time.perf_counter()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    path.unlink()
    return median(times)
