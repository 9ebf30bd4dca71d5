"""An analyst's own judgement: how it is recorded, and what `assessment/1` makes of it."""

from typing import Any

import pytest

from domain.commands import DefineIndicator, RecordAssessment
from domain.errors import Code
from domain.estimates.policies import ASSESSMENT
from domain.events import AssessmentRecorded, IndicatorRevised
from domain.period import parse_period
from domain.times import from_micros, parse_until, to_micros
from projections.answers.as_of import AsOf
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.estimates import answer
from projections.answers.explanation import explain
from projections.answers.flags import flags
from projections.answers.questions import Narrowing
from tests.histories import Desk, Line, correct, define, desk_of, file, link, says, views_of
from tests.spec import ACTOR, KILLED, KNOWN, a, defined, filed, given

# Deciding

BODY: dict[str, Any] = {"indicator": "killed", "best": 2000, "confidence": "moderate"}


def recorded(**more: Any) -> AssessmentRecorded:
    """About 2,000 with moderate confidence, resting on nothing, unless said otherwise."""
    plain: dict[str, Any] = {"analyst": ACTOR, "rationale": "", "claims": []}
    return a(AssessmentRecorded, **BODY | plain | more)


def test_an_assessment_is_recorded_by_whoever_gives_the_command() -> None:
    body = BODY | {"low": 1500, "high": 2500, "rationale": "two agencies", "claims": ["wire-1/1"]}
    event = recorded(low=1500, high=2500, rationale="two agencies", claims=["wire-1/1"])

    given(*KNOWN, filed()).when(RecordAssessment, **body).then_events(event)
    given(*KNOWN, filed(), event, actor="bob").when(RecordAssessment, **body).then_events(
        event.model_copy(update={"analyst": "bob"})
    )


@pytest.mark.parametrize("figure", [{"low": 0}, {"best": 0}, {"high": 0}, {"low": 5, "high": 5}])
def test_one_number_will_do(figure: dict[str, int]) -> None:
    body = {"indicator": "killed", "confidence": "low"}

    given(KILLED).when(RecordAssessment, **body, **figure).then_events(
        a(AssessmentRecorded, **body, **figure, analyst=ACTOR, rationale="", claims=[])
    )


def test_the_same_judgement_again_is_there_already() -> None:
    given(KILLED, recorded()).when(RecordAssessment, **BODY).then_nothing()
    revised = IndicatorRevised(indicator="killed", definition=defined("killed", place="K").definition)
    given(KILLED, recorded(), revised).when(RecordAssessment, **BODY).then_nothing()


def test_a_judgement_given_before_another_may_be_given_again() -> None:
    before = KILLED, recorded(), recorded(best=3000)

    given(*before).when(RecordAssessment, **BODY).then_events(recorded())


REFUSED: list[tuple[dict[str, Any], Code, str]] = [
    ({"best": None}, "invalid", ""),
    ({"low": 2001}, "invalid", "/best"),
    ({"high": 1999}, "invalid", "/high"),
    ({"low": 5, "best": None, "high": 4}, "invalid", "/high"),
    ({"best": "2000"}, "invalid", "/best"),
    ({"confidence": "certain"}, "invalid", "/confidence"),
    ({"confidence": None}, "invalid", "/confidence"),
    ({"analyst": "bob"}, "invalid", "/analyst"),
    ({"claims": ["wire-1"]}, "invalid", "/claims/0"),
    ({"claims": ["wire-1/1", "wire-1/2"]}, "unknown-claim", "/claims/1"),
    ({"claims": ["wire-2/1"]}, "unknown-claim", "/claims/0"),
    ({"claims": ["wire-1/1", "wire-1/1"]}, "invalid", "/claims/1"),
]


@pytest.mark.parametrize(("change", "code", "pointer"), REFUSED)
def test_an_assessment_is_read_strictly(change: dict[str, Any], code: Code, pointer: str) -> None:
    given(*KNOWN, filed()).when(RecordAssessment, **BODY | change).then_refused(code, pointer)


def test_its_confidence_must_be_said() -> None:
    given(KILLED).when(RecordAssessment, indicator="killed", best=1).then_refused(
        "invalid", "/confidence"
    )


def test_on_an_indicator_that_is_not_there_the_nearest_are_named() -> None:
    told = given(KILLED).when(RecordAssessment, **BODY | {"indicator": "kiled"})

    assert "did you mean killed?" in told.then_refused("not-found")


def test_of_a_proposition_an_analyst_files_a_claim() -> None:
    war = defined("war", "proposition")

    given(war).when(RecordAssessment, **BODY | {"indicator": "war"}).then_refused("invalid", "")


