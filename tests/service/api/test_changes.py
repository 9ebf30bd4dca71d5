"""Changed estimates over HTTP: a row for each change of a default answer, in words and in data."""

from collections.abc import Iterator

import pytest

from tests.http_spec import Api, Body, Server, claim, indicator, post, problem, report, source

PATH, SPRING = "/v1/changes", "2025-04-30"


def total(best: int, day: str, **more: object) -> Body:
    return claim(best, "nis", about="killed", period=day, **more)


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A total that grew, was reprinted, was confirmed and contradicted; and a level beside it."""
    with server.over(tmp_path_factory.mktemp("changes")) as api:
        api.given(
            indicator("killed", measure="cumulative", topics=["losses"]),
            indicator("troops", topics=["strength"]),
            source("nis"),
            post("/v1/sources/nis/grades", reliability="B", reason="record"),
            report("r1", total(300, "2025-01-13"), published_at="2025-01-13"),
            report("r2", claim(10_000, "us"), published_at="2025-01-14"),
            report("r3", total(600, "2025-04-30"), published_at="2025-04-30"),
            report(
                "r4",
                total(600, "2025-04-30", stated_at="2025-04-30", derived_from=["r3/1"]),
                published_at="2025-11-04",
            ),
            report(
                "r5",
                claim(600, "us", about="killed", period=SPRING),
                published_at="2025-06-02",
            ),
            report(
                "r6", claim(2_000, "uk", about="killed", period="2025-04-30"), published_at="2025-06-03"
            ),
            post("/v1/reports/r6/withdrawal", kind="record", reason="typed twice"),
        )
        yield api


def words(rows: list[Body]) -> list[tuple[str, str]]:
    return [(row["cause"]["report"], row["words"]) for row in rows]


def test_each_change_is_a_row_with_a_sentence(desk: Api) -> None:
    assert words(desk.items(PATH, topic="losses")) == [
        ("r1", "300: first figure"),
        ("r3", "600, was 300: a later count"),
        ("r5", "support rose from single to corroborated"),
        (
            "r6",
            "600 (600 to 2,000), was 600: revised for the same days; support fell from corroborated to"
            " contested; flagged contradiction (2 in all)",
        ),
        (
            "r6",
            "600, was 600 (600 to 2,000): after a withdrawal; support rose from contested to"
            " corroborated; cleared contradiction (2 in all)",
        ),
    ]


def test_a_reprint_changes_nothing(desk: Api) -> None:
    assert "r4" not in {row["cause"]["report"] for row in desk.items(PATH)}


def test_a_row_has_what_was_before_and_after_and_the_event(desk: Api) -> None:
    row = desk.items(PATH, topic="losses")[1]
    event = desk.get("/v1/events", after=row["position"] - 1, limit=1)["items"][0]
    assert row["cause"] == {"position": row["position"], "type": "ReportFiled", "report": "r3"}
    assert row["recorded_at"] == event["recorded_at"]
    assert (row["before"]["best"], row["after"]["best"], row["change"]) == (300, 600, "advance")
    then = desk.get("/v1/estimates/killed", known_at=str(row["position"]))
    assert {name: then[name] for name in ("best", "low", "high", "cutoff", "origins")} == {
        name: row["after"][name] for name in ("best", "low", "high", "cutoff", "origins")
    }


def test_the_rows_that_change_the_figure_are_the_vintages(desk: Api) -> None:
    for name in ("killed", "troops"):
        vintages = desk.items(f"/v1/estimates/{name}/vintages", axis="record")
        rows = [
            row
            for row in desk.items(PATH, q=name)
            if row["before"] is None
            or any(row["before"][field] != row["after"][field] for field in ("best", "low", "high"))
        ]
        assert [(row["cause"], row["change"], row["after"]["best"]) for row in rows] == [
            (each["cause"], each["change"], each["best"]) for each in vintages
        ]


def test_they_are_narrowed_like_the_board_and_to_a_span(desk: Api) -> None:
    everything = desk.items(PATH)
    assert [row["position"] for row in everything] == sorted(row["position"] for row in everything)
    assert {row["indicator"] for row in desk.items(PATH, measure="stock")} == {"troops"}
    since, until = everything[1]["position"], everything[3]["position"]
    assert desk.items(PATH, since=str(since), until=str(until)) == everything[2:4]
    assert desk.items(PATH, known_at=str(until)) == everything[:4]


def test_the_latest_come_first_on_request_and_pages_fit_together(desk: Api) -> None:
    backwards = desk.items(PATH, order="desc")
    assert backwards == desk.items(PATH)[::-1]
    assert desk.items(PATH, order="desc", limit=2) == backwards
    assert desk.items(PATH, limit=1) == backwards[::-1]


def test_a_span_that_ends_before_it_begins_or_lies_beyond_the_head_is_refused(desk: Api) -> None:
    problem(desk.client.get(PATH, params={"since": "5", "until": "3"}), 422, "bad-parameter")
    problem(desk.client.get(PATH, params={"since": str(desk.head() + 1)}), 422, "bad-parameter")
    problem(desk.client.get(PATH, params={"axis": "record"}), 422, "unknown-parameter")


def test_they_are_a_table_as_well(desk: Api) -> None:
    head, *lines = desk.client.get(f"{PATH}.csv", params={"topic": "losses"}).text.splitlines()
    assert {"indicator", "position", "before_best", "after_best", "words"} <= set(head.split(","))
    assert len(lines) == len(desk.items(PATH, topic="losses"))


def test_by_publication_each_answer_is_that_of_what_was_published_then(desk: Api) -> None:
    rows = desk.items(PATH, topic="losses", published_by="2025-05-01")
    assert words(rows) == [("r1", "300: first figure"), ("r3", "600, was 300: a later count")]
