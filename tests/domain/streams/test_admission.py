"""What is refused at the door: with which code, at which place, and what the caller is told."""

from typing import Any

import pytest
from pydantic_core import to_json

from domain.commands import CorrectReport, FileReport, LinkClaim
from domain.events import ClaimLinked, ClaimUnlinked, Event, ReportCorrected, ReportWithdrawn
from tests.spec import KILLED, KNOWN, World, a, claim, defined, filed, given
from tests.work import calls

ARRIVED = defined("arrived", "increment")
WAR = defined("war", "proposition")
WORLD = (*KNOWN, ARRIVED, WAR)
FILE: dict[str, Any] = {"id": "wire-1", "publisher": "wire", "published_at": "2025-01-13"}


def refused(claim: dict[str, Any], code: Any, *pointers: str) -> str:
    """What a caller is told who files a report with this one claim."""
    return given(*WORLD).when(FileReport, **FILE, claims=[claim]).then_refused(code, *pointers)


# -- unknown names ---------------------------------------------------------------------------------


def test_an_unknown_indicator_is_refused_with_the_nearest_ones() -> None:
    told = refused(claim(indicator="kiled"), "unknown-indicator", "/claims/0/indicator")

    assert told == "/claims/0/indicator: there is no indicator 'kiled'; did you mean killed or arrived?"


def test_where_none_is_near_the_caller_is_told_to_define_it() -> None:
    told = refused(claim(indicator="xyzzy"), "unknown-indicator", "/claims/0/indicator")

    assert told.endswith("there is no indicator 'xyzzy'; define it first")


def test_an_unknown_source_is_registered_ungraded() -> None:
    world = World([KILLED])

    world.record(world.decide(a(FileReport, **FILE, claims=[claim(spokesperson="lee")])))

    for source in ("wire", "nis", "lee"):
        assert world.has_source(source)
        assert getattr(world.state(f"source:{source}"), "graded", "none") is None


@pytest.mark.parametrize(
    "name", ["", "NIS", "n is", "-nis", "nis\n", "ñis", "n" * 129, "../nis", 5, None]
)
def test_names_are_slugs(name: object) -> None:
    refused(claim(originator=name), "invalid", "/claims/0/originator")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"publisherr": "wire"}, "/publisherr"),
        ({"claims": [claim(quantty={"best": 1})]}, "/claims/0/quantty"),
        ({"claims": [claim(quantity={"bset": 1, "best": 1})]}, "/claims/0/quantity/bset"),
        ({"claims": [claim(n=1)]}, "/claims/0/n"),
        ({"evidence": {"sha1": "0"}}, "/evidence/sha1"),
        ({"recorded_at": "2025-01-13"}, "/recorded_at"),
        ({"position": 1}, "/position"),
    ],
)
def test_an_unknown_field_is_refused_and_never_ignored(body: dict[str, Any], pointer: str) -> None:
    given(*WORLD).when(FileReport, **FILE | {"claims": [claim()]} | body).then_refused(
        "invalid", pointer
    )


# -- figures ---------------------------------------------------------------------------------------

ASSERTS = {"asserts": True}


@pytest.mark.parametrize(
    ("indicator", "given_", "pointer"),
    [
        ("war", {"quantity": {"best": 1}}, "/claims/0/quantity"),
        ("war", {"quantity": {"best": 1}, "stance": ASSERTS}, "/claims/0/quantity"),
        ("war", {"quantity": None}, "/claims/0/stance"),
        ("killed", {"quantity": None, "stance": ASSERTS}, "/claims/0/stance"),
        ("killed", {"stance": ASSERTS}, "/claims/0/stance"),
        ("killed", {"quantity": None}, "/claims/0/quantity"),
    ],
)
def test_a_number_takes_a_quantity_and_a_proposition_a_stance(
    indicator: str, given_: dict[str, Any], pointer: str
) -> None:
    refused(claim(indicator=indicator, **given_), "invalid", pointer)


def test_an_increment_says_new_in_which_period() -> None:
    refused(claim(indicator="arrived"), "invalid", "/claims/0/period")


@pytest.mark.parametrize(
    "quantity", [{}, {"best": None}, {"qualifier": "about"}, {"qualifier": "range"}]
)
def test_a_quantity_without_a_number_is_refused(quantity: dict[str, Any]) -> None:
    refused(claim(quantity=quantity), "invalid", "/claims/0/quantity")