@pytest.mark.parametrize(("field", "value"), [("measure", "stock"), ("unit", "dead")])
def test_measure_and_unit_are_fixed_once_there_is_an_assessment(field: str, value: str) -> None:
    body = {"id": "killed", "title": "killed", "unit": "persons", "measure": "cumulative"}
    definition = defined("killed", **{field: value}).definition
    revised = IndicatorRevised(indicator="killed", definition=definition)

    given(KILLED).when(DefineIndicator, **body | {field: value}).then_events(revised)
    told = given(KILLED, recorded()).when(DefineIndicator, **body | {field: value})
    assert "has an assessment in" in told.then_refused("measure-fixed", f"/{field}")


# The policy

NIS = file("nis", "2025-01-13", says("nis", 300))
US = file("us", "2025-01-15", says("us", 1000))


def judge(best: float | None = 2000, *claims: str, **more: Any) -> Line:
    """A line that records a judgement of the killed, and the claims that it rests on."""
    figure = {} if best is None else {"best": best}
    body = {"indicator": "killed", "confidence": "moderate", "claims": claims, **figure, **more}
    return {"record_assessment": body}


def here(desk: Desk, **times: Any) -> AsOf:
    """The end of what was recorded, unless said otherwise."""
    return AsOf(**{"position": len(desk.recorded), **times})


def ask(desk: Desk, as_of: AsOf | None = None, **asked: Any) -> EstimateAnswer:
    """What the latest assessment of the killed says."""
    narrowing = Narrowing(policy=ASSESSMENT, **asked)
    return answer(views_of(desk.recorded).writer, "killed", as_of or here(desk), narrowing)


def figure(body: EstimateAnswer) -> tuple[float | None, ...]:
    """Best, low and high."""
    return body["best"], body["low"], body["high"]


UNKNOWN = (None, None, None)


def test_the_latest_judgement_is_the_answer() -> None:
    desk = desk_of(define(), NIS, judge(2000, "nis/1", rationale="they know"), judge(1000))
    assert figure(ask(desk)) == (1000, 1000, 1000)
    before = ask(desk, here(desk, position=len(desk.recorded) - 1))
    assert (figure(before), before["used"]) == ((2000, 2000, 2000), ["nis/1"])
    assert {**before["assessment"], "recorded_at": None} == {
        "position": len(desk.recorded) - 1,
        "recorded_at": None,
        "analyst": ACTOR,
        "confidence": "moderate",
        "rationale": "they know",
        "claims": ["nis/1"],
        "marking": "TLP:CLEAR",
    }
    unjudged = ask(desk, here(desk, position=len(desk.recorded) - 2))
    assert (figure(unjudged), "assessment" in unjudged) == (UNKNOWN, False)


FIGURES: list[tuple[dict[str, int], tuple[float | None, ...], tuple[bool, bool]]] = [
    ({"best": 5}, (5, 5, 5), (False, False)),
    ({"best": 0}, (0, 0, 0), (False, False)),
    ({"low": 1, "best": 5}, (5, 1, 5), (False, False)),
    ({"best": 5, "high": 9}, (5, 5, 9), (False, False)),
    ({"low": 1, "best": 5, "high": 9}, (5, 1, 9), (False, False)),
    ({"low": 1, "high": 9}, (None, 1, 9), (False, False)),
    ({"low": 1}, (None, 1, None), (False, True)),
    ({"high": 9}, (None, None, 9), (True, False)),
]


@pytest.mark.parametrize(("said", "then", "is_open"), FIGURES)
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_bounds_default_to_the_best_and_open_ones_stay_open(
    measure: str, said: dict[str, int], then: tuple[float | None, ...], is_open: tuple[bool, bool]
) -> None:
    body = ask(desk_of(define(measure=measure), judge(**{"best": None, **said})))
    assert (figure(body), (body["open_low"], body["open_high"])) == (then, is_open)


def test_it_bears_nothing_of_a_claim_that_it_cites_but_the_marking() -> None:
    amber = file("nis", "2025-01-13", says("nis", 300), marking="TLP:AMBER")
    body = ask(desk_of(define(), amber, US, judge(2000, "nis/1", "us/1")))
    assert body["support"] == {"level": None, "reasons": [f"judged by {ACTOR}, confidence moderate"]}
    assert (body["qualifier"], body["status"], body["period"]) == (None, None, None)
    assert (body["marking"], body["flags"], body["policy"]) == ("TLP:AMBER", [], ASSESSMENT)


