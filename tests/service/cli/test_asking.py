"""Every parameter of an address that is read is an option of its verb."""

import click
import pytest
import typer

from service.api import events, replay
from service.cli.app import app
from service.cli.asking import READS

VERBS = {
    "estimates": "/v1/estimates",
    "estimate": "/v1/estimates/{indicator}",
    "explain": "/v1/estimates/{indicator}/explanation",
    "vintages": "/v1/estimates/{indicator}/vintages",
    "series": "/v1/estimates/{indicator}/series",
    "revisions": "/v1/estimates/{indicator}/revisions",
    "changes": "/v1/estimates/{indicator}/changes",
    "slippage": "/v1/estimates/{indicator}/slippage",
    "compare": "/v1/policies/compare",
    "changed": "/v1/changes",
    "citations": "/v1/citations",
    "citation": "/v1/citations/{id}",
    "briefing": "/v1/briefing",
    "conflicts": "/v1/conflicts",
    "open": "/v1/open",
    "reports": "/v1/reports",
    "report": "/v1/reports/{id}",
    "history": "/v1/reports/{id}/history",
    "claim": "/v1/claims/{report}/{n}",
    "impact": "/v1/claims/{report}/{n}/impact",
    "sources": "/v1/sources",
    "indicators": "/v1/indicators",
}
OTHERWISE = {
    "/v1/estimates/{indicator}/used": "is in what `explain` prints",
    "/v1/estimates/{indicator}/explanation/claims": "is what `explain --csv` prints",
    "/v1/estimates/{indicator}/explanation/steps": "is in what `explain --limit` prints",
    "/v1/policies/compare/{indicator}": "is counted in what `compare` prints",
    "/v1/claims/{report}/{n}/relays": "is in what `impact` prints",
    "/v1/claims/{report}/{n}/chain": "is in what `claim` prints",
    "/v1/estimates/{indicator}/cohorts": "is in what `estimate` prints",
    "/v1/sources/{id}/revisions": "is on the page of a source",
    "/v1/estimates/{indicator}/vintages/known": "is for frames; `vintages` prints either axis",
    "/v1/sources/{id}": "is a verb that writes",
    "/v1/indicators/{id}": "is in what `indicators` prints",
}
"""Addresses without a verb of their own, and why."""
PARAMETERS = {path: {*read.query} for path, read in READS.items()}
STREAMS = {"events": {*events.QUERY} - {"limit"}, "replay": {*replay.QUERY}}
SET_BY_THE_PROGRAM = {"cursor", "log", "seen", "salts"}


def taken(verb: str) -> set[str]:
    """The parameters that a verb has options or an argument for."""
    group = typer.main.get_command(app)
    assert isinstance(group, click.Group) or hasattr(group, "commands")
    return {str(each.name).removesuffix("_") for each in group.commands[verb].params}


@pytest.mark.parametrize(("verb", "path"), VERBS.items())
def test_a_verb_takes_every_parameter_of_its_address(verb: str, path: str) -> None:
    assert PARAMETERS[path] - SET_BY_THE_PROGRAM <= taken(verb)


@pytest.mark.parametrize(("verb", "query"), STREAMS.items())
def test_a_verb_takes_every_parameter_of_its_stream(verb: str, query: set[str]) -> None:
    assert query - SET_BY_THE_PROGRAM <= taken(verb)


def test_every_address_that_is_read_has_a_verb() -> None:
    assert {*VERBS.values()} | {*OTHERWISE} == {*READS}
