"""An intent as a request: its address, body and conditions, and the key that records it once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic_core import to_json

from service.client.exchange import Answer, Call, Plan, Program, Session, decoded, reached
from service.client.values import address, claim_parts, query_of, text_of

if TYPE_CHECKING:
    from service.client.answers import DryRunAnswer, Written

ADDRESSES: Mapping[str, tuple[str, str, str | None]] = {
    "file_report": ("POST", "/v1/reports", None),
    "define_indicator": ("PUT", "/v1/indicators/{id}", "id"),
    "register_source": ("PUT", "/v1/sources/{id}", "id"),
    "grade_source": ("POST", "/v1/sources/{id}/grades", "source"),
    "correct_report": ("POST", "/v1/reports/{id}/corrections", "report"),
    "redact_report": ("POST", "/v1/reports/{id}/redaction", "report"),
    "withdraw_report": ("POST", "/v1/reports/{id}/withdrawal", "report"),
    "hold_report": ("POST", "/v1/reports/{id}/hold", "report"),
    "release_report": ("POST", "/v1/reports/{id}/release", "report"),
    "mark_report": ("POST", "/v1/reports/{id}/marking", "report"),
    "grade_claim": ("POST", "/v1/claims/{report}/{n}/grades", "claim"),
    "link_claim": ("POST", "/v1/claims/{report}/{n}/links", "claim"),
    "dispute_claim": ("POST", "/v1/claims/{report}/{n}/disputes", "claim"),
    "record_assessment": ("POST", "/v1/indicators/{id}/assessments", "indicator"),
    "cite_figure": ("POST", "/v1/citations", None),
    "close_citation": ("DELETE", "/v1/citations/{id}", "citation"),
    "unlink_claim": ("DELETE", "/v1/claims/{report}/{n}/links/{parent}/{m}", "claim"),
}
"""The method and address of each command, and the field that the address has."""


CREATED = 201


class Conditions(TypedDict, total=False):
    """Under which conditions to write: at this version only, or only if nothing is there yet (`*`).

    The key under which a request is recorded once is made by the client, unless it is given.
    """

    if_match: int | str
    if_none_match: int | str
    idempotency_key: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A command by its name, with the fields that are given. A `body` is sent as it is instead."""

    name: str
    fields: Mapping[str, Any]
    conditions: Conditions = field(default_factory=Conditions)
    body: bytes | None = None

    def call(self, *, dry_run: bool = False) -> Call:
        """The request that asks for it."""
        method, path, target = ADDRESSES[self.name]
        rest, query = dict(self.fields), query_of(None, dry_run=dry_run)
        if target is not None:
            named = str(rest.pop(target))
            path = address(path, *(claim_parts(named) if target == "claim" else (named,)))
        headers = self._headers()
        if method == "DELETE":
            if "derived_from" in rest:
                path = address(path, *claim_parts(rest.pop("derived_from")))
            if beyond := rest.keys() - {"reason"}:
                raise ValueError(f"{self.name}: {', '.join(beyond)} can only be imported")
            return Call(method, path, {**rest, **query}, headers)
        body = to_json(rest) if self.body is None else self.body
        headers["Content-Type"] = "application/json"
        return Call(method, path, query, headers, lambda: {"content": body})

    def _headers(self) -> dict[str, str]:
        tags = {"If-Match": "if_match", "If-None-Match": "if_none_match"}
        return {
            header: f'"{tag}"' if isinstance(tag, int) else str(tag)
            for header, name in tags.items()
            if (tag := self.conditions.get(name)) is not None
        }

    @property
    def key(self) -> str | None:
        """The key that the caller gave it."""
        return self.conditions.get("idempotency_key")

    @property
    def is_repeatable(self) -> bool:
        """Whether it is recorded once without a key: a report is known by its id, or its content."""
        return self.name == "file_report" and not self.conditions


def answered(intent: Intent) -> Plan[Answer]:
    """Write; the whole answer. It is repeated where no answer came, and recorded once."""
    call = intent.call()

    def program(session: Session) -> Program[Answer]:
        sent = call
        if not intent.is_repeatable:
            key = intent.key or session.new_key()
            sent = replace(call, headers={**call.headers, "Idempotency-Key": key})
        answer = yield from reached(session, sent)
        session.wrote(decoded(answer)["position"])
        return answer

    return program


def written(intent: Intent) -> Plan[Written]:
    """Write; where it stands in the log."""

    def program(session: Session) -> Program[Written]:
        answer = yield from answered(intent)(session)
        body: Written = decoded(answer)
        return body

    return program


def tried(intent: Intent) -> Plan[DryRunAnswer]:
    """What it would record and change; writes nothing."""

    def program(session: Session) -> Program[DryRunAnswer]:
        answer = yield from reached(session, intent.call(dry_run=True))
        body: DryRunAnswer = decoded(answer)
        return body

    return program


def plain(value: Any) -> Any:
    """A value as JSON has it; of a model only what was set, of a time its text."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", exclude_unset=True)
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, date):
        return text_of(value)
    if isinstance(value, Mapping):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, Iterable):
        return [plain(each) for each in value]
    return value
