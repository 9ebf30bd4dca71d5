"""Several changes of a default answer, one after another, as one change."""

from collections.abc import Iterable

from projections.answers.estimate_answer import FlagAnswer
from projections.changed.history import ChangedEstimate, DefaultAnswer

_Key = tuple[str, tuple[str, ...]]


def net_change(changes: Iterable[ChangedEstimate]) -> ChangedEstimate | None:
    """From before the first to after the last, with the event of the last; None if nothing remains."""
    found = list(changes)
    if not found:
        return None
    raised, cleared = dict[_Key, FlagAnswer](), dict[_Key, FlagAnswer]()
    for each in found:
        for flag in each["flags_cleared"]:
            _move(flag, raised, cleared)
        for flag in each["flags_raised"]:
            _move(flag, cleared, raised)
    first, last = found[0]["before"], found[-1]
    if not (raised or cleared) and first is not None and not answers_differ(first, last["after"]):
        return None
    return {
        **last,
        "change": "first" if first is None else last["change"],
        "before": first,
        "flags_raised": list(raised.values()),
        "flags_cleared": list(cleared.values()),
    }


def _move(flag: FlagAnswer, out: dict[_Key, FlagAnswer], into: dict[_Key, FlagAnswer]) -> None:
    """Take a flag out of one list; one that was not in it comes into the other."""
    key = flag["code"], tuple(sorted(flag["claims"]))
    if out.pop(key, None) is None:
        into[key] = flag


def answers_differ(before: DefaultAnswer, after: DefaultAnswer) -> bool:
    """Whether an answer is another one, whatever claims it uses."""
    return {**before, "used": []} != {**after, "used": []}
