"""A changed estimate in a sentence, the same words each time."""

from collections.abc import Iterator, Mapping, Sequence

from domain.estimates.support import Level, strength
from projections.answers.estimate_answer import FlagAnswer
from projections.answers.figure import same_figure
from projections.answers.vintages import VintageChange
from projections.changed.history import ChangedEstimate, DefaultAnswer, rests
from service.query.words import plain_figure

_HOW: Mapping[VintageChange, str] = {
    "first": "first figure",
    "advance": "a later count",
    "revision": "revised for the same days",
    "correction": "after a correction",
    "withdrawal": "after a withdrawal",
    "hold": "after a report was held or released",
    "link": "after a claim was linked or unlinked",
    "grade": "after a grade",
    "definition": "after the indicator was defined anew",
}


def change_words(change: ChangedEstimate) -> str:
    """What changed in a default answer: its figure, its days, its support, its flags."""
    parts = [*_figure(change), *_support(change), *_flags(change)]
    return "; ".join(parts) if parts else "the answer rests on other claims"


def _figure(change: ChangedEstimate) -> Iterator[str]:
    before, after, how = change["before"], change["after"], _HOW[change["change"]]
    now = _shown(after)
    if before is None and rests(after):
        yield f"{now}: {how}"
    elif before is None:
        return  # a flag about claims that are no figure of the whole, such as those of a cohort
    elif not same_figure(before, after):
        yield f"{now}, was {_shown(before)}: {how}"
    elif before["cutoff"] != after["cutoff"]:
        yield f"still {now}, now up to {after['cutoff'] or 'an unknown day'}: {how}"


def _shown(answer: DefaultAnswer) -> str:
    return plain_figure(answer, answer["verdict"])


def _support(change: ChangedEstimate) -> Iterator[str]:
    before, after = change["before"], change["after"]
    was, now = (before["support"], before["origins"]) if before else (None, 0), after["support"]
    if was[0] != now and before is not None:
        yield f"support {_moved(was[0], now)} from {was[0] or 'none'} to {now or 'none'}"
    elif before is not None and was[1] != after["origins"]:
        yield f"origins {was[1]} to {after['origins']}"


def _moved(was: Level | None, now: Level | None) -> str:
    return "rose" if strength(now) > strength(was) else "fell"


def _flags(change: ChangedEstimate) -> Iterator[str]:
    for what, flags in (("flagged", change["flags_raised"]), ("cleared", change["flags_cleared"])):
        if flags:
            yield f"{what} {_listed(flags)}"


def _listed(flags: Sequence[FlagAnswer]) -> str:
    codes = list(dict.fromkeys(flag["code"] for flag in flags))
    more = len(flags) - len(codes)
    return ", ".join(codes) + (f" ({len(flags)} in all)" if more else "")