def test_unless_it_is_unspecified() -> None:
    several_hundred = claim(quantity={"qualifier": "unspecified"})

    given(*WORLD).when(FileReport, **FILE, claims=[several_hundred]).then_events(
        filed("wire-1", several_hundred)
    )


@pytest.mark.parametrize(
    "number",
    ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1" + "0" * 400, "1e16", '"300"', "true", "[]"],
)
@pytest.mark.parametrize("bound", ["low", "best", "high"])
def test_only_finite_numbers_are_figures(number: str, bound: str) -> None:
    body = to_json(FILE | {"claims": [claim(quantity={bound: "?"})]}).replace(b'"?"', number.encode())

    given(*WORLD).when_sent(FileReport, body).then_refused("invalid", f"/claims/0/quantity/{bound}")


@pytest.mark.parametrize(
    "quantity", [{"low": 5, "best": 3}, {"best": 5, "high": 3}, {"low": 5, "high": 3}]
)
def test_bounds_in_disorder_are_accepted_for_real_files_have_them(quantity: dict[str, Any]) -> None:
    given(*WORLD).when(FileReport, **FILE, claims=[claim(quantity=quantity)]).then_events(
        filed("wire-1", claim(quantity=quantity))
    )


# -- times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "period", ["..", "../..", "2025-13", "2025-02-30", "2025-08/2025-07", "", "jan", 5]
)
def test_a_period_that_is_none_is_refused(period: object) -> None:
    refused(claim(period=period), "invalid", "/claims/0/period")


@pytest.mark.parametrize(
    "time", ["", "2025-1-13", "2025-01-13T09:00", "13.01.2025", "2025-02-30", 1736726400]
)
def test_a_time_that_is_none_is_refused(time: object) -> None:
    refused(claim(stated_at=time), "invalid", "/claims/0/stated_at")
    given(*WORLD).when(FileReport, **FILE | {"published_at": time}, claims=[claim()]).then_refused(
        "invalid", "/published_at"
    )


@pytest.mark.parametrize("field", ["publisher", "published_at", "claims"])
def test_a_report_without_publisher_date_or_claims_is_refused(field: str) -> None:
    body = FILE | {"claims": [claim()]}
    del body[field]

    given(*WORLD).when(FileReport, **body).then_refused("invalid", f"/{field}")


def test_a_report_has_a_claim() -> None:
    given(*WORLD).when(FileReport, **FILE, claims=[]).then_refused("invalid", "/claims")


# -- every fault at once ---------------------------------------------------------------------------


def test_every_fault_is_named_and_the_first_one_said() -> None:
    claims = [
        claim(indicator="kiled"),
        claim(),
        claim(indicator="war"),
        claim(derived_from=["gone-1/1", "wire-1/4"]),
    ]

    told = (
        given(*WORLD)
        .when(FileReport, **FILE, claims=claims)
        .then_refused(
            "unknown-indicator",
            "/claims/0/indicator",
            "/claims/2/quantity",
            "/claims/3/derived_from/0",
            "/claims/3/derived_from/1",
        )
    )

    assert told.endswith("did you mean killed or arrived? (and 3 more)")


def test_no_more_than_a_hundred_faults_are_named() -> None:
    claims = [claim(indicator="war")] * 150

    given(*WORLD).when(FileReport, **FILE, claims=claims).then_refused(
        "invalid", *(f"/claims/{i}/quantity" for i in range(100))
    )


# -- links -----------------------------------------------------------------------------------------


def derived(*parents: str, **more: Any) -> dict[str, Any]:
    return claim(derived_from=list(parents), **more)


def link(child: str, parent: str) -> ClaimLinked:
    report, _, n = child.partition("/")
    return a(ClaimLinked, report=report, n=int(n), derived_from=parent, reason="")


def unlink(child: str, parent: str) -> ClaimUnlinked:
    report, _, n = child.partition("/")
    return a(ClaimUnlinked, report=report, n=int(n), derived_from=parent, reason="")


def corrected(report: str, *claims: dict[str, Any], **more: Any) -> ReportCorrected:
    numbered = [{"n": n, **each} for n, each in enumerate(claims, start=1)]
    body = {"kind": "record", "reason": "", "claims": numbered or None} | more
    return a(ReportCorrected, report=report, **body)


