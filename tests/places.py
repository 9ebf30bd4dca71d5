"""Where things are: the project, its seeds and documents, and the real figures beside it."""

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEEDS = ROOT / "seeds"
DOCS = ROOT / "docs"
DATA = ROOT.parent / "shared" / "data"
LONG = bool(os.environ.get("INTELLOG_TEST_LONG"))
"""Whether the tests that take minutes run as well."""
