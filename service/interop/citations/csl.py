"""A citation as CSL-JSON, which Zotero, pandoc and citeproc read."""

from typing import NotRequired

from typing_extensions import TypedDict

from service.interop.citations.citation import PUBLISHER, Citation

CslDate = TypedDict("CslDate", {"date-parts": list[list[int]]})
"""A day as year, month and day."""


class CslName(TypedDict):
    """A name that is written as it is."""

    literal: str


class CslItem(TypedDict):
    """An item of a bibliography."""

    id: str
    type: str
    title: str
    author: NotRequired[list[CslName]]
    issued: NotRequired[CslDate]
    publisher: str
    version: str
    URL: str
    abstract: str
    note: str


def csl(given: Citation) -> list[CslItem]:
    """A bibliography of one item."""
    item: CslItem = {
        "id": given.key,
        "type": "dataset",
        "title": given.title,
        "publisher": PUBLISHER,
        "version": given.version,
        "URL": given.url,
        "abstract": given.abstract,
        "note": given.note,
    }
    if given.authors:
        item["author"] = [{"literal": each} for each in given.authors]
    if given.issued:
        day = given.issued
        item["issued"] = {"date-parts": [[day.year, day.month, day.day]]}
    return [item]