def withdrawn(report: str, **more: Any) -> ReportWithdrawn:
    kind = "publisher" if more else "record"
    return a(ReportWithdrawn, report=report, reason="", **{"kind": kind} | more)


A, B = filed("a-1"), filed("b-1")

LINKS: list[tuple[str, list[Event], str, str, str]] = [
    ("itself", [A], "a-1/1", "a-1/1", "link-to-self"),
    ("no such report", [A], "a-1/1", "b-1/1", "unknown-claim"),
    ("no such claim", [A, B], "a-1/1", "b-1/2", "unknown-claim"),
    ("no such claim of its own", [A], "a-1/1", "a-1/2", "unknown-claim"),
    (
        "stated on a later day",
        [A, filed("b-1", published_at="2025-01-14")],
        "a-1/1",
        "b-1/1",
        "link-to-later",
    ),
    (
        "stated on a later day although published at once",
        [filed("a-1", claim(stated_at="2025-01-12")), B],
        "a-1/1",
        "b-1/1",
        "link-to-later",
    ),
    (
        "stated on a later day by our mending the date of its report",
        [A, B, corrected("b-1", provenance={"published_at": "2025-01-14"})],
        "a-1/1",
        "b-1/1",
        "link-to-later",
    ),
    ("derived from it", [A, B, link("b-1/1", "a-1/1")], "a-1/1", "b-1/1", "link-cycle"),
    ("filed as derived from it", [A, filed("b-1", derived("a-1/1"))], "a-1/1", "b-1/1", "link-cycle"),
    (
        "derived from it by another",
        [A, filed("b-1", derived("a-1/1")), filed("c-1", derived("b-1/1"))],
        "a-1/1",
        "c-1/1",
        "link-cycle",
    ),
    (
        "derived from it within one report",
        [filed("a-1", claim(), derived("a-1/1"), derived("a-1/2"))],
        "a-1/1",
        "a-1/3",
        "link-cycle",
    ),
    (
        "derived from it since a correction",
        [A, B, corrected("b-1", derived("a-1/1"))],
        "a-1/1",
        "b-1/1",
        "link-cycle",
    ),
    (
        "derived from it until its publisher corrects that",
        [
            A,
            filed("b-1", derived("a-1/1")),
            corrected("b-1", claim(), kind="publisher", published_at="2025-01-20"),
        ],
        "a-1/1",
        "b-1/1",
        "link-cycle",
    ),
    (
        "derived from it once its publisher corrects that",
        [A, B, corrected("b-1", derived("a-1/1"), kind="publisher", published_at="2025-01-20")],
        "a-1/1",
        "b-1/1",
        "link-cycle",
    ),
    (
        "derived from it, and withdrawn since",
        [A, filed("b-1", derived("a-1/1")), withdrawn("b-1", published_at="2025-01-20")],
        "a-1/1",
        "b-1/1",
        "link-cycle",
    ),
]


@pytest.mark.parametrize(
    ("events", "child", "parent", "code"), [each[1:] for each in LINKS], ids=[each[0] for each in LINKS]
)
def test_a_claim_cannot_be_derived_from_one_that_is(
    events: list[Event], child: str, parent: str, code: Any
) -> None:
    given(*WORLD, *events).when(LinkClaim, claim=child, derived_from=parent).then_refused(
        code, "/derived_from"
    )


