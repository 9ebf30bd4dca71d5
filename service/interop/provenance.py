"""Where a figure comes from, as PROV-JSON (W3C PROV-DM): entities, activities, agents and relations.

The figure is derived from the claims that it uses; a claim from those that it repeats, and first of all
from its report. A publication generated the report, recording it here generated the claims, a policy
generated the figure. Claims are attributed to originators, reports to publishers, and what was recorded
is associated with whoever recorded it.
"""

from collections.abc import Mapping
from itertools import count
from typing import cast
from urllib.parse import quote

from pydantic import JsonValue
from typing_extensions import TypedDict

from service.query.evidence import EvidenceItem
from service.query.explanations import ExplanationAnswer
from service.query.provenance import Act, Records
from service.query.reports import ReportAnswer
from service.query.words import figure, says

Attributes = dict[str, JsonValue]
NOTHING: Attributes = {}
FIGURE, POLICY = "figure:figure", "figure:estimation"


class ProvDocument(TypedDict):
    """A PROV document: what there is by name, and the relations, each by a name of its own."""

    prefix: dict[str, str]
    entity: dict[str, dict[str, JsonValue]]
    activity: dict[str, dict[str, JsonValue]]
    agent: dict[str, dict[str, JsonValue]]
    used: dict[str, dict[str, JsonValue]]
    wasGeneratedBy: dict[str, dict[str, JsonValue]]
    wasDerivedFrom: dict[str, dict[str, JsonValue]]
    wasAttributedTo: dict[str, dict[str, JsonValue]]
    wasAssociatedWith: dict[str, dict[str, JsonValue]]


def provenance(body: ExplanationAnswer, records: Records, url: str, base: str) -> ProvDocument:
    """The provenance of an estimate; `url` shows the same figure for good, `base` is the service's."""
    graph = _Graph()
    _add_figure(graph, body)
    for item in body["used"]:
        _add_claim(graph, item, "used")
        graph.use(POLICY, f"claim:{item['claim']}")
        graph.derive(FIGURE, f"claim:{item['claim']}")
    for relay in body["relays"]:
        _add_claim(graph, relay, "relay")
    for out in body["excluded"]:
        _add_claim(graph, out, out["reason"])
    for position, act in records.acts.items():
        _add_act(graph, f"event:{position}", act)
    for name, found in records.reports.items():
        _add_report(graph, name, found)
    return cast(ProvDocument, {"prefix": _prefixes(url, base.rstrip("/")), **graph.parts})


def _prefixes(url: str, base: str) -> dict[str, str]:
    return {
        "figure": f"{url}#",
        "intellog": f"{base}/reference#",
        "claim": f"{base}/v1/claims/",
        "report": f"{base}/v1/reports/",
        "publication": f"{base}/reports/",
        "event": f"{base}/events/",
        "source": f"{base}/v1/sources/",
        "actor": f"{base}/v1/events?actor=",
    }


class _Graph:
    """A document that grows; a relation that it has already is not added again."""

    def __init__(self) -> None:
        names = (name for name in ProvDocument.__annotations__ if name != "prefix")
        self.parts: dict[str, dict[str, Attributes]] = {name: {} for name in names}
        self._related = set[tuple[str, ...]]()
        self._numbers = count(1)

    def add(self, part: str, name: str, attributes: Attributes | None = None) -> None:
        """Add a thing, which may be known by its name alone until more is said of it."""
        self.parts[part].setdefault(name, {}).update(attributes or {})

    def use(self, activity: str, entity: str) -> None:
        """Say what an activity used."""
        self._relate("used", {"prov:activity": activity, "prov:entity": entity})

    def generate(self, entity: str, activity: str) -> None:
        """Say what brought an entity about."""
        self.add("activity", activity)
        self._relate("wasGeneratedBy", {"prov:entity": entity, "prov:activity": activity})

    def derive(self, entity: str, origin: str, kind: str | None = None) -> None:
        """Say that an entity was derived from another one."""
        self.add("entity", origin)
        ends = {"prov:generatedEntity": entity, "prov:usedEntity": origin}
        self._relate("wasDerivedFrom", ends, _typed(kind) if kind else {})

    def attribute(self, entity: str, agent: str) -> None:
        """Say whose an entity is."""
        self.add("agent", agent, _typed("prov:Agent"))
        self._relate("wasAttributedTo", {"prov:entity": entity, "prov:agent": agent})

    def associate(self, activity: str, agent: str) -> None:
        """Say who is responsible for an activity."""
        self.add("agent", agent, _typed("prov:Agent"))
        self._relate("wasAssociatedWith", {"prov:activity": activity, "prov:agent": agent})

    def _relate(
        self, relation: str, ends: Mapping[str, str], more: Mapping[str, JsonValue] = NOTHING
    ) -> None:
        key = relation, *ends.values()
        if key not in self._related:
            self._related.add(key)
            self.parts[relation][f"_:{next(self._numbers)}"] = {**ends, **more}


