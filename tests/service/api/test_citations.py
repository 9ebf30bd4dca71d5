"""Citations over HTTP: a figure that was used, and what became of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.interop.export import CommandLines
from service.streams.upcasters import read_event
from tests.http_spec import (
    Api,
    Ask,
    Body,
    Clock,
    Server,
    claim,
    indicator,
    post,
    problem,
    report,
    source,
    unchanged,
)
from tests.service.http.team import Team, bearer, issued, team_over
from tests.test_seeds import load

PATH, STORY = "/v1/citations", "https://example.org/story"
WHEN = "2025-05-01"


def cite(name: str | None = "story", /, **fields: Any) -> Ask:
    given = {"indicator": "killed", "where": STORY, **fields}
    return post(PATH, **({"id": name} if name else {}), **given)


def close(name: str = "story", **headers: str) -> Ask:
    return Ask("DELETE", f"{PATH}/{name}?reason=corrected").under(**headers)


def killed(name: str, best: int, day: str, who: str = "nis", **fields: Any) -> Ask:
    """A report of about so many killed by a day, published then."""
    of_report = {each: fields.pop(each) for each in ("published_at", "marking") if each in fields}
    quantity = {"best": best, "qualifier": "about"}
    said = claim(best, who, "killed", quantity=quantity, period=day, **fields)
    return report(name, said, **{"published_at": day, **of_report})


@pytest.fixture
def desk(api: Api) -> Api:
    """The killed by the NIS up to April."""
    api.given(
        indicator("killed", measure="cumulative", title="Killed", unit="persons"),
        source("nis", name="The service"),
        killed("k1", 300, "2025-01-13"),
        killed("k2", 600, "2025-04-30"),
    )
    return api


@pytest.fixture(scope="module")
def seeds(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    clock = Clock()
    clock.set("2026-03-01T09:00:00Z")
    with server.over(tmp_path_factory.mktemp("seeds"), clock) as api:
        load(api.client)
        yield api


def test_the_600_killed_of_the_seeds_were_moved_by_the_nis_and_not_by_the_reprint(seeds: Api) -> None:
    asked = {"indicator": "dprk-killed", "published_by": WHEN}
    seeds.given(cite(**asked), cite("later", **asked | {"published_by": "2025-09-10"}))
    moved, still = seeds.items(PATH)
    assert (moved["id"], moved["state"], still["id"], still["state"]) == (
        *("story", "moved"),
        *("later", "open"),
    )
    assert (moved["cited"]["best"], moved["now"]["best"]) == (600, 2_000)
    by = moved["moved"]
    assert (by["cause"]["report"], by["originator"], by["published_at"]) == (
        *("nis-2025-09-02", "nis"),
        "2025-09-02T00:00:00Z",
    )
    assert moved["correction"] == (
        'An earlier version gave about 600 persons for "North Korean soldiers killed" (as known on '
        "2025-05-01). The figure is now about 2,000 persons (National Intelligence Service, "
        "published 2025-09-02)."
    )
    assert still["moved"] is still["correction"] is None


def test_cited_before_it_is_told_when_the_event_comes_and_once(desk: Api) -> None:
    desk.given(cite(published_by=WHEN))
    assert [row["state"] for row in desk.items(PATH)] == ["open"]
    desk.given(
        killed("k3", 600, "2025-04-30", "wire", published_at="2025-06-01", derived_from=["k2/1"])
    )
    assert [row["state"] for row in desk.items(PATH)] == ["open"]
    desk.given(killed("k4", 2_000, "2025-09-02"))
    at = desk.head()
    [row] = desk.items(PATH)
    assert (row["state"], row["moved"]["position"]) == ("moved", at)
    assert row["moved"]["cause"] == {"position": at, "type": "ReportFiled", "report": "k4"}
    assert row["moved"]["words"] == "~ 2,000, was ~ 600"
    desk.given(killed("k5", 3_000, "2025-10-01"))
    [row] = desk.items(PATH, state="moved")
    assert row["moved"]["position"] == at and row["now"]["best"] == 3_000
    assert "now about 3,000 persons (The service, published 2025-10-01)" in row["correction"]
    desk.given(
        post("/v1/reports/k4/withdrawal", kind="record"),
        post("/v1/reports/k5/withdrawal", kind="record"),
    )
    [row] = desk.items(PATH)
    assert (row["state"], row["now"]["best"]) == ("moved", 600)
    assert row["correction"].endswith("; it is about 600 again.")


def test_it_is_open_before_it_moved_and_not_there_before_it_was_cited(desk: Api) -> None:
    before = desk.head()
    desk.given(cite(), killed("k4", 2_000, "2025-09-02"))
    assert desk.items(PATH, known_at=str(before)) == []
    [then] = desk.items(PATH, known_at=str(before + 1))
    assert (then["state"], then["moved"], then["now"]["best"]) == ("open", None, 600)
    problem(desk.client.get(f"{PATH}/story?known_at={before}"), 404, "not-found")
    assert desk.get(f"{PATH}/story")["state"] == "moved"


def test_closed_it_moves_no_more_and_cited_anew_it_begins_anew(desk: Api) -> None:
    desk.given(cite())
    assert desk.send(close()).status_code == 201
    assert desk.send(close()).status_code == 200
    desk.given(killed("k4", 2_000, "2025-09-02"))
    [row] = desk.items(PATH, state="closed")
    assert row["closed"]["reason"] == "corrected" and row["moved"] is None
    assert desk.items(PATH, state="moved") == desk.items(PATH, state="open") == []
    desk.given(cite(position=desk.head()))
    [row] = desk.items(PATH)
    assert (row["state"], row["cited"]["best"], row["closed"]) == ("open", 2_000, None)
    problem(desk.send(close("other")), 404, "not-found")


def test_the_same_citation_is_one_whoever_sends_it_again(desk: Api) -> None:
    first = desk.send(cite(None))
    assert first.status_code == 201 and first.json()["id"].startswith("c-")
    assert first.headers["location"] == f"{PATH}/{first.json()['id']}"
    with unchanged(desk):
        again = desk.send(cite(None))
    assert (again.status_code, again.json()["position"]) == (200, first.json()["position"])
    desk.given(cite(None, published_by=WHEN), cite(None, where="Bulletin 2"))
    assert len(desk.items(PATH)) == 3
    problem(desk.send(cite(first.json()["id"], where="elsewhere")), 409, "id-taken")


@pytest.mark.parametrize(
    ("rule", "best", "state"),
    [
        ({}, 640, "open"),
        ({}, 660, "moved"),
        ({"by_percent": 5}, 640, "moved"),
        ({"by_percent": 20}, 700, "open"),
    ],
)
def test_the_rule_says_when(desk: Api, rule: Body, best: int, state: str) -> None:
    desk.given(cite(when_it_moves=rule), killed("k4", best, "2025-05-10"))
    [row] = desk.items(PATH)
    assert row["state"] == state


def test_support_that_falls_and_a_contradiction_move_it_unless_the_rule_says_no(desk: Api) -> None:
    none = {"or_support": False, "or_flag": False, "by_percent": 1_000}
    desk.given(
        cite(),
        cite("numbers", when_it_moves=none),
        killed("u1", 1_000, "2025-04-30", "un"),
    )
    moved, still = desk.items(PATH)
    assert (moved["id"], still["id"]) == ("story", "numbers")
    assert moved["moved"]["reasons"][-2:] == ["support", "contradiction"]
    assert "support fell from single to contested; a new contradiction" in moved["moved"]["words"]
    assert moved["correction"].endswith("Its support was single and is now contested.")


def test_a_proposition_moves_with_its_verdict(api: Api) -> None:
    def stance(name: str, asserts: bool, day: str) -> Ask:
        said = {"indicator": "deal", "originator": "nis", "stance": {"asserts": asserts}}
        return report(name, said, published_at=day)

    api.given(
        indicator("deal", measure="proposition", title="There is a deal"),
        stance("d1", True, "2025-01-10"),
        cite(indicator="deal"),
        stance("d2", False, "2025-03-10"),
    )
    [row] = api.items(PATH)
    assert (row["state"], row["moved"]["words"]) == ("moved", "denied, was reported")
    assert row["correction"].startswith('An earlier version gave "There is a deal" as reported (as')
    assert "The answer is now denied (nis, published 2025-03-10)." in row["correction"]


def test_the_question_is_the_same_whatever_narrows_it(desk: Api) -> None:
    desk.given(
        cite("of-nis", originator="nis"),
        cite("of-un", originator="nis", policy="most-conservative/1", where="b"),
        killed("u1", 5_000, "2025-06-01", "un"),
    )
    assert {row["id"]: row["state"] for row in desk.items(PATH)} == {"of-nis": "open", "of-un": "open"}
    assert desk.get(f"{PATH}/of-un")["question"]["policy"] == "most-conservative/1"


def test_days_that_are_covered_later_move_what_was_cited_of_days_before(desk: Api) -> None:
    desk.given(cite(valid_at="2025-02-01"))
    [row] = desk.items(PATH)
    assert (row["cited"]["best"], row["now"]["best"], row["state"]) == (300, 600, "moved")
    assert row["moved"]["cause"]["report"] == "k2"
    assert "for days up to 2025-02-01" in row["correction"]


def test_pages_of_the_list_fit_together(desk: Api) -> None:
    desk.given(*(cite(f"c{n}", where=f"Bulletin {n}") for n in range(5)))
    whole = [row["id"] for row in desk.items(PATH)]
    assert whole == ["c4", "c3", "c2", "c1", "c0"]
    first = desk.get(PATH, limit="2")
    rest = desk.get(PATH, limit="2", cursor=first["next_cursor"])
    assert [row["id"] for row in (*first["items"], *rest["items"])] == whole[:4]
    assert [row["id"] for row in desk.items(PATH, indicator="killed", state="open")] == whole
    answer = desk.client.get(f"{PATH}.csv")
    assert answer.status_code == 200 and answer.text.count("\n") == 6


def test_both_figures_have_addresses_that_show_them(desk: Api) -> None:
    desk.given(cite(published_by=WHEN), killed("k4", 2_000, "2025-09-02"))
    [row] = desk.items(PATH)
    for page, best in (("cited_page", 600), ("now_page", 2_000)):
        assert desk.client.get(f"/v1{row[page]}").json()["best"] == best


def test_a_dry_run_writes_nothing(desk: Api) -> None:
    with unchanged(desk):
        answer = desk.send(Ask("POST", f"{PATH}?dry_run=true", cite().body))
    [event] = answer.json()["events"]
    assert event["type"] == "FigureCited" and event["data"]["position"] == desk.head()
    assert answer.json()["estimates"] == []


def test_what_is_refused_says_where(desk: Api) -> None:
    with unchanged(desk):
        problem(desk.send(cite(indicator="kiled")), 422, "unknown-indicator")
        problem(desk.send(cite(position=desk.head() + 1)), 422, "invalid")
        problem(desk.send(cite(policy="best/1")), 422, "invalid")
        problem(desk.send(post(PATH, indicator="killed")), 422, "invalid")
        problem(desk.client.get(PATH, params={"state": "shut"}), 422, "bad-parameter")


def test_an_export_is_imported_with_its_citations(desk: Api, server: Server, tmp_path: Path) -> None:
    desk.given(cite(published_by=WHEN), cite("two", where="b"), close("two"))
    made = CommandLines()
    events = (read_event(each.body)[1] for each in desk.service.log.read(after=0, limit=1_000))
    lines = [made.line(event) for event in events]
    with server.over(tmp_path / "other") as other:
        assert other.import_(*lines)[-1]["refused"] == 0
        assert other.import_(*lines)[-1]["accepted"] == 0
        other.given(killed("k4", 2_000, "2025-09-02"))
        states = {row["id"]: row["state"] for row in other.items(PATH)}
        assert states == {"story": "moved", "two": "closed"}


@pytest.fixture
def team(server: Server, tmp_path: Path) -> Iterator[Team]:
    """A figure that rests on an open report and a restricted one, and is cited."""
    with team_over(server, tmp_path / "team") as team:
        team.given(
            indicator("killed", measure="cumulative"),
            indicator("depot", marking="TLP:AMBER"),
            source("mole", marking="TLP:AMBER"),
            killed("k1", 300, "2025-01-13"),
            killed("k2", 900, "2025-02-13", marking="TLP:AMBER"),
            cite(),
            cite("secret", where="a cable", note="for them", marking="TLP:AMBER"),
            cite("of-depot", indicator="depot"),
            cite("of-mole", originator="mole"),
            Ask("DELETE", f"{PATH}/of-depot"),
            killed("k3", 2_000, "2025-03-13", marking="TLP:AMBER"),
        )
        yield team


def test_each_reader_sees_the_figures_of_his_own_sight(team: Team) -> None:
    clear = bearer(issued(team.api, "reader", "clea", "TLP:CLEAR"))
    asked = f"{PATH}?min_position={team.head()}"
    seen = team.api.client.get(asked, headers=clear).json()["items"]
    [mine] = seen
    assert (mine["id"], mine["state"], mine["cited"]["best"], mine["now"]["best"]) == (
        *("story", "open"),
        *(300, 300),
    )
    for name in ("secret", "of-depot", "of-mole"):
        problem(team.api.client.get(f"{PATH}/{name}", headers=clear), 404, "not-found")
    theirs = {row["id"]: row for row in team.get("reader", asked).json()["items"]}
    assert theirs.keys() == {"story", "secret", "of-depot", "of-mole"}
    story = theirs["story"]
    assert (story["state"], story["cited"]["best"], story["now"]["best"]) == ("moved", 900, 2_000)
    events = team.api.client.get("/v1/events?limit=1000", headers=clear).json()["items"]
    assert [each["stream"] for each in events if each["stream"][0] == "c"] == ["citation:story"]


def test_a_marking_that_is_lifted_shows_the_citation(team: Team) -> None:
    clear = bearer(issued(team.api, "reader", "clea", "TLP:CLEAR"))
    team.given(
        indicator("depot", marking="TLP:CLEAR"), cite("secret", where="a cable", position=team.head())
    )
    asked = f"{PATH}?min_position={team.head()}"
    seen = team.api.client.get(asked, headers=clear).json()["items"]
    assert {row["id"]: row["state"] for row in seen} == {
        "story": "open",
        "secret": "open",
        "of-depot": "closed",
    }


def test_readers_cite_nothing_and_reporters_do(team: Team) -> None:
    problem(team.send("reader", cite("mine")), 403, "forbidden")
    problem(team.send("reader", close()), 403, "forbidden")
    assert team.send("reporter", cite("mine")).status_code == 201
    assert team.send("reporter", close("mine")).status_code == 201
    assert team.get("reader", f"{PATH}/mine?min_position={team.head()}").json()["by"] == "rosa"


def test_who_may_not_see_what_it_cites_hears_that_it_is_not_there(team: Team) -> None:
    token = bearer(issued(team.api, "reporter", "rory", "TLP:CLEAR"))
    for ask, status, code in (
        (cite("new", indicator="depot"), 422, "unknown-indicator"),
        (cite("new", originator="mole"), 422, "invalid"),
        (close("secret"), 404, "not-found"),
        (cite("secret"), 409, "id-taken"),
    ):
        problem(team.api.send(ask.under(authorization=token["Authorization"])), status, code)
    red = cite(None, marking="TLP:RED").under(authorization=token["Authorization"])
    assert [team.api.send(red).status_code for _ in range(2)] == [201, 200]
