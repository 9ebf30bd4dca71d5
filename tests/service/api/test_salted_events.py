"""Events with their salts: enough to compare each with what the log committed to, and no more."""

import json

import pytest

from service.log.hashes import commitment
from tests.http_spec import FILED, Api, claim, indicator, report
from tests.service.http.team import bearer, issued

NDJSON = {"Accept": "application/x-ndjson"}


def lines(api: Api, **query: str) -> list[bytes]:
    """The lines of the log as NDJSON, with salts, without the last."""
    answer = api.client.get("/v1/events", params={"salts": "true", **query}, headers=NDJSON)
    assert answer.status_code == 200, answer.text
    return answer.content.splitlines()[:-1]


def test_each_event_has_the_salt_of_its_commitment(api: Api) -> None:
    api.given(*FILED)
    entries = api.service.log.tree.entries(0)
    for entry, line in zip(entries, lines(api), strict=True):
        salt = bytes.fromhex(json.loads(line)["salt"])
        front = b'{"position":%d,"salt":"%b",' % (entry.index + 1, salt.hex().encode())
        assert line.startswith(front)
        assert commitment(salt, b"{" + line.removeprefix(front)) == entry.commitment
    assert [json.loads(each)["position"] for each in lines(api, type="ReportFiled")] == [len(entries)]


def test_who_is_shown_less_than_was_stored_gets_no_salt(api: Api) -> None:
    api.given(indicator(), indicator("secret", marking="TLP:RED"))
    api.given(report("root", claim(5), marking="TLP:RED"))
    head = api.given(report("relay", claim(5, derived_from=["root/1"])))
    api.client.headers.update(bearer(issued(api, "reader", "rita", "TLP:GREEN")))
    sent = lines(api, min_position=str(head))
    found = {json.loads(each)["position"]: json.loads(each) for each in sent}
    shown = [each for each in found.values() if each["type"] == "ReportFiled"]
    assert [each["salt"] for each in shown] == [None]
    assert any(each["salt"] for each in found.values())
    assert "root" not in str(found) and "secret" not in str(found)


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_salts_are_for_ndjson_alone(api: Api, accept: str) -> None:
    answer = api.client.get("/v1/events", params={"salts": "true"}, headers={"Accept": accept})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/bad-parameter")
