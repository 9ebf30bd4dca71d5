"""Citations of a figure, read by what reference managers are made of."""

import json
from datetime import date
from typing import Any

import bibtexparser
import pytest
import rispy

from service.http.routing import BIBTEX, CSL, RIS
from service.interop.citations.bibtex import bibtex, tex
from service.interop.citations.citation import Citation
from service.interop.citations.csl import csl
from service.interop.citations.ris import ris
from tests.http_spec import Api, claim, indicator, post, problem, report

CSL_TEXTS = {"id", "title", "publisher", "version", "URL", "abstract", "note"}
"""Members of an item that are texts by the schema of CSL data (citationstyles.org)."""
NASTY = '50% of {braces} & $5_000 #1 ~x^2 \\end\nTY  - BOOK\r\n@book{x} "quoted" 한국 ≥ 3'
PLAIN = Citation(
    key="troops-7",
    title="Troops: 5",
    authors=("Ana Lyst", "ana@desk.example"),
    issued=date(2025, 1, 2),
    url="https://log.example/estimates/troops?known_at=7&policy=latest-best-source%2F2",
    version="position 7",
    abstract="Troops: 5. Support: single.",
    note="As of position 7",
)


@pytest.fixture
def told(api: Api) -> Api:
    api.given(
        indicator(unit="persons", title=NASTY),
        indicator("deal", measure="proposition"),
        report("r1", claim(100)),
        report("r2", claim(300, originator="nis", cohort="east"), published_at="2025-01-12"),
    )
    api.get("/v1/estimates/troops")
    return api


def cited(api: Api, media_type: str, query: str = "") -> str:
    answer = api.client.get(f"/v1/estimates/troops?{query}", headers={"Accept": media_type})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].partition(";")[0] == media_type
    return answer.text


def csl_item(text: str) -> dict[str, Any]:
    """The one item of a bibliography, held against the fields and types of CSL data."""
    [item] = json.loads(text)
    assert item["type"] == "dataset"
    assert all(isinstance(item[name], str) and item[name] for name in CSL_TEXTS)
    assert item.keys() <= {*CSL_TEXTS, "type", "author", "issued"}
    assert all(each.keys() == {"literal"} for each in item.get("author", []))
    if "issued" in item:
        [parts] = item["issued"]["date-parts"]
        assert len(parts) == 3 and all(isinstance(part, int) for part in parts)
    return dict(item)


def bibtex_entry(text: str) -> dict[str, str]:
    [entry] = bibtexparser.loads(text).entries
    return dict(entry)


def ris_entry(text: str) -> dict[str, Any]:
    [entry] = rispy.loads(text)
    return dict(entry)


def test_the_three_forms_say_the_same(told: Api) -> None:
    item, entry, reference = (
        csl_item(cited(told, CSL)),
        bibtex_entry(cited(told, BIBTEX)),
        ris_entry(cited(told, RIS)),
    )
    assert item["id"] == entry["ID"] == reference["id"] == f"troops-{told.head()}"
    assert item["title"] == reference["title"]
    assert entry["title"] == "{" + tex(item["title"]) + "}"
    assert item["URL"] == entry["url"] == reference["urls"][0]
    assert item["abstract"] == reference["abstract"] and tex(item["note"]) == entry["note"]
    year, month, day = item["issued"]["date-parts"][0]
    assert entry["date"] == f"{year:04}-{month:02}-{day:02}" and entry["year"] == str(year)
    assert reference["date"] == f"{year:04}/{month:02}/{day:02}/"
    assert entry["ENTRYTYPE"] == "misc" and reference["type_of_reference"] == "DATA"


def test_a_citation_says_the_figure_its_support_and_its_times(told: Api) -> None:
    item = csl_item(cited(told, CSL, "published_by=2025-01-11&valid_at=2025-01-10"))
    title = " ".join(NASTY.split())
    assert item["title"] == f"{title}: 100 persons for 2025-01-10"
    assert "Support: single; one independent origin: nis." in item["abstract"]
    assert item["note"].startswith(f"As of position {told.head()}, recorded ")
    assert "published by 2025-01-11; covering days up to 2025-01-10" in item["note"]
    assert "policy latest-best-source/2" in item["note"] and "marking TLP:CLEAR" in item["note"]
    assert told.service.log.id in item["note"]


def test_what_narrows_the_question_is_in_the_title(told: Api) -> None:
    item = csl_item(cited(told, CSL, "cohort=east&originator=nis"))
    assert item["title"].endswith("; cohort east; according to nis")
    assert "cohort=east" in item["URL"] and "originator=nis" in item["URL"]


def test_a_citation_stays_true(told: Api) -> None:
    item = csl_item(cited(told, CSL, "published_by=2025-06-01"))
    query = item["URL"].partition("?")[2]
    told.given(report("r3", claim(9_000), published_at="2025-02-01"))
    assert told.client.get(f"/v1/estimates/troops?min_position={told.head()}").json()["best"] == 9_000
    again = csl_item(cited(told, CSL, query))
    assert (again["title"], again["URL"]) == (item["title"], item["URL"])
    assert told.client.get(item["URL"], headers={"Accept": "text/html"}).status_code == 200


def test_the_analyst_who_judged_is_the_author(told: Api) -> None:
    told.given(post("/v1/indicators/troops/assessments", best=120, confidence="low", claims=["r1/1"]))
    query = f"policy=assessment/1&min_position={told.head()}"
    item = csl_item(cited(told, CSL, query))
    assert item["author"] == [{"literal": "local"}] and "120" in item["title"]
    assert ris_entry(cited(told, RIS, query))["authors"] == ["local"]


def test_what_is_unknown_is_cited_as_unknown(told: Api) -> None:
    [item] = told.client.get("/v1/estimates/deal/citation.json").json()
    assert item["title"] == "Deal: unknown (no figure yet)"
    [item] = told.client.get("/v1/estimates/troops/citation.json?known_at=0").json()
    assert "not defined yet" in item["title"] and "issued" not in item


@pytest.mark.parametrize(("suffix", "media_type"), [("bib", BIBTEX), ("ris", RIS), ("json", CSL)])
def test_a_suffix_asks_for_the_same(told: Api, suffix: str, media_type: str) -> None:
    answer = told.client.get(f"/v1/estimates/troops/citation.{suffix}")
    assert answer.text == cited(told, media_type)
    name = f"troops-{told.head()}.{suffix}"
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}"'
    tag = answer.headers["etag"]
    again = told.client.get(answer.request.url, headers={"If-None-Match": tag})
    assert again.status_code == 304
    problem(told.client.get(f"/v1/estimates/tropps/citation.{suffix}"), 404, "not-found")
    problem(told.client.get(f"/v1/estimates/troops/citation.{suffix}?x=1"), 422, "unknown-parameter")


def test_authors_are_names_as_they_are() -> None:
    assert [each["literal"] for each in csl(PLAIN)[0]["author"]] == [*PLAIN.authors]
    assert bibtex_entry(bibtex(PLAIN))["author"] == "{Ana Lyst} and {ana@desk.example}"
    assert ris_entry(ris(PLAIN))["authors"] == [*PLAIN.authors]


@pytest.mark.parametrize("text", ["}", "{", "\\", "a}, year = {1900", "%", "~^", "@misc{x,", "#&_$"])
def test_no_text_ends_its_field(text: str) -> None:
    written = bibtex(Citation("k", text, (), None, PLAIN.url, text, text, text))
    entry = bibtex_entry(written)
    assert entry["note"] == tex(text) and "year" not in entry
    assert written.count("{") == written.count("}")
