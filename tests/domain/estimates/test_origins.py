"""Who really said it: relays, chains, several roots, and who stands in for a root that is absent.

Each case gives claims with their links and the standing of some of them, and says which are the
origins then, and which of these rest on a claim that we withdrew.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.estimates.claims import Claim, Standing
from domain.estimates.origins import resolve
from domain.estimates.suspicions.watch import suspicions
from tests.domain.estimates import asking
from tests.domain.estimates.asking import ask, question
from tests.histories import said


def relay(claim: str, *parents: str, **more: Any) -> Claim:
    """A claim of 300 killed that is derived from others."""
    return said(claim, 300, links=parents, **more)


def root(claim: str, standing: Standing = "active", **more: Any) -> Claim:
    """A claim of 300 killed on its originator's own basis."""
    return said(claim, 300, standing=standing, **more)


def origins(claims: Iterable[Claim]) -> list[str]:
    """The ids of the origins among claims, of which the active ones count."""
    known = {claim.id: claim for claim in claims}
    active = [claim for claim in known.values() if claim.standing == "active"]
    return sorted(claim.id for claim in resolve(active, known.get).origins)


ABSENT: tuple[Standing, ...] = (
    "not-yet-known",
    "not-yet-published",
    "beyond-clearance",
    "withdrawn-by-us",
    "redacted",
)
OUT: tuple[Standing, ...] = ("held", "corrected", "withdrawn", "beyond-valid-at", "no-figure")


def test_every_standing_is_either_there_or_absent_or_out() -> None:
    assert {*ABSENT, *OUT, "active"} == set(get_args(Standing))


def test_an_unlinked_claim_is_an_origin_and_a_linked_one_a_relay() -> None:
    assert origins([root("nis/1"), root("us/1"), relay("wire/1", "nis/1")]) == ["nis/1", "us/1"]


def test_relays_name_their_roots() -> None:
    claims = [root("nis/1"), root("us/1"), relay("wire/1", "nis/1"), relay("dpa/1", "wire/1", "us/1")]
    known = {claim.id: claim for claim in claims}
    found = {each.claim.id: sorted(each.roots) for each in resolve(claims, known.get).relays}
    assert found == {"wire/1": ["nis/1"], "dpa/1": ["nis/1", "us/1"]}


