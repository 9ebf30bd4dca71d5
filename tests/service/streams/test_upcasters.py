"""Stored events: their names and versions are for ever, and old ones are read as they were meant."""

from typing import Any

import pytest
from pydantic_core import from_json, to_json

from domain.events import (
    EVENT_TYPES,
    AssessmentRecorded,
    CitationClosed,
    ClaimDisputed,
    ClaimGraded,
    ClaimLinked,
    ClaimUnlinked,
    ClockAccepted,
    Event,
    EventRedacted,
    FigureCited,
    IndicatorDefined,
    IndicatorRevised,
    LossAccepted,
    ReportCorrected,
    ReportFiled,
    ReportHeld,
    ReportMarked,
    ReportReleased,
    ReportWithdrawn,
    SigningKeyAdded,
    SigningKeyRetired,
    SourceGraded,
    SourceRegistered,
    TokenIssued,
    TokenRevoked,
    WebhookEnded,
    WebhookSet,
)
from domain.times import EPOCH
from service.log.envelope import Envelope, decode_envelope, encode
from service.log.port import Pending
from service.streams.upcasters import UPCASTERS, UnknownEvent, decode_event, encode_event, read_event
from tests.spec import a, claim, defined, filed

STORED = {
    "ReportFiled": 1,
    "ReportCorrected": 1,
    "ReportWithdrawn": 1,
    "ReportHeld": 1,
    "ReportReleased": 1,
    "ReportMarked": 1,
    "ClaimGraded": 1,
    "ClaimLinked": 1,
    "ClaimUnlinked": 1,
    "ClaimDisputed": 1,
    "EventRedacted": 1,
    "SourceRegistered": 1,
    "SourceGraded": 1,
    "IndicatorDefined": 2,
    "IndicatorRevised": 2,
    "AssessmentRecorded": 1,
    "FigureCited": 1,
    "CitationClosed": 1,
    "LossAccepted": 1,
    "ClockAccepted": 1,
    "TokenIssued": 1,
    "TokenRevoked": 1,
    "WebhookSet": 1,
    "WebhookEnded": 1,
    "SigningKeyAdded": 1,
    "SigningKeyRetired": 1,
}
"""What logs hold. A name is never taken away or given another meaning; a version may rise, and
then there is an upcaster from the one before."""


def test_the_stored_types_are_these() -> None:
    assert {each.TYPE: each.V for each in EVENT_TYPES} == STORED


def test_no_two_events_share_a_type_and_each_names_its_own() -> None:
    assert len(EVENT_TYPES) == len(STORED)
    assert all("TYPE" in vars(each) for each in EVENT_TYPES)


def test_an_upcaster_leads_to_a_version_that_there_is() -> None:
    assert all(version < STORED[name] for name, version in UPCASTERS)


FULL = claim(
    300,
    spokesperson="lee",
    cohort="tranche-1",
    basis="own-intelligence",
    stated_at="2025-01-12T09:30:00.25+09:00",
    period="2024-12~/2025-01-12",
    status="estimated",
    quantity={"low": 100, "best": 300.5, "high": 9007199254740991, "qualifier": "about"},
    derived_from=["root-1/1", "root-2/12"],
    text="“about 300”\nsaid the NIS \\ \x00",
)
STANCE = claim(indicator="war", quantity=None, stance={"asserts": False, "likelihood": "very likely"})
UNSPECIFIED = claim(quantity={"qualifier": "unspecified"})
EVIDENCE = {"sha256": "0" * 64, "media_type": "text/html"}
REASON: dict[str, Any] = {"report": "wire-1", "reason": "because"}

ALLOWED: dict[str, Any] = {"role": "analyst", "clearance": "TLP:AMBER"}
JUDGED: dict[str, Any] = {"confidence": "low", "analyst": "ana", "rationale": "", "claims": []}

CITED: dict[str, Any] = {"citation": "c-1", "indicator": "killed"}
RULE: dict[str, Any] = {"or_support": True, "or_flag": True}
ASKED: dict[str, Any] = {"policy": "latest-best-source/2", "position": 3, "where": "Bulletin 1"}

