"""Generates load that resembles real feeds: import lines with any number of claims, reproducible.

Reports on 300 indicators arrive at one pace, so up to a million claims more of them mean a longer
history and not a denser one. Eight originators report on each indicator, as is usual, so a longer
history does not have more origins.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from math import log
from pathlib import Path
from random import Random
from typing import Any

from pydantic_core import to_json

from tests.bench.progress import say

Line = dict[str, Any]

VERSION = 1
"""Version of the generated load; logs built from another version are not comparable."""
INDICATORS, ORIGINATORS, PUBLISHERS, BEAT = 300, 60, 40, 8
MEASURES = ("cumulative",) * 4 + ("stock",) * 3 + ("increment",) * 2 + ("proposition",)
ZIPF = 0.9
CLAIMS_MEDIAN, CLAIMS_SIGMA = 2, 0.86
LAG_MEDIAN_HOURS, LAG_SIGMA = 2.0, 3.26
LONGEST_LAG_HOURS = 24.0 * 400
LARGE_ONE_IN, LARGE = 10_000, (1_000, 3_000)
QUALIFIERS = {
    "about": 44,
    "at-least": 21,
    "exact": 14,
    "more-than": 8,
    "range": 5,
    "up-to": 5,
    "nearly": 3,
}
TOLD_LINES = 250_000
START, PACE_MINUTES, PACED = datetime(2015, 1, 1, tzinfo=UTC), 15.0, 1_000_000
"""Beyond this number of claims the history is no longer but denser, so that it ends before today."""
WORDS = (
    *("ministry", "officials", "said", "units", "arrived", "killed", "wounded", "province"),
    *("border", "convoy", "supplies", "statement", "update", "briefing", "figures", "confirmed"),
    *("revised", "northern", "southern", "crossing", "depot"),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What to generate; `revising` and `relays` are shares of the claims."""

    claims: int
    revising: float = 0.23
    relays: float = 0.07
    seed: int = 1
    prefix: str = "r"
    """Prefix of the ids of its reports."""


@dataclass(frozen=True, slots=True)
class EarlierClaim:
    """What is kept of a generated claim, so that a later one can revise or relay it."""

    claim: str
    originator: str
    period: str
    value: int
    stated: datetime


def lines(load: Load) -> Iterator[Line]:
    """The import lines of a load: definitions, sources and grades, then the reports in order."""
    yield from preamble()
    yield from reports(load)


def preamble() -> Iterator[Line]:
    """The lines that must be imported before the first report."""
    for number in range(INDICATORS):
        title = f"Figure {number} of a desk"
        yield {
            "define_indicator": {"id": indicator(number), "title": title, "measure": measure_of(number)}
        }
    for rank in range(ORIGINATORS):
        yield {"register_source": {"id": f"origin-{rank:02}", "name": f"Originator {rank}"}}
        yield {"grade_source": {"source": f"origin-{rank:02}", "reliability": "ABBCCF"[rank % 6]}}
    for rank in range(PUBLISHERS):
        yield {"register_source": {"id": f"wire-{rank:02}", "name": f"Wire {rank}", "kind": "media"}}


def pace_minutes(claims: int) -> float:
    """The mean time between two reports of a load of a number of claims."""
    return PACE_MINUTES * min(1.0, PACED / claims)


def indicator(number: int) -> str:
    """The id of the n-th indicator, from 0."""
    return f"figure-{number:03}"


def reports(load: Load) -> Iterator[Line]:
    """The reports of a load, in the order of recording."""
    desk, claims, number = _Desk(load), 0, 0
    while claims < load.claims:
        number += 1
        report = desk.report(f"{load.prefix}-{number:07}")
        claims += len(report["claims"])
        yield {"file_report": report}


def write(load: Load, path: Path) -> None:
    """Write the lines of a load to a file for an import."""
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        for number, line in enumerate(lines(load), start=1):
            file.write(to_json(line) + b"\n")
            if not number % TOLD_LINES:
                say(f"{number:,} lines, {file.tell() / 1e6:,.0f} MB")
    fresh.replace(path)