CASES: list[tuple[str, list[Claim], list[str]]] = [
    (
        "a chain ends at its root",
        [root("nis/1"), relay("wire/1", "nis/1"), relay("dpa/1", "wire/1"), relay("afp/1", "dpa/1")],
        ["nis/1"],
    ),
    (
        "five relays of one figure have one origin",
        [root("sc/1"), *(relay(f"{name}/1", "sc/1") for name in "abcde")],
        ["sc/1"],
    ),
    (
        "of several roots each is an origin, the relay none",
        [root("nis/1"), root("us/1"), relay("wire/1", "nis/1", "us/1")],
        ["nis/1", "us/1"],
    ),
    (
        "the root of another indicator moves nothing",
        [root("uk/1", indicator="casualties"), relay("wire/1", "uk/1")],
        ["uk/1"],
    ),
    (
        "nor when it was withdrawn by us",
        [root("uk/1", "withdrawn-by-us", indicator="casualties"), relay("wire/1", "uk/1")],
        [],
    ),
    (
        "nor may a relay stand in for a root of another cohort",
        [root("nis/1", "withdrawn-by-us", cohort="tranche-1"), relay("wire/1", "nis/1")],
        [],
    ),
    (
        "but for one of its own cohort it may",
        [
            root("nis/1", "withdrawn-by-us", cohort="tranche-1"),
            relay("wire/1", "nis/1", cohort="tranche-1"),
        ],
        ["wire/1"],
    ),
    ("a root that nobody knows is not stood in for", [relay("wire/1", "gone/1")], []),
    (
        "the closest stands in, though another was earlier",
        [
            root("nis/1", "withdrawn-by-us"),
            relay("near/1", "nis/1", stated="2025-01-20"),
            relay("far/1", "near/1", stated="2025-01-14"),
        ],
        ["near/1"],
    ),
    (
        "then the earliest stated",
        [
            root("nis/1", "withdrawn-by-us"),
            relay("early/1", "nis/1", stated="2025-01-14", published="2025-03-01", position=9),
            relay("late/1", "nis/1", stated="2025-01-15", published="2025-01-15"),
        ],
        ["early/1"],
    ),
    (
        "then the earliest published",
        [
            root("nis/1", "withdrawn-by-us"),
            relay("a/1", "nis/1", published="2025-01-16"),
            relay("b/1", "nis/1", published="2025-01-15", position=9),
        ],
        ["b/1"],
    ),
    (
        "the shortest way counts",
        [
            root("nis/1", "withdrawn-by-us"),
            relay("near/1", "nis/1", stated="2025-01-15"),
            relay("both/1", "near/1", "nis/1", stated="2025-01-14"),
        ],
        ["both/1"],
    ),
    (
        "where the closest is held itself the next one stands in",
        [
            root("nis/1", "withdrawn-by-us"),
            relay("near/1", "nis/1", standing="held"),
            relay("far/1", "near/1"),
        ],
        ["far/1"],
    ),
    (
        "a chain is followed through a relay that does not count itself",
        [
            root("nis/1"),
            relay("near/1", "nis/1", standing="withdrawn-by-us"),
            relay("far/1", "near/1"),
        ],
        ["nis/1"],
    ),
    (
        "and through one of another indicator",
        [
            root("nis/1"),
            relay("garble/1", "nis/1", indicator="casualties"),
            relay("far/1", "garble/1"),
        ],
        ["nis/1"],
    ),
    (
        "of several roots one that is there keeps the relay a relay",
        [root("nis/1", "withdrawn-by-us"), root("us/1"), relay("wire/1", "nis/1", "us/1")],
        ["us/1"],
    ),
    (
        "of several roots one that is out takes the relay with it",
        [root("nis/1", "withdrawn-by-us"), root("us/1", "held"), relay("wire/1", "nis/1", "us/1")],
        [],
    ),
    (
        "a root of another indicator that is there keeps the relay a relay",
        [
            root("nis/1", "withdrawn-by-us"),
            root("uk/1", indicator="casualties"),
            relay("wire/1", "nis/1", "uk/1"),
        ],
        ["uk/1"],
    ),
    (
        "one that is out takes it along",
        [
            root("nis/1", "withdrawn-by-us"),
            root("uk/1", "held", indicator="casualties"),
            relay("wire/1", "nis/1", "uk/1"),
        ],
        [],
    ),
    (
        "one that is absent as well bars nothing",
        [
            root("nis/1", "withdrawn-by-us"),
            root("uk/1", "not-yet-known", indicator="casualties"),
            relay("wire/1", "nis/1", "uk/1"),
        ],
        ["wire/1"],
    ),
    (
        "of several roots all absent the relay stands in, once",
        [
            root("nis/1", "withdrawn-by-us"),
            root("us/1", "not-yet-published"),
            relay("wire/1", "nis/1", "us/1"),
        ],
        ["wire/1"],
    ),
    (
        "each absent root is stood in for by its own closest",
        [
            root("nis/1", "withdrawn-by-us"),
            root("us/1", "withdrawn-by-us"),
            relay("both/1", "nis/1", "us/1", stated="2025-01-20"),
            relay("wire/1", "nis/1", stated="2025-01-14"),
        ],
        ["both/1", "wire/1"],
    ),
    (
        "links that go round lead nowhere",
        [relay("a/1", "b/1"), relay("b/1", "a/1")],
        [],
    ),
]


@pytest.mark.parametrize(("claims", "then"), [x[1:] for x in CASES], ids=[x[0] for x in CASES])
def test_origins(claims: list[Claim], then: list[str]) -> None:
    assert origins(claims) == then
    assert origins(reversed(claims)) == then


@pytest.mark.parametrize("standing", ABSENT)
def test_a_relay_stands_in_for_an_absent_root(standing: Standing) -> None:
    claims = [root("nis/1", standing), relay("wire/1", "nis/1"), relay("dpa/1", "wire/1")]
    assert origins(claims) == ["wire/1"]


@pytest.mark.parametrize("standing", OUT)
def test_a_root_that_is_out_takes_its_relays_with_it(standing: Standing) -> None:
    claims = [root("nis/1", standing), relay("wire/1", "nis/1"), relay("dpa/1", "wire/1")]
    assert origins(claims) == []


# In an estimate


def used(claims: Iterable[Claim], **asked: Any) -> tuple[list[str], list[tuple[str, ...]]]:
    """The claims used, best first, and those flagged as resting on one that we withdrew."""
    known = {claim.id: claim for claim in claims}
    active = [claim for claim in known.values() if claim.standing == "active"]
    found = suspicions(question(), active, {}, known.get)
    flags = [each.flag.claims for each in found if each.flag.code == "rests-on-withdrawn"]
    return asking.used(ask(known.values(), **asked)), flags


