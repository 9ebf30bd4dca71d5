"""What may be done to a source and to an indicator."""

from typing import Any

import pytest

from domain.commands import DefineIndicator, GradeSource, RegisterSource
from domain.estimates.policies import POLICIES
from domain.events import IndicatorRevised, ReportCorrected, SourceGraded, SourceRegistered
from tests.spec import ACTOR, KILLED, KNOWN, World, a, claim, defined, filed, given, registered

# -- sources ---------------------------------------------------------------------------------------

NIS = {"name": "National Intelligence Service", "kind": "agency", "country": "South Korea"}


def described(**more: Any) -> SourceRegistered:
    return a(SourceRegistered, source="nis", **NIS | more)


def test_a_source_is_registered_and_described_anew() -> None:
    given().when(RegisterSource, id="nis", **NIS).then_events(described())
    given(described()).when(RegisterSource, id="nis", **NIS).then_nothing()
    given(described()).when(RegisterSource, id="nis", **NIS | {"note": "civilian"}).then_events(
        described(note="civilian")
    )


def test_a_source_that_a_report_brought_in_may_be_described() -> None:
    given(registered("nis")).when(RegisterSource, id="nis", **NIS).then_events(described())
    given(registered("nis")).when(RegisterSource, id="nis").then_nothing()


def graded(reliability: str, grader: str = ACTOR) -> SourceGraded:
    return a(SourceGraded, source="nis", reliability=reliability, grader=grader, reason="record")


def test_a_source_is_graded_by_whoever_gives_the_command() -> None:
    body = {"source": "nis", "reliability": "B", "reason": "record"}

    given(registered("nis")).when(GradeSource, **body).then_events(graded("B"))
    given(registered("nis"), graded("B")).when(GradeSource, **body).then_nothing()
    given(registered("nis"), graded("B"), actor="bob").when(GradeSource, **body).then_events(
        graded("B", "bob")
    )


def test_a_grade_given_before_may_be_given_again() -> None:
    history = registered("nis"), graded("B"), graded("F")

    given(*history).when(GradeSource, source="nis", reliability="B", reason="record").then_events(
        graded("B")
    )


def test_a_description_leaves_the_grade() -> None:
    world = World([registered("nis"), graded("B"), described()])

    assert getattr(world.state("source:nis"), "graded", None) == graded("B")


def test_grading_a_source_that_nobody_registered_registers_it() -> None:
    graded = SourceGraded(source="nis", reliability="B", grader=ACTOR, reason="")
    given().when(GradeSource, source="nis", reliability="B").then_events(registered("nis"), graded)


@pytest.mark.parametrize("reliability", ["G", "a", "", 1, None])
def test_reliability_is_a_letter_from_a_to_f(reliability: object) -> None:
    given(registered("nis")).when(GradeSource, source="nis", reliability=reliability).then_refused(
        "invalid", "/reliability"
    )


# -- voices ----------------------------------------------------------------------------------------


def voice(source: str, speaks_for: str | None = None) -> SourceRegistered:
    return a(SourceRegistered, source=source, speaks_for=speaks_for)


def test_a_source_speaks_for_another_until_it_is_registered_without() -> None:
    before = registered("nis"), registered("mod")

    given(*before).when(RegisterSource, id="nis", speaks_for="mod").then_events(voice("nis", "mod"))
    given(*before, voice("nis", "mod")).when(RegisterSource, id="nis").then_events(registered("nis"))


def test_an_unknown_source_that_is_spoken_for_is_registered_first() -> None:
    given().when(RegisterSource, id="nis", speaks_for="mod").then_events(
        registered("mod"), voice("nis", "mod")
    )


def test_nobody_speaks_for_himself_by_whatever_detour() -> None:
    chain = [voice(f"s-{n}", f"s-{n + 1}") for n in range(500)]
    before = given(*chain, registered("s-500"))

    told = before.when(RegisterSource, id="s-500", speaks_for="s-0").then_refused(
        "invalid", "/speaks_for"
    )
    assert told == "/speaks_for: 's-0' itself speaks for 's-500'; voices may not go round"
    before.when(RegisterSource, id="s-500", speaks_for="s-500").then_refused("invalid", "/speaks_for")
    before.when(RegisterSource, id="s-500", speaks_for="mod").then_events(
        registered("mod"), voice("s-500", "mod")
    )
    before.when(RegisterSource, id="other", speaks_for="s-0").then_events(voice("other", "s-0"))


def test_a_chain_may_be_turned_round_step_by_step() -> None:
    before = voice("nis", "mod"), registered("mod")

    given(*before, registered("nis")).when(RegisterSource, id="mod", speaks_for="nis").then_events(
        voice("mod", "nis")
    )


@pytest.mark.parametrize("name", ["", "The Ministry", 5])
def test_who_is_spoken_for_is_a_source(name: object) -> None:
    given().when(RegisterSource, id="nis", speaks_for=name).then_refused("invalid", "/speaks_for")


