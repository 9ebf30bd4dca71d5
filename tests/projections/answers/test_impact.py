"""What rests on a claim: which estimates, and what they would be without it."""

from random import Random
from typing import Any

import pytest
from hypothesis import given

from domain.commands import Command, WithdrawReport
from domain.estimates.claims import Claim
from domain.estimates.estimate import Question
from domain.period import parse_period
from domain.streams.report_state import Filed, claim_numbers, in_force
from projections.answers.as_of import AsOf
from projections.answers.claims import look_up
from projections.answers.differences import differences
from projections.answers.estimate_answer import estimate_answer
from projections.answers.estimates import answer
from projections.answers.impact import resting_on
from projections.answers.questions import Narrowing
from tests.effort import examples
from tests.histories import MEASURES, Desk, numbers, stories, views_of
from tests.http_spec import Api, Ask, Body, claim, indicator, post, problem, report

CUMULATIVE = indicator("killed", measure="cumulative")
INCREMENT = indicator("sorties", measure="increment")


def said(best: Any = 300, originator: str = "nis", **fields: Any) -> Body:
    return claim(best, originator, "killed", **fields)


def impact(api: Api, name: str, **times: Any) -> Body:
    """The impact of a claim over HTTP."""
    return api.get(f"/v1/claims/{name}/impact", **times)


Scope = tuple[str | None, str | None]


def bests(body: Body) -> dict[Scope, tuple[Any, Any]]:
    """The best with and without the claim, by cohort and period of each estimate."""
    return {
        (each["cohort"], each["period"]): (each["with"]["best"], each["without"]["best"])
        for each in body["estimates"]
    }


def test_the_headline_and_its_cell_rest_on_an_origin(api: Api) -> None:
    api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(report("b", said(600), published_at="2025-04-30"))
    body = impact(api, "b/1")
    assert (body["claim"], body["indicator"], body["standing"]) == ("b/1", "killed", "active")
    assert bests(body) == {(None, None): (600, 300), (None, "../2025-04-30"): (600, None)}
    headline, _ = body["estimates"]
    assert headline["with"]["used"] == ["b/1"] and headline["without"]["used"] == ["a/1"]
    differ = {each["field"]: (each["before"], each["after"]) for each in headline["differences"]}
    assert differ["best"] == (600, 300) and differ["cutoff"] == ("2025-04-30", "2025-01-13")
    assert "best fell from 600 to 300" in headline["words"]
    assert (body["relays"], body["assessments"]) == ([], [])


def test_only_its_own_cell_rests_on_a_superseded_claim(api: Api) -> None:
    api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(report("b", said(600), published_at="2025-04-30"))
    assert bests(impact(api, "a/1")) == {(None, "../2025-01-13"): (300, None)}
    api.given(report("c", said(310, period="2025-01-13"), published_at="2025-05-01"))
    assert bests(impact(api, "a/1")) == {}


def test_nothing_rests_on_a_relay_and_it_falls_with_its_root(api: Api) -> None:
    linked = said(600, "us", derived_from=["a/1"])
    api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(report("b", linked, published_at="2025-01-15"))
    api.given(report("c", said(300, "uk", derived_from=["b/1"]), published_at="2025-01-16"))
    assert impact(api, "b/1")["estimates"] == []
    assert impact(api, "b/1")["relays"] == ["c/1"]
    root = impact(api, "a/1")
    assert root["relays"] == ["b/1", "c/1"]
    assert bests(root) == {(None, None): (300, None), (None, "../2025-01-13"): (300, None)}
    api.given(post("/v1/reports/b/withdrawal", kind="publisher", reason="x", published_at="2025-02-01"))
    assert impact(api, "a/1")["relays"] == ["c/1"]


