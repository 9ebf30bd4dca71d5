"""The briefing: from what changed alone, in sentences, the same words each time."""

import re
from collections.abc import Iterator

import pytest

from service.query.briefing_kinds import IMPORTANCE
from tests.http_spec import Api, Ask, Body, Server, claim, indicator, post, problem, report, source

PATH = "/v1/briefing"


def total(best: int, day: str, who: str = "nis", **more: object) -> Body:
    return claim(best, who, about="killed", period=day, **more)


STORY: tuple[Ask, ...] = (
    indicator(
        "killed", title="Soldiers *killed*", measure="cumulative", unit="persons", topics=["losses"]
    ),
    indicator("troops", title="Troops in the field", unit="persons", topics=["strength"]),
    indicator("sent", title="Troops sent", measure="cumulative", topics=["strength"]),
    indicator("plan", title="Troops planned", plans_for="sent", topics=["strength"]),
    indicator("deal", title="There is a deal", measure="proposition"),
    indicator("pact", title="There is a pact", measure="proposition"),
    source("nis", name="Service", kind="agency", country="KR"),
    source("us", name="Pentagon"),
    report("r1", total(300, "2025-01-13"), published_at="2025-01-13"),
    report("t1", claim(10_000, "us"), published_at="2025-01-14"),
    report(
        "p1",
        claim(1_000, "us", about="plan", status="planned", period="2025-03"),
        published_at="2025-01-15",
    ),
    report(
        "d1",
        *(
            {"indicator": name, "originator": "us", "stance": {"asserts": True}}
            for name in ("deal", "pact")
        ),
        published_at="2025-01-16",
    ),
)
LATER: tuple[Ask, ...] = (
    report("r2", total(600, "2025-04-30"), published_at="2025-04-30"),
    report("t2", claim(12_000, "us"), published_at="2025-01-20"),
    report(
        "r3",
        total(600, "2025-04-30", stated_at="2025-04-30", derived_from=["r2/1"]),
        published_at="2025-05-02",
    ),
    report("s1", claim(400, "nis", about="sent", period="2025-05-01"), published_at="2025-05-01"),
)


@pytest.fixture
def desk(api: Api) -> Iterator[tuple[Api, int]]:
    """A story, the position at which its first part ended, and what came then."""
    api.given(*STORY)
    since = api.head()
    api.given(*LATER)
    yield api, since


def told(api: Api, since: object, **asked: object) -> list[tuple[str, str, str]]:
    items = api.get(PATH, since=str(since), **asked)["items"]
    return [(item["indicator"], item["kind"], item["words"]) for item in items]


def test_what_came_first_is_said_as_first(api: Api) -> None:
    api.given(*STORY)
    words = {item["indicator"]: item["words"] for item in api.get(PATH)["items"]}
    assert words == {
        "killed": "Service (KR) gave a first figure: 300 persons up to 13 January 2025.",
        "troops": "Pentagon gave a first figure: 10,000 persons as of 14 January 2025.",
        "plan": "Pentagon gave a first figure: 1,000 as of 15 January 2025.",
        "deal": "Reported for the first time, by Pentagon.",
        "pact": "Reported for the first time, by Pentagon.",
    }


def test_a_later_count_a_relay_another_level_and_a_plan_that_slipped(desk: tuple[Api, int]) -> None:
    api, since = desk
    found = told(api, since)
    assert (
        "killed",
        "figure",
        ("The figure rose from 300 to 600 persons up to 30 April 2025, according to Service (KR)."),
    ) in found
    assert ("killed", "relay", "One report repeated what was known already and moved nothing.") in found
    assert (
        "plan",
        "slipped",
        "The plan slipped: its time is over, and 400 of 1,000 are there.",
    ) in found
    assert list(dict.fromkeys(name for name, *_ in found)) == ["killed", "troops", "plan", "sent"]


