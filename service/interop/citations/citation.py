"""What a citation of a figure says; each form spells the same."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from projections.answers.estimate_answer import EstimateAnswer
from service.query.standpoint import AsOfAnswer
from service.query.words import UNKNOWN, day_of, explained_heading, reach

PUBLISHER = "intellog"


@dataclass(frozen=True, slots=True)
class Citation:
    """A figure to cite: `key` names it in a bibliography, `issued` is the day that it is known as of.

    `authors` are the analysts who judged it; a figure that a rule computed has none. Texts have no
    line ends.
    """

    key: str
    title: str
    authors: tuple[str, ...]
    issued: date | None
    url: str
    version: str
    abstract: str
    note: str


def citation(body: EstimateAnswer, as_of: AsOfAnswer, url: str, log: str) -> Citation:
    """The citation of an estimate; `url` shows it as it is at this position, `log` is the log's id."""
    position, known_at = as_of["position"], as_of["known_at"]
    title = _line(f"{body['title'] or body['indicator']}: {'; '.join(_figure(body))}")
    judged = body.get("assessment")
    return Citation(
        key=f"{body['indicator']}-{position}",
        title=title,
        authors=(_line(judged["analyst"]),) if judged else (),
        issued=date.fromisoformat(known_at[:10]) if known_at else None,
        url=url,
        version=f"position {position}",
        abstract=_line(f"{title}. Support: {_support(body)}. {_counts(body)}."),
        note=_line("; ".join(_times(body, as_of, log))),
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _figure(body: EstimateAnswer) -> Iterator[str]:
    """The figure, what it is for, and what narrows it."""
    headed = explained_heading(body)
    numeric = body["measure"] != "proposition" and headed.said != UNKNOWN
    unit = f" {body['unit']}" if numeric and body["unit"] else ""
    behind = f" ({headed.behind})" if headed.behind else ""
    period = f" for {reach(body)}" if reach(body) else ""
    yield f"{headed.said}{behind}{unit}{period}"
    for name in ("cohort", "incident"):
        if body[name]:
            yield f"{name} {body[name]}"
    if body["originator"]:
        yield f"according to {body['originator']}"


def _support(body: EstimateAnswer) -> str:
    return "; ".join([body["support"]["level"] or "none", *body["support"]["reasons"]])


def _counts(body: EstimateAnswer) -> str:
    return f"Origins: {body['origins']}, claims: {body['claims']}, reports: {body['reports']}"


def _times(body: EstimateAnswer, as_of: AsOfAnswer, log: str) -> Iterator[str]:
    """The three times, the rule, the log, and how restricted the figure is."""
    recorded = f", recorded {day_of(as_of['known_at'])}" if as_of["known_at"] else ""
    yield f"As of position {as_of['position']}{recorded}"
    if as_of["published_by"]:
        yield f"published by {day_of(as_of['published_by'])}"
    if as_of["valid_at"]:
        yield f"covering days up to {day_of(as_of['valid_at'])}"
    if body["policy"]:
        yield f"policy {body['policy']}"
    yield f"log {log}"
    yield f"marking {body['marking']}"
