"""The generated load resembles real feeds, is reproducible, and is accepted by a service."""

from collections import Counter
from itertools import islice
from pathlib import Path
from statistics import mean, median, quantiles
from typing import Any

import pytest

from tests.bench.generator import Load, lines, reports, write
from tests.bench.sending import send
from tests.bench.server import serving

CLAIMS = 60_000


@pytest.fixture(scope="module")
def generated() -> list[dict[str, Any]]:
    return [line["file_report"] for line in reports(Load(CLAIMS))]


def claims_of(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [claim for report in found for claim in report["claims"]]


def share(found: list[dict[str, Any]], name: str) -> float:
    return sum(name in claim for claim in found) / len(found)


def test_a_report_has_few_claims_and_sometimes_many(generated: list[dict[str, Any]]) -> None:
    numbers = [len(report["claims"]) for report in generated]
    usual = [number for number in numbers if number < 1_000]
    cuts = quantiles(usual, n=100)
    assert median(usual) == 2
    assert 2.6 < mean(usual) < 3.2
    assert 5 <= cuts[89] <= 7
    assert 13 <= cuts[98] <= 20
    assert all(number <= 3_000 for number in numbers)


def test_a_few_originators_make_most_claims(generated: list[dict[str, Any]]) -> None:
    said = Counter(claim["originator"] for claim in claims_of(generated)).most_common()
    assert 0.05 < said[0][1] / CLAIMS < 0.25
    assert said[0][1] > 5 * said[20][1]


def test_some_claims_are_relays(generated: list[dict[str, Any]]) -> None:
    found = claims_of(generated)
    assert 0.04 < share(found, "derived_from") + share(found, "stated_at") < 0.09


@pytest.mark.parametrize("revising", [0.23, 0.9])
def test_a_share_of_claims_revises_an_earlier_one(revising: float) -> None:
    seen, again, total = set[tuple[str, ...]](), 0, 0
    for line in reports(Load(CLAIMS, revising=revising, relays=0)):
        report = line["file_report"]
        if len(report["claims"]) >= 1_000:
            continue
        for claim in report["claims"]:
            cell = claim["indicator"], claim["originator"], claim["period"]
            total, again = total + 1, again + (cell in seen)
            seen.add(cell)
    assert revising - 0.1 < again / total < revising + 0.25


def test_the_same_seed_gives_the_same_load() -> None:
    first, second = (list(islice(lines(Load(1_000)), 900)) for _ in range(2))
    assert first == second
    assert first != list(islice(lines(Load(1_000, seed=2)), 900))


def test_a_service_accepts_every_line(tmp_path: Path) -> None:
    path = tmp_path / "lines.ndjson"
    write(Load(2_000), path)
    with serving(tmp_path / "data") as server:
        assert send(server, path).position >= len(path.read_bytes().splitlines())
