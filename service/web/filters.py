"""The words that the filters of the board take, wherever they are offered."""

from collections.abc import Sequence
from typing import get_args

from domain.estimates.flags import FlagCode
from domain.estimates.support import Level
from domain.vocabulary import Measure
from projections.tables.registry import definitions_at
from service.query.standpoint import Standpoint


def filter_choices(here: Standpoint) -> dict[str, list[tuple[str, str]]]:
    """The words that each filter takes."""
    defined = definitions_at(here.db, here.as_of.position)
    topics = {topic for _, definition in defined for topic in definition.topics}
    words: dict[str, Sequence[str]] = {
        "topic": sorted(topics, key=str.casefold),
        "measure": get_args(Measure),
        "support": get_args(Level),
        "flag": get_args(FlagCode),
    }
    return {name: [(word, word) for word in each] for name, each in words.items()}
