"""A report as STIX: the report, a note for each claim, and what was judged of the claims since."""

from collections.abc import Iterable, Iterator

from domain.clearance import report_of
from domain.events import (
    ClaimDisputed,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ReportEvent,
)
from domain.stream_names import source_stream
from domain.streams.report_state import (
    ClaimSpan,
    Filed,
    Report,
    Unfiled,
    claim_spans,
    evolve,
    in_force,
    report_status,
    stated_at,
    valid_period,
)
from domain.streams.versions import Version as ReportVersion
from domain.vocabulary import MARKINGS, Marking, NumberedStatement, claim_id, split_claim_id
from service.interop.stix.ids import Ids
from service.interop.stix.markings import most_restrictive
from service.interop.stix.versions import Draw, Drawn, Seen, StixObject, stix_time
from service.query import words

CREDIBILITY = {1: 90, 2: 70, 3: 50, 4: 30, 5: 10}
"""Credibility on the scale of STIX 2.1, appendix A; of a 6, which judges nothing, there is none."""


_Reasons = dict[tuple[str, str], Marking]
"""How restricted the reasons of links are, by claim and parent."""


def drawing_report(ids: Ids) -> Draw:
    """How the objects of a report are drawn, from its first event on."""
    report: Report = Unfiled()
    reasons = _Reasons({})

    def draw(seen: Seen) -> Iterator[Drawn]:
        nonlocal report
        event = seen.event
        assert isinstance(event, ReportEvent)
        report = evolve(report, event)
        if isinstance(event, ClaimLinked | ClaimUnlinked):
            link = claim_id(event.report, event.n), event.derived_from
            reasons[link] = most_restrictive((event.marking, reasons.get(link, MARKINGS[0])))
        if isinstance(report, Filed):  # of one that was redacted nothing is drawn
            yield from _changed(ids, report, seen, reasons)

    return draw


def _changed(ids: Ids, report: Filed, seen: Seen, reasons: _Reasons) -> Iterator[Drawn]:
    match seen.event:
        case ClaimGraded() as event:
            yield _grade(ids, seen, event)
            yield from _claims(ids, report, [event.n])
        case ClaimLinked(n=n, derived_from=parent) | ClaimUnlinked(n=n, derived_from=parent):
            yield _link(ids, report, (claim_id(report.id, n), parent, _DERIVED), reasons)
        case ClaimDisputed() as event:
            yield _dispute(ids, seen, event)
        case _:
            numbers = sorted({n for version in report.versions for n in version.claims})
            yield _report(ids, report)
            yield from _claims(ids, report, numbers)
            for link in dict.fromkeys(_stated_links(report)):
                yield _link(ids, report, link, reasons)


def _report(ids: Ids, report: Filed) -> Drawn:
    version = in_force(report) or report.versions[0]
    given, status = version.provenance, report_status(report, version)
    originators = dict.fromkeys(claim.originator for claim in version.claims.values())
    reference: StixObject = {"source_name": given.publisher, "external_id": report.id}
    if given.url:
        reference["url"] = given.url
        if given.evidence and given.evidence.sha256:
            reference["hashes"] = {"SHA-256": given.evidence.sha256}
    content: StixObject = {
        "type": "report",
        "id": ids.report(report.id),
        "created_by_ref": ids.source(given.publisher),
        "name": given.title or f"{given.publisher}, {given.published_at.date()}",
        "report_types": ["observed-data"],
        "published": stix_time(given.published_at),
        "external_references": [reference],
        "object_refs": [
            *(ids.claim(claim_id(report.id, n)) for n in sorted(version.claims)),
            *map(ids.source, originators),
        ],
    }
    if status == "withdrawn":
        content["revoked"] = True
    elif status == "held":
        content["labels"] = ["held"]
    fields = {
        "kind": "report",
        "report": report.id,
        "publisher": given.publisher,
        "published_at": given.published_on or stix_time(given.published_at),
        "standing": status,
        "reason": version.reason or None,
    }
    return Drawn(content, fields)


def _claims(ids: Ids, report: Filed, numbers: Iterable[int]) -> Iterator[Drawn]:
    spans = dict(claim_spans(report, numbers))  # of each the last one
    for n, span in spans.items():
        yield _claim(ids, report, n, span)


