"""The seven tools, and nothing else: what each takes, which addresses answer it, what it returns."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from service.api import inspect, read
from service.http.parameters import PAGE, TIMES
from service.model_context import answers, drafts, figures, lists, texts
from service.model_context.arguments import FIELDS, MOST_SUPPORTED, Arguments, Given, Schema
from service.model_context.asking import Ask

_READS = {each.path: each for each in (*read.READS, *inspect.READS)}
_IN_PARTS = ("limit", "page")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: its description, what it takes, the type of its answer, and how that reads as text."""

    name: str
    title: str
    description: str
    arguments: Arguments
    answer: type
    run: Callable[[Ask, Given], Awaitable[Any]]
    text: Callable[[Any], str]


def _asking(path: str, *more: str) -> tuple[str, ...]:
    """The parameters of an address, and other arguments."""
    return (*_READS[path].query, *more)


TOOLS: Mapping[str, Tool] = {
    each.name: each
    for each in (
        Tool(
            "find",
            "Find indicators, sources and reports",
            "Find indicators (with their estimates), sources and reports by words. Start here: it "
            "gives the ids that the other tools take. Where nothing is found it names what is near.",
            Arguments(("q", "what", *PAGE, *TIMES), ("q",)),
            answers.FindThen,
            lists.find,
            texts.found,
        ),
        Tool(
            "estimate",
            "One figure, as of any time",
            "The estimate of an indicator: figure, bounds, open ends, support, marking and flags. With "
            "known_at, published_by and valid_at it is answered as of then.",
            Arguments(("indicator", *_asking(figures.ESTIMATE)), ("indicator",)),
            answers.EstimateThen,
            figures.estimate,
            texts.estimate,
        ),
        Tool(
            "explain",
            "Why a figure is what it is",
            "Every claim that an estimate uses, leaves out or counts as a relay, each with its source, "
            "its grade and the reason.",
            Arguments(("indicator", *_asking(figures.EXPLANATION, *_IN_PARTS)), ("indicator",)),
            answers.ExplanationThen,
            figures.explanation,
            texts.explanation,
        ),
        Tool(
            "changes",
            "What changed a figure",
            "What changed in an estimate from one record time (since) to another (until, by default "
            "now), and which events did it.",
            Arguments(
                ("indicator", *_asking(figures.CHANGES, *_IN_PARTS)),
                ("indicator", "since"),
            ),
            answers.ChangesThen,
            figures.changes,
            texts.changes,
        ),
        Tool(
            "vintages",
            "How a figure was revised",
            "Each figure that an estimate had, oldest first, with its support and marking then: along "
            "the time of recording, or with axis=publication along that of publication.",
            Arguments(
                ("indicator", *_asking(figures.VINTAGES)),
                ("indicator",),
                MOST_SUPPORTED,
            ),
            answers.VintagesThen,
            figures.vintages,
            texts.vintages,
        ),
        Tool(
            "conflicts",
            "Open contradictions and other flags",
            "Open flags: contradictions, disputes, falls, suspected relays and more; of one indicator "
            "or of all, of one code or of all.",
            Arguments(_asking(lists.CONFLICTS), (), MOST_SUPPORTED),
            answers.ConflictsThen,
            lists.conflicts,
            texts.conflicts,
        ),
        Tool(
            "propose",
            "Draft claims from a text",
            "Read a text and draft the claims that it makes, each with the words that it rests on. "
            "Nothing is recorded. Takes the role reporter.",
            Arguments((*FIELDS, *TIMES, *_IN_PARTS), ("text",)),
            answers.DraftThen,
            drafts.propose,
            texts.draft,
        ),
    )
}


@cache
def answer_schema(name: str) -> Schema:
    """The JSON schema of what a tool returns."""
    return TypeAdapter(TOOLS[name].answer).json_schema()
