"""Where the documents are: beside the program in a checkout, else among what was installed."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

from service.web import docs

FIRST = "README.md"
"""The page that lists the others."""
MEDIA_TYPES: Mapping[str, str] = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".toml": "text/plain; charset=utf-8",
}
"""What is served beside the pages, as it is: pictures and worked examples."""
INSTALLED = "share/doc/intellog"
"""The folder of the documents in an installation, as `pyproject.toml` says."""


@cache
def documents() -> Mapping[str, Path]:
    """Every page and what is served beside it, by its name in the folder; empty without documents."""
    place = next((each for each in _places() if (each / FIRST).is_file()), None)
    if place is None:
        return {}
    suffixes = {".md", *MEDIA_TYPES}
    found = sorted(path for path in place.rglob("*") if path.suffix in suffixes and path.is_file())
    return {path.relative_to(place).as_posix(): path for path in found}


def _places() -> Iterator[Path]:
    """Where they may be: in a checkout, in a folder that is used as it is, where a scheme puts data."""
    root = Path(docs.__file__).parents[3]
    if (root / "pyproject.toml").is_file():
        yield root / "docs"
    yield root / INSTALLED
    try:
        listed = files("intellog") or []
    except PackageNotFoundError:
        return
    for each in listed:
        if each.as_posix().endswith(f"{INSTALLED}/{FIRST}"):
            yield Path(str(each.locate())).resolve().parent
