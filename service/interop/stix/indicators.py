"""An indicator as STIX: a note that defines it, where it is, its assessments and its estimate."""

from collections.abc import Iterator

from domain.clearance import report_of
from domain.events import AssessmentRecorded, Definition, IndicatorDefined, IndicatorRevised
from domain.stream_names import indicator_stream
from domain.vocabulary import Marking
from projections.answers.estimate_answer import EstimateAnswer
from projections.answers.figure import FigureAnswer
from service.interop.stix.countries import country_code
from service.interop.stix.ids import Ids
from service.interop.stix.versions import Draw, Drawn, Seen, StixObject
from service.query import words
from service.query.standpoint import AsOfAnswer

CONFIDENCE = {"low": 15, "moderate": 50, "high": 85}
"""An analyst's confidence on the scale of STIX 2.1, appendix A: low, medium, high."""
_FIGURE = ("best", "low", "high", "open_low", "open_high", "verdict")


def drawing_indicator(ids: Ids) -> Draw:
    """How the objects of an indicator are drawn, but for its estimate."""

    def draw(seen: Seen) -> Iterator[Drawn]:
        match seen.event:
            case IndicatorDefined(indicator=name) | IndicatorRevised(indicator=name) as event:
                yield _definition(ids, name, event.definition)
                code = country_code(event.definition.place)
                if code is not None:
                    yield _location(ids, name, code)
            case AssessmentRecorded() as event:
                yield _assessment(ids, seen, event)

    return draw


def _definition(ids: Ids, name: str, definition: Definition) -> Drawn:
    measured = f"{definition.title} ({definition.measure}, {definition.unit or 'no unit'})"
    place = country_code(definition.place)
    content = {
        "type": "note",
        "id": ids.definition(name),
        "created_by_ref": ids.owner,
        "abstract": f"What is measured: {definition.title}",
        "content": f"{measured}. {definition.definition}".strip(),
        "object_refs": [ids.owner, *([ids.place(name)] if place else [])],
    }
    given = definition.model_dump(mode="json", exclude_none=True)
    del given["title"], given["policy"]
    given.pop("marking", None)
    fields = {"kind": "definition", "indicator": name, "title": definition.title, **given}
    related = (*definition.parts, *([definition.plans_for] if definition.plans_for else []))
    return Drawn(content, fields, tuple(map(indicator_stream, related)))


def _location(ids: Ids, name: str, code: str) -> Drawn:
    content = {"type": "location", "id": ids.place(name), "created_by_ref": ids.owner}
    return Drawn({**content, "name": code, "country": code}, {"kind": "location", "indicator": name})


def _assessment(ids: Ids, seen: Seen, event: AssessmentRecorded) -> Drawn:
    given = {name: getattr(event, name) for name in ("low", "best", "high")}
    figure = words.quantity({**given, "qualifier": None})  # type: ignore[typeddict-item]
    content = {
        "type": "note",
        "id": ids.act("note", seen.position),
        "created_by_ref": ids.owner,
        "abstract": f"Assessment of {event.indicator}: {figure}",
        "content": f"{figure}, {event.confidence} confidence, by {event.analyst}. {event.rationale}",
        "authors": [event.analyst],
        "object_refs": [ids.definition(event.indicator), *map(ids.claim, event.claims)],
        "confidence": CONFIDENCE[event.confidence],
    }
    fields = {
        "kind": "assessment",
        "indicator": event.indicator,
        **given,
        "confidence_word": event.confidence,
        "claims": list(event.claims),
    }
    return Drawn(content, fields, tuple(map(report_of, event.claims)), event.marking)


def drawn_estimate(ids: Ids, name: str, answer: EstimateAnswer, as_of: AsOfAnswer) -> Drawn:
    """The note of an estimate: its figure, never without the times that it is as of."""
    figure, support = words.figure(answer), answer["support"]["level"] or "no support"
    unit = f" {answer['unit']}" if answer["unit"] else ""
    origins = f"{answer['origins']} independent origin{'s' * (answer['origins'] != 1)}"
    lines = [
        f"{answer['title']}: {figure}{unit}, for {words.reach(answer) or 'no period'}.",
        f"Support: {support}, from {origins}.",
        f"As of position {as_of['position']} of the log, {as_of['known_at']}; {answer['marking']}.",
        *(f"{flag['code']}: {flag['detail']}" for flag in answer["flags"][:_MOST_FLAGS]),
    ]
    content = {
        "type": "note",
        "id": ids.estimate(name),
        "created_by_ref": ids.owner,
        "abstract": f"Estimate of {answer['title']}: {figure}{unit}",
        "content": "\n".join(lines),
        "object_refs": [ids.definition(name), *map(ids.claim, answer["used"])],
    }
    return Drawn(content, _estimate_fields(name, answer, as_of), marking=answer["marking"])


_MOST_FLAGS = 20
"""Maximum number of flags that a note names."""


def _estimate_fields(name: str, answer: EstimateAnswer, as_of: AsOfAnswer) -> StixObject:
    figure: FigureAnswer = answer
    marking: Marking = answer["marking"]
    return {
        "kind": "estimate",
        "indicator": name,
        **{each: figure.get(each) for each in _FIGURE},
        **{each: answer.get(each) for each in ("unit", "measure", "period", "status", "policy")},
        "support": answer["support"]["level"],
        "origins": answer["origins"],
        "flags": sorted({flag["code"] for flag in answer["flags"]}),
        "marking": marking,
        "as_of": {each: value for each, value in as_of.items() if value is not None},
    }
