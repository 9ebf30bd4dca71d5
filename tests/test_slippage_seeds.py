"""The plans of the seed story against what came of them."""

from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest

from service.query.words import progress
from service.service import opened
from service.settings import Settings
from tests.service.api.schema_check import running
from tests.test_seeds import ask, load


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    """A service that holds the seeds; tests only read."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("story"))))
        client = resources.enter_context(running(service))
        load(client)
        yield client


@pytest.mark.parametrize(
    ("published_by", "state", "share"),
    [("2025-09-01", "open", None), ("2025-09-02", "met", 1)],
)
def test_the_deminers_arrive(
    story: httpx2.Client, published_by: str, state: str, share: float | None
) -> None:
    path = "/v1/estimates/dprk-tranche3-deminers-planned/slippage"
    [row] = ask(story, path, published_by=published_by)["items"]
    assert (row["state"], row["share"]) == (state, share)


def test_the_relays_of_the_nis_are_no_plans_of_its_own(story: httpx2.Client) -> None:
    rows = ask(story, "/v1/estimates/dprk-tranche3-planned/slippage")["items"]
    assert [row["claim"] for row in rows] == ["interfax-2025-06-17/1"]


def test_the_whole_is_fulfilled_by_its_parts(story: httpx2.Client) -> None:
    [row] = ask(story, "/v1/estimates/dprk-tranche3-planned/slippage")["items"]
    assert progress(row) == "6,000 of 6,000"


def test_a_plan_for_troops_moves_and_is_met(story: httpx2.Client) -> None:
    rows = ask(story, "/v1/estimates/dprk-troops-planned/slippage", limit=1000)["items"]
    nis = [row for row in rows if row["originator"] == "nis"]
    assert [(row["target"], row["moved_days"], row["state"], row["reached_on"]) for row in nis] == [
        ("2024-10", 0, "replanned", None),
        ("2024-10", 0, "replanned", None),
        ("2024-12", 61, "met", "2024-11-04"),
    ]


def test_a_second_deployment_comes_later_than_planned(story: httpx2.Client) -> None:
    path = "/v1/estimates/dprk-troops-planned/slippage"
    [row] = ask(story, path, cohort="tranche-2")["items"]
    assert (row["target"], row["state"], row["late_days"]) == ("2025-02", "late", 31)
