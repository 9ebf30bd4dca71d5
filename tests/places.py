"""Where things are: the project, its seeds and documents, and the real figures beside it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
DOCS = ROOT / "docs"
DATA = ROOT.parent / "shared" / "data"
LONG = bool(os.environ.get("INTELLOG_TEST_LONG"))
"""Whether the tests that take minutes run as well."""
MEMORY = Path("/dev/shm")
"""A file system in memory, where the system has one."""


def is_roomy(place: Path) -> bool:
    """Whether a file system has room for what the tests write, and lets programs be run from it."""
    if not os.access(place, os.W_OK):
        return False
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize >= 4 << 30 and not found.f_flag & os.ST_NOEXEC