def _claim(ids: Ids, report: Filed, n: int, span: ClaimSpan) -> Drawn:
    said, grade = span.words.claims[n], report.grades.get(n)
    given = said.quantity.model_dump(exclude_none=True) if said.quantity else None
    stance = said.stance.model_dump(exclude_none=True) if said.stance else None
    bounds = {"low": None, "best": None, "high": None, **(given or {})}
    figure = words.statement(bounds if given else None, stance)  # type: ignore[arg-type]
    period = valid_period(said, span.words.provenance).text
    lines = [
        f"{said.originator}: {figure} for {said.indicator}, {period} ({said.status}).",
        *([] if span.standing == "active" else [f"Standing: {span.standing}."]),
        *([f"Quote: {said.quote.exact}"] if said.quote else []),
        *([said.text] if said.text else []),
    ]
    content: StixObject = {
        "type": "note",
        "id": ids.claim(claim_id(report.id, n)),
        "created_by_ref": ids.source(said.originator),
        "abstract": f"{said.indicator}: {figure}",
        "content": "\n".join(lines),
        "object_refs": [ids.report(report.id), ids.definition(said.indicator)],
    }
    if said.spokesperson:
        content["authors"] = [said.spokesperson]
    if grade and grade.credibility in CREDIBILITY:
        content["confidence"] = CREDIBILITY[grade.credibility]
    if span.standing in ("withdrawn", "withdrawn-by-us"):
        content["revoked"] = True
    fields = {
        "kind": "claim",
        "claim": claim_id(report.id, n),
        **_claim_fields(said, span.words),
        "quantity": given,
        "stance": stance,
        "period": period,
        "standing": span.standing,
        "credibility": grade.credibility if grade else None,
    }
    return Drawn(content, fields)


def _claim_fields(said: NumberedStatement, words_of: ReportVersion) -> StixObject:
    names = ("indicator", "originator", "spokesperson", "cohort", "incident", "basis", "status")
    return {
        **{name: getattr(said, name) for name in names},
        "stated_at": stix_time(stated_at(said, words_of.provenance)),
        "published_at": stix_time(words_of.provenance.published_at),
    }


_DERIVED, _RESTS = "derived-from", "related-to"
_VERB = {_DERIVED: "is derived from", _RESTS: "rests on"}
_Link = tuple[str, str, str]
"""A claim, one that it comes from, and the type of their relationship."""


def _stated_links(report: Filed) -> Iterator[_Link]:
    """The links that the report itself states, in any of its versions."""
    for version in report.versions:
        for n, claim in version.claims.items():
            said = claim_id(report.id, n)
            yield from ((said, parent, _DERIVED) for parent in claim.derived_from)
            yield from ((said, parent, _RESTS) for parent in claim.rests_on)


def _link(ids: Ids, report: Filed, link: _Link, reasons: _Reasons) -> Drawn:
    """Its id does not say who linked them, so that there is one of two claims.

    A link that was taken back can be made again, which what STIX calls revoked cannot, so `standing`
    says it.
    """
    claim, parent, kind = link
    taken_back = kind == _DERIVED and (split_claim_id(claim)[1], parent) in report.unlinked
    content = {
        "type": "relationship",
        "id": ids.link(claim, parent, kind),
        "created_by_ref": ids.owner,
        "relationship_type": kind,
        "source_ref": ids.claim(claim),
        "target_ref": ids.claim(parent),
        "description": "Taken back." if taken_back else f"{claim} {_VERB[kind]} {parent}.",
    }
    fields = {
        "kind": "link",
        "claim": claim,
        "derived_from" if kind == _DERIVED else "rests_on": parent,
        "standing": "taken-back" if taken_back else "active",
    }
    marking = reasons.get((claim, parent), MARKINGS[0])
    return Drawn(content, fields, (report_of(parent),), marking)


OPINIONS = {
    1: "strongly-agree",
    2: "agree",
    3: "neutral",
    4: "disagree",
    5: "strongly-disagree",
}
"""Credibility as an opinion, which in STIX assesses correctness; of a 6 there is none."""


def _grade(ids: Ids, seen: Seen, event: ClaimGraded) -> Drawn:
    claim, grade = claim_id(event.report, event.n), words.grade(None, event.credibility)
    told = f"Graded {grade}, by {event.grader}." + (f" {event.reason}" if event.reason else "")
    opinion = OPINIONS.get(event.credibility)
    content: StixObject = {
        "type": "opinion" if opinion else "note",
        "id": ids.act("opinion" if opinion else "note", seen.position),
        "created_by_ref": ids.owner,
        **({"opinion": opinion, "explanation": told} if opinion else {"content": told}),
        "authors": [event.grader],
        "object_refs": [ids.claim(claim)],
    }
    fields = {
        "kind": "credibility",
        "claim": claim,
        "credibility": event.credibility,
        "reason": event.reason,
    }
    return Drawn(content, fields, marking=event.marking)


def _dispute(ids: Ids, seen: Seen, event: ClaimDisputed) -> Drawn:
    claim = claim_id(event.report, event.n)
    content = {
        "type": "opinion",
        "id": ids.act("opinion", seen.position),
        "created_by_ref": ids.source(event.by),
        "explanation": event.reason or f"{event.by} disputes {claim}.",
        "opinion": "disagree",
        "object_refs": [ids.claim(claim)],
    }
    fields = {
        "kind": "dispute",
        "claim": claim,
        "disputed_by": event.by,
        "published_at": stix_time(event.published_at) if event.published_at else None,
    }
    return Drawn(content, fields, (source_stream(event.by),))