@pytest.mark.parametrize(
    "asked", [{"period": parse_period("2025-01-13")}, {"cohort": "east"}, {"originator": "nis"}]
)
@pytest.mark.parametrize("measure", ["stock", "cumulative", "increment"])
def test_it_is_of_the_headline_alone(measure: str, asked: dict[str, Any]) -> None:
    east = says("nis", 5, cohort="east", period="2025-01")
    desk = desk_of(define(measure=measure), file("nis", "2025-01-13", east), judge(2000, "nis/1"))
    assert figure(ask(desk)) == (2000, 2000, 2000)
    flags_about = ask(desk, **asked)
    assert (figure(flags_about), flags_about["used"], flags_about["origins"]) == (UNKNOWN, [], 0)
    assert "assessment" not in flags_about


@pytest.mark.parametrize("axis", ["published_by", "valid_at"])
def test_when_it_was_recorded_is_its_publication_and_its_cut_off(axis: str) -> None:
    desk = desk_of(define(), judge(2000))
    [_, judged] = desk.recorded
    at = judged.recorded_at
    body = ask(desk, here(desk, **{axis: at}))
    assert (figure(body), body["cutoff"]) == ((2000, 2000, 2000), from_micros(at).date().isoformat())
    assert figure(ask(desk, here(desk, **{axis: at - 1}))) == UNKNOWN


def test_it_is_hidden_with_a_claim_that_the_reader_may_not_see_and_the_one_before_shows() -> None:
    red = file("us", "2025-01-15", says("us", 1000), marking="TLP:RED")
    desk = desk_of(define(), NIS, red, judge(300, "nis/1"), judge(1000, "nis/1", "us/1"))
    assert figure(ask(desk)) == (1000, 1000, 1000)
    shown = ask(desk, here(desk, clearance="TLP:AMBER"))
    assert (figure(shown), shown["marking"]) == ((300, 300, 300), "TLP:CLEAR")


def test_it_is_hidden_until_the_claims_that_it_cites_are_published() -> None:
    late = file("us", "2025-08-01", says("us", 1000))
    desk = desk_of(define(), NIS, late, judge(300, "nis/1"), judge(1000, "us/1"))
    for day, best in (("2025-07-31", 300), ("2025-08-01", 1000)):
        by = to_micros(parse_until(day))
        assert ask(desk, here(desk, published_by=by))["best"] == best


@pytest.mark.parametrize(
    ("lines", "cited", "origins"),
    [
        ([], [], 0),
        ([], ["nis/1", "us/1"], 2),
        ([file("nis-2", "2025-02-01", says("nis", 310))], ["nis/1", "nis-2/1"], 1),
        (
            [
                file(name, "2025-01-14", says(name, 300, derived_from=["nis/1"]))
                for name in ("afp", "ap", "dpa", "efe", "ria")
            ],
            ["afp/1", "ap/1", "dpa/1", "efe/1", "ria/1"],
            1,
        ),
        (
            [
                file("afp", "2025-01-14", says("afp", 300, derived_from=["nis/1"])),
                file("both", "2025-01-16", says("dpa", 300, derived_from=["afp/1", "us/1"])),
            ],
            ["both/1"],
            2,
        ),
    ],
)
def test_origins_are_the_originators_at_the_roots_of_what_it_cites(
    lines: list[Line], cited: list[str], origins: int
) -> None:
    body = ask(desk_of(define(), NIS, US, *lines, judge(2000, *cited)))
    assert (body["origins"], body["used"]) == (origins, cited)


def test_what_it_does_not_cite_is_left_out_and_said_so() -> None:
    desk = desk_of(define(), NIS, US, judge(2000, "nis/1"))
    explained = explain(
        views_of(desk.recorded).writer, "killed", here(desk), Narrowing(policy=ASSESSMENT)
    )
    assert explained is not None
    assert [(out.claim.id, out.reason) for out in explained.left_out] == [("us/1", "not-cited")]
    assert explained.defined.estimate.steps == ["the latest assessment, recorded at position 7"]


# What became of what it rests on


def by_nis(*claims: Line, **more: Any) -> Line:
    return correct("nis", *claims, **more)


