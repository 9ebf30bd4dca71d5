"""A citation as RIS, which EndNote, Mendeley and others read."""

from collections.abc import Iterator

from service.interop.citations.citation import PUBLISHER, Citation


def ris(given: Citation) -> str:
    """A reference of the type `DATA`; each line is a tag and a text without line ends."""
    return "".join(f"{tag}  - {text}\r\n" for tag, text in _lines(given))


def _lines(given: Citation) -> Iterator[tuple[str, str]]:
    yield "TY", "DATA"
    yield "ID", given.key
    yield "TI", given.title
    for author in given.authors:
        yield "AU", author
    if given.issued:
        yield "PY", f"{given.issued.year:04}"
        yield "DA", f"{given.issued:%Y/%m/%d}/"
    yield "PB", PUBLISHER
    yield "ET", given.version
    yield "UR", given.url
    yield "AB", given.abstract
    yield "N1", given.note
    yield "ER", ""