def _typed(kind: str, **more: JsonValue) -> Attributes:
    """Attributes with a type, the first `_` of each name its colon; what has no value is left out."""
    given = {name.replace("_", ":", 1): value for name, value in more.items() if value is not None}
    return {"prov:type": {"$": kind, "type": "prov:QUALIFIED_NAME"}, **given}


def _add_figure(graph: _Graph, body: ExplanationAnswer) -> None:
    label = f"{body['title'] or body['indicator']}: {figure(body)} {body['unit'] or ''}".strip()
    described = _typed(
        "intellog:Estimate",
        prov_label=label,
        intellog_indicator=body["indicator"],
        intellog_low=body["low"],
        intellog_best=body["best"],
        intellog_high=body["high"],
        intellog_support=body["support"]["level"],
        intellog_marking=body["marking"],
        intellog_used=body["n_used"],
        intellog_relays=body["n_relays"],
        intellog_excluded=body["n_excluded"],
    )
    graph.add("entity", FIGURE, described)
    graph.add("activity", POLICY, _typed("intellog:Estimation", prov_label=body["policy"]))
    graph.generate(FIGURE, POLICY)
    if judged := body.get("assessment"):
        graph.attribute(FIGURE, _actor(judged["analyst"]))


def _add_claim(graph: _Graph, item: EvidenceItem, use: str) -> None:
    """Add a claim and those that it comes from, up to its roots."""
    described = _typed(
        "intellog:Claim",
        prov_label=f"{says(item)} for {item['period']}",
        intellog_use=use,
        intellog_statedAt={"$": item["stated_at"], "type": "xsd:dateTime"},
        intellog_marking=item["marking"],
    )
    graph.add("entity", f"claim:{item['claim']}", described)
    there = {link["claim"] for link in item["chain"]}
    for link in item["chain"]:
        claim, report, act = (
            f"claim:{link['claim']}",
            f"report:{link['report']}",
            f"event:{link['position']}",
        )
        graph.add("entity", claim, _typed("intellog:Claim"))
        graph.attribute(claim, f"source:{link['originator']}")
        graph.generate(claim, act)
        graph.derive(claim, report, "prov:PrimarySource")
        graph.use(act, report)
        for parent in filter(there.__contains__, link["derived_from"]):
            graph.derive(claim, f"claim:{parent}")


def _add_act(graph: _Graph, activity: str, act: Act) -> None:
    kind = _typed(f"intellog:{act.type}")
    graph.add("activity", activity, {**_at(act.recorded_at), **kind})
    graph.associate(activity, _actor(act.actor))


def _add_report(graph: _Graph, name: str, found: ReportAnswer) -> None:
    entity, activity = f"report:{name}", f"publication:{name}"
    publisher = f"source:{found['publisher']}"
    described = _typed(
        "intellog:Report",
        prov_label=found["title"],
        prov_location=found["url"],
        intellog_marking=found["marking"],
    )
    graph.add("entity", entity, described)
    graph.add("activity", activity, {**_at(found["published_at"]), **_typed("intellog:Publication")})
    graph.associate(activity, publisher)
    graph.generate(entity, activity)
    graph.attribute(entity, publisher)


def _at(instant: str) -> Attributes:
    return {"prov:startTime": instant, "prov:endTime": instant}


def _actor(name: str) -> str:
    return f"actor:{quote(name, safe='@')}"
