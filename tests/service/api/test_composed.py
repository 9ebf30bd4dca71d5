"""Texts that look the same are the same: in NFC at the door, in old events, in questions."""

from pathlib import Path
from unicodedata import normalize

import pytest
from pydantic_core import to_json

from domain.vocabulary import composed
from service.log.port import Pending
from service.streams.upcasters import read_event
from tests.http_spec import Api, Server, claim, indicator, post, report, source

FORMS = dict.fromkeys(("NFC", "NFD"), "Kóré한")
NFC, NFD = (normalize(name, text) for name, text in FORMS.items())  # type: ignore[arg-type]


def test_the_two_forms_differ() -> None:
    assert NFC != NFD and composed(NFD) == NFC == composed(NFC)


def test_a_cohort_in_either_form_is_one_cohort(api: Api) -> None:
    api.given(indicator())
    for n, form in enumerate((NFC, NFD)):
        api.given(report(f"r{n}", claim(100 + n, cohort=form), published_at=f"2025-01-1{n}"))
    assert api.get("/v1/estimates/troops")["cohorts"] == [NFC]
    for form in (NFC, NFD):
        assert api.get("/v1/estimates/troops", cohort=form)["best"] == 101
    assert [row["cohort"] for row in api.items("/v1/estimates/troops/series", cohort=NFD)] == [NFC, NFC]


@pytest.mark.parametrize("given", [NFC, NFD])
@pytest.mark.parametrize("asked", [NFC, NFD])
def test_search_finds_each_form_by_each(api: Api, given: str, asked: str) -> None:
    api.given(indicator(title=given, definition=given), report("r1", claim(text=given), title=given))
    [hit] = api.items("/v1/reports", q=asked)
    assert (hit["id"], hit["title"], hit["claims"][0]["text"]) == ("r1", NFC, NFC)
    assert [each["indicator"] for each in api.items("/v1/estimates", q=asked)] == ["troops"]


def test_every_text_is_stored_in_nfc(api: Api) -> None:
    said = claim(text=NFD, cohort=NFD)
    api.given(indicator(title=NFD, definition=NFD, place=NFD, unit=NFD))
    api.given(source("nis", name=NFD, note=NFD, country=NFD), report("r1", said, title=NFD))
    api.given(post("/v1/reports/r1/hold", reason=NFD), post("/v1/sources/nis/grades", reliability="A"))
    api.import_({"release_report": {"report": "r1", "reason": NFD}})
    stored = to_json([each["data"] for each in api.events()]).decode()
    assert NFD not in stored and stored.count(NFC) == 12


def test_the_same_in_another_form_is_there_already(api: Api) -> None:
    api.given(indicator(title=NFC))
    first = api.send(report(None, claim(cohort=NFC)))
    again = api.send(report(None, claim(cohort=NFD)))
    assert (again.status_code, again.json()) == (200, first.json())
    assert api.send(indicator(title=NFD)).status_code == 200


def test_old_events_are_read_as_if_given_in_nfc_and_are_not_rewritten(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path) as api:
        api.given(indicator(), report("r1", claim(100, cohort=NFC, text=NFC), title=NFC))
        [last] = api.service.log.at([api.head()])
        _, event = read_event(last.body)
        data = event.model_dump_json(exclude_none=True).replace(NFC, NFD).replace('"r1"', '"r2"')
        old = Pending("01-old", "ReportFiled", 1, "report:r2", 1, "local", data.encode())
        api.service.log.append([old])
        api.service.follower.notify()
        head = api.head()
        assert api.get("/v1/estimates/troops")["cohorts"] == [NFC]
        assert {hit["id"] for hit in api.items("/v1/reports", q=NFD)} == {"r1", "r2"}
        assert api.get("/v1/reports/r2")["title"] == NFC
        again = api.send(report("r2", claim(100, cohort=NFD, text=NFD), title=NFD))
        assert (again.status_code, api.head()) == (200, head)
        assert NFD.encode() in api.service.log.at([head])[0].body


def test_a_text_that_grows_past_its_limit_stays_as_it_is(api: Api) -> None:
    grows = "\u0958" * 600
    assert len(composed(grows)) == 1_200
    api.given(indicator(title=grows))
    assert api.get("/v1/indicators/troops")["title"] == grows