VKEY = "intel.example/log+3a5bf9c1+AXuX1fkbNYDXwJ8qTkvXm1xVvEIgCdUiVPvE8E2VYHsA"
EXAMPLES: list[Event] = [
    filed(),
    filed(
        "wire-1",
        FULL,
        STANCE,
        UNSPECIFIED,
        title="Title",
        url="https://wire/1",
        evidence=EVIDENCE,
        marking="TLP:RED",
    ),
    filed("wire-1", evidence={}),
    a(ReportCorrected, **REASON, kind="record", provenance={"title": "Title", "evidence": EVIDENCE}),
    a(
        ReportCorrected,
        **REASON,
        kind="publisher",
        published_at="2025-01-20",
        claims=[FULL | {"n": 7}, STANCE | {"n": 1}],
    ),
    a(ReportWithdrawn, **REASON, kind="record"),
    a(ReportWithdrawn, **REASON, kind="publisher", published_at="2025-01-20T00:00:00.000001Z"),
    a(ReportHeld, **REASON),
    a(ReportReleased, **REASON),
    a(ReportMarked, **REASON, marking="TLP:AMBER+STRICT"),
    a(ClaimGraded, **REASON, n=1, credibility=6, grader="ana"),
    a(ClaimLinked, **REASON, n=1, derived_from="root-1/1"),
    a(ClaimUnlinked, **REASON, n=1, derived_from="root-1/1"),
    a(ClaimDisputed, **REASON, n=1, by="hur"),
    a(ClaimDisputed, **REASON, n=1, by="hur", published_at="2025-01-14T09:00:00.5Z"),
    a(
        EventRedacted,
        **REASON,
        position=3,
        event="ReportFiled",
        authority="court order 12",
        indicators=("killed",),
        marking="TLP:AMBER",
        claims=({"n": 1, "indicator": "killed", "derived_from": ("r2/1",)},),
    ),
    a(SourceRegistered, source="nis"),
    a(SourceRegistered, source="nis", name="NIS", kind="agency", country="South Korea", note=""),
    a(SourceGraded, source="nis", reliability="F", grader="ana", reason=""),
    defined("losses", "stock", parts=["killed", "wounded"], place="Kursk", fresh_days=0),
    IndicatorRevised(indicator="killed", definition=defined("killed").definition),
    a(AssessmentRecorded, indicator="killed", best=300.5, **JUDGED),
    a(FigureCited, **CITED, **ASKED, note="", when_it_moves=RULE),
    a(
        FigureCited,
        **CITED,
        **ASKED,
        originator="nis",
        period="2025-01/2025-02",
        cohort="tranche-1",
        incident="raid",
        published_by="2025-05-01T23:59:59.999999Z",
        valid_at="2025-04-01T09:00:00Z",
        note="in the box",
        when_it_moves={"by_percent": 2.5, "or_support": False, "or_flag": False},
        marking="TLP:AMBER",
    ),
    a(CitationClosed, **CITED, originator="nis", reason="corrected"),
    a(LossAccepted, operator="ana", head=232, known=235, evidence="the views stand at 235"),
    a(ClockAccepted, operator="ana", before="2025-01-13T09:00:00Z", after="2025-03-01T09:00:00Z"),
    a(TokenIssued, operator="ana", token="0123456789ab", subject="bot", **ALLOWED, note=""),
    a(WebhookSet, operator="ana", webhook="desk", subject="ana", clearance="TLP:AMBER"),
    a(WebhookEnded, operator="ana", webhook="desk", reason="deleted"),
    a(SigningKeyAdded, operator="ana", vkey=VKEY, added_at="2026-01-31T00:00:00Z"),
    a(SigningKeyAdded, operator="ana", vkey=VKEY, added_at="2026-01-31T00:00:00Z", recovers="size 7"),
    a(SigningKeyRetired, operator="ana", vkey=VKEY, retired_at="2026-01-31T00:00:00Z"),
    a(
        TokenIssued,
        operator="ana",
        token="0123456789ab",
        subject="Ana Ng",
        **ALLOWED,
        expires_at="2026-01-31T00:00:00Z",
        note="for the press desk",
    ),
    a(TokenRevoked, operator="ana", token="0123456789ab"),
    a(AssessmentRecorded, indicator="killed", low=0, high=2000, **JUDGED | {"claims": ["wire-1/1"]}),
]