@pytest.mark.parametrize(
    ("ask", "kind", "words"),
    [
        (
            report("r4", total(550, "2025-04-30"), published_at="2025-05-03"),
            "figure",
            "Service (KR) had second thoughts: for the same days the figure fell from 600 to 550"
            " persons.",
        ),
        (
            post(
                "/v1/reports/r2/corrections",
                kind="publisher",
                published_at="2025-05-04",
                claims=[{**total(610, "2025-04-30"), "n": 1}],
            ),
            "corrected",
            "After a correction of r2: the figure rose from 600 to 610 persons.",
        ),
        (
            post("/v1/reports/t2/withdrawal", kind="record", reason="typed twice"),
            "withdrawn",
            "After t2 was withdrawn: the figure fell from 12,000 to 10,000 persons.",
        ),
        (
            post("/v1/reports/t2/hold", reason="under check"),
            "held",
            "After t2 was put on hold: the figure fell from 12,000 to 10,000 persons.",
        ),
        (
            report("r5", total(600, "2025-05-20"), published_at="2025-05-21"),
            "days",
            "The figure still stands at 600 persons, now up to 20 May 2025.",
        ),
        (
            report("r6", total(600, "2025-04-30", "us"), published_at="2025-06-02"),
            "support-rose",
            "Its support rose from single to corroborated.",
        ),
        (
            report("r7", total(2_000, "2025-04-30", "us"), published_at="2025-06-03"),
            "alarm",
            "It is flagged contradiction: independent origins that cannot both be right.",
        ),
    ],
)
def test_what_else_may_happen(desk: tuple[Api, int], ask: Ask, kind: str, words: str) -> None:
    api, _ = desk
    since = api.head()
    api.given(ask)
    assert (kind, words) in [(k, w) for _, k, w in told(api, since)]


def test_what_was_undone_within_the_span_is_not_told(desk: tuple[Api, int]) -> None:
    api, _ = desk
    since = api.head()
    api.given(post("/v1/reports/t2/hold", reason="check"), post("/v1/reports/t2/release"))
    assert told(api, since) == []


def test_of_many_steps_the_net_is_told(desk: tuple[Api, int]) -> None:
    api, _ = desk
    since = api.head()
    days = range(13, 18)
    api.given(*(report(f"m{n}", claim(n * 1_000, "us"), published_at=f"2025-02-{n}") for n in days))
    assert told(api, since) == [
        (
            "troops",
            "figure",
            "In 5 steps the figure rose from 12,000 to 17,000 persons as of 17 February 2025.",
        )
    ]


def test_each_sentence_leads_to_its_event_and_to_the_answer_as_it_was_then(
    desk: tuple[Api, int],
) -> None:
    api, since = desk
    for asked in ({"since": str(since)}, {"since": "2025-01-31", "axis": "publication"}):
        items = api.get(PATH, **asked)["items"]
        assert items
        for item in items:
            assert item["importance"] == IMPORTANCE[item["kind"]]
            for address in (item["event"], item["permalink"]):
                assert api.client.get(address).status_code == 200, address


def test_topics_stand_together_the_most_important_first(desk: tuple[Api, int]) -> None:
    api, since = desk
    items = api.get(PATH, since=str(since))["items"]
    topics = list(dict.fromkeys(item["topic"] for item in items))
    assert [item["topic"] for item in items] == sorted(
        (item["topic"] for item in items), key=topics.index
    )
    best = [min(i["importance"] for i in items if i["topic"] == topic) for topic in topics]
    assert best == sorted(best)
    assert {item["topic"] for item in api.get(PATH, topic="losses")["items"]} == {"losses"}


def test_by_publication_it_tells_what_readers_learned_when(desk: tuple[Api, int]) -> None:
    api, _ = desk
    found = told(api, "2025-01-18", until="2025-04-30", axis="publication")
    assert [(name, kind) for name, kind, _ in found] == [("killed", "figure"), ("troops", "figure")]
    assert told(api, "2025-05-01", axis="publication", q="killed") == [
        ("killed", "relay", "One report repeated what was known already and moved nothing.")
    ]


