"""Command histories as they might happen: many sources, few days, every kind of second thought.

Pools of days, figures and names are small on purpose, so that ties, revisions and equal cells are
common. `story` is a plain function of a list of numbers, one for each command, that Hypothesis can
shrink; `long_story` takes them from one seed. `Desk` decides commands without a log; `views_of` puts
what it decided into views.

For specifications there are lines as an import has them (`file`, `correct`, ...) and claims (`said`).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from pydantic_core import to_json

from domain.commands import (
    Command,
    CorrectReport,
    DefineIndicator,
    DisputeClaim,
    FileReport,
    GradeClaim,
    GradeSource,
    HoldReport,
    LinkClaim,
    MarkReport,
    RecordAssessment,
    RegisterSource,
    ReleaseReport,
    UnlinkClaim,
    WithdrawReport,
)
from domain.errors import Refused
from domain.estimates.claims import Claim, cell_of, cut_off
from domain.events import Destroyed, Event
from domain.period import parse_period
from domain.streams.report_state import Filed, Report, stated_at
from domain.times import from_micros, parse_instant, parse_until, to_micros
from domain.vocabulary import (
    Measure,
    NumberedStatement,
    Qualifier,
    Quantity,
    claim_id,
    split_claim_id,
)
from projections.tables.projection import Recorded
from service.interop.import_lines import command_of
from service.log.envelope import encode
from service.log.port import Pending, Stored
from service.streams.upcasters import encode_event
from service.views.store import ViewFile
from tests.spec import World

MEASURES = {
    "present": "stock",
    "workers": "stock",
    "forces": "stock",
    "killed": "cumulative",
    "casualties": "cumulative",
    "sorties": "increment",
    "attacks": "increment",
    "supplies": "proposition",
}
PARTS = {"forces": ("present", "workers"), "casualties": ("killed",), "attacks": ("sorties",)}
SUBJECTS = (
    *("sorties",) * 4,
    *("killed",) * 3,
    *("present", "present", "workers", "workers"),
    *("casualties", "forces", "attacks", "supplies"),
)
"""The indicators of claims: more are about parts than about wholes, and most about sums."""
PLANNED = {"workers": 0.85, "attacks": 0.5}
"""How often claims are about the future, where that is often."""
SINCE = {"killed": "2025-02-01"}
ORIGINATORS = ("nis", "hur", "us", "uk", "kcna")
DAYS = tuple(f"2025-{month:02}-{day:02}" for month in range(1, 7) for day in (1, 12, 15))
MONTHS = ("2025-02", "2025-03", "2025-05")
"""When reports are published of which only the month is known."""
CLOCK = datetime(2025, 7, 1, tzinfo=UTC)


def definitions() -> list[Command]:
    """The indicators that every history is about."""
    return [_defined(name, 60, 0, SINCE.get(name)) for name in MEASURES]


def _defined(name: str, fresh_days: int, minimum: float | None, since: str | None) -> DefineIndicator:
    body = {"id": name, "title": name, "measure": MEASURES[name], "fresh_days": fresh_days}
    more = {"parts": PARTS.get(name, ()), "minimum": minimum, "since": since}
    return DefineIndicator.model_validate(body | more)


def story(numbers: Iterable[int]) -> list[Command]:
    """A history: the definitions, then one command for each number; some are refused, as in life.

    The number 0 yields no command, so that Hypothesis can leave out what does not matter.
    """
    author = _Author()
    return [*definitions(), *(author.command(Random(number)) for number in numbers if number)]


def long_story(seed: int, length: int) -> list[Command]:
    """A history of `length` commands, the same for the same seed."""
    random = Random(seed)
    return story(random.getrandbits(32) for _ in range(length))


def under(policy: str, commands: Sequence[Command]) -> list[Command]:
    """A history in which every indicator is estimated by one policy."""
    return [
        command.model_copy(update={"policy": policy})
        if isinstance(command, DefineIndicator)
        else command
        for command in commands
    ]


def second_thoughts(numbers: Iterable[int]) -> list[Command]:
    """A history of two reports, filed early and then corrected, held, released and withdrawn."""
    author = _Author(few_reports=True)
    return [*definitions(), *(author.command(Random(number)) for number in numbers if number)]


numbers = st.integers(0, 2**32 - 1)
stories: SearchStrategy[list[Command]] = st.lists(numbers, min_size=12, max_size=36).map(story)
tangles: SearchStrategy[list[Command]] = st.lists(numbers, min_size=4, max_size=16).map(second_thoughts)


class Desk(World):
    """Decides commands in memory and keeps every event as a projection receives it."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded: list[Recorded] = []

    def take(self, commands: Iterable[Command]) -> "Desk":
        """Decide each command in turn; a refused command adds nothing."""
        for command in commands:
            try:
                self.add(*self.decide(command))
            except Refused:
                continue
        return self

    def add(self, *events: Event) -> None:
        """Add events without a decision."""
        for event in events:
            self.record([event])
            state = self.state(event.stream)
            after = state if isinstance(state, Report) else None
            position = len(self.recorded) + 1
            # Three events share a stamp, as those of one batch do.
            stamp = to_micros(CLOCK + timedelta(hours=position // 3))
            self.recorded.append(
                Recorded(
                    *(position, event.TYPE, event.stream, state.version),
                    *(stamp, self.actor, event, after),
                )
            )

    def accept(self, line: "Line") -> None:
        """Decide the command of an import line, which must change something."""
        events = self.decide(command_of(to_json(line))[1])
        assert events
        self.add(*events)

    def logged(self) -> list[tuple[int, Event]]:
        """Every event with its position."""
        return [
            (each.position, each.event)
            for each in self.recorded
            if not isinstance(each.event, Destroyed)
        ]


class DeskLog:
    """What a desk recorded, as the log gives the events of one stream."""

    def __init__(self, recorded: Sequence[Recorded]) -> None:
        self._streams: dict[str, list[Stored]] = {}
        for each in recorded:
            assert not isinstance(each.event, Destroyed), "a desk destroys nothing"
            pending = Pending(
                *(str(each.position), each.type, each.event.V, each.stream, each.version),
                *(each.actor, encode_event(each.event)),
            )
            body = encode(pending, from_micros(each.recorded_at))
            stored = Stored(each.position, each.type, each.stream, each.version, body)
            self._streams.setdefault(each.stream, []).append(stored)

    def stream(self, stream: str) -> list[Stored]:
        return self._streams.get(stream, [])


def views_of(recorded: Sequence[Recorded], batch: int | None = None) -> ViewFile:
    """Views in memory that hold these events, applied in batches (by default in one)."""
    file = ViewFile.create(Path(":memory:"))
    for start in range(0, len(recorded), batch or len(recorded) or 1):
        file.apply(recorded[start : start + (batch or len(recorded))])
    return file


# Lines as an import has them, and claims, for specifications

Line = dict[str, Any]


def define(name: str = "killed", measure: str = "cumulative", **more: Any) -> Line:
    """A line that defines an indicator."""
    return {"define_indicator": {"id": name, "title": name, "measure": measure, **more}}


def says(originator: str, best: float | None = None, **more: Any) -> Line:
    """A claim on the killed, unless said otherwise."""
    quantity = {} if best is None else {"quantity": {"best": best}}
    return {"indicator": "killed", "originator": originator, **quantity, **more}


def file(name: str, published: str, *claims: Line, **more: Any) -> Line:
    """A line that files a report."""
    body = {"id": name, "publisher": "wire", "published_at": published, "claims": claims, **more}
    return {"file_report": body}


def correct(name: str, *claims: Line, **more: Any) -> Line:
    """A line that corrects a report."""
    return {"correct_report": {"report": name, "claims": claims, **more}}


def link(claim: str, parent: str) -> Line:
    """A line that links a claim to the one it is derived from."""
    return {"link_claim": {"claim": claim, "derived_from": parent}}


def desk_of(*lines: Line) -> Desk:
    """A desk that accepted each of these lines."""
    desk = Desk()
    for line in lines:
        desk.accept(line)
    return desk


def said(
    claim: str,
    best: float | None = None,
    *,
    measure: Measure = "cumulative",
    low: float | None = None,
    high: float | None = None,
    qualifier: Qualifier | None = None,
    stated: str = "2025-01-13",
    published: str | None = None,
    period: str | None = None,
    **more: Any,
) -> Claim:
    """A claim on the killed, by the originator that its id begins with, unless said otherwise."""
    name, n = split_claim_id(claim)
    stated_at = parse_instant(stated)
    when = parse_period(period or stated[:10])
    figure = {"low": low, "best": best, "high": high}
    if "asserts" not in more:
        implied = Quantity.model_validate({**figure, "qualifier": qualifier})
        figure["qualifier"] = implied.qualifier  # type: ignore[assignment]
    given: dict[str, Any] = {
        "indicator": "killed",
        "cohort": None,
        "incident": None,
        "originator": name,
        "voice": name,
        "prospective": False,
        "stated_on": stated_at.toordinal(),
        "basis": "own-intelligence",
        "status": "estimated",
        "position": 1,
        "period": when.text,
        "cell": cell_of(measure, when),
        "cutoff": cut_off(when, to_micros(stated_at)),
        "stated": to_micros(stated_at),
        "published": to_micros(parse_instant(published or stated)),
    }
    return Claim(id=claim, report=name, n=n, **(given | figure | more))


_SUBJECT = {"indicator", "cohort", "incident", "quantity", "stance", "period", "status"}
_CLOCKS = ("", "", "T12:00:00Z", "T23:59:59.999999Z", "T08:00:00+09:00", "T20:00:00-05:00")
_STORED = {"stated_on"}
"""What a stored claim has and a command has not."""
_MARCH = (
    *("2025-03", "2025-03", "2025-03-01", "2025-03-12", "2025-03-12", "2025-03-15"),
    *("2025-03-01/2025-03-12", "2025-03-12/2025-03-15", "2025-03-13/2025-03-31"),
    *("2025-02", "2025-04", "2025-02/2025-03", "2025-03-15/2025-04-15", "2025-02-12/2025-03-12"),
    *("2025-03-15/..", "../2025-03-12"),
)
"""Periods of increments: some nest, some fill another, some overlap, some leave a gap."""
_TARGETS = (
    "2025-05",
    "2025-06",
    "2025-06-15",
    "2025-06/2025-07",
    "2025-12",
    "2025-06/..",
    "../2025-06-15",
)
"""Periods of what is planned or forecast; some end before it is said."""
Body = dict[str, Any]


class _Author:
    """Makes up commands, using the state after its earlier commands so that many are accepted."""

    def __init__(self, few_reports: bool = False) -> None:
        self._few_reports = few_reports
        self._random = Random(0)
        self._desk = Desk().take(definitions())
        self._names = (f"r{number}" for number in count(1))

    def command(self, random: Random) -> Command:
        """The next command, by chance, and decided."""
        self._random = random
        command = self._command()
        self._desk.take([command])
        return command

    def _command(self) -> Command:
        if len(self._reports()) < 2 or (not self._few_reports and self._chance(0.45)):
            return self._file()
        few = (
            *(self._correct,) * 8,
            *(self._hold, self._release, self._link, self._unlink),
            *(self._grade_claim, self._mark, self._dispute, self._withdraw),
        )
        many = (
            *(self._correct, self._correct, self._withdraw, self._hold, self._release),
            *(self._link, self._link, self._unlink, self._grade_source, self._grade_source),
            *(self._grade_claim, self._grade_claim, self._speak_for),
            *(self._mark, self._revise, self._dispute, self._dispute, self._assess, self._assess),
        )
        command: Command = self._one_of(few if self._few_reports else many)()
        return command

    # One method a command.

    def _file(self) -> Command:
        published = DAYS[0] if self._few_reports else self._publication()
        body = {
            "id": next(self._names),
            "publisher": self._one_of(("wire", *ORIGINATORS)),
            "published_at": published,
            "marking": self._one_of(("TLP:CLEAR", "TLP:CLEAR", "TLP:CLEAR", "TLP:AMBER")),
            "claims": self._claims(published),
        }
        return FileReport.model_validate(body, strict=False)

    def _claims(self, published: str) -> list[Body]:
        """Some claims; now and then one says another figure of what the one before it is about."""
        claims = [self._claim(published)]
        for _ in range(self._random.randrange(4)):
            if self._chance(0.2):
                claims.append(self._restating(claims[-1]))
            else:
                claims.append(self._claim(published))
        return claims

    def _correct(self) -> Command:
        report = self._report()
        body: Body = {"report": report.id, "kind": self._one_of(("record", "publisher"))}
        if body["kind"] == "publisher":
            body["published_at"] = self._instant()
        if self._chance(0.15):
            body["provenance"] = {"published_at": self._instant()}
        if "provenance" not in body or self._chance(0.5):
            body["claims"] = self._restated(report)
        return CorrectReport.model_validate(body, strict=False)

    def _restated(self, report: Filed) -> list[Body]:
        """Some claims as they were, some with another figure or subject, some left out, some new."""
        version = self._one_of(report.versions) if self._few_reports else report.versions[-1]
        published = version.published_at.date().isoformat()
        restated = list[Body]()
        for n, claim in sorted(version.claims.items()):
            body = claim.model_dump(mode="json", exclude_none=True, exclude=_STORED)
            if self._chance(0.3):
                body = {name: body[name] for name in body.keys() - _SUBJECT} | self._subject()
            elif self._chance(0.5) and "quantity" in body:
                body["quantity"] = self._quantity()
            if self._chance(0.3):
                body.pop("derived_from")
            if self._chance(0.5 if self._few_reports else 0.8):
                restated.append({**body, "n": n})
        if not restated or self._chance(0.2):
            restated.append(self._claim(published))
        return restated

    def _withdraw(self) -> Command:
        body = {"report": self._report().id, "kind": "record"}
        if self._chance(0.4):
            body |= {"kind": "publisher", "published_at": self._instant()}
        return WithdrawReport.model_validate(body, strict=False)

    def _hold(self) -> Command:
        return HoldReport(report=self._report().id)

    def _release(self) -> Command:
        held = [report for report in self._reports() if report.held]
        return ReleaseReport(report=self._one_of(held or self._reports()).id)

    def _link(self) -> Command:
        return LinkClaim(claim=self._any_claim(), derived_from=self._any_claim())

    def _unlink(self) -> Command:
        links = [
            (claim_id(report.id, n), parent)
            for report in self._reports()
            for n, claim in _words(report).items()
            for parent in claim.derived_from
        ]
        claim, parent = self._one_of(links or [(self._any_claim(), self._any_claim())])
        return UnlinkClaim(claim=claim, derived_from=parent)

    def _grade_source(self) -> Command:
        body = {"source": self._one_of(ORIGINATORS), "reliability": self._one_of("AABBCCDEF")}
        return GradeSource.model_validate(body)

    def _grade_claim(self) -> Command:
        credibility = self._one_of((1, 1, 1, 2, 3, 4, 4, 5, 5, 6))
        return GradeClaim(claim=self._any_claim(), credibility=credibility)

    def _mark(self) -> Command:
        body = {"report": self._report().id, "marking": self._one_of(("TLP:CLEAR", "TLP:RED"))}
        return MarkReport.model_validate(body)

    def _speak_for(self) -> Command:
        """A source speaks for one that comes later in the pool, or for itself again."""
        number = self._random.randrange(len(ORIGINATORS) - 1)
        others = (None, *ORIGINATORS[number + 1 :])
        return RegisterSource(id=ORIGINATORS[number], speaks_for=self._one_of(others))

    def _revise(self) -> Command:
        name = self._one_of(tuple(MEASURES))
        since = self._one_of((None, *DAYS[3:5])) if MEASURES[name] == "cumulative" else None
        fresh_days, minimum = self._one_of((0, 30, 60, 400)), self._one_of((0, 0, None, -100))
        return _defined(name, fresh_days, minimum, since)

    def _dispute(self) -> Command:
        body = {"claim": self._any_claim(), "by": self._one_of(("mod", "kcna", "tass"))}
        if self._chance(0.6):
            body["published_at"] = self._instant()
        return DisputeClaim.model_validate(body, strict=False)

    def _assess(self) -> Command:
        cited = {self._any_claim() for _ in range(self._one_of((0, 1, 1, 2, 3)))}
        low, best, high = sorted(self._one_of((0, 100, 300, 2.5)) for _ in range(3))
        figures = ({"best": best}, {"low": low, "best": best}, {"low": low}, {"low": low, "high": high})
        body = {
            "indicator": self._one_of(tuple(MEASURES)),
            "confidence": self._one_of(("low", "moderate", "high")),
            "claims": sorted(cited),
            **self._one_of(figures),
        }
        return RecordAssessment.model_validate(body, strict=False)

    # What a claim says.

    def _claim(self, published: str) -> Body:
        body = {"originator": self._one_of(ORIGINATORS), **self._subject()}
        if self._chance(0.2):
            body["basis"] = "relay"
        stated = self._instant()
        if self._chance(0.4) and (stated[: len(published)] <= published or self._chance(0.1)):
            body["stated_at"] = stated
        earlier = self._stated_by(body.get("stated_at", published))
        if earlier and self._chance(0.4):
            said = self._one_of(earlier)[1].model_dump(mode="json", exclude_none=True)
            body = {name: body[name] for name in body.keys() - _SUBJECT}
            body |= self._restating({name: said[name] for name in said.keys() & _SUBJECT})
        if earlier and self._chance(0.22):
            parents = [self._one_of(earlier) for _ in range(self._one_of((1, 1, 1, 2)))]
            if self._chance(0.7):
                said = parents[0][1].model_dump(mode="json", exclude_none=True, exclude=_STORED)
                body = {name: body[name] for name in body.keys() - _SUBJECT}
                body |= {name: said[name] for name in said.keys() & _SUBJECT}
            body["derived_from"] = sorted({parent for parent, _ in parents})
        elif earlier and self._chance(0.2):
            body["rests_on"] = [self._one_of(earlier)[0]]
        return body

    def _restating(self, said: Body) -> Body:
        """The same cell as another claim, perhaps with another figure."""
        if "quantity" in said and self._chance(0.6):
            return said | {"quantity": self._quantity()}
        return dict(said)

    def _subject(self) -> Body:
        name = self._one_of(SUBJECTS)
        body: Body = {"indicator": name}
        if self._chance(0.25):
            body["cohort"] = self._one_of(("east", "west"))
        if MEASURES[name] == "increment" or self._chance(0.6):
            body["period"] = self._period(name)
        if MEASURES[name] == "increment" and self._chance(0.25):
            body["incident"] = self._one_of(("raid", "strike"))
        if self._chance(PLANNED.get(name, 0.12)):
            body["status"] = self._one_of(("planned", "announced", "forecast", "forecast"))
            body["period"] = self._one_of(_TARGETS)
        if MEASURES[name] == "proposition":
            body["stance"] = {"asserts": self._chance(0.7)}
        else:
            body["quantity"] = self._quantity()
        return body

    def _period(self, indicator: str) -> str:
        day, other = sorted((self._one_of(DAYS), self._one_of(DAYS)))
        shapes: tuple[str, ...] = (
            *(day, day, day[:7], day[:7], f"{day}/{other}", f"{day[:7]}/{other[:7]}"),
            *(f"../{day}", f"{day}/..", "2025", day + "~"),
        )
        if MEASURES[indicator] == "increment" and self._chance(0.8):
            shapes = _MARCH
        if MEASURES[indicator] == "cumulative" and self._chance(0.2):
            shapes = (f"2025-02-01/{max(other, '2025-02-12')}",)
        return shapes[self._random.randrange(len(shapes))]

    def _quantity(self) -> Body:
        pool = (0, 100, 100, 109, 300, 300, 600, 2000, 2.5, 0.1)
        low, best, high = sorted(self._one_of(pool) for _ in range(3))
        if self._chance(0.04):
            low = -50
        shapes: tuple[Body, ...] = (
            *({"best": best}, {"best": best}, {"best": best, "qualifier": "about"}),
            *({"best": best, "qualifier": "nearly"}, {"best": best, "qualifier": "at-least"}),
            *({"best": best, "qualifier": "up-to"}, {"low": low, "best": best, "high": high}),
            *({"low": low, "high": high}, {"low": low}, {"high": high}),
            *({"low": low}, {"low": best, "qualifier": "more-than"}, {"low": low, "best": best}),
            *({"low": high, "best": best, "high": low}, {"qualifier": "unspecified"}),
            {"qualifier": "unknown"},
        )
        quantity: Body = self._one_of(shapes)
        return quantity

    # What there is to choose from.

    def _reports(self) -> list[Filed]:
        return [state for state in self._desk.states.values() if isinstance(state, Filed)]

    def _report(self) -> Filed:
        report: Filed = self._one_of(self._reports())
        return report

    def _any_claim(self) -> str:
        report = self._report()
        return claim_id(report.id, self._one_of(sorted(_words(report))))

    def _stated_by(self, day: str) -> list[tuple[str, NumberedStatement]]:
        """The claims that one stated then may be derived from."""
        last = parse_period(day).last if day in MONTHS else parse_until(day).date()
        return [
            (claim_id(report.id, n), claim)
            for report in self._reports()
            for n, claim in _words(report).items()
            if stated_at(claim, report.versions[-1].provenance).date() <= (last or date.max)
        ]

    def _publication(self) -> str:
        if self._chance(0.1):
            return MONTHS[self._random.randrange(len(MONTHS))]
        return self._instant()

    def _instant(self) -> str:
        return f"{self._one_of(DAYS)}{self._one_of(_CLOCKS)}"

    def _one_of(self, pool: Sequence[Any]) -> Any:
        return pool[self._random.randrange(len(pool))]

    def _chance(self, part: float) -> bool:
        return self._random.random() < part


def _words(report: Filed) -> dict[int, NumberedStatement]:
    """The last recorded words of each claim of a report, claims left out since included."""
    return {n: claim for version in report.versions for n, claim in version.claims.items()}
