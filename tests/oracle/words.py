"""What a report and a claim say at the times asked."""

from collections.abc import Sequence
from typing import Any

from service.proof.standalone.accounts import (
    Account,
    Logged,
    Wording,
    accounts,
    counting,
    standing,
    when_withdrawn,
)
from service.proof.standalone.claims import CLEARANCES, Times, claims_at, stated_in
from tests.oracle.logged import plain


def report_answer(logged: Sequence[Logged], name: str, times: Times) -> dict[str, Any] | None:
    """What a report says at the times asked; None where it is hidden or not published."""
    account = accounts(logged, times.position).get(name)
    if account is None or name in _hidden(logged, times):
        return None
    by, gone = times.published_by, account.withdrawal
    words, status = counting(account, by), "held" if account.held else "open"
    if gone and gone.kind == "publisher":
        assert gone.published_at is not None
        if by is None or by >= gone.published_at:
            words, status = when_withdrawn(account, gone), "withdrawn"
    elif gone:
        reached = by is None or by >= min(w.since for w in account.wordings if not w.fixed)
        words, status = (when_withdrawn(account, gone) if reached else None), "withdrawn"
    if words is None:
        return None
    return {
        "status": status,
        "publisher": words.publisher,
        "published_at": words.dated,
        "claims": {
            f"{name}/{n}": _words(account, n, words, _hidden(logged, times))
            for n in sorted(words.claims)
        },
    }


def claim_answer(logged: Sequence[Logged], name: str, times: Times) -> dict[str, Any] | None:
    """A claim at the times asked; None where its report is hidden."""
    report, _, n = name.rpartition("/")
    if report_answer(logged, report, times) is None:
        return None
    said = claims_at(logged, times).get(name)
    if said is None:
        return None
    account = accounts(logged, times.position)[report]
    words = standing(account, int(n), times.published_by)[1]
    return {
        **_words(account, int(n), words, _hidden(logged, times)),
        "standing": said.standing,
        "publisher": words.publisher,
        "published_at": words.published,
    }


def _hidden(logged: Sequence[Logged], times: Times) -> set[str]:
    """The reports above the clearance, by the marking that each has at the end of the log."""
    most = CLEARANCES.index(times.clearance)
    everything = accounts(logged, len(logged))
    return {name for name, each in everything.items() if CLEARANCES.index(each.marking) > most}


def _words(account: Account, n: int, words: Wording, hidden: set[str]) -> dict[str, Any]:
    """What a claim says in a wording, with the defaults filled in, and no link to what is hidden."""
    claim = words.claims[n]
    stated, on = stated_in(claim, words)
    return {
        "indicator": claim.indicator,
        "quantity": plain(claim.quantity),
        "stated_at": stated,
        "period": claim.period or on or stated.date().isoformat(),
        "derived_from": sorted(
            each for each in account.links(n, words) if each.rpartition("/")[0] not in hidden
        ),
        "credibility": account.credibility.get(n),
    }
