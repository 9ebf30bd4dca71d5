"""What `propose` prints for people: each proposal with the words that it rests on, in 80 columns."""

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from domain.reading.quantities import quantity_text
from domain.vocabulary import Quantity
from service.cli.tables import table
from service.query.proposal_answers import CheckAnswer, DraftAnswer, ProposalItem, ProposedQuantity

_MISSING = "-"


def draft_text(answer: DraftAnswer) -> RenderableType:
    """The proposals by number, then the numbers of the text that are none."""
    rows = table("n", "", "proposal", numbers=("n",))
    for n, item in enumerate(answer["claims"], 1):
        rows.add_row(str(n), "[x]" if item["ticked"] else "[ ]", "\n".join(_lines(item)))
    parts: list[RenderableType] = [rows if answer["claims"] else Text("the text proposes nothing")]
    if answer["not_figures"]:
        parts.append(_not_figures(answer))
    return Group(*parts)


def _lines(item: ProposalItem) -> Iterator[str]:
    claim = item["claim"]
    yield f"{_said(item)}: {' '.join(item['quote']['exact'].split())}"
    yield f"  indicator {claim.get('indicator', _MISSING)}{_others(item)}"
    through = f" through {claim['spokesperson']}" if "spokesperson" in claim else ""
    yield f"  originator {claim.get('originator', _MISSING)}{_named(item)}{through}"
    if "quantity" in claim:
        yield f"  {claim['status']}, period {claim.get('period', _MISSING)}"
    for link in item["links"]:
        yield f"  derived from {link['claim']}: {link['why']}"
    yield from (f"  {why}" for why in item["why"] if why.startswith("sum:"))


def _said(item: ProposalItem) -> str:
    claim = item["claim"]
    if "quantity" in claim:
        return figure_text(claim["quantity"])
    return "asserted" if claim.get("stance", {}).get("asserts", True) else "denied"


def figure_text(quantity: ProposedQuantity) -> str:
    """A proposed figure in words."""
    return quantity_text(Quantity.model_validate(quantity))


def _others(item: ProposalItem) -> str:
    """The other indicators that the words may mean."""
    chosen = item["claim"].get("indicator")
    others = [each["id"] for each in item["candidates"]["indicator"] if each["id"] != chosen]
    return f" (or {', '.join(others)})" if others else ""


def _named(item: ProposalItem) -> str:
    """What is to be known of the name of an originator: that it is new, or may be one of several."""
    found = item["candidates"]["originator"]
    if found and found[0]["new"]:
        return f" (new: {found[0]['name']})"
    if found and "originator" not in item["claim"]:
        return f" (one of {', '.join(each['id'] for each in found)})"
    return ""


def _not_figures(answer: DraftAnswer) -> Table:
    rows = table("no figure", "why")
    for each in answer["not_figures"]:
        rows.add_row(" ".join(each["quote"]["exact"].split()), each["why"])
    return rows


def check_text(answer: CheckAnswer) -> Table:
    """One row for each claim that was tried."""
    rows = table("n", "verdict", "why", numbers=("n",))
    for each in answer["claims"]:
        whys = [f"{problem['code']}: {problem['detail']}" for problem in each["problems"]]
        rows.add_row(str(each["n"]), each["verdict"], "\n".join(whys))
    return rows
