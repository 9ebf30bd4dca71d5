"""What is asked of a text: the claims that it makes, or whether it bears out those of others."""

from typing import Annotated

from pydantic import Field, StringConstraints

from domain.vocabulary import Model, PublicationTime, Slug, Statement, Text, Url

LONGEST_TEXT = 100_000
"""Characters of the longest text that is read."""
MOST_CLAIMS = 1_000
ReadText = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TEXT)]
"""A text as it is given: the places of quotes count its characters."""


class Propose(Model):
    """Propose the claims that a text makes."""

    text: ReadText
    url: Url | None = None
    title: Text | None = None
    publisher: Slug | None = None
    published_at: PublicationTime | None = None


class CheckProposals(Model):
    """Try claims that somebody proposes against the text that they are said to rest on."""

    text: ReadText
    claims: Annotated[tuple[Statement, ...], Field(min_length=1, max_length=MOST_CLAIMS)]