@pytest.mark.parametrize(
    "events",
    [
        [A, B],
        [A, B, filed("c-1", derived("b-1/1"))],
        # Later on the same UTC day is no later day.
        [
            filed("a-1", claim(stated_at="2025-01-12T23:30:00-02:00")),
            filed("b-1", published_at="2025-01-13T23:59:59Z"),
        ],
        [A, filed("b-1", claim(stated_at="2025-01-12"), published_at="2025-02-01")],
        [A, filed("b-1", claim(), derived("b-1/1"))],
        [A, B, withdrawn("b-1")],
        [A, B, corrected("b-1", provenance={"published_at": "2025-01-10"})],
        # What it says at last counts, not what was recorded last.
        [
            A,
            filed("b-1", published_at="2025-01-10"),
            corrected(
                "b-1", claim(stated_at="2025-01-11"), kind="publisher", published_at="2025-01-20"
            ),
            corrected(
                "b-1", claim(stated_at="2025-01-15"), kind="publisher", published_at="2025-01-15"
            ),
        ],
        # Once derived from it, but at no time any more.
        [A, filed("b-1", derived("a-1/1")), unlink("b-1/1", "a-1/1")],
        [A, filed("b-1", derived("a-1/1")), corrected("b-1", claim())],
        [A, B, link("b-1/1", "a-1/1"), unlink("b-1/1", "a-1/1")],
    ],
)
def test_a_claim_may_be_derived_from_any_other_of_its_day_or_before(events: list[Event]) -> None:
    given(*WORLD, *events).when(LinkClaim, claim="a-1/1", derived_from="b-1/1").then_events(
        link("a-1/1", "b-1/1")
    )


@pytest.mark.parametrize(
    ("parents", "code", "pointer"),
    [
        (["wire-1/1"], "link-to-self", "/claims/0/derived_from/0"),
        (["a-1/1", "gone-1/1"], "unknown-claim", "/claims/0/derived_from/1"),
        (["a-1/2"], "unknown-claim", "/claims/0/derived_from/0"),
        (["wire-1/2"], "unknown-claim", "/claims/0/derived_from/0"),
        (["later-1/1"], "link-to-later", "/claims/0/derived_from/0"),
        (["a-1"], "invalid", "/claims/0/derived_from/0"),
        (["a-1/0"], "invalid", "/claims/0/derived_from/0"),
        (["a-1/01"], "invalid", "/claims/0/derived_from/0"),
        ("a-1/1", "invalid", "/claims/0/derived_from"),
    ],
)
def test_a_report_is_refused_for_the_links_that_it_comes_with(
    parents: object, code: Any, pointer: str
) -> None:
    given(*WORLD, A, filed("later-1", published_at="2025-01-14")).when(
        FileReport, **FILE, claims=[claim(derived_from=parents)]
    ).then_refused(code, pointer)


def test_claims_of_one_report_may_be_derived_from_each_other_in_either_order() -> None:
    claims = [derived("wire-1/3"), derived("wire-1/1"), claim(), derived("wire-1/1", "wire-1/2")]

    given(*WORLD).when(FileReport, **FILE, claims=claims).then_events(filed("wire-1", *claims))


def test_claims_of_one_report_may_not_go_round() -> None:
    claims = [derived("wire-1/2"), derived("wire-1/3"), derived("wire-1/1"), derived("wire-1/1")]

    given(*WORLD).when(FileReport, **FILE, claims=claims).then_refused(
        "link-cycle", *(f"/claims/{i}/derived_from/0" for i in range(3))
    )


def test_a_link_to_itself_does_not_hide_a_cycle() -> None:
    claims = [derived("wire-1/1", "wire-1/2"), derived("wire-1/2", "wire-1/1")]

    given(*WORLD).when(FileReport, **FILE, claims=claims).then_refused(
        "link-to-self",
        "/claims/0/derived_from/0",
        "/claims/0/derived_from/1",
        "/claims/1/derived_from/0",
        "/claims/1/derived_from/1",
    )


@pytest.mark.parametrize("dated", [{}, {"kind": "publisher", "published_at": "2025-01-20"}])
def test_a_correction_is_refused_that_closes_a_cycle(dated: dict[str, Any]) -> None:
    others = filed("b-1", derived("a-1/1")), filed("c-1", derived("b-1/1"))
    body = {"report": "a-1", "kind": "record", "claims": [claim(), derived("c-1/1", n=1)]} | dated

    given(*WORLD, A, *others).when(CorrectReport, **body).then_refused(
        "link-cycle", "/claims/1/derived_from/0"
    )


def test_a_correction_may_turn_a_link_round() -> None:
    """What we mistyped was never said; what a publisher corrects was."""
    before = filed("a-1", claim(), derived("a-1/1"))
    round_ = [derived("a-1/2", n=1), claim(n=2)]
    ours = {"report": "a-1", "kind": "record", "claims": round_}
    theirs = ours | {"kind": "publisher", "published_at": "2025-01-20"}

    given(*WORLD, before).when(CorrectReport, **ours).then_events(corrected("a-1", *round_))
    given(*WORLD, before).when(CorrectReport, **theirs).then_refused(
        "link-cycle", "/claims/0/derived_from/0"
    )