def stored(event: Event) -> bytes:
    return encode(
        Pending("id", event.TYPE, event.V, event.stream, 1, "ana", encode_event(event)), EPOCH
    )


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.TYPE)
def test_an_event_survives_being_stored_and_read(event: Event) -> None:
    envelope, again = read_event(stored(event))

    assert again == event
    assert repr(again) == repr(event)
    assert type(again) is type(event)
    assert (envelope.type, envelope.v, envelope.stream) == (event.TYPE, event.V, event.stream)
    assert encode_event(again) == encode_event(event)


def test_every_type_of_event_is_among_the_examples() -> None:
    assert {type(event) for event in EXAMPLES} == set(EVENT_TYPES)


def test_what_was_not_given_is_not_stored() -> None:
    assert from_json(encode_event(filed())) == {
        "report": "wire-1",
        "provenance": {"publisher": "wire", "published_at": "2025-01-13T00:00:00Z"},
        "marking": "TLP:CLEAR",
        "claims": [
            {
                "n": 1,
                "indicator": "killed",
                "originator": "nis",
                "basis": "unknown",
                "status": "reported",
                "quantity": {"best": 300, "qualifier": "exact"},
                "derived_from": [],
                "text": "",
            }
        ],
    }


# -- versions --------------------------------------------------------------------------------------

VERSION_0 = {
    "report": "wire-1",
    "publisher": "wire",
    "url": "https://wire/1",
    "title": "Title",
    "published_at": "2025-01-13T09:00:00+09:00",
    "evidence": EVIDENCE,
    "marking": "TLP:CLEAR",
    "claims": [claim(300), FULL],
}


def in_envelope(type_: str, v: int, data: dict[str, Any]) -> Envelope:
    pending = Pending("id", type_, v, "report:wire-1", 1, "ana", to_json(data))
    return decode_envelope(encode(pending, EPOCH))


def test_a_report_of_version_0_is_read_as_one_of_today() -> None:
    """It held the provenance flat beside the claims, and these without numbers."""
    assert decode_event(in_envelope("ReportFiled", 0, VERSION_0)) == filed(
        "wire-1", claim(300), FULL, url="https://wire/1", title="Title", evidence=EVIDENCE
    )


def test_a_report_of_version_0_need_not_have_had_everything() -> None:
    sparse = {
        name: value for name, value in VERSION_0.items() if name not in ("url", "title", "evidence")
    }

    assert decode_event(in_envelope("ReportFiled", 0, sparse)) == filed("wire-1", claim(300), FULL)


def test_reading_an_old_version_leaves_what_was_stored() -> None:
    envelope = in_envelope("ReportFiled", 0, VERSION_0)
    decode_event(envelope)

    assert envelope.data == from_json(to_json(VERSION_0))


@pytest.mark.parametrize(
    ("type_", "v", "told"),
    [
        ("ReportForgotten", 1, "ReportForgotten version 1 in report:wire-1: this program is too old"),
        ("ReportFiled", 2, "ReportFiled version 2 in report:wire-1: this program is too old"),
        ("ReportHeld", 99, "ReportHeld version 99 in report:wire-1: this program is too old"),
        ("ReportHeld", 0, "ReportHeld version 0 in report:wire-1: there never was such a version"),
        ("ReportFiled", -1, "ReportFiled version -1 in report:wire-1: there never was such a version"),
        ("reportfiled", 1, "reportfiled version 1 in report:wire-1: this program is too old"),
    ],
)
def test_an_event_that_this_program_does_not_know_is_never_guessed_at(
    type_: str, v: int, told: str
) -> None:
    with pytest.raises(UnknownEvent) as caught:
        decode_event(in_envelope(type_, v, {"report": "wire-1", "reason": ""}))

    assert str(caught.value) == told


def test_a_field_that_this_program_does_not_know_is_not_dropped() -> None:
    held = {"report": "wire-1", "reason": "", "until": "2026"}

    with pytest.raises(ValueError, match="until"):
        decode_event(in_envelope("ReportHeld", 1, held))


def test_events_know_their_streams() -> None:
    streams = {event.stream for event in EXAMPLES}

    indicators = {"indicator:losses", "indicator:killed"}
    assert streams == {"report:wire-1", "source:nis", *indicators, "citation:c-1", "log:operations"}
    assert any(isinstance(each, IndicatorDefined) for each in EXAMPLES) and isinstance(
        EXAMPLES[0], ReportFiled
    )
