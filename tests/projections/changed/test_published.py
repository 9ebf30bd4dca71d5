"""Changes along publication time lead from the answer before a span to that at its end."""

import json

from hypothesis import given
from hypothesis import strategies as st

from domain.commands import Command
from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from projections.answers.flags import all_flags
from projections.answers.moments import steps
from projections.answers.questions import HEADLINE
from projections.changed.history import answers_differ, compared_answer, rests
from projections.changed.published import published_changes
from tests.effort import examples
from tests.histories import MEASURES, Desk, stories, views_of


@given(stories, st.integers(0, 40))
@examples(80)
def test_they_lead_from_one_end_to_the_other(story: list[Command], nth: int) -> None:
    desk = Desk().take(story)
    db, end = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    for name in MEASURES:
        moments = [each.moment for each in steps(db, name, end, HEADLINE, "publication")]
        since = moments[nth % len(moments)] if moments else 0
        found = published_changes(db, name, end, since)
        begin = AsOf(end.position, since)
        was, now = (compared_answer(answer(db, name, at)) for at in (begin, end))
        before = was if rests(was) else None
        assert [each.moment for each in found] == sorted(
            each.moment for each in found if each.moment > since
        )
        for each in found:
            given = each.change["before"]
            assert (before is None) == (given is None)
            assert before is None or given is None or not answers_differ(before, given)
            before = each.change["after"]
        if before is not None:
            assert not answers_differ(before, now)
        keys = [{flag.key for flag in all_flags(db, name, at)} for at in (begin, end)]
        raised = {
            json.dumps([flag["code"], sorted(flag["claims"])])
            for c in found
            for flag in c.change["flags_raised"]
        }
        if before is not None and any(moment > since for moment in moments):
            assert raised == {json.dumps([code, list(claims)]) for code, claims in keys[1] - keys[0]}