@pytest.mark.parametrize(
    "since",
    [link("a-1/1", "b-1/1"), corrected("a-1", provenance={"published_at": "2025-01-14"})],
    ids=["it would go round", "it would lead to a later day"],
)
def test_a_correction_may_repeat_a_link_that_was_unlinked_since_it_stays_so(since: Event) -> None:
    before = filed("b-1", derived("a-1/1")), unlink("b-1/1", "a-1/1"), since
    again = derived("a-1/1", n=1, text="better words")

    given(*WORLD, A, *before).when(
        CorrectReport, report="b-1", kind="record", claims=[again]
    ).then_events(corrected("b-1", again))


@pytest.mark.parametrize(
    ("stated_at", "code"), [("2025-01-12", "link-to-later"), ("2025-01-13T23:00:00Z", None)]
)
def test_a_corrections_links_are_judged_by_what_it_states(stated_at: str, code: Any) -> None:
    again = derived("b-1/1", n=1, stated_at=stated_at)
    decided = given(*WORLD, A, B).when(CorrectReport, report="a-1", kind="record", claims=[again])

    if code:
        decided.then_refused(code, "/claims/0/derived_from/0")
    else:
        decided.then_events(corrected("a-1", again))


def test_a_correction_of_what_was_said_in_between_is_judged_by_what_was_stated_then() -> None:
    at_last = corrected("a-1", claim(), kind="publisher", published_at="2025-01-20")
    body = {"report": "a-1", "kind": "publisher", "published_at": "2025-01-15"}
    claims = [derived("b-1/1", n=1, stated_at="2025-01-12")]

    given(*WORLD, A, B, at_last).when(CorrectReport, **body, claims=claims).then_refused(
        "link-to-later", "/claims/0/derived_from/0"
    )


def test_a_cycle_is_found_however_long() -> None:
    chain = [filed("r-0"), *(filed(f"r-{i}", derived(f"r-{i - 1}/1")) for i in range(1, 2_000))]

    told = (
        given(*WORLD, *chain)
        .when(LinkClaim, claim="r-0/1", derived_from="r-1999/1")
        .then_refused("link-cycle", "/derived_from")
    )

    assert told == (
        "/derived_from: 'r-1999/1' is itself derived from 'r-0/1' or rests on it; "
        "links may not go round"
    )


def test_the_largest_report_may_be_one_long_chain() -> None:
    """Linear in claims and links: ten thousand would else take minutes."""
    chain = [claim(), *(derived(f"wire-1/{n}") for n in range(1, 10_000))]
    ring = [derived("wire-1/10000"), *chain[1:]]

    assert given(*WORLD).when(FileReport, **FILE, claims=chain).refused is None
    given(*WORLD).when(FileReport, **FILE, claims=ring).then_refused(
        "link-cycle", *(f"/claims/{i}/derived_from/0" for i in range(100))
    )


def test_many_ways_to_one_root_are_no_cycle() -> None:
    """Forty layers of two, each derived from both of the layer below: 2 to the 40th ways."""
    claims = [claim(), claim()]
    for n in range(2, 80, 2):
        claims += [derived(f"wire-1/{n - 1}", f"wire-1/{n}")] * 2

    given(*WORLD).when(FileReport, **FILE, claims=claims).then_events(filed("wire-1", *claims))


# -- incidents -------------------------------------------------------------------------------------


def test_an_incident_belongs_to_an_increment() -> None:
    said = claim(indicator="arrived", period="2025-01", incident="kursk-strike")
    event = filed("wire-1", said)

    given(*WORLD).when(FileReport, **FILE, claims=[said]).then_events(event)


@pytest.mark.parametrize(
    "said", [claim(), {"indicator": "war", "originator": "nis", "stance": {"asserts": True}}]
)
def test_an_incident_of_anything_else_is_refused(said: dict[str, Any]) -> None:
    told = refused(said | {"incident": "kursk-strike"}, "invalid", "/claims/0/incident")

    assert "belongs to an increment only" in told


