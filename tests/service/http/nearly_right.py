"""Bodies, import lines and queries that are nearly right, as strategies."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tests.http_spec import Body

JUST_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
NAMES = st.sampled_from(["troops", "drones", "gives", "sent", "none", "NIS", ""])
DAYS = st.sampled_from(
    [
        "0001-01-01",
        "1969-12-31",
        "2025-01-10",
        "2025-01-09T23:00:00-05:00",
        "9999-12-31",
        "2016-12-31T23:59:60Z",
    ]
)
PERIODS = st.sampled_from(
    ["2025", "2025-01~", "../2025-01-10", "2025/..", "0001/9999", "9999-12-31", "..", "2025-01/2024"]
)
FIGURES = st.sampled_from([0, -1, 1, 0.5, 1e15, -(2**53) + 1, 2**53 - 1, 5e-324, "1", None, True])
WORDS = st.text(max_size=30) | st.sampled_from(["*", "", "'", "\x00", "\u2028", "%"])
CLAIM_IDS = st.sampled_from(["r1/1", "r1/2", "r0/1", "r1/99", "r1/01", "x/1", "r1"])
FIELDS: dict[str, SearchStrategy[Any]] = {
    "id": st.sampled_from(["r1", "r2", "r3", "R", "", "r" * 128]),
    "report": st.just("r1"),
    "indicator": NAMES,
    "originator": st.sampled_from(["nis", "mnd", "x.y-z_1", "N", ""]),
    "spokesperson": st.sampled_from(["nis", "someone"]),
    "publisher": st.sampled_from(["wire", "nis", "W"]),
    "cohort": WORDS,
    "title": WORDS,
    "text": WORDS,
    "reason": WORDS,
    "name": WORDS,
    "note": WORDS,
    "country": WORDS,
    "definition": WORDS,
    "unit": WORDS,
    "place": WORDS,
    "kind": st.sampled_from(["record", "publisher", "agency", "other", None]),
    "published_at": DAYS,
    "stated_at": DAYS,
    "period": PERIODS,
    "status": st.sampled_from(["planned", "estimated", "sure"]),
    "basis": st.sampled_from(["relay", "own-intelligence", "unknown", ""]),
    "marking": st.sampled_from(["TLP:CLEAR", "TLP:RED", "TLP:WHITE"]),
    "measure": st.sampled_from(["stock", "increment", "cumulative", "proposition", "count"]),
    "reliability": st.sampled_from(["A", "F", "G", None]),
    "credibility": st.sampled_from([1, 6, 0, 2.0, "1"]),
    "derived_from": CLAIM_IDS | st.lists(CLAIM_IDS, max_size=3),
    "parts": st.lists(NAMES, max_size=3),
    "policy": st.sampled_from(["latest-best-source/2", "envelope/1", ""]),
    "fresh_days": st.sampled_from([0, 36_500, -1, 1.5]),
    "url": st.sampled_from(["https://x", "http://\u2028", "x"]),
    "evidence": st.fixed_dictionaries({}, optional={"sha256": st.just("a" * 64), "media_type": WORDS}),
    "quantity": st.fixed_dictionaries(
        {},
        optional={
            "low": FIGURES,
            "best": FIGURES,
            "high": FIGURES,
            "qualifier": st.sampled_from(["exact", "about", "at-least", "unspecified", "many", None]),
        },
    ),
    "stance": st.fixed_dictionaries(
        {"asserts": st.booleans()},
        optional={"likelihood": st.sampled_from(["likely", "Remote", "sure"])},
    ),
    "n": st.sampled_from([1, 2, 3, 0, 10**6]),
}


def some(*needed: str, of: str) -> SearchStrategy[Body]:
    """Objects with these fields and perhaps others, each with a value that is nearly right."""
    optional = {name: FIELDS[name] for name in of.split() if name not in needed}
    return st.fixed_dictionaries({name: FIELDS[name] for name in needed}, optional=optional)


EXTREMES = st.sampled_from([0, -1, 1, 0.5, 1e15, -(2**53) + 1, 2**53 - 1, 5e-324, -0.0, 1e-5])
QUALIFIERS = st.sampled_from(["exact", "about", "at-least", "less-than", "up-to", "range", "nearly"])
SOUND = {
    "originator": st.sampled_from(["nis", "mnd", "x.y-z_1"]),
    "cohort": st.text(min_size=1, max_size=5) | st.sampled_from(["*", "\x00", "'", "\u2028"]),
    "basis": st.sampled_from(["relay", "own-intelligence", "unknown"]),
    "stated_at": DAYS,
    "period": st.sampled_from(
        ["2025", "2025-01~", "../2025-01-10", "2025/..", "0001/9999", "9999-12-31", "0001", "../0001"]
    ),
    "text": st.text(max_size=10),
    "derived_from": st.lists(st.sampled_from(["r1/1", "r1/2", "r0/1"]), max_size=2, unique=True),
}
NUMBERS = st.fixed_dictionaries(
    {"best": EXTREMES, "qualifier": QUALIFIERS}, optional={"low": EXTREMES, "high": EXTREMES}
)


def said(about: str, *needed: str) -> SearchStrategy[Body]:
    """Claims that are sound as far as they go, and as odd as that allows."""
    kind = {"stance": FIELDS["stance"]} if about == "gives" else {"quantity": NUMBERS}
    fixed = {"indicator": st.just(about), "originator": SOUND["originator"], **kind}
    fixed |= {name: SOUND[name] for name in needed}
    return st.fixed_dictionaries(
        fixed, optional={name: value for name, value in SOUND.items() if name not in fixed}
    )


SAID = said("troops") | said("drones") | said("gives") | said("sent", "period")
FIELDS["provenance"] = some(of="publisher url title published_at evidence")
FIELDS["claims"] = st.lists(
    some(
        "indicator",
        "originator",
        of="n spokesperson cohort basis stated_at period status quantity stance derived_from text",
    ),
    max_size=4,
)
BODIES: dict[str, SearchStrategy[Body]] = {
    "indicator": some("title", "measure", of="unit definition place parts policy fresh_days"),
    "source": some(of="name kind country note"),
    "source's grade": some("reliability", of="reason"),
    "report": some("publisher", "published_at", "claims", of="id url title marking evidence")
    | st.fixed_dictionaries(
        {
            "publisher": st.sampled_from(["wire", "nis"]),
            "published_at": DAYS,
            "claims": st.lists(SAID, min_size=1, max_size=4),
        },
        optional={"title": WORDS, "marking": st.sampled_from(["TLP:GREEN", "TLP:AMBER+STRICT"])},
    ),
    "correction": some("kind", of="reason published_at provenance claims")
    | st.fixed_dictionaries(
        {"kind": st.just("record"), "claims": st.lists(SAID, min_size=1, max_size=3)},
        optional={"provenance": st.fixed_dictionaries({"published_at": DAYS})},
    )
    | st.fixed_dictionaries(
        {"kind": st.just("publisher"), "published_at": DAYS, "provenance": FIELDS["provenance"]},
    ),
    "withdrawal": some("kind", of="reason published_at"),
    "hold": some(of="reason"),
    "release": some(of="reason"),
    "marking": some("marking", of="reason"),
    "claim's grade": some("credibility", of="reason"),
    "link": some("derived_from", of="reason"),
}


def named(command: str, **fields: str) -> Callable[[Body], Body]:
    return lambda body: {command: {**body, **fields}}


LINES = (
    BODIES["report"].map(named("file_report"))
    | BODIES["source"].map(named("register_source", id="nis"))
    | BODIES["indicator"].map(named("define_indicator", id="drones"))
    | BODIES["correction"].map(named("correct_report", report="r1"))
    | BODIES["claim's grade"].map(named("grade_claim", claim="r1/1"))
    | BODIES["link"].map(named("link_claim", claim="r1/1"))
    | JUST_JSON
)
ASKED: dict[str, SearchStrategy[str]] = {
    "known_at": DAYS | st.sampled_from(["0", "1", "7", "99999"]),
    "published_by": DAYS,
    "valid_at": DAYS,
    "limit": st.sampled_from(["1", "2", "1000", "0"]),
    "period": PERIODS,
    "cohort": WORDS,
    "originator": st.sampled_from(["nis", "mnd", "*", "\x00"]),
    "period_from": PERIODS,
    "period_to": PERIODS,
    "release": st.sampled_from(["first", "latest", "2", "1000000"]),
    "as": st.sampled_from(["increment", "cumulative", "stock"]),
    "axis": st.sampled_from(["record", "publication", "x"]),
    "all": st.sampled_from(["true", "false"]),
    "q": WORDS,
    "after": st.sampled_from(["0", "3", "99999"]),
    "before": st.sampled_from(["0", "5", "99999"]),
    "order": st.sampled_from(["asc", "desc"]),
    "type": st.sampled_from(["ReportFiled", "x"]),
}
TIMES = "known_at published_by valid_at"
READERS = {
    "/v1/estimates": f"{TIMES} limit q",
    "/v1/estimates/drones": f"{TIMES} period cohort originator",
    "/v1/estimates/gives": f"{TIMES} period cohort originator",
    "/v1/estimates/sent": f"{TIMES} period cohort originator",
    "/v1/estimates/sent/series": f"{TIMES} limit release as period_from period_to cohort originator",
    "/v1/estimates/drones/series": f"{TIMES} release as period_from period_to",
    "/v1/estimates/troops/vintages": f"{TIMES} limit period cohort originator axis all",
    "/v1/estimates/sent/vintages": f"{TIMES} axis all",
    "/v1/estimates/troops/vintages/known": f"{TIMES} limit period cohort originator",
    "/v1/events": f"{TIMES} limit after before order type",
    "/v1/reports/r1": TIMES,
    "/v1/reports/r1/history": f"{TIMES} limit",
    "/v1/claims/r1/1": TIMES,
    "/v1/sources/nis": TIMES,
}
QUERY = st.fixed_dictionaries({}, optional=ASKED)
