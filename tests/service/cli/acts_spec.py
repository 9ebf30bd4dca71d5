"""Command lines that write, each with what it records and what it prints."""

import json
from dataclasses import dataclass

from tests.http_spec import Body, claim, indicator, report, source

AMBER = "TLP:AMBER"


GIVEN = (
    indicator("killed", measure="cumulative"),
    source("un"),
    report("r1", claim(1_200, about="killed")),
    report("r2", claim(2_300, "west", "killed"), published_at="2025-01-12"),
)
REPORT, CLAIM = {"report": "r1"}, {"report": "r2", "n": 1}
RESTATED = [{"n": 1, "indicator": "killed", "originator": "nis", "quantity": {"best": 1300}}]
FIGURE_OF_R1 = {
    "originator": "west",
    "period": "2025-01-10",
    "status": "estimated",
    "quantity": {"best": 1200},
}


@dataclass(frozen=True)
class Case:
    """A command line, the last event that it records, and what it prints; after others, if need be."""

    words: str
    fact: tuple[str, str, Body]
    says: str
    then: str
    given: tuple[str, ...] = ()
    stdin: str = ""


CASES = {
    "define": Case(
        "define sent --title Sent --measure increment --parts killed --minimum none --fresh-days 30"
        " --marking TLP:AMBER",
        (
            "IndicatorDefined",
            "indicator:sent",
            {
                "measure": "increment",
                "parts": ["killed"],
                "minimum": None,
                "fresh_days": 30,
                "marking": AMBER,
            },
        ),
        "indicator sent is defined, recorded at position {}",
        "to take it back: define sent again, as it was before",
    ),
    "revise": Case(
        "define killed --title Killed --measure cumulative --place Kursk --since 2025-01-01",
        ("IndicatorRevised", "indicator:killed", {"place": "Kursk", "since": "2025-01-01"}),
        "indicator killed is defined: version 2, at position {}",
        "to take it back: define killed again, as it was before",
    ),
    "source": Case(
        "source us --kind official --country US --speaks-for un --note careful",
        (
            "SourceRegistered",
            "source:us",
            {"kind": "official", "country": "US", "speaks_for": "un", "note": "careful"},
        ),
        "source us is described, recorded at position {}",
        "to take it back: describe us again, as it was before",
    ),
    "grade a source": Case(
        "grade nis --reliability B --reason tested --marking TLP:AMBER",
        ("SourceGraded", "source:nis", {"reliability": "B", "reason": "tested", "marking": AMBER}),
        "source nis is graded B, recorded at position {}",
        "to take it back: grade nis again",
    ),
    "grade a claim": Case(
        "grade r2/1 --credibility 2 --reason tested",
        ("ClaimGraded", "report:r2", {**CLAIM, "credibility": 2, "reason": "tested"}),
        "claim r2/1 is graded 2, recorded at position {}",
        "to take it back: grade r2/1 again",
    ),
    "correct": Case(
        "correct r1 --kind publisher --published-at 2025-02-01 --reason theirs --claims -"
        " --provenance-title New --provenance-evidence-media-type text/html",
        (
            "ReportCorrected",
            "report:r1",
            {
                **REPORT,
                "kind": "publisher",
                "reason": "theirs",
                "published_at": "2025-02-01T00:00:00Z",
                "provenance": {"title": "New", "evidence": {"media_type": "text/html"}},
            },
        ),
        "report r1 is corrected, recorded at position {}",
        "to take it back: correct r1 again, with what it said before",
        stdin=f"\ufeff{json.dumps(RESTATED)}",
    ),
    "withdraw": Case(
        "withdraw r1 --reason twice",
        ("ReportWithdrawn", "report:r1", {**REPORT, "kind": "record", "reason": "twice"}),
        "report r1 is withdrawn, recorded at position {}",
        "nothing takes it back: a withdrawn report takes nothing more; file a new one",
    ),
    "hold": Case(
        "hold r1 --reason odd",
        ("ReportHeld", "report:r1", {**REPORT, "reason": "odd"}),
        "report r1 is held, recorded at position {}",
        "to take it back: intellog release r1",
    ),
    "release": Case(
        "release r1 --reason checked",
        ("ReportReleased", "report:r1", {**REPORT, "reason": "checked"}),
        "report r1 is released, recorded at position {}",
        "to take it back: intellog hold r1",
        given=("hold r1",),
    ),
    "mark": Case(
        "mark r1 --marking TLP:RED --reason names",
        ("ReportMarked", "report:r1", {**REPORT, "marking": "TLP:RED", "reason": "names"}),
        "report r1 is TLP:RED, recorded at position {}",
        "to take it back: intellog mark r1 --marking TLP:AMBER",
        given=("mark r1 --marking TLP:AMBER",),
    ),
    "link": Case(
        "link r2/1 --derived-from r1/1 --reason cites",
        ("ClaimLinked", "report:r2", {**CLAIM, "derived_from": "r1/1", "reason": "cites"}),
        "claim r2/1 is derived from r1/1, recorded at position {}",
        "to take it back: intellog unlink r2/1 --derived-from r1/1",
    ),
    "unlink": Case(
        "unlink r2/1 --derived-from r1/1 --reason mistaken",
        ("ClaimUnlinked", "report:r2", {**CLAIM, "derived_from": "r1/1", "reason": "mistaken"}),
        "claim r2/1 is not derived from r1/1, recorded at position {}",
        "to take it back: intellog link r2/1 --derived-from r1/1",
        given=("link r2/1 --derived-from r1/1",),
    ),
    "dispute": Case(
        "dispute r2/1 --by un --published-at 2025-02-01 --reason counted",
        ("ClaimDisputed", "report:r2", {**CLAIM, "by": "un", "reason": "counted"}),
        "claim r2/1 is disputed by un, recorded at position {}",
        "nothing takes it back: a dispute stays; a later one stands beside it",
    ),
    "cite": Case(
        "cite killed --id c1 --where story --published-by 2025-02-01 --when-it-moves-by-percent 2.5"
        " --when-it-moves-or-flag false",
        (
            "FigureCited",
            "citation:c1",
            {
                "indicator": "killed",
                "where": "story",
                "published_by": "2025-02-01T23:59:59.999999Z",
                "when_it_moves": {"by_percent": 2.5, "or_support": True, "or_flag": False},
            },
        ),
        "a figure of killed is cited in story, recorded at position {}",
        "to take it back: intellog uncite c1",
    ),
    "uncite": Case(
        "uncite c1 --reason corrected",
        ("CitationClosed", "citation:c1", {"indicator": "killed", "reason": "corrected"}),
        "citation c1 is closed, recorded at position {}",
        "nothing takes it back: cite the figure again",
        given=("cite killed --id c1 --where story",),
    ),
    "assess": Case(
        "assess killed --low 100 --best 150.5 --high 1e3 --confidence low --rationale guess"
        " --claims r1/1 --claims r2/1",
        (
            "AssessmentRecorded",
            "indicator:killed",
            {"low": 100, "best": 150.5, "high": 1000, "claims": ["r1/1", "r2/1"], "rationale": "guess"},
        ),
        "killed is assessed with low confidence, recorded at position {}",
        "to take it back: assess killed again: the later assessment takes its place",
    ),
}
DRY_RUNS = {
    "an estimate": (
        "hold r1",
        "",
        [
            "nothing was written; this would be: ReportHeld (report:r1)",
            "the estimate of killed would change:",
            "  low rose from 1,200 to 2,300",
            "  origins fell from 2 to 1",
            "  rests on: r2/1, r1/1 became r2/1",
            "  support: contested became single",
            "  flags: gone: contradiction (r1/1, r2/1)",
        ],
    ),
    "no estimate": (
        "source us",
        "",
        [
            "nothing was written; this would be: SourceRegistered (source:us)",
            "no estimate would change",
        ],
    ),
    "a flag that asks": (
        "correct r2 --kind record --claims -",
        json.dumps([{**RESTATED[0], **FIGURE_OF_R1}]),
        [
            "nothing was written; this would be: ReportCorrected (report:r2)",
            "the estimate of killed would change:",
            "new flag on killed: relay-suspected: r2/1 equals r1/1 of nis: taken from there? ",
            "If so, link it with derived_from.",
        ],
    ),
}