@pytest.mark.parametrize("standing", ABSENT)
def test_what_rests_on_our_own_withdrawal_is_flagged(standing: Standing) -> None:
    claims = [root("nis/1", standing), relay("wire/1", "nis/1")]
    ours = [("wire/1",)] if standing == "withdrawn-by-us" else []
    assert used(claims) == (["wire/1"], ours)


def test_one_that_stands_in_for_two_is_flagged_once() -> None:
    roots = [root("nis/1", "withdrawn-by-us"), root("us/1", "withdrawn-by-us")]
    assert used([*roots, relay("wire/1", "nis/1", "us/1")]) == (["wire/1"], [("wire/1",)])


def test_only_that_which_stands_in_for_the_withdrawn_one_is_flagged() -> None:
    claims = [
        root("nis/1", "withdrawn-by-us"),
        root("us/1", "not-yet-published"),
        relay("both/1", "nis/1", "us/1", stated="2025-01-20", period="2025-01-13"),
        relay("wire/1", "nis/1", stated="2025-01-14", period="2025-01-13"),
    ]
    assert used(claims) == (["both/1", "wire/1"], [("wire/1",)])


def test_a_stand_in_bears_its_own_originator() -> None:
    gone = root("nis/1", "withdrawn-by-us")
    stand_in = relay("wire/1", "nis/1", stated="2025-01-14")
    own = root("wire/2", stated="2025-01-20")
    assert used([gone, stand_in]) == (["wire/1"], [("wire/1",)])
    # Its own later word supersedes it; the flag is about all that is active.
    assert used([gone, stand_in, own]) == (["wire/2"], [("wire/1",)])
    assert used([gone, stand_in], originator="wire")[0] == ["wire/1"]
    assert used([gone, stand_in], originator="nis")[0] == []


def test_a_stand_in_is_chosen_before_anything_is_asked_of_it() -> None:
    gone = root("nis/1", "withdrawn-by-us")
    near = relay("near/1", "nis/1", period="2025-01-07/2025-01-13")
    far = relay("far/1", "near/1")
    assert used([gone, near, far]) == ([], [("near/1",)])
    assert used([gone, near, far], originator="far")[0] == []


def test_a_relay_of_basis_relay_is_no_weaker_as_a_stand_in() -> None:
    claims = [root("nis/1", "withdrawn-by-us"), relay("wire/1", "nis/1", basis="relay")]
    assert used([*claims, said("x/1", 5, basis="relay")])[0] == ["wire/1"]


# Whatever is linked


@st.composite
def webs(draw: st.DrawFn) -> list[Claim]:
    """Claims each linked to some before it, all of one indicator and cohort."""
    claims = list[Claim]()
    for n in range(draw(st.integers(1, 8))):
        parents = draw(st.lists(st.sampled_from(claims), max_size=2)) if claims else []
        claims.append(
            relay(
                f"s{n}/1",
                *sorted({parent.id for parent in parents}),
                standing=draw(st.sampled_from(("active", "active", *ABSENT, *OUT))),
                stated=f"2025-01-{draw(st.integers(1, 28)):02}",
            )
        )
    return claims


@given(webs(), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_claims_never_matters(claims: list[Claim], random: Any) -> None:
    assert origins(random.sample(claims, len(claims))) == origins(claims)


@given(webs())
@settings(deadline=None)
def test_every_unlinked_active_claim_is_an_origin_and_no_figure_has_more_than_its_roots(
    claims: list[Claim],
) -> None:
    found = set(origins(claims))
    roots = {claim.id for claim in claims if not claim.links}
    active = {claim.id for claim in claims if claim.standing == "active"}
    absent = {claim.id for claim in claims if claim.id in roots and claim.standing in ABSENT}
    assert found <= active
    assert roots & active <= found
    assert len(found - roots) <= len(absent)


@given(webs(), st.data())
@settings(deadline=None)
def test_adding_a_relay_of_what_is_there_changes_no_origin(
    claims: list[Claim], data: st.DataObject
) -> None:
    there = [claim.id for claim in claims if not claim.links and claim.standing == "active"]
    if there:
        parent = data.draw(st.sampled_from(there))
        assert origins([*claims, relay("wire/1", parent)]) == origins(claims)


@given(webs())
@settings(deadline=None)
def test_withdrawing_a_relay_leaves_the_roots(claims: list[Claim]) -> None:
    bare = [replace(c, standing="withdrawn") if c.links else c for c in claims]
    active = sorted(c.id for c in claims if not c.links and c.standing == "active")
    assert origins(bare) == active