FIRST, SECOND = says("nis", 300, n=1), says("nis", 5, cohort="east", n=2)
TWO = file("nis", "2025-01-13", says("nis", 300), says("nis", 5, cohort="east"))
PUBLISHER = {"kind": "publisher", "published_at": "2025-01-20"}
HELD = {"hold_report": {"report": "nis"}}
AFTER: dict[str, tuple[list[Line], bool]] = {
    "nothing": ([], False),
    "we correct it": ([by_nis(FIRST | {"quantity": {"best": 301}}, SECOND, kind="record")], True),
    "its publisher corrects it": (
        [by_nis(FIRST | {"quantity": {"best": 301}}, SECOND, **PUBLISHER)],
        True,
    ),
    "its publisher leaves it out": ([by_nis(SECOND, **PUBLISHER)], True),
    "its report is held": ([HELD], True),
    "its report is held and released": ([HELD, {"release_report": {"report": "nis"}}], True),
    "we withdraw it": ([{"withdraw_report": {"report": "nis"}}], True),
    "its publisher withdraws it": (
        [{"withdraw_report": {"report": "nis", "published_at": "2025-01-20"}}],
        True,
    ),
    "it is linked": ([link("nis/1", "un/1")], True),
    "it is linked and unlinked": (
        [link("nis/1", "un/1"), {"unlink_claim": {"claim": "nis/1", "derived_from": "un/1"}}],
        True,
    ),
    "another is linked to it": ([link("us/1", "nis/1")], False),
    "it is graded": ([{"grade_claim": {"claim": "nis/1", "credibility": 1}}], False),
    "it is graded improbable": ([{"grade_claim": {"claim": "nis/1", "credibility": 5}}], False),
    "its source is graded": ([{"grade_source": {"source": "nis", "reliability": "E"}}], False),
    "it is disputed": ([{"dispute_claim": {"claim": "nis/1", "by": "kcna"}}], False),
    "its report is marked": ([{"mark_report": {"report": "nis", "marking": "TLP:RED"}}], False),
    "we correct its neighbour": (
        [by_nis(FIRST, SECOND | {"quantity": {"best": 6}}, kind="record")],
        False,
    ),
    "its publisher corrects its neighbour": (
        [by_nis(FIRST, SECOND | {"quantity": {"best": 6}}, **PUBLISHER)],
        False,
    ),
    "its publisher corrects the title": (
        [{"correct_report": {"report": "nis", "provenance": {"title": "Losses"}, **PUBLISHER}}],
        False,
    ),
    "another report is withdrawn": ([{"withdraw_report": {"report": "us"}}], False),
}
UN = file("un", "2025-01-10", says("un", 300, cohort="west"))


def changed(desk: Desk, as_of: AsOf | None = None, **asked: Any) -> list[list[str]]:
    """The claims that each flag `inputs-changed` on the killed names."""
    db = views_of(desk.recorded).writer
    found = flags(db, "killed", as_of or here(desk), Narrowing(**asked))
    return [flag["claims"] for flag in found if flag["code"] == "inputs-changed"]


@pytest.mark.parametrize("case", AFTER)
def test_inputs_changed(case: str) -> None:
    """Of what is known since: before it was judged anything may have happened to a claim."""
    lines, then = AFTER[case]
    assert changed(desk_of(define(), UN, TWO, US, *lines, judge(2000, "un/1", "nis/1"))) == []
    desk = desk_of(define(), UN, TWO, US, judge(2000, "un/1", "nis/1"), *lines)
    assert changed(desk) == ([["nis/1"]] if then else [])


def test_inputs_changed_is_of_the_latest_assessment_and_of_the_headline() -> None:
    desk = desk_of(define(), TWO, judge(2000, "nis/1"), HELD)
    assert changed(desk) == [["nis/1"]]
    for asked in ({"cohort": "east"}, {"originator": "nis"}, {"period": parse_period("2025")}):
        assert changed(desk, **asked) == []
    desk.accept(judge(1500, "nis/1"))
    assert changed(desk) == []
    assert changed(desk, here(desk, position=len(desk.recorded) - 1)) == [["nis/1"]]


def test_what_a_publisher_did_later_had_not_changed_before_that() -> None:
    """An assessment of July, read as of two days in August: the publisher withdrew on the 15th."""
    gone = {"withdraw_report": {"report": "nis", "published_at": "2025-08-15"}}
    desk = desk_of(define(), TWO, judge(2000, "nis/1"), gone)
    for day, then in (("2025-08-14", []), ("2025-08-15", [["nis/1"]])):
        assert changed(desk, here(desk, published_by=to_micros(parse_until(day)))) == then


def test_a_claim_of_another_indicator_may_be_cited_and_change() -> None:
    wounded = file("nis", "2025-01-13", says("nis", 900, indicator="wounded"))
    desk = desk_of(define(), define("wounded"), wounded, judge(2000, "nis/1"), HELD)
    assert changed(desk) == [["nis/1"]]
    assert ask(desk)["used"] == ["nis/1"]
