"""Made-up histories of increments: cells that nest, overlap and name incidents and cohorts."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from random import Random
from typing import Any

from hypothesis import strategies as st
from pydantic_core import to_json

from domain.errors import Refused
from domain.streams.report_state import Filed, claim_numbers
from domain.vocabulary import claim_id
from projections.tables.projection import Recorded
from service.interop.import_lines import command_of
from tests.histories import Line, define, desk_of, file

NAMES = ("sorties", "strikes")
DAYS = tuple(f"2025-01-{day:02}" for day in range(1, 13))
PERIODS = (
    *DAYS,
    *(f"{one}/{other}" for one, other in zip(DAYS, DAYS[2:], strict=False)),
    *("2025-01", "2025-01-01/2025-01-06", "2025-01-07/2025-01-12", "2025-01-05/..", "../2025-01-03"),
)
SOURCES = ("nis", "hur", "us", "spokesman")


class Author:
    """Makes up events about increments, and keeps what is accepted."""

    def __init__(self) -> None:
        self.desk = desk_of(*(define(name, "increment") for name in NAMES))
        self._names = (f"r{number}" for number in count(1))
        self._random = Random(0)

    def add(self, number: int) -> None:
        """Decide one more command, by chance; a refused one adds nothing."""
        self._random = Random(number)
        reports = self._reports()
        made = (
            self._file()
            if len(reports) < 2
            else self._random.choices(
                (
                    self._file,
                    self._correct,
                    self._withdraw,
                    self._hold,
                    self._release,
                    self._grade,
                    self._grade_source,
                    self._mark,
                    self._link,
                    self._unlink,
                    self._speaks,
                    self._revise,
                    self._dispute,
                ),
                weights=(8, 5, 1, 2, 2, 2, 1, 1, 1, 1, 0.3, 0.5, 1),
            )[0]()
        )
        with suppress(Refused):
            self.desk.add(*self.desk.decide(command_of(to_json(made))[1]))

    def _one(self, things: Sequence[Any]) -> Any:
        return self._random.choice(things)

    def _chance(self, share: float) -> bool:
        return self._random.random() < share

    def _reports(self) -> list[Filed]:
        states = (self.desk.state(each.stream) for each in self.desk.recorded)
        return list({s.id: s for s in states if isinstance(s, Filed)}.values())

    def _claim(self) -> Line:
        claim: Line = {"indicator": self._one(("sorties", "sorties", "strikes"))}
        claim["originator"] = self._one(SOURCES)
        claim["period"] = self._one(PERIODS)
        if self._chance(0.3):
            claim["cohort"] = self._one(("east", "west"))
        if self._chance(0.25):
            claim["incident"] = self._one(("raid", "strike"))
        if self._chance(0.1):
            claim["status"] = "planned"
            claim["period"] = "2025-03"
        if self._chance(0.15):
            claim["basis"] = "relay"
        reports = self._reports()
        if self._chance(0.1) and reports:
            claim["derived_from"] = [f"{self._one(reports).id}/1"]
        elif self._chance(0.02) and reports:
            claim["rests_on"] = [f"{self._one(reports).id}/1"]
        claim["quantity"] = self._one(
            (
                *({"best": n} for n in (0, 1, 5, 5, 6, 0.1, 0.2)),
                *({"low": n} for n in (3, 20)),
                *({"high": n} for n in (4, 0)),
                {"low": 1, "high": 9},
                {"low": 2, "best": 3, "high": 4, "qualifier": "about"},
                {"qualifier": "unspecified"},
                {"qualifier": "unknown"},
            )
        )
        return claim

    def _file(self) -> Line:
        day = self._one(("2025-01-13", "2025-01-14", "2025-01-18", "2025-01-20", "2025-02-01"))
        claims = [self._claim() for _ in range(self._random.randint(1, 4))]
        return file(next(self._names), day, *claims)

    def _report(self) -> Filed:
        report: Filed = self._one(self._reports())
        return report

    def _any_claim(self) -> str:
        report = self._report()
        return claim_id(report.id, self._one(sorted(claim_numbers(report))))

    def _correct(self) -> Line:
        report = self._report()
        claims = [
            {**(self._claim() if self._chance(0.6) else _words(report, n)), "n": n}
            for n in report.versions[-1].claims
            if self._chance(0.8)
        ]
        body: Line = {"report": report.id, "kind": "record", "claims": claims or [self._claim()]}
        if self._chance(0.4):
            body |= {"kind": "publisher", "published_at": "2025-02-02"}
        return {"correct_report": body}

    def _withdraw(self) -> Line:
        body: Line = {"report": self._report().id}
        if self._chance(0.5):
            body |= {"kind": "publisher", "published_at": "2025-02-03"}
        return {"withdraw_report": body}

    def _hold(self) -> Line:
        return {"hold_report": {"report": self._report().id}}

    def _release(self) -> Line:
        held = [report for report in self._reports() if report.held]
        return {"release_report": {"report": self._one(held or self._reports()).id}}

    def _grade(self) -> Line:
        return {"grade_claim": {"claim": self._any_claim(), "credibility": self._one((1, 2, 4, 5))}}

    def _grade_source(self) -> Line:
        return {"grade_source": {"source": self._one(SOURCES), "reliability": self._one("ABCDEF")}}

    def _mark(self) -> Line:
        marking = self._one(("TLP:CLEAR", "TLP:AMBER", "TLP:RED"))
        return {"mark_report": {"report": self._report().id, "marking": marking}}

    def _link(self) -> Line:
        return {"link_claim": {"claim": self._any_claim(), "derived_from": self._any_claim()}}

    def _unlink(self) -> Line:
        return {"unlink_claim": {"claim": self._any_claim(), "derived_from": self._any_claim()}}

    def _dispute(self) -> Line:
        return {"dispute_claim": {"claim": self._any_claim(), "by": "mod"}}

    def _speaks(self) -> Line:
        return {"register_source": {"id": "spokesman", "speaks_for": self._one(("nis", "us"))}}

    def _revise(self) -> Line:
        policies = (
            "latest-best-source/2",
            "envelope/1",
            "consensus/1",
            "most-conservative/1",
            "weighted-median/1",
            "latest-publication/1",
            "assessment/1",
        )
        more: Line = {"policy": self._one(policies)}
        if self._chance(0.3):
            more["minimum"] = None
        if self._chance(0.1):
            more["parts"] = ["strikes"]
        return define("sorties", "increment", **more)


def _words(report: Filed, n: int) -> Line:
    body = report.versions[-1].claims[n].model_dump(mode="json", exclude_none=True)
    return {name: value for name, value in body.items() if name not in ("n", "stated_on")}


def history(numbers: Sequence[int]) -> list[Recorded]:
    """The events of a made-up history."""
    author = Author()
    for number in numbers:
        if number:
            author.add(number)
    return author.desk.recorded


histories = st.lists(st.integers(0, 2**32 - 1), min_size=5, max_size=40).map(history)