def test_without_one_of_two_origins_the_other_one_counts(api: Api) -> None:
    api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(report("b", said(300, "us", period="2025-01-13"), published_at="2025-01-30"))
    headline, cell = impact(api, "a/1")["estimates"]
    for each in (headline, cell):
        assert (each["with"]["support"]["level"], each["with"]["origins"]) == ("corroborated", 2)
        assert (each["without"]["support"]["level"], each["without"]["origins"]) == ("single", 1)
        assert (each["with"]["claims"], each["without"]["claims"]) == (2, 1)


def test_a_cohort_of_an_increment_is_part_of_the_sum(api: Api) -> None:
    api.given(INCREMENT)
    for name, best, cohort, month in (("a", 10, "east", "03"), ("b", 5, "west", "03")):
        said_ = claim(best, about="sorties", cohort=cohort, period=f"2025-{month}")
        api.given(report(name, said_, published_at="2025-05-01"))
    east = claim(1, about="sorties", cohort="east", period="2025-04")
    api.given(report("c", east, published_at="2025-05-02"))
    assert bests(impact(api, "a/1")) == {
        (None, None): (16, 6),
        ("east", None): (11, 1),
        ("east", "2025-03"): (10, None),
    }


def test_a_cohort_has_estimates_of_its_own(api: Api) -> None:
    api.given(CUMULATIVE, report("a", said(300), said(20, cohort="east")))
    assert bests(impact(api, "a/2")) == {
        ("east", None): (20, None),
        ("east", "../2025-01-10"): (20, None),
    }


def test_without_a_claim_a_proposition_may_lose_its_corroboration(api: Api) -> None:
    stance = {"indicator": "gives", "status": "reported", "stance": {"asserts": True}}
    api.given(indicator("gives", measure="proposition"))
    api.given(*(report(name, {**stance, "originator": name}) for name in ("nis", "us")))
    headline, _ = impact(api, "nis/1")["estimates"]
    assert (headline["with"]["verdict"], headline["without"]["verdict"]) == ("corroborated", "reported")


def test_the_assessments_that_cite_a_claim_are_listed(api: Api) -> None:
    api.given(CUMULATIVE, indicator("troops"), report("a", said(300), published_at="2025-01-13"))
    assess = {"best": 1, "confidence": "low", "rationale": "x", "claims": ["a/1"]}
    first = api.given(post("/v1/indicators/killed/assessments", **assess))
    second = api.given(post("/v1/indicators/troops/assessments", **assess))
    cited = [
        {"indicator": "killed", "position": first},
        {"indicator": "troops", "position": second},
    ]
    assert impact(api, "a/1")["assessments"] == cited
    assert impact(api, "a/1", known_at=first)["assessments"] == cited[:1]
    assert impact(api, "a/1", published_by="2025-02-01")["assessments"] == []


@pytest.mark.parametrize(
    ("acts", "standing"),
    [
        ([post("/v1/reports/a/withdrawal", kind="record", reason="x")], "withdrawn-by-us"),
        (
            [post("/v1/reports/a/withdrawal", kind="publisher", reason="x", published_at="2025-02-01")],
            "withdrawn",
        ),
        ([post("/v1/reports/a/hold", reason="parody?")], "held"),
        (
            [post("/v1/reports/a/corrections", kind="record", reason="x", claims=[said(7)])],
            "corrected",
        ),
    ],
    ids=["withdrawn by us", "withdrawn", "held", "corrected"],
)
def test_nothing_rests_on_a_claim_that_does_not_count(api: Api, acts: list[Ask], standing: str) -> None:
    filed = api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(*acts)
    body = impact(api, "a/1")
    assert (body["standing"], body["estimates"]) == (standing, [])
    assert bests(impact(api, "a/1", known_at=filed))[None, None] == (300, None)


def test_impact_can_be_asked_at_any_time(api: Api) -> None:
    first = api.given(CUMULATIVE, report("a", said(300), published_at="2025-01-13"))
    api.given(report("b", said(600), published_at="2025-04-30"))
    for times in ({"known_at": first}, {"published_by": "2025-04-29"}, {"valid_at": "2025-04-29"}):
        assert bests(impact(api, "a/1", **times))[None, None] == (300, None)
    assert impact(api, "b/1", published_by="2025-04-29")["standing"] == "not-yet-published"
    assert impact(api, "b/1", valid_at="2025-04-29")["standing"] == "beyond-valid-at"


