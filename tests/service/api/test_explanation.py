"""An explanation lists its first claims and steps, counts all of them, and each has its own address."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, Body, claim, indicator, one_server, report

DAYS = 130
WHY = "/v1/estimates/sent/explanation"
PARTS = {"used": "used", "relays": "relay", "excluded": "excluded"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A sum of 130 days, each told twice, so that the first is superseded, and a relay."""
    with one_server() as server, server.over(tmp_path_factory.mktemp("desk")) as api:
        days = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(DAYS)]
        told = [report(f"told-{n}", *(said(n, day) for day in days)) for n in (1, 2)]
        api.given(indicator("sent", measure="increment"), *told)
        relay = claim(3, "wire", "sent", period=days[0], basis="relay", derived_from=["told-2/1"])
        api.given(report("relay", relay))
        yield api


def said(best: int, day: str) -> Body:
    return claim(best, "nis", "sent", period=day, stated_at=f"2025-01-0{best}")


def test_it_lists_the_first_of_each_kind_and_counts_all(desk: Api) -> None:
    body = desk.get(WHY)
    counts = {"used": DAYS, "excluded": DAYS, "relays": 1}
    assert {part: body[f"n_{part}"] for part in counts} == counts
    assert {part: len(body[part]) for part in counts} == {"used": 100, "excluded": 100, "relays": 1}
    assert body["n_steps"] > len(body["steps"]) == 100
    few = desk.get(WHY, limit="3")
    assert few["excluded"] == body["excluded"][:3] and few["n_excluded"] == DAYS
    assert len(desk.get(WHY, limit="1000")["used"]) == DAYS


@pytest.mark.parametrize(("part", "use"), PARTS.items())
def test_every_claim_is_at_an_address_of_its_own(desk: Api, part: str, use: str) -> None:
    whole = desk.get(WHY, limit="1000")[part]
    found = desk.items(f"{WHY}/claims", use=use, limit="50")
    assert len(found) == len(whole)
    for each, same in zip(found, whole, strict=True):
        assert each["use"] == use
        assert same.items() <= each.items()
        assert {each[name] for name in ("reason", "by", "root") if name not in same} <= {None}


def test_without_a_use_it_is_those_used_the_relays_and_those_left_out(desk: Api) -> None:
    found = [each["use"] for each in desk.items(f"{WHY}/claims")]
    assert found == ["used"] * DAYS + ["relay"] + ["excluded"] * DAYS


def test_every_step_is_at_an_address_of_its_own(desk: Api) -> None:
    found = [each["step"] for each in desk.items(f"{WHY}/steps", limit="60")]
    assert found[:100] == desk.get(WHY)["steps"] and len(found) == desk.get(WHY)["n_steps"]


def test_its_table_is_whole(desk: Api) -> None:
    lines = desk.client.get(f"{WHY}.csv").text.splitlines()
    assert len(lines) == 1 + 2 * DAYS + 1


def test_nothing_is_explained_before_an_indicator_was_defined(desk: Api) -> None:
    body = desk.get(WHY, known_at="0")
    assert (body["used"], body["n_excluded"], body["n_relays"], body["n_steps"]) == ([], 0, 0, 0)
    assert desk.items(f"{WHY}/claims", known_at="0") == []