# -- indicators ------------------------------------------------------------------------------------

BODY = {"id": "killed", "title": "killed", "unit": "persons", "measure": "cumulative"}


def revised(indicator: str = "killed", **more: Any) -> IndicatorRevised:
    definition = defined(indicator, **more).definition
    return IndicatorRevised(indicator=indicator, definition=definition)


def test_an_indicator_is_defined_with_the_default_policy() -> None:
    given().when(DefineIndicator, **BODY).then_events(KILLED)
    given(KILLED).when(DefineIndicator, **BODY).then_nothing()


def test_an_indicator_is_revised() -> None:
    given(KILLED).when(DefineIndicator, **BODY | {"title": "Killed", "fresh_days": 30}).then_events(
        revised(title="Killed", fresh_days=30)
    )
    given(KILLED, revised(title="Killed")).when(DefineIndicator, **BODY).then_events(revised())


FIXED: dict[str, Any] = {"measure": "stock", "unit": "dead"}


@pytest.mark.parametrize("field", FIXED)
def test_measure_and_unit_are_fixed_once_there_are_claims(field: str) -> None:
    change, later = {field: FIXED[field]}, filed("wire-1", claim(indicator="wounded"))
    corrected = a(
        ReportCorrected, report="wire-1", kind="record", reason="", claims=[claim(n=1), claim(n=2)]
    )
    away = a(
        ReportCorrected,
        report="wire-1",
        kind="record",
        reason="",
        claims=[claim(n=1, indicator="wounded")],
    )
    world = (*KNOWN, defined("wounded"), later)

    given(*world).when(DefineIndicator, **BODY | change).then_events(revised(**change))
    for events in ([filed("wire-2")], [corrected], [corrected, away]):
        told = (
            given(*world, *events)
            .when(DefineIndicator, **BODY | change)
            .then_refused("measure-fixed", f"/{field}")
        )
        assert told.startswith(f"/{field}: 'killed' has claims in {field} ")


@pytest.mark.parametrize(
    "change",
    [{"title": "Killed"}, {"place": "Kursk"}, {"fresh_days": 0}, {"definition": "Dead."}],
)
def test_anything_else_may_be_revised_with_claims(change: dict[str, Any]) -> None:
    given(*KNOWN, filed()).when(DefineIndicator, **BODY | change).then_events(revised(**change))


LOSSES = {"id": "losses", "title": "losses", "unit": "persons", "measure": "cumulative"}
WOUNDED = defined("wounded")


def test_an_indicator_has_parts_in_their_order() -> None:
    given(KILLED, WOUNDED).when(DefineIndicator, **LOSSES, parts=["wounded", "killed"]).then_events(
        defined("losses", parts=["wounded", "killed"])
    )


@pytest.mark.parametrize(
    ("parts", "code", "pointer"),
    [
        (["losses"], "invalid", "/parts/0"),
        (["killed", "losses"], "invalid", "/parts/1"),
        (["killed", "wounded", "killed"], "invalid", "/parts/2"),
        (["whole"], "invalid", "/parts/0"),
        (["above"], "invalid", "/parts/0"),
        (["killed", "kiled"], "unknown-indicator", "/parts/1"),
        (["Killed"], "invalid", "/parts/0"),
    ],
)
def test_parts_are_known_names_each_once_and_never_itself(
    parts: list[str], code: Any, pointer: str
) -> None:
    whole, above = defined("whole", parts=["losses"]), defined("above", parts=["whole", "killed"])

    given(KILLED, WOUNDED, defined("losses"), whole, above).when(
        DefineIndicator, **LOSSES, parts=parts
    ).then_refused(code, pointer)


def test_an_unknown_part_is_refused_with_the_nearest_ones() -> None:
    told = given(KILLED).when(DefineIndicator, **LOSSES, parts=["kiled"])

    assert "did you mean killed?" in told.then_refused("unknown-indicator", "/parts/0")


def test_a_part_may_be_part_of_many_and_parts_may_go_deep() -> None:
    """Sixty layers of two, each made of both of the layer below: 2 to the 60th ways down."""
    layers = [KILLED, WOUNDED]
    for n in range(60):
        below = [each.indicator for each in layers[-2:]]
        layers += [defined(f"left-{n}", parts=below), defined(f"right-{n}", parts=below)]
    top = [each.indicator for each in layers[-2:]]

    given(*layers).when(DefineIndicator, **LOSSES, parts=top).then_events(defined("losses", parts=top))


def test_parts_may_be_a_long_chain() -> None:
    chain = [KILLED]
    for n in range(2_000):
        chain.append(defined(f"level-{n}", parts=[chain[-1].indicator]))

    given(*chain).when(DefineIndicator, **BODY, parts=["level-1999"]).then_refused(
        "invalid", "/parts/0"
    )