def test_a_span_that_means_nothing_is_refused(desk: tuple[Api, int]) -> None:
    api, since = desk
    for asked in (
        {"since": str(since), "axis": "publication"},
        {"since": "2025-02-02", "until": "2025-02-01", "axis": "publication"},
        {"since": "5", "until": "3"},
    ):
        problem(api.client.get(PATH, params=asked), 422, "bad-parameter")


def test_markdown_and_html_say_the_same_words(desk: tuple[Api, int]) -> None:
    api, _ = desk
    api.client.get("/v1/estimates", params={"min_position": api.head()})
    items = api.get(PATH)["items"]
    down = api.client.get(PATH, headers={"Accept": "text/markdown"})
    page = api.client.get(PATH, headers={"Accept": "text/html"})
    assert down.headers["content-type"] == "text/markdown; charset=utf-8"
    assert r"**Soldiers \*killed\*.**" in down.text
    assert "<strong>Soldiers *killed*.</strong>" in page.text
    shown = api.client.get("/briefing", params={"since": "0"}).text.replace("\u202f", ",")
    for item in items:
        words = item["words"].removesuffix(".")
        assert words in page.text and words in down.text and words in shown
        for address in (item["event"], item["permalink"]):
            assert address in down.text.replace("&amp;", "&")
    assert down.text == api.client.get(PATH, headers={"Accept": "text/markdown"}).text


def test_one_event_that_says_the_same_of_several_is_one_sentence(desk: tuple[Api, int]) -> None:
    api, _ = desk
    down = api.client.get(PATH, headers={"Accept": "text/markdown"}).text
    found = re.findall(r"^Reported for the first time, by Pentagon \(.*$", down, re.MULTILINE)
    assert len(found) == 1 and "[There is a deal]" in found[0] and "[There is a pact]" in found[0]


def test_the_marking_is_shown(desk: tuple[Api, int]) -> None:
    api, _ = desk
    since = api.head()
    api.given(report("m1", claim(13_000, "us"), published_at="2025-03-01", marking="TLP:AMBER"))
    [item] = api.get(PATH, since=str(since))["items"]
    assert item["marking"] == "TLP:AMBER"
    assert "TLP:AMBER" in api.client.get(f"/briefing?since={since}").text


def test_the_page_tells_what_changed_since_the_last_visit(desk: tuple[Api, int]) -> None:
    api, _ = desk
    assert "Nothing changed in this span." in api.client.get("/briefing").text
    seen = api.client.get("/").headers["set-cookie"].partition("=")[2].partition(";")[0]
    log, _, position, minute = seen.split(".")
    api.given(report("n1", claim(15_000, "us"), published_at="2025-03-01"))
    cookie = f"intellog_visit={log}.1.{position}.{int(minute) - 120}"
    text = api.client.get("/briefing", headers={"Cookie": cookie}).text
    assert f"Since your last visit to the board, at position {position}" in text
    assert "rose from 12\u202f000 to 15\u202f000 persons" in text


def test_without_news_it_says_so(server: Server, api: Api) -> None:
    assert api.get(PATH)["items"] == []
    assert (
        "Nothing changed in this span."
        in api.client.get(PATH, headers={"Accept": "text/markdown"}).text
    )


def test_a_flag_before_there_is_a_figure_is_no_figure(api: Api) -> None:
    day, east = "2025-04-30", {"cohort": "east"}
    api.given(
        indicator("killed", measure="cumulative", unit="persons"),
        report("e1", total(600, day, **east)),
        post("/v1/claims/e1/1/disputes", by="us", reason="far too high"),
    )
    [row] = api.items("/v1/changes")
    assert row["words"] == "flagged disputed"
    words = "It is flagged disputed: a source says that the claim is wrong."
    assert told(api, 0) == [("killed", "flag", words)]
    since = api.head()
    api.given(report("w1", total(900, day, "us"), published_at="2025-06-03"))
    words = "Us gave a first figure: 900 persons up to 30 April 2025."
    assert ("killed", "first", words) in told(api, since)
