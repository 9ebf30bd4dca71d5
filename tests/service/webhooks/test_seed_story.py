"""The figure of the example story that moved is told: in the list, in the feed and by a webhook."""

from pathlib import Path

from tests.http_spec import post
from tests.service.webhooks.conftest import Delivering
from tests.service.webhooks.receiver import receiving
from tests.service.webhooks.test_delivery import SECRET, hook
from tests.test_seeds import load


def cited(name: str, day: str, **fields: str) -> dict[str, str]:
    where = f"https://example.org/{name}"
    return {"id": name, "indicator": "dprk-killed", "published_by": day, "where": where, **fields}


def test_600_cited_in_may_is_moved_by_the_report_of_september_and_not_by_the_reprint(
    delivers: Delivering, tmp_path: Path
) -> None:
    with receiving() as receiver, delivers() as api:
        load(api.client)
        api.set(hook(receiver, kinds=["citation.moved"]))
        api.given(post("/v1/citations", **cited("may", "2025-05-01")))
        api.given(post("/v1/citations", **cited("september", "2025-09-10")))
        [came] = receiver.wait(1)
        states = {each["id"]: each["state"] for each in api.items("/v1/citations")}
        [entry] = api.client.get("/feeds/citations.json").json()["items"]
        page = api.client.get("/citations?state=moved").text

    said = came.verified(SECRET)["data"]
    assert states == {"may": "moved", "september": "open"}
    assert said["id"] == "may" and said["moved"]["cause"]["report"] == "nis-2025-09-02"
    assert "about 600 persons" in said["correction"] and "about 2,000 persons" in said["correction"]
    assert entry["content_text"] == said["correction"] and len(receiver.came) == 1
    assert "about 2,000 persons" in page and "nis-2025-09-02" in page