@pytest.mark.parametrize("policy", ["", "latest", "latest-best-source", "latest-best-source/3"])
def test_an_unknown_policy_is_refused_with_those_that_there_are(policy: str) -> None:
    told = given().when(DefineIndicator, **BODY, policy=policy).then_refused("invalid", "/policy")

    assert all(each in told for each in POLICIES)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_may_be_an_indicators(policy: str) -> None:
    given().when(DefineIndicator, **BODY, policy=policy).then_events(defined("killed", policy=policy))


@pytest.mark.parametrize(
    ("field", "value"),
    [("measure", "total"), ("measure", None), ("title", ""), ("fresh_days", -1), ("fresh_days", 1.5)],
)
def test_a_definition_is_read_strictly(field: str, value: object) -> None:
    given().when(DefineIndicator, **BODY | {field: value}).then_refused("invalid", f"/{field}")


# -- minimum, since, plans -------------------------------------------------------------------------


@pytest.mark.parametrize("minimum", [0, -5, -2.5, None])
def test_a_minimum_is_none_or_at_most_zero(minimum: float | None) -> None:
    given().when(DefineIndicator, **BODY, minimum=minimum).then_events(
        defined("killed", minimum=minimum)
    )


@pytest.mark.parametrize("minimum", [1, 0.5, "0", True])
def test_a_minimum_above_zero_is_refused(minimum: object) -> None:
    given().when(DefineIndicator, **BODY, minimum=minimum).then_refused("invalid", "/minimum")


def test_a_total_counts_since_a_day_which_may_change() -> None:
    since, other = defined("killed", since="2024-10-01"), revised(since="2024-11-01")

    given().when(DefineIndicator, **BODY, since="2024-10-01").then_events(since)
    given(since, *KNOWN[1:], filed()).when(DefineIndicator, **BODY, since="2024-11-01").then_events(
        other
    )
    given(since).when(DefineIndicator, **BODY).then_events(revised())


@pytest.mark.parametrize("measure", ["stock", "increment", "proposition"])
def test_nothing_else_counts_since_a_day(measure: str) -> None:
    told = (
        given()
        .when(DefineIndicator, **BODY | {"measure": measure}, since="2024-10-01")
        .then_refused("invalid", "/since")
    )

    assert told == f"/since: belongs to a cumulative indicator only; 'killed' is {measure}"


@pytest.mark.parametrize("since", ["2024-10", "2024", "2024-10-01T00:00:00Z", "", 2024])
def test_since_is_a_day(since: object) -> None:
    given().when(DefineIndicator, **BODY, since=since).then_refused("invalid", "/since")


ARRIVED = defined("arrived", "stock")


@pytest.mark.parametrize("measure", ["stock", "increment", "cumulative"])
def test_an_indicator_plans_for_another(measure: str) -> None:
    body = BODY | {"id": "planned", "title": "planned", "measure": measure}
    event = defined("planned", measure, plans_for="arrived")

    given(ARRIVED).when(DefineIndicator, **body, plans_for="arrived").then_events(event)
    given(ARRIVED, event).when(DefineIndicator, **body).then_events(revised("planned", measure=measure))


def test_a_plan_may_have_a_plan() -> None:
    given(ARRIVED, defined("planned", plans_for="arrived")).when(
        DefineIndicator, **BODY, plans_for="planned"
    ).then_events(defined("killed", plans_for="planned"))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"plans_for": "killed"}, "invalid"),
        ({"plans_for": "arived"}, "unknown-indicator"),
        ({"plans_for": "war"}, "invalid"),
        ({"plans_for": "arrived", "unit": "tonnes"}, "invalid"),
        ({"plans_for": "arrived", "measure": "proposition"}, "invalid"),
        ({"plans_for": ""}, "invalid"),
    ],
)
def test_a_plan_is_for_another_figure_in_the_same_unit(change: dict[str, str], code: Any) -> None:
    told = (
        given(ARRIVED, defined("war", "proposition"))
        .when(DefineIndicator, **BODY | change)
        .then_refused(code, "/plans_for")
    )

    assert code != "unknown-indicator" or "did you mean arrived" in told


def test_plans_may_not_go_round() -> None:
    chain = [defined(f"p-{n}", plans_for=f"p-{n + 1}") for n in range(200)]
    before = given(*chain, defined("p-200"), KILLED)
    body = {**BODY, "id": "p-200", "title": "p-200"}

    told = before.when(DefineIndicator, **body, plans_for="p-0").then_refused("invalid", "/plans_for")
    assert told == "/plans_for: 'p-0' itself plans for 'p-200'; plans may not go round"
    before.when(DefineIndicator, **body, plans_for="killed").then_events(
        revised("p-200", plans_for="killed")
    )


def test_a_policy_that_was_replaced_is_stored_as_the_one_that_replaced_it() -> None:
    given().when(DefineIndicator, **BODY, policy="latest-best-source/1").then_events(KILLED)
    given(KILLED).when(DefineIndicator, **BODY, policy="latest-best-source/1").then_nothing()
