"""A figure as other pages show it: in words, with all that must not be left out beside it."""

from collections.abc import Iterator
from dataclasses import dataclass

from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.figure import figure_of, same_figure
from projections.answers.questions import Narrowing
from service.http.times import position_of_time
from service.query.estimates import estimate
from service.query.standpoint import AsOfAnswer, Standpoint
from service.query.words import UNKNOWN, beside, day_of, explained_heading, reach
from service.web.wording import counted


@dataclass(frozen=True, slots=True)
class Revised:
    """That a figure is not what it was: since when, and what it was."""

    since: str
    was: str

    @property
    def words(self) -> str:
        """It in a sentence: `revised since 2025-01-13: was ≥ 3,000`."""
        return f"revised since {self.since}: was {self.was}"


@dataclass(frozen=True, slots=True)
class Shown:
    """A figure in words.

    `heading` is what it is of; `behind` the range, or why the figure is unknown. Days are `YYYY-MM-DD`,
    empty where there is none. `pinned` is one that stays as it is at `position`.
    """

    indicator: str
    heading: str
    said: str
    behind: str
    unit: str
    period: str
    beside: tuple[str, ...]
    cutoff: str
    level: str
    origins: str
    marking: str
    flags: int
    policy: str
    position: int
    as_of: str
    pinned: bool
    revised: Revised | None

    @property
    def figure(self) -> str:
        """The figure with its bound and unit, in one line."""
        behind = f" ({self.behind})" if self.behind else ""
        return f"{self.said}{behind}{f' {self.unit}' if self.unit else ''}"

    @property
    def support(self) -> str:
        """How well it is supported, and by how many origins."""
        return f"{self.level}, {self.origins}" if self.level else "no origin"

    @property
    def date(self) -> str:
        """Up to which day there is information; without one, as of which day this is."""
        return f"to {self.cutoff}" if self.cutoff else self.stand

    @property
    def stand(self) -> str:
        """As of which day, and at which position of the log."""
        day = f"{self.as_of}, " if self.as_of else ""
        return f"as of {day}position {self.position}"

    @property
    def sentence(self) -> str:
        """All of it, for those who cannot see it."""
        parts = [f"{self.heading}: {self.figure}", f"Support: {self.support}"]
        parts += [f"Information up to {self.cutoff}"] if self.cutoff else []
        parts += [self.revised.words.capitalize()] if self.revised else []
        stand = self.stand.capitalize()
        return ". ".join([*parts, self.marking, f"{stand}, pinned" if self.pinned else stand]) + "."


def shown(
    here: Standpoint, indicator: str, asked: Narrowing, *, pinned: bool, written_at: int | None
) -> Shown:
    """An estimate at a standpoint, compared with itself at the position a page was written with."""
    body = estimate(here, indicator, asked, with_cohorts=False)
    headed = explained_heading(body)
    numeric = body["measure"] != "proposition" and headed.said != UNKNOWN
    return Shown(
        indicator=indicator,
        heading=heading_of(body["title"] or indicator, asked, here.echo),
        said=headed.said,
        behind=headed.behind,
        unit=_line(body["unit"] or "") if numeric else "",
        period=reach(body),
        beside=tuple(beside(body)),
        cutoff=body["cutoff"] or "",
        level=body["support"]["level"] or "",
        origins=counted(body["origins"], "origin"),
        marking=body["marking"],
        flags=len(body["flags"]),
        policy=body["policy"] or "",
        position=here.as_of.position,
        as_of=_day(here.echo),
        pinned=pinned,
        revised=None if written_at is None else _revised(here, body, asked, written_at),
    )


def _revised(
    here: Standpoint, body: EstimateAnswer, asked: Narrowing, written_at: int
) -> Revised | None:
    """How the figure differs from what the same question was answered at an earlier position."""
    there = here.at(min(position_of_time(here.db, written_at), here.as_of.position))
    before = estimate(there, body["indicator"], asked, with_cohorts=False)
    if same_figure(figure_of(before), figure_of(body)):
        return None
    since = _day(there.echo) or f"position {written_at}"
    return Revised(since, explained_heading(before).text)


def heading_of(title: str, asked: Narrowing, as_of: AsOfAnswer) -> str:
    """What a figure is of: the title, and what the question asks beside the indicator."""
    return ", ".join(map(_line, (title, *_narrowed(asked, as_of))))


def _narrowed(asked: Narrowing, as_of: AsOfAnswer) -> Iterator[str]:
    """What the question asks beside the indicator."""
    if asked.period is not None:
        yield f"for {asked.period.text}"
    for name, value in (("cohort", asked.cohort), ("incident", asked.incident)):
        if value:
            yield f"{name} {value}"
    if asked.originator:
        yield f"according to {asked.originator}"
    if asked.policy:
        yield f"policy {asked.policy}"
    if as_of["published_by"]:
        yield f"published by {day_of(as_of['published_by'])}"
    if as_of["valid_at"]:
        yield f"covering days up to {day_of(as_of['valid_at'])}"


def _day(as_of: AsOfAnswer) -> str:
    return (as_of["known_at"] or "")[:10]


def _line(text: str) -> str:
    return " ".join(text.split())
