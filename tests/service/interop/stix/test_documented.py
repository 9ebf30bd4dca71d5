"""The page on STIX names every property of the extension, and every type that is taken in."""

import re

import pytest

from service.interop.stix.extension import EXTENSION, VERSION
from service.interop.stix.inbound.figures import LABEL
from tests.http_spec import Api, Body, claim, indicator, post, report, source
from tests.places import DOCS
from tests.service.interop.stix.stix_spec import objects, ours_or_nothing

TEXT = (DOCS / "stix.md").read_text("utf-8")
ROWS = re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", TEXT, re.MULTILINE)
DOCUMENTED = {
    (kind.strip(), name)
    for names, kinds in ROWS
    for name in re.findall(r"`(\w+)`", names)
    for kind in kinds.replace("grades", "reliability, credibility").split(",")
}
EVERYWHERE = {"kind", "acts", "extension_type"}
STORY = (
    indicator(place="KP", definition="All.", since=None, terms=["men"], topics=["front"]),
    indicator("parts", parts=["troops"], plans_for="troops", minimum=0),
    indicator("total", measure="cumulative", since="2025-01-01", unit="persons"),
    indicator("deal", measure="proposition"),
    source("nis", kind="agency", country="KR", aliases=["The service"], speaks_for="state"),
    post("/v1/sources/nis/grades", reliability="B", reason="Long known."),
    report(
        "r1",
        claim(1, cohort="east", spokesperson="spokesman", period="2025-01"),
        {"indicator": "deal", "originator": "nis", "stance": {"asserts": True}},
    ),
    report("r2", claim(9, "mnd", rests_on=["r1/1"], derived_from=[]), published_at="2025-01-11"),
    post("/v1/claims/r2/1/links", derived_from="r1/1"),
    post("/v1/claims/r1/1/grades", credibility=2, reason="Seen."),
    post("/v1/claims/r1/1/disputes", by="kcna", reason="No.", published_at="2025-01-12"),
    post(
        "/v1/indicators/troops/assessments", low=1, best=2, high=3, confidence="high", claims=["r1/1"]
    ),
    post("/v1/reports/r1/corrections", kind="record", reason="A typo.", claims=[{"n": 1, **claim(7)}]),
)


def properties(things: list[Body]) -> set[tuple[str, str]]:
    return {
        (str(said["kind"]), name)
        for said in map(ours_or_nothing, things)
        for name in set(said) - EVERYWHERE
    }


def test_every_property_is_documented_for_its_kind(api: Api) -> None:
    api.given(*STORY)
    written = properties(list(objects(api).values()))

    assert len({kind for kind, _ in written}) == 12
    assert written <= DOCUMENTED


def test_the_extension_and_the_label_are_named() -> None:
    assert EXTENSION in TEXT and f"version {VERSION}" in TEXT and f"`{LABEL}`" in TEXT


@pytest.mark.parametrize("kind", ["identity", "report", "note", "observed-data", "opinion"])
def test_every_type_that_is_taken_in_has_a_row(kind: str) -> None:
    assert f"| `{kind}` |" in TEXT
