"""Which proposals become a report: by number, by tick, or one by one at the terminal."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import typer

from service.cli.client import USAGE, fail
from service.cli.output import harmless
from service.cli.proposals import figure_text
from service.query.proposal_answers import ProposalItem

Claims = dict[int, dict[str, Any]]
"""The chosen claims by their numbers in the draft."""
NEEDED = ("indicator", "originator")
SETTABLE = (
    *NEEDED,
    "spokesperson",
    "period",
    "status",
    "stated_at",
    "basis",
    "cohort",
    "incident",
    "text",
)


def by_number(items: Sequence[ProposalItem], numbers: str) -> Claims:
    """The claims that a list such as `1,3` names."""
    chosen: Claims = {}
    for part in numbers.split(","):
        n = part.strip()
        if not (n.isascii() and n.isdigit() and 1 <= int(n[:9]) <= len(items)):
            fail(f"--select {numbers[:60]}: give numbers from 1 to {len(items)}, as in 1,3", USAGE)
        chosen[int(n)] = dict(items[int(n) - 1]["claim"])
    return chosen


def by_tick(items: Sequence[ProposalItem]) -> Claims:
    """The claims that are ticked."""
    return {n: dict(item["claim"]) for n, item in enumerate(items, 1) if item["ticked"]}


def by_asking(items: Sequence[ProposalItem]) -> Claims:
    """The claims that somebody at the terminal ticks, with the fields that they lack."""
    chosen: Claims = {}
    for n, item in enumerate(items, 1):
        claim = dict(item["claim"])
        said = figure_text(item["claim"]["quantity"]) if "quantity" in item["claim"] else "proposition"
        words = harmless(" ".join(item["quote"]["exact"].split()))
        if not typer.confirm(f"{n}. {said}: {words}", default=item["ticked"], err=True):
            continue
        for field in NEEDED:
            if field not in claim:
                claim[field] = typer.prompt(f"   {field}", default=_likeliest(item, field), err=True)
        chosen[n] = claim
    return chosen


def _likeliest(item: ProposalItem, field: str) -> str | None:
    """The id of the likeliest candidate for a field, as what an empty answer means."""
    found: Sequence[Mapping[str, Any]] = item["candidates"]["indicator"]
    if field == "originator":
        found = item["candidates"]["originator"]
    return str(found[0]["id"]) if found else None


def with_fields(chosen: Claims, given: Sequence[str]) -> None:
    """Set fields as `4.originator=nis` names them."""
    for each in given:
        place, _, value = each.partition("=")
        n, _, field = place.partition(".")
        if not (n.isascii() and n.isdigit() and field in SETTABLE and value):
            fail(f"--set {each[:60]}: write N.FIELD=VALUE with a field of {', '.join(SETTABLE)}", USAGE)
        if int(n[:9]) not in chosen:
            fail(f"--set {each[:60]}: proposal {n[:9]} is not among those chosen", USAGE)
        chosen[int(n[:9])][field] = value


def lacking(chosen: Claims) -> Iterator[str]:
    """What a chosen claim still lacks, a line each."""
    for n, claim in chosen.items():
        for field in NEEDED:
            if field not in claim:
                yield f"proposal {n} has no {field}; give --set {n}.{field}=ID"
