"""A citation as BibTeX. What TeX would read as a command is written so that it prints as it is."""

from collections.abc import Iterator

from service.interop.citations.citation import PUBLISHER, Citation

# BibTeX counts braces even after a backslash, so those of a text are written as commands.
_TEX = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "≥": r"$\geq$",
        "≤": r"$\leq$",
        **{each: f"\\{each}" for each in "$&#%_"},
    }
)


def bibtex(given: Citation) -> str:
    """An entry of the type `misc`, which every style knows."""
    fields = ",\n".join(f"  {name} = {{{text}}}" for name, text in _fields(given))
    return f"@misc{{{given.key},\n{fields}\n}}\n"


def _fields(given: Citation) -> Iterator[tuple[str, str]]:
    yield "title", f"{{{tex(given.title)}}}"  # in two pairs of braces, which keep its capitals
    if given.authors:
        yield "author", " and ".join(f"{{{tex(each)}}}" for each in given.authors)
    if given.issued:
        yield "year", f"{given.issued.year:04}"
        yield "month", str(given.issued.month)
        yield "date", given.issued.isoformat()
    yield "publisher", PUBLISHER
    yield "version", tex(given.version)
    yield "url", given.url  # styles print it as it is; all that TeX could read is percent-encoded
    yield "abstract", tex(given.abstract)
    yield "note", tex(given.note)


def tex(text: str) -> str:
    """A text that TeX prints as it is."""
    return text.translate(_TEX)