@pytest.mark.parametrize("incident", ["", "Kursk strike", "a/b", 5])
def test_an_incident_is_a_slug(incident: object) -> None:
    said = claim(indicator="arrived", period="2025-01", incident=incident)
    refused(said, "invalid", "/claims/0/incident")


# -- what a claim rests on -------------------------------------------------------------------------


def resting(*others: str, **more: Any) -> dict[str, Any]:
    return claim(rests_on=list(others), **more)


COUNTED = (*WORLD, filed("root-1", claim(100), claim(200), published_at="2025-01-10"))


def test_a_claim_rests_on_others_filed_and_corrected() -> None:
    said = resting("root-1/1", "root-1/2")

    given(*COUNTED).when(FileReport, **FILE, claims=[said]).then_events(filed("wire-1", said))
    given(*COUNTED, filed()).when(
        CorrectReport, report="wire-1", kind="record", claims=[said | {"n": 1}]
    ).then_events(
        a(ReportCorrected, report="wire-1", kind="record", reason="", claims=[said | {"n": 1}])
    )


@pytest.mark.parametrize(
    ("named", "code", "words"),
    [
        ("wire-1/1", "link-to-self", "a claim cannot rest on itself"),
        ("root-1/3", "unknown-claim", "there is no claim 'root-1/3'"),
        ("root-2/1", "unknown-claim", "there is no claim 'root-2/1'"),
        ("late-1/1", "link-to-later", "'late-1/1' was stated on 2025-01-14"),
        ("nis", "invalid", ""),
    ],
)
def test_what_it_rests_on_obeys_the_rules_of_a_link(named: str, code: Any, words: str) -> None:
    late = filed("late-1", published_at="2025-01-14")
    fault = "/claims/0/rests_on/0"
    files = given(*COUNTED, late).when(FileReport, **FILE, claims=[resting(named)])
    corrects = given(*COUNTED, late, filed()).when(
        CorrectReport, report="wire-1", kind="record", claims=[resting(named, n=1)]
    )

    assert words in files.then_refused(code, fault)
    assert words in corrects.then_refused(code, fault)


def test_claims_of_one_report_may_rest_on_each_other_but_not_go_round() -> None:
    said = [resting("wire-1/2"), claim(1)]
    ring = [resting("wire-1/2"), derived("wire-1/1")]

    given(*WORLD).when(FileReport, **FILE, claims=said).then_events(filed("wire-1", *said))
    given(*WORLD).when(FileReport, **FILE, claims=ring).then_refused(
        "link-cycle", "/claims/0/rests_on/0", "/claims/1/derived_from/0"
    )


def test_a_cycle_goes_over_links_and_what_claims_rest_on_together() -> None:
    """r-2 rests on r-1, which is derived from wire-1: so wire-1 can neither derive from it nor rest."""
    chain = (*WORLD, filed(), filed("r-1", derived("wire-1/1")), filed("r-2", resting("r-1/1")))

    told = (
        given(*chain)
        .when(LinkClaim, claim="wire-1/1", derived_from="r-2/1")
        .then_refused("link-cycle", "/derived_from")
    )
    assert "'r-2/1' is itself derived from 'wire-1/1' or rests on it" in told
    for field in ("rests_on", "derived_from"):
        said = claim() | {"n": 1, field: ["r-2/1"]}
        given(*chain).when(CorrectReport, report="wire-1", kind="record", claims=[said]).then_refused(
            "link-cycle", f"/claims/0/{field}/0"
        )


def test_a_correction_may_turn_round_what_rests_on_what() -> None:
    before = (*WORLD, filed("wire-1", resting("wire-1/2"), claim(1)))
    said = [claim(n=1), resting("wire-1/1", n=2)]

    given(*before).when(CorrectReport, report="wire-1", kind="record", claims=said).then_events(
        a(ReportCorrected, report="wire-1", kind="record", reason="", claims=said)
    )


def test_an_indicator_is_looked_up_once_for_all_claims_on_it() -> None:
    world = World([*KNOWN, defined("wounded")])
    said = [claim(n, indicator=("killed", "wounded")[n % 2]) for n in range(1, 51)]
    command = a(FileReport, id="r-1", publisher="wire", published_at="2025-01-10", claims=said)
    with calls() as made:
        assert len(world.decide(command)) == 1
    assert (made["World.definition"], made["World.may_see"]) == (2, 2 + 2)  # and two sources
