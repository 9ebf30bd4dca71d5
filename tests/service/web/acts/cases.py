"""Acts by their forms: what is typed, what is recorded, and which form takes it back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain import commands
from domain.commands import DeskCommand
from tests.http_spec import Ask, Body, claim, indicator, post, report, source

GIVEN: tuple[Ask, ...] = (
    indicator("killed", measure="cumulative", minimum=None, terms=["killed", "war dead"]),
    indicator("wounded", measure="cumulative"),
    source("un"),
    report("r1", claim(1_200, about="killed"), title="First"),
    report("r2", claim(2_300, "west", "killed"), published_at="2025-01-12"),
)
LINK = post("/v1/claims/r2/1/links", derived_from="r1/1")
HOLD = post("/v1/reports/r1/hold", reason="odd")
WITHDRAWAL = post("/v1/reports/r1/withdrawal", kind="record")
RELAY = report("r3", claim(1_200, "un", "killed", period="2025-01-10"), published_at="2025-01-14")
"""The figure of r1 again, by another voice."""


@dataclass(frozen=True)
class Case:
    """An act: the address of its form, what is typed, the fact, and what is so and takes it back.

    `back` is the address of the form that takes it back, with `{before}` for the position before it;
    where nothing does, it is a part of the reason. `wrong` is typed into a field that refuses it.
    """

    command: type[DeskCommand]
    at: str
    typed: Mapping[str, str]
    fact: tuple[str, str, Body]
    done: str
    back: str
    wrong: tuple[str, str]
    given: tuple[Ask, ...] = ()
    restored: Mapping[str, Any] = field(default_factory=dict)
    """What the form that takes it back is filled with."""


CASES: Mapping[str, Case] = {
    "define": Case(
        commands.DefineIndicator,
        "/indicators/new",
        {
            "/id": "sent",
            "/title": "Sent",
            "/measure": "increment",
            "/parts": "killed\nwounded",
            "/minimum": "",
            "/fresh_days": "30",
            "/terms": "sent abroad\r\ndeployed",
            "/marking": "TLP:AMBER",
        },
        (
            "indicator:sent",
            "IndicatorDefined",
            {
                "parts": ["killed", "wounded"],
                "terms": ["sent abroad", "deployed"],
                "fresh_days": 30,
                "marking": "TLP:AMBER",
            },
        ),
        "Indicator sent is defined",
        "/indicators/sent/edit",
        ("/plans_for", "nothing"),
    ),
    "revise": Case(
        commands.DefineIndicator,
        "/indicators/killed/edit",
        {"/title": "Dead", "/since": "2025-01-01"},
        (
            "indicator:killed",
            "IndicatorRevised",
            {"title": "Dead", "since": "2025-01-01", "terms": ["killed", "war dead"]},
        ),
        "Indicator killed is defined",
        "/indicators/killed/edit?known_at={before}",
        ("/since", "yesterday"),
        restored={"/title": "Killed", "/since": "", "/minimum": "", "/terms": "killed\nwar dead"},
    ),
    "assess": Case(
        commands.RecordAssessment,
        "/indicators/killed/assess",
        {"/low": "1,000", "/high": "2 000", "/confidence": "low", "/claims": "r1/1, r2/1"},
        (
            "indicator:killed",
            "AssessmentRecorded",
            {"low": 1_000, "high": 2_000, "confidence": "low", "claims": ["r1/1", "r2/1"]},
        ),
        "Killed is assessed with low confidence",
        "/indicators/killed/assess",
        ("/claims", "r9/1"),
    ),
    "assess again": Case(
        commands.RecordAssessment,
        "/indicators/killed/assess",
        {"/best": "1700"},
        (
            "indicator:killed",
            "AssessmentRecorded",
            {"low": 1_500, "best": 1_700, "confidence": "high", "rationale": "why"},
        ),
        "Killed is assessed with high confidence",
        "/indicators/killed/assess?known_at={before}",
        ("/best", "1.000"),
        given=(
            post("/v1/indicators/killed/assessments", low=1_500, confidence="high", rationale="why"),
        ),
        restored={"/low": "1500", "/best": "", "/confidence": "high"},
    ),
    "cite": Case(
        commands.CiteFigure,
        "/citations/new",
        {
            "/id": "c1",
            "/indicator": "killed",
            "/where": "https://example.org/story",
            "/position": "6",
            "/published_by": "2025-02-01",
            "/when_it_moves/by_percent": "5",
            "/when_it_moves/or_flag": "false",
        },
        (
            "citation:c1",
            "FigureCited",
            {
                "indicator": "killed",
                "position": 6,
                "published_by": "2025-02-01T23:59:59.999999Z",
                "when_it_moves": {"by_percent": 5, "or_support": True, "or_flag": False},
            },
        ),
        "A figure of killed is cited in https://example.org/story",
        "/citations/c1/close",
        ("/position", "99"),
    ),
    "close": Case(
        commands.CloseCitation,
        "/citations/c1/close",
        {"/reason": "corrected"},
        ("citation:c1", "CitationClosed", {"indicator": "killed", "reason": "corrected"}),
        "Citation c1 is closed",
        "cite the figure again",
        ("/reason", "x" * 20_001),
        given=(post("/v1/citations", id="c1", indicator="killed", where="Bulletin"),),
    ),
    "register": Case(
        commands.RegisterSource,
        "/register",
        {"/id": "us", "/kind": "official", "/aliases": "USA, Inc.\nWashington", "/speaks_for": "un"},
        (
            "source:us",
            "SourceRegistered",
            {"kind": "official", "aliases": ["USA, Inc.", "Washington"], "speaks_for": "un"},
        ),
        "Source us is described",
        "/sources/us/edit",
        ("/speaks_for", "us"),
    ),
    "describe": Case(
        commands.RegisterSource,
        "/sources/un/edit",
        {"/name": "United Nations", "/note": "two\r\nlines"},
        ("source:un", "SourceRegistered", {"name": "United Nations", "note": "two\nlines"}),
        "Source un is described",
        "/sources/un/edit?known_at={before}",
        ("/kind", "planet"),
        restored={"/name": "", "/note": ""},
    ),
    "grade a source": Case(
        commands.GradeSource,
        "/sources/nis/grade",
        {"/reliability": "B", "/reason": "tested"},
        ("source:nis", "SourceGraded", {"reliability": "B", "reason": "tested"}),
        "Source nis is graded B",
        "/sources/nis/grade?known_at={before}",
        ("/reliability", "Z"),
        given=(post("/v1/sources/nis/grades", reliability="D"),),
        restored={"/reliability": "D"},
    ),
    "correct": Case(
        commands.CorrectReport,
        "/reports/r1/correct",
        {"/kind": "record", "/reason": "mistyped", "/claims/0/quantity/best": "1300"},
        (
            "report:r1",
            "ReportCorrected",
            {"kind": "record", "reason": "mistyped", "provenance": None, "published_at": None},
        ),
        "Report r1 is corrected",
        "/reports/r1/correct?kind=record&known_at={before}",
        ("/provenance/url", "nowhere"),
        restored={"/kind": "record", "/claims/0/quantity/best": "1200"},
    ),
    "correct for the publisher": Case(
        commands.CorrectReport,
        "/reports/r1/correct",
        {"/kind": "publisher", "/published_at": "2025-02-01", "/provenance/title": "Corrected"},
        (
            "report:r1",
            "ReportCorrected",
            {
                "kind": "publisher",
                "published_at": "2025-02-01T00:00:00Z",
                "provenance": {"title": "Corrected"},
                "claims": None,
            },
        ),
        "Report r1 is corrected",
        "/reports/r1/correct?kind=record&known_at={before}",
        ("/claims/0/indicator", "kiled"),
        restored={"/provenance/title": "First"},
    ),
    "withdraw": Case(
        commands.WithdrawReport,
        "/reports/r1/withdraw",
        {"/kind": "publisher", "/published_at": "2025-02-01", "/reason": "wrong"},
        ("report:r1", "ReportWithdrawn", {"kind": "publisher", "reason": "wrong"}),
        "Report r1 is withdrawn",
        "Nothing takes it back: a withdrawn report takes nothing more; file a new one",
        ("/published_at", "2024-01-01"),
    ),
    "redact": Case(
        commands.RedactReport,
        "/reports/r1/redact",
        {"/reason": "names a person", "/authority": "court order 12"},
        ("report:r1", "EventRedacted", {"reason": "names a person", "authority": "court order 12"}),
        "What report r1 said is destroyed",
        "Nothing takes it back: what it said is destroyed",
        ("/authority", ""),
    ),
    "hold": Case(
        commands.HoldReport,
        "/reports/r1/hold",
        {"/reason": "odd"},
        ("report:r1", "ReportHeld", {"reason": "odd"}),
        "Report r1 is held",
        "/reports/r1/release",
        ("/reason", "x" * 20_001),
    ),
    "release": Case(
        commands.ReleaseReport,
        "/reports/r1/release",
        {"/reason": "checked"},
        ("report:r1", "ReportReleased", {"reason": "checked"}),
        "Report r1 is released",
        "/reports/r1/hold",
        ("/reason", "x" * 20_001),
        given=(HOLD,),
    ),
    "mark": Case(
        commands.MarkReport,
        "/reports/r1/mark",
        {"/marking": "TLP:RED", "/reason": "names"},
        ("report:r1", "ReportMarked", {"marking": "TLP:RED", "reason": "names"}),
        "Report r1 is TLP:RED",
        "/reports/r1/mark?known_at={before}",
        ("/marking", "RED"),
        given=(post("/v1/reports/r1/marking", marking="TLP:GREEN"),),
        restored={"/marking": "TLP:GREEN"},
    ),
    "grade a claim": Case(
        commands.GradeClaim,
        "/claims/r2/1/grade",
        {"/credibility": "2"},
        ("report:r2", "ClaimGraded", {"n": 1, "credibility": 2}),
        "Claim r2/1 is graded 2",
        "/claims/r2/1/grade",
        ("/credibility", "7"),
    ),
    "link": Case(
        commands.LinkClaim,
        "/claims/r2/1/link",
        {"/derived_from": "r1/1", "/reason": "cites"},
        ("report:r2", "ClaimLinked", {"n": 1, "derived_from": "r1/1", "reason": "cites"}),
        "Claim r2/1 is derived from r1/1",
        "/claims/r2/1/unlink?derived_from=r1%2F1",
        ("/derived_from", "r9/1"),
        restored={"/derived_from": "r1/1"},
    ),
    "unlink": Case(
        commands.UnlinkClaim,
        "/claims/r2/1/unlink",
        {"/derived_from": "r1/1"},
        ("report:r2", "ClaimUnlinked", {"n": 1, "derived_from": "r1/1"}),
        "Claim r2/1 is not derived from r1/1",
        "/claims/r2/1/link?derived_from=r1%2F1",
        ("/derived_from", "r1"),
        given=(LINK,),
        restored={"/derived_from": "r1/1"},
    ),
    "dispute": Case(
        commands.DisputeClaim,
        "/claims/r2/1/dispute",
        {"/by": "un", "/published_at": "2025-02"},
        ("report:r2", "ClaimDisputed", {"n": 1, "by": "un"}),
        "Claim r2/1 is disputed by un",
        "Nothing takes it back: a dispute stays; a later one stands beside it",
        ("/published_at", "2999"),
    ),
}