@pytest.mark.parametrize("name", ["a/2", "b/1", "a/0", "a/x"])
def test_an_unknown_claim_is_not_found(api: Api, name: str) -> None:
    api.given(CUMULATIVE, report("a", said(300)))
    problem(api.send(Ask("GET", f"/v1/claims/{name}/impact")), 404, "not-found")


def test_a_claim_is_not_found_before_it_was_recorded(api: Api) -> None:
    before = api.given(CUMULATIVE)
    api.given(report("a", said(300)))
    problem(api.send(Ask("GET", f"/v1/claims/a/1/impact?known_at={before}")), 404, "not-found")


def test_a_relay_that_stands_in_another_cell_does_not_stand_in_here(api: Api) -> None:
    """A cell has no stand-in of its own if a closer relay is in another cell."""
    api.given(indicator())
    cells = {"root": "2025-01", "near": "2025-02", "late": "2025-01", "own": "2025-01"}
    links = {"root": [], "near": ["root/1"], "late": ["root/1"], "own": []}
    for day, name in enumerate(cells, start=1):
        said_ = claim(day, name, period=cells[name], derived_from=links[name])
        api.given(report(name, said_, published_at=f"2025-03-0{day}"))
    api.given(post("/v1/reports/root/withdrawal", kind="record", reason="x"))
    here = api.get("/v1/estimates/troops", period="2025-01")
    cell = impact(api, "own/1")["estimates"][-1]
    assert cell["with"]["used"] == here["used"] == ["own/1"]


# Over any history


def of_one_claim(desk: Desk) -> list[Filed]:
    """The reports that never had but one claim, and still stand by it."""
    states = [state for state in desk.states.values() if isinstance(state, Filed)]
    return [
        state
        for state in states
        if state.withdrawal is None and claim_numbers(state) == set(state.versions[-1].claims) == {1}
    ]


def withdrawn(desk: Desk, state: Filed) -> Desk:
    """The same history, followed by a publisher's withdrawal of the last version of a report."""
    version, copy = in_force(state), Desk()
    assert version is not None
    copy.add(*(event for _, event in desk.logged()))
    # Where our correction of its date came after its publisher's, a report is dated later than that.
    day = max(version.published_at, version.provenance.published_at)
    body = {"report": state.id, "kind": "publisher", "published_at": day}
    copy.add(*copy.decide(WithdrawReport.model_validate(body, strict=False)))
    return copy


def asked_of(claim: Claim, question: Question) -> Narrowing:
    """The narrowing that asks for an estimate that rests on a claim."""
    period = question.cell and parse_period(claim.period)
    return Narrowing(question.cohort, period, incident=question.incident)


@given(stories, numbers)
@examples(80)
def test_the_estimate_without_a_claim_is_the_one_after_its_withdrawal(
    commands: list[Command], number: int
) -> None:
    desk, random = Desk().take(commands), Random(number)
    db, here = views_of(desk.recorded).writer, AsOf(len(desk.recorded))
    reports = of_one_claim(desk)
    for state in random.sample(reports, min(2, len(reports))):
        found, after = look_up(db, here)(f"{state.id}/1"), withdrawn(desk, state)
        assert found is not None
        other, then = views_of(after.recorded).writer, AsOf(len(after.recorded))
        resting = resting_on(db, found, here)
        for each in resting:
            asked, name = asked_of(found, each.with_it.question), each.indicator
            one = estimate_answer(name, each.with_it, each.counted[0])
            without = estimate_answer(name, each.without_it, each.counted[1])
            assert one == answer(db, name, here, asked)
            assert without == answer(other, name, then, asked)
        for name in MEASURES:
            if not any(e.with_it.question.headline for e in resting if e.indicator == name):
                before, since = answer(db, name, here), answer(other, name, then)
                assert not differences(before, since)
