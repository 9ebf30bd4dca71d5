"""Suspicions followed change by change are those that whoever looks at all claims finds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.estimates.claims import Claim
from domain.estimates.flags import Flag, FlagKey
from domain.estimates.suspicions.suspicion import Suspicion
from domain.estimates.suspicions.watch import Watch, suspicions
from domain.vocabulary import Measure
from tests.domain.estimates.asking import day, question
from tests.domain.estimates.worlds import worlds
from tests.effort import examples
from tests.histories import said
from tests.work import calls

PARTS = ("soldiers", "workers")
Place = str | None
"""Where a claim is: the name of a part, or None on the indicator itself."""
State = Mapping[str, tuple[Claim, Place]]
"""Every claim that can be looked up, and where it is."""
DENSE: st.SearchStrategy[tuple[str, int, dict[str, Any]]] = st.tuples(
    st.sampled_from(("nis", "nis", "us")),
    st.integers(0, 9),
    st.sampled_from(({"best": 100}, {"best": 300}, {"best": 300}, {"qualifier": "unknown"})),
)
MOVES = st.sampled_from((None, None, None, None, *PARTS))


@st.composite
def talks(draw: st.DrawFn) -> tuple[Measure, list[Claim]]:
    """Two voices that often give the same few figures, one after another."""
    measure: Measure = draw(st.sampled_from(("stock", "cumulative")))
    return measure, [
        said(f"r{n}/1", measure=measure, stated=day(after), voice=voice, position=n + 1, **figure)
        for n, (voice, after, figure) in enumerate(draw(st.lists(DENSE, min_size=3, max_size=14)))
    ]


@st.composite
def histories(draw: st.DrawFn) -> tuple[Measure, list[State]]:
    """States one after another, each with a few claims that came, went, changed or moved."""
    measure, claims = draw(st.one_of(worlds(), talks(), talks()))
    states = list[State]([{}])
    if draw(st.booleans()):
        states.append({claim.id: (claim, None) for claim in claims})
    variants = [claims, claims, [replace(claim, links=(), disputed_by=("kcna",)) for claim in claims]]
    variants += [[replace(claim, standing="withdrawn-by-us") for claim in claims]]
    variants += [[replace(claim, best=300, low=None, high=None, qualifier=None) for claim in claims]]
    for _ in range(draw(st.integers(1, 8))):
        then = dict(states[-1])
        for n in draw(st.sets(st.integers(0, len(claims) - 1), max_size=9)) if claims else ():
            then.pop(claims[n].id, None)
            if draw(st.integers(0, 4)):
                then[claims[n].id] = draw(st.sampled_from(variants))[n], draw(MOVES)
        states.append(then)
    return measure, states


def active(state: State, place: Place) -> dict[str, Claim]:
    """The claims that count at a place."""
    return {
        name: claim for name, (claim, at) in state.items() if at == place and claim.standing == "active"
    }


def keyed(found: Iterable[Suspicion]) -> dict[FlagKey, Flag]:
    return {each.flag.key: each.flag for each in found}


def ends(each: Suspicion) -> tuple[Flag, Claim, Claim]:
    """A flag with the first and the last claim that it is about: a run may be all that was said."""
    return each.flag, each.about[0], each.about[-1]


@given(histories(), st.booleans())
@examples(600)
def test_each_change_is_followed(history: tuple[Measure, list[State]], whole: bool) -> None:
    measure, states = history
    names = () if whole else PARTS
    watch, before = Watch(question(measure), names), dict[FlagKey, Flag]()
    for was, now in pairwise(states):
        changed = [name for name in {*was, *now} if was.get(name) != now.get(name)]
        known = {name: claim for name, (claim, _) in now.items()}
        here = active(now, None)
        of_parts = {part: active(now, part) for part in names}
        watch.update(
            {name: here.get(name) for name in changed},
            known.get,
            {part: {n: c for n, c in of_parts[part].items() if n in changed} for part in names},
        )
        expected = suspicions(
            question(measure),
            list(here.values()),
            {part: list(claims.values()) for part, claims in of_parts.items()},
            known.get,
        )
        assert sorted(map(ends, watch.all()), key=repr) == sorted(map(ends, expected), key=repr)
        changes, after = watch.changes(), keyed(expected)
        assert keyed(changes.raised).keys() == after.keys() - before.keys()
        assert keyed(changes.cleared).keys() == before.keys() - after.keys()
        assert {(was.flag, then.flag) for was, then in changes.altered} == {
            (flag, after[key]) for key, flag in before.items() if after.get(key, flag) != flag
        }
        before = after


def followed(reports: Iterable[Iterable[Claim]]) -> int:
    """The number of calls that following reports on a level takes, one after another."""
    watch, known = Watch(question("stock")), dict[str, Claim]()
    with calls() as counted:
        for claims in reports:
            fresh = {claim.id: claim for claim in claims}
            known |= fresh
            watch.update(fresh, known.get)
            watch.changes()
    return sum(counted.values())


def level(n: int, best: float, after: int) -> Claim:
    """What one voice says of a level after some days."""
    return said(f"r{n}/1", best, measure="stock", stated=day(after), voice="nis", position=n + 1)


def one_report(size: int) -> list[list[Claim]]:
    """A report of many claims, each of the second half on the day before those of the first."""
    return [[level(n, 100 + 100 * (n % 3), n < size // 2) for n in range(size)]]


def many_runs(size: int) -> list[list[Claim]]:
    """A level that comes back to one figure again and again, told all at once."""
    return [[level(n, 100 * n if n % 2 else 50, n) for n in range(size)]]


def one_run(size: int) -> list[list[Claim]]:
    """A level that goes up and down, told day by day: one run, which grows each day."""
    return [[level(n, 100 + 100 * (n % 2), n)] for n in range(size)]


@pytest.mark.parametrize("history", [one_report, many_runs, one_run])
def test_work_grows_with_what_is_said_and_little_faster(
    history: Callable[[int], list[list[Claim]]],
) -> None:
    assert followed(history(800)) < 5 * followed(history(200))


def test_of_a_run_that_is_followed_its_ends_are_kept() -> None:
    watch = Watch(question("stock"))
    claims = {claim.id: claim for [claim] in one_run(50)}
    watch.update(claims, claims.get)
    [run] = watch.all()
    assert [claim.id for claim in run.about] == ["r2/1", "r49/1", "r0/1"]


def test_whoever_has_no_time_for_all_claims_may_stop_between_two_of_them() -> None:
    looked = list[None]()

    def pause() -> None:
        looked.append(None)
        if len(looked) > 10:
            raise InterruptedError

    claims = {claim.id: claim for [claim] in one_run(50)}
    with pytest.raises(InterruptedError):
        Watch(question("stock"), (), pause).update(claims, claims.get)
    assert len(looked) == 11
