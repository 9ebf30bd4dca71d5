"""A source as STIX: an identity, where it is, and a note for each grade of its reliability."""

from collections.abc import Iterator, Mapping

from domain.events import SourceGraded, SourceRegistered
from domain.stream_names import source_stream
from domain.vocabulary import Kind
from service.interop.stix.countries import country_code
from service.interop.stix.ids import Ids
from service.interop.stix.versions import Draw, Drawn, Seen
from service.query import words

IDENTITY_CLASS: Mapping[Kind, str] = {
    "agency": "organization",
    "military": "organization",
    "official": "individual",
    "media": "organization",
    "party": "organization",
    "analyst": "individual",
    "sensor": "system",
}


def drawing_source(ids: Ids) -> Draw:
    """How the objects of a source are drawn."""

    def draw(seen: Seen) -> Iterator[Drawn]:
        match seen.event:
            case SourceRegistered() as event:
                yield _identity(ids, event)
                code = country_code(event.country)
                if code is not None:
                    yield from _location(ids, event, code)
            case SourceGraded() as event:
                yield _grade(ids, seen, event)

    return draw


def _identity(ids: Ids, event: SourceRegistered) -> Drawn:
    content = {
        "type": "identity",
        "id": ids.source(event.source),
        "created_by_ref": ids.owner,
        "name": event.name or event.source,
        "identity_class": IDENTITY_CLASS[event.kind] if event.kind else "unknown",
    }
    if event.note:
        content["description"] = event.note
    fields = {
        "kind": "source",
        "source": event.source,
        "source_kind": event.kind,
        "country": event.country,
        "aliases": list(event.aliases),
        "speaks_for": event.speaks_for,
    }
    named = (source_stream(event.speaks_for),) if event.speaks_for else ()
    return Drawn(content, fields, named)


def _location(ids: Ids, event: SourceRegistered, code: str) -> Iterator[Drawn]:
    fields = {"kind": "location", "source": event.source}
    place = ids.country(event.source)
    location = {"type": "location", "id": place, "created_by_ref": ids.owner}
    yield Drawn({**location, "name": code, "country": code}, fields)
    relationship = {
        "type": "relationship",
        "id": ids.located(event.source),
        "created_by_ref": ids.owner,
        "relationship_type": "located-at",
        "source_ref": ids.source(event.source),
        "target_ref": place,
    }
    yield Drawn(relationship, fields)


def _grade(ids: Ids, seen: Seen, event: SourceGraded) -> Drawn:
    grade = words.grade(event.reliability)
    content = {
        "type": "note",
        "id": ids.act("note", seen.position),
        "created_by_ref": ids.owner,
        "abstract": f"Reliability of {event.source}: {grade}",
        "content": f"Graded {grade}, by {event.grader}." + (f" {event.reason}" if event.reason else ""),
        "authors": [event.grader],
        "object_refs": [ids.source(event.source)],
    }
    fields = {
        "kind": "reliability",
        "source": event.source,
        "reliability": event.reliability,
        "reason": event.reason,
    }
    return Drawn(content, fields, marking=event.marking)