class _Desk:
    """Generates reports in order and keeps the latest claims about each indicator."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._random = Random(load.seed)
        self._now, self._pace = START, pace_minutes(load.claims)
        self._beats = [_beat(self._random) for _ in range(INDICATORS)]
        self._lately = [deque[EarlierClaim](maxlen=12) for _ in range(INDICATORS)]
        self._publishers = list(accumulate((rank + 1) ** -ZIPF for rank in range(PUBLISHERS)))
        self._qualifiers = list(accumulate(QUALIFIERS.values()))

    def report(self, name: str) -> Line:
        random = self._random
        self._now += timedelta(minutes=random.expovariate(1 / self._pace))
        hours = min(random.lognormvariate(log(LAG_MEDIAN_HOURS), LAG_SIGMA), LONGEST_LAG_HOURS)
        published = (self._now - timedelta(hours=hours)).replace(microsecond=0)
        publisher = random.choices(range(PUBLISHERS), cum_weights=self._publishers)[0]
        large = random.randrange(LARGE_ONE_IN) == 0
        claims = self._history(published) if large else self._claims(name, published)
        return {
            "id": name,
            "publisher": f"wire-{publisher:02}",
            "url": f"https://wire-{publisher:02}.example/{name}",
            "title": self._text(8),
            "published_at": _timestamp(published),
            "claims": claims,
        }

    def _claims(self, report: str, published: datetime) -> list[Line]:
        count = max(1, round(self._random.lognormvariate(log(CLAIMS_MEDIAN), CLAIMS_SIGMA)))
        made = [self._claim(published) for _ in range(count)]
        for n, (number, claim, value) in enumerate(made, start=1):
            if "stated_at" not in claim and "derived_from" not in claim:
                said = EarlierClaim(
                    f"{report}/{n}", claim["originator"], claim["period"], value, published
                )
                self._lately[number].append(said)
        return [claim for _, claim, _ in made]

    def _claim(self, published: datetime) -> tuple[int, Line, int]:
        random = self._random
        number, kind = random.randrange(INDICATORS), random.random()
        lately = self._lately[number]
        earlier = random.choice(lately) if lately else None
        if earlier and kind < self._load.relays and earlier.stated <= published:
            return number, self._relay(number, earlier), earlier.value
        if earlier and kind < self._load.relays + self._load.revising:
            value = max(0, round(earlier.value * random.uniform(0.9, 1.2)))
            return number, self._statement(number, earlier.originator, earlier.period, value), value
        covered = published - timedelta(days=int(random.expovariate(1.0)))
        originator = random.choice(self._beats[number])
        value = self._value(number, covered)
        return number, self._statement(number, originator, _period(number, covered), value), value

    def _relay(self, number: int, said: EarlierClaim) -> Line:
        """A relayed figure: linked, from another originator, or a reprint from the same one."""
        claim = self._statement(number, said.originator, said.period, said.value)
        if self._random.random() < 0.5:
            others = [name for name in self._beats[number] if name != said.originator]
            other = self._random.choice(others)
            return {**claim, "originator": other, "basis": "relay", "derived_from": [said.claim]}
        return {**claim, "stated_at": _timestamp(said.stated)}

    def _history(self, published: datetime) -> list[Line]:
        """The claims of a large publication: one originator's figure for each of many days."""
        number = self._random.randrange(INDICATORS)
        originator, days = self._beats[number][0], self._random.randint(*LARGE)
        covered = [published - timedelta(days=day) for day in range(days)]
        return [
            self._statement(number, originator, day.date().isoformat(), self._value(number, day))
            for day in covered
        ]

    def _statement(self, number: int, originator: str, period: str, value: int) -> Line:
        claim: Line = {"indicator": indicator(number), "originator": originator, "period": period}
        if measure_of(number) == "proposition":
            claim["stance"] = {"asserts": self._random.random() < 0.85}
        else:
            names = list(QUALIFIERS)
            qualifier = self._random.choices(names, cum_weights=self._qualifiers)[0]
            claim |= {"status": "estimated", "quantity": _quantity(qualifier, value)}
        if self._random.random() < 0.5:
            claim["text"] = self._text(12)
        return claim

    def _value(self, number: int, day: datetime) -> int:
        noise = self._random.uniform(0.95, 1.05)
        if measure_of(number) == "cumulative":
            return max(0, round((day - START).days * (1 + number) * noise)) + 100
        return round((100 + number) * noise)

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(WORDS, k=words))


def measure_of(number: int) -> str:
    return MEASURES[number % len(MEASURES)]


def _period(number: int, day: datetime) -> str:
    return f"{day:%Y-%m}" if measure_of(number) == "proposition" else day.date().isoformat()


def _quantity(qualifier: str, value: int) -> Line:
    match qualifier:
        case "at-least" | "more-than":
            return {"low": value, "qualifier": qualifier}
        case "up-to":
            return {"high": value, "qualifier": qualifier}
        case "range":
            return {"low": value, "high": value + value // 10, "qualifier": qualifier}
        case _:
            return {"best": value, "qualifier": qualifier}


def _beat(random: Random) -> list[str]:
    """The originators of an indicator; those with a higher rank report on more indicators."""
    ranks = sorted(range(ORIGINATORS), key=lambda r: random.random() ** ((r + 1) ** ZIPF))
    return [f"origin-{rank:02}" for rank in ranks[-BEAT:]]


def _timestamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
