"""The claim that a note or observed data of others makes: only where it says of which indicator."""

from typing import Any

from domain.reading.dates import dates_of
from domain.reading.figure import Figure
from domain.reading.figures import figures_of
from domain.reading.quantities import quantity_of
from domain.reading.tokens import tokens_of
from domain.vocabulary import LONGEST_QUOTE, StatementFields
from service.interop.stix.extension import extension_of
from service.interop.stix.inbound.bundle import Thing, text, texts
from service.interop.stix.inbound.names import LeftOut

LABEL = "intellog:"
"""How the label begins that says for which indicator a note or observed data gives a figure."""
_FIELDS = tuple(
    name for name in StatementFields.model_fields if name not in ("derived_from", "rests_on")
)
_DAY = 10
"""Characters of the date in a time."""


def claim_of(thing: Thing, originator: str) -> dict[str, Any]:
    """The claim of a note or of observed data, as a report has it; raises `LeftOut` with the reason."""
    given = extension_of(thing)
    if given is not None and given.get("kind") == "claim":
        fields = {name: given[name] for name in _FIELDS if given.get(name) is not None}
        return {"originator": originator, **fields}
    indicator = _labelled(thing)
    if thing["type"] == "observed-data":
        figure = _observed(thing)
    else:
        figure = _noted(text(thing, "content") or "")
    return {"indicator": indicator, "originator": originator, **figure}


def _labelled(thing: Thing) -> str:
    found = [each.removeprefix(LABEL) for each in texts(thing, "labels") if each.startswith(LABEL)]
    if len(found) != 1:
        many = "no indicator" if not found else f"{len(found)} indicators"
        raise LeftOut(
            f"names {many}; for a figure it needs one label '{LABEL}' with the id of an indicator, "
            "or a claim in the extension"
        )
    return found[0]


def _noted(content: str) -> dict[str, Any]:
    """The one figure in a text: of several nobody can say which is meant."""
    tokens = tokens_of(content)
    found = [
        figure
        for figure in figures_of(tokens, dates_of(tokens, None))
        if isinstance(figure, Figure) and not figure.because and not figure.earlier
    ]
    if len(found) != 1:
        raise LeftOut(f"its text gives {len(found) or 'no'} figures where one is needed")
    quantity = quantity_of(found[0]).model_dump(exclude_none=True)
    if len(content) > LONGEST_QUOTE:
        return {"quantity": quantity, "text": content}
    return {"quantity": quantity, "quote": {"exact": content}}


def _observed(thing: Thing) -> dict[str, Any]:
    """What was counted, over the days on which it was seen."""
    count = thing.get("number_observed")
    if not isinstance(count, int) or isinstance(count, bool):
        raise LeftOut("has no number_observed that is a whole number")
    first, last = text(thing, "first_observed"), text(thing, "last_observed")
    if first is None or last is None:
        raise LeftOut("has no first_observed and last_observed")
    first, last = first[:_DAY], last[:_DAY]
    period = first if first == last else f"{first}/{last}"
    return {"quantity": {"best": count}, "period": period, "basis": "direct-observation"}
