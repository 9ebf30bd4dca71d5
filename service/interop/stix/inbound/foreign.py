"""Objects of others as commands: identities, reports with the claims of their notes, and opinions.

What each type becomes is a table in docs/stix.md. What an object says beside that is not kept.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from domain.vocabulary import claim_id
from service.interop.stix.inbound.bundle import Bundle, Thing, text, texts
from service.interop.stix.inbound.figures import claim_of
from service.interop.stix.inbound.names import Known, LeftOut, Names, address_of
from service.interop.stix.inbound.outcome import Conversion
from service.interop.stix.markings import KNOWN, most_restrictive, named_marking

GRADES: Mapping[str, int] = {
    "strongly-agree": 1,
    "agree": 2,
    "neutral": 3,
    "disagree": 4,
    "strongly-disagree": 5,
}
"""The credibility that an opinion gives the claims that it is about."""
_DISPUTING = ("disagree", "strongly-disagree")
_CLAIMING = ("note", "observed-data")
_RELIABILITIES = "ABCDEF"
_KINDS = {"system": "sensor"}


class Foreign:
    """The conversion of the objects that no intellog wrote."""

    def __init__(self, bundle: Bundle, known: Known, result: Conversion) -> None:
        self._bundle, self._known, self._result = bundle, known, result
        self._names = Names(bundle)
        self._claims = defaultdict[str, list[str]](list)
        """The claims that objects became, by id of the object."""

    def convert(self) -> None:
        """Add all lines, in the order in which the log can take them, and name what is left out."""
        steps = (
            (("identity",), self._identity),
            (("report",), self._report),
            (_CLAIMING, self._alone),
            (("relationship",), self._relationship),
            (("opinion",), self._opinion),
            (("marking-definition",), self._marking),
        )
        for types, step in steps:
            for thing in self._bundle.of(*types):
                if thing["id"] in self._result.objects:
                    continue
                try:
                    step(thing)
                except LeftOut as why:
                    self._result.tell(thing["id"], "left-out", str(why))
        for id, thing in self._bundle.things.items():
            what = f"{thing['type'][:60]}: nothing that a log of figures holds"
            self._result.tell(id, "left-out", what)

    def _identity(self, thing: Thing) -> None:
        source = self._names.sources[thing["id"]]
        try:
            marking = self._names.marking(thing)
        except LeftOut:
            del self._names.sources[thing["id"]]  # what it made would tell of it
            raise
        if self._known(source):
            self._result.tell(thing["id"], "known", f"as the source {source}, which stays as it is")
            return
        description = text(thing, "description")
        fields = {
            "id": source,
            "name": text(thing, "name"),
            "kind": _KINDS.get(text(thing, "identity_class") or ""),
            "note": f"{description} ({thing['id']})" if description else thing["id"],
            "aliases": texts(thing, "x_opencti_aliases"),
            "marking": marking,
        }
        self._result.take(thing["id"], {"register_source": _given(fields)})
        reliability = (text(thing, "x_opencti_reliability") or "")[:1]
        if reliability and reliability in _RELIABILITIES:
            grade = {"source": source, "reliability": reliability, "reason": f"given by {thing['id']}"}
            self._result.take(thing["id"], {"grade_source": grade})

    def _report(self, thing: Thing) -> None:
        self._names.marking(thing)
        publisher = self._names.author(thing)
        if publisher is None:
            raise LeftOut("has no created_by_ref to an identity in the bundle: who published it?")
        claims = list(self._claims_in(self._parts(thing), publisher))
        if not claims:
            raise LeftOut("none of its notes and observed data gives a figure for an indicator")
        self._file(thing, publisher, text(thing, "published"), claims)

    def _alone(self, thing: Thing) -> None:
        """A note that no report has is a report of its own."""
        publisher = self._names.author(thing)
        if publisher is None:
            raise LeftOut("has no created_by_ref to an identity in the bundle: who says it?")
        _refuse_revoked(thing)
        self._file(thing, publisher, text(thing, "created"), [(thing, claim_of(thing, publisher))])

    def _parts(self, report: Thing) -> Iterator[Thing]:
        """The notes and observed data of a report: those that it names, and notes that name it."""
        named = set(texts(report, "object_refs"))
        for thing in self._bundle.of(*_CLAIMING):
            if thing["id"] in named or report["id"] in texts(thing, "object_refs"):
                yield thing

    def _claims_in(
        self, parts: Iterator[Thing], publisher: str
    ) -> Iterator[tuple[Thing, dict[str, Any]]]:
        for part in parts:
            if part["id"] in self._result.objects:
                continue
            try:
                _refuse_revoked(part)
                self._names.marking(part)
                yield part, claim_of(part, self._names.author(part) or publisher)
            except LeftOut as why:
                self._result.tell(part["id"], "left-out", str(why))

    def _file(
        self,
        thing: Thing,
        publisher: str,
        published: str | None,
        claims: list[tuple[Thing, dict[str, Any]]],
    ) -> None:
        """Add a report with its claims, as restricted as the most restricted of them."""
        id = thing["id"]
        markings = [self._names.marking(each) for each in (thing, *(part for part, _ in claims))]
        fields = {
            "id": id,
            "publisher": publisher,
            "url": address_of(thing),
            "title": text(thing, "name") or text(thing, "abstract"),
            "published_at": published,
            "marking": most_restrictive(markings),
            "claims": [claim for _, claim in claims],
        }
        self._result.take(id, {"file_report": _given(fields)})
        for n, (part, _) in enumerate(claims, 1):
            self._claims[part["id"]].append(claim_id(id, n))
            self._claims[id] += [claim_id(id, n)] if part is not thing else []
            self._result.tell(part["id"], "part", f"of {id}, as its claim {n}")
        if thing.get("revoked") is True:
            withdrawn = max(filter(None, (published, text(thing, "modified"))), default=None)
            self._result.take(
                id,
                {"withdraw_report": {"report": id, "kind": "publisher", "published_at": withdrawn}},
            )

    def _relationship(self, thing: Thing) -> None:
        _refuse_revoked(thing)
        kind, ends = text(thing, "relationship_type"), [text(thing, f"{end}_ref") for end in _ENDS]
        children, parents = (self._claims.get(end or "", []) for end in ends)
        if kind != "derived-from" or not (children and parents):
            raise LeftOut(f"relationship '{(kind or '')[:60]}' of something that became no claim")
        for child in children:
            for parent in parents:
                self._result.take(thing["id"], {"link_claim": {"claim": child, "derived_from": parent}})

    def _opinion(self, thing: Thing) -> None:
        _refuse_revoked(thing)
        opinion, author = text(thing, "opinion") or "", self._names.author(thing)
        claims = [claim for ref in texts(thing, "object_refs") for claim in self._claims.get(ref, [])]
        if opinion not in GRADES:
            raise LeftOut(f"'{opinion[:60]}' is no opinion of STIX")
        if not claims:
            raise LeftOut("is about nothing that became a claim")
        reason = text(thing, "explanation") or f"{opinion} ({thing['id']})"
        for claim in claims:
            if opinion in _DISPUTING and author is not None:
                said = {"by": author, "reason": reason, "published_at": text(thing, "created")}
                line = {"dispute_claim": _given({"claim": claim, **said})}
            else:
                graded = {"credibility": GRADES[opinion], "reason": reason}
                line = {"grade_claim": {"claim": claim, **graded}}
            self._result.take(thing["id"], line)

    def _marking(self, thing: Thing) -> None:
        if thing["id"] not in KNOWN and named_marking(thing) is None:
            raise LeftOut("is no TLP marking, by which alone it is decided here who may see what")
        self._result.tell(thing["id"], "part", "of the objects that it marks")


_ENDS = ("source", "target")


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, [], "")}


def _refuse_revoked(thing: Thing) -> None:
    if thing.get("revoked") is True:
        raise LeftOut("is revoked")
