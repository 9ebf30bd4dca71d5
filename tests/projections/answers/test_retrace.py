"""Retracing explains a figure at each step as a single query does, and phases keep every step."""

from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.commands import Command
from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from projections.answers.explanation import Explanation, explain
from projections.answers.flags import flags, suspicions_of
from projections.answers.in_short import moment_in_short
from projections.answers.moments import Axis, Step, steps
from projections.answers.questions import Narrowing
from projections.answers.retrace import retrace
from service.web.replay.phases import phases
from tests.effort import examples
from tests.histories import MEASURES, Desk, numbers, stories, story, views_of

AXES: tuple[Axis, ...] = ("record", "publication")


def plain(explanation: Explanation) -> dict[str, Any]:
    """An explanation as plain values, without claims recorded later: retracing leaves them out."""
    result = explanation.defined.estimate
    out = [(each.claim, each.reason, each.by) for each in explanation.left_out]
    return {
        "figure": result.figure,
        "verdict": result.verdict,
        "used": result.used,
        "out": sorted((c.id, why, by or "") for c, why, by in out if why != "not-yet-known"),
        "relays": sorted((relay.claim.id, relay.roots) for relay in result.relays),
        "support": result.support,
        "counted": explanation.counted,
    }


@given(stories, numbers, st.sampled_from(AXES))
@example(story([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 17843]), 0, "record")  # corrected to elsewhere
@examples(60)
def test_each_step_has_the_explanation_of_a_single_query(
    commands: list[Command], number: int, axis: Axis
) -> None:
    desk = Desk().take(commands)
    db, head = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    asked = Random(number).choice((Narrowing(), Narrowing("east"), Narrowing(originator="nis")))
    for name in MEASURES:
        moments = steps(db, name, head, asked, axis)
        begin = Random(number).randrange(len(moments) + 1)
        traced = list(retrace(db, name, asked, moments[begin:]))
        assert [each.step for each in traced] == moments[begin:]
        for each in traced:
            explained = explain(db, name, each.step.as_of, asked)
            assert explained is not None
            assert plain(each.explanation) == plain(explained), (name, each.step)
            own = [flag.code for flag in explained.defined.estimate.flags]
            over_all = [flag["code"] for flag in flags(db, name, each.step.as_of, asked)]
            assert sorted(flag.code for flag in each.flags) == sorted([*own, *over_all])


@given(stories, numbers, st.sampled_from(AXES))
@examples(40)
def test_in_short_a_moment_has_the_same_figure_and_names_no_other_claim(
    commands: list[Command], number: int, axis: Axis
) -> None:
    desk, random = Desk().take(commands), Random(number)
    db, head = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    asked = random.choice((Narrowing(), Narrowing("east"), Narrowing(originator="nis")))
    for name in MEASURES:
        now = Step(0, head, [])
        for step in (*steps(db, name, head, asked, axis)[-3:], now):
            short = moment_in_short(db, name, step, asked, suspicions_of)
            whole = explain(db, name, step.as_of, asked)
            assert short is not None
            assert whole is not None
            brief, full = plain(short.explanation), plain(whole)
            for same in ("figure", "verdict", "used", "support", "counted"):
                assert brief[same] == full[same], (name, step)
            reasons = {(claim, why) for claim, why, _ in full["out"]}
            assert {(claim, why) for claim, why, _ in brief["out"]} <= reasons
            assert short.body == answer(db, name, step.as_of, asked)
            own = [flag.code for flag in whole.defined.estimate.flags]
            over_all = [flag["code"] for flag in flags(db, name, step.as_of, asked)]
            assert sorted(flag.code for flag in short.flags) == sorted([*own, *over_all])


States = st.lists(st.lists(st.sampled_from("abcd"), unique=True, max_size=4), max_size=8)


@given(States, st.integers(0, 5))
def test_the_phases_at_a_step_are_the_things_present_then(states: list[list[str]], first: int) -> None:
    found = phases(states, first)
    for step, state in enumerate(states, start=first):
        assert sorted(p.thing for p in found if p.begins <= step < p.ends) == sorted(state)
    assert all(first <= phase.begins < phase.ends <= first + len(states) for phase in found)


@given(States)
def test_no_two_phases_of_a_thing_touch(states: list[list[str]]) -> None:
    spans: dict[str, list[tuple[int, int]]] = {}
    for phase in phases(states, 0):
        spans.setdefault(phase.thing, []).append((phase.begins, phase.ends))
    for each in spans.values():
        each.sort()
        assert all(one[1] < other[0] for one, other in pairwise(each))


@pytest.mark.parametrize(
    ("states", "order"),
    [([["b", "a"], ["c"]], ["a", "b", "c"]), ([["c"], ["a", "c"]], ["a", "c"])],
)
def test_phases_are_sorted_by_the_order_given(
    states: Sequence[Sequence[str]], order: list[str]
) -> None:
    assert [phase.thing for phase in phases(states, 0, lambda thing: thing)] == order
