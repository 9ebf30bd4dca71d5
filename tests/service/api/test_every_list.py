"""Each list that an answer may have is bounded, by its schema or by what is named here.

A list says by `maxItems` how long it may be, and every answer that any test receives is held against
that. What has no such bound is named with the reason why it needs none.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.http_spec import one_server

Schema = Mapping[str, Any]
AS_RECORDED = "an event, a claim or a definition is one act, and is shown as it was recorded"
AS_SENT = "as long as the body of the request allows"
OF_THE_SETTINGS = "as many as the operator has set up"
OF_THE_PROGRAM = "written in the program"
OF_THE_CATALOGUE = "as many as there are projections"
OF_THE_KEYS = "as many as the operator has made keys"
WHOLE_PROOF = "what is proved is whole; a proof has 10,000 events at most"
OF_ONE_PAGE = "a page of a protocol of others, which `limit` bounds"
STREAMED = "sent piece by piece, without an end in memory"
BY_CODE = "a number for each code that there is"
BY_LIMIT = "what belongs to the claims that `limit` bounds"
UNBOUNDED: Mapping[str, str] = {
    "ApiRoot.versions": OF_THE_PROGRAM,
    "AssessmentAnswer.claims": WHOLE_PROOF,
    "AssessmentRecorded.claims": AS_RECORDED,
    "AttestationState.asked": OF_THE_SETTINGS,
    "BoardItem.flag_counts": BY_CODE,
    "Bundle.objects": STREAMED,
    "Candidates.indicator": "three at most",
    "Candidates.originator": "three at most",
    "CheckedClaim.problems": AS_SENT,
    "CheckpointItem.cosigned": OF_THE_SETTINGS,
    "CheckpointItem.stamped": OF_THE_SETTINGS,
    "CitedAnswer.used": "that of an estimate, which has the first 100",
    "ClaimProblem.near": "three at most",
    "Collection.media_types": OF_THE_PROGRAM,
    "Collections.collections": OF_THE_PROGRAM,
    "CountedEstimate.flag_counts": BY_CODE,
    "CountedSeriesRow.flag_counts": BY_CODE,
    "CslDate.date-parts": "one day",
    "CslItem.author": "one analyst",
    "DataPackage.resources": "one table",
    "DefaultAnswer.used": "that of an estimate, which has the first 100",
    "Definition.parts": AS_RECORDED,
    "Discovery.api_roots": OF_THE_PROGRAM,
    "DryRunAnswer.flag_counts": BY_CODE,
    "EntryLine.keys": OF_THE_KEYS,
    "Envelope.objects": OF_ONE_PAGE,
    "EstimateAnswer.cohorts": WHOLE_PROOF,
    "EstimateAnswer.flags": WHOLE_PROOF,
    "EstimateAnswer.targets": WHOLE_PROOF,
    "EventRedacted.claims": AS_RECORDED,
    "EventRedacted.indicators": AS_RECORDED,
    "FileLine.senders": "for mirrors, which copy a file as it is",
    "FlagAnswer.claims": WHOLE_PROOF,
    "FromPartsAnswer.parts": WHOLE_PROOF,
    "GET /v1/claims/{report}/{n}.derived_from": AS_RECORDED,
    "GET /v1/claims/{report}/{n}.rests_on": AS_RECORDED,
    "GET /v1/estimates/{indicator}": "a bibliography of one item",
    "GET /v1/estimates/{indicator}.flag_counts": BY_CODE,
    "GET /v1/estimates/{indicator}/explanation.flag_counts": BY_CODE,
    "GET /v1/estimates/{indicator}/proof.verifiers": OF_THE_KEYS,
    "GET /v1/events/{position}/proof.verifiers": OF_THE_KEYS,
    "GET /v1/indicators/{id}.parts": AS_RECORDED,
    "GET /v1/log/verifiers.keys": OF_THE_KEYS,
    "GET /v1/reports/{id}.claims": AS_RECORDED,
    "IndicatorDefinedEventV1.data": AS_RECORDED,
    "IndicatorItem.parts": AS_RECORDED,
    "IndicatorRevisedEventV1.data": AS_RECORDED,
    "ListedChange.cleared_counts": BY_CODE,
    "ListedChange.raised_counts": BY_CODE,
    "Manifest.objects": OF_ONE_PAGE,
    "MovedItem.reasons": OF_THE_PROGRAM,
    "NumberedStatement.derived_from": AS_RECORDED,
    "NumberedStatement.rests_on": AS_RECORDED,
    "ObjectLine.lines": AS_SENT,
    "OpenFlags.counts": BY_CODE,
    "POST /v1/proposals.claims": AS_SENT,
    "POST /v1/proposals.not_figures": AS_SENT,
    "POST /v1/proposals/check.claims": AS_SENT,
    "ProblemBody.errors": "the first 100 faults",
    "ProposalItem.links": AS_SENT,
    "ProposalItem.why": AS_SENT,
    "ProposedClaim.derived_from": AS_SENT,
    "ProvDocument.activity": BY_LIMIT,
    "ProvDocument.agent": BY_LIMIT,
    "ProvDocument.entity": BY_LIMIT,
    "ProvDocument.prefix": OF_THE_PROGRAM,
    "ProvDocument.used": BY_LIMIT,
    "ProvDocument.wasAssociatedWith": BY_LIMIT,
    "ProvDocument.wasAttributedTo": BY_LIMIT,
    "ProvDocument.wasDerivedFrom": BY_LIMIT,
    "ProvDocument.wasGeneratedBy": BY_LIMIT,
    "RebuildJob.differs": OF_THE_CATALOGUE,
    "RebuildJob.not_compared": OF_THE_CATALOGUE,
    "RebuildJob.rebuilds": OF_THE_CATALOGUE,
    "RedactedClaim.derived_from": AS_RECORDED,
    "RedactionBody.destroyed": AS_RECORDED,
    "ReportClaim.derived_from": AS_RECORDED,
    "ReportClaim.rests_on": AS_RECORDED,
    "ReportCorrected.claims": AS_RECORDED,
    "ReportFiled.claims": AS_RECORDED,
    "ReportFiledEventV0.data": AS_RECORDED,
    "SupportAnswer.reasons": WHOLE_PROOF,
    "TableSchema.fields": OF_THE_PROGRAM,
    "TableSchema.missingValues": OF_THE_PROGRAM,
    "Versions.versions": OF_ONE_PAGE,
    "WitnessedList.items": OF_THE_SETTINGS,
}
"""Lists without `maxItems`, and objects with members by any name: by type and member, each with why."""


class Place(NamedTuple):
    """Where a schema stands: the type, or else the operation, and the member."""

    owner: str
    member: str = ""

    def __str__(self) -> str:
        return f"{self.owner}.{self.member}" if self.member else self.owner


class Described:
    """The lists in the answers that a document describes."""

    def __init__(self, document: Schema) -> None:
        self._types: Schema = document["components"]["schemas"]
        self.unbounded = set[str]()
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                for schema in _answers(operation):
                    self._walk(schema, Place(f"{method.upper()} {path}"), frozenset())

    def _walk(self, schema: Any, place: Place, within: frozenset[str]) -> None:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            if name not in within:
                self._walk(self._types[name], Place(name), within | {name})
            return
        for each in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
            self._walk(each, place, within)
        if schema.get("type") == "array":
            if "maxItems" not in schema:
                self.unbounded.add(str(place))
            self._walk(schema.get("items", {}), place, within)
        if isinstance(members := schema.get("additionalProperties"), dict):
            self.unbounded.add(str(place))
            self._walk(members, place, within)
        for name, each in schema.get("properties", {}).items():
            self._walk(each, Place(place.owner, name if not place.member else place.member), within)


def _answers(operation: Schema) -> Iterator[Schema]:
    """The schemas of what an operation answers where it does what it is asked for."""
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            yield from (each["schema"] for each in answer.get("content", {}).values())


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Described:
    folder: Path = tmp_path_factory.mktemp("described")
    with one_server() as server, server.over(folder) as api:
        return Described(api.client.get("/openapi.json").json())


def test_every_list_has_a_bound_or_a_reason(described: Described) -> None:
    assert described.unbounded - {*UNBOUNDED} == set()


def test_every_reason_is_for_a_list_that_there_is(described: Described) -> None:
    assert {*UNBOUNDED} - described.unbounded == set()


def test_a_list_without_a_bound_is_found() -> None:
    answer = {"properties": {"names": {"type": "array", "items": {"type": "string"}}}}
    content = {"200": {"content": {"application/json": {"schema": answer}}}}
    paths = {"/v1/names": {"get": {"responses": content}}}
    found = Described({"components": {"schemas": {}}, "paths": paths})
    assert found.unbounded == {"GET /v1/names.names"}
