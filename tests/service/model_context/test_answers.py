"""What the tools answer is what the interface answers, over both transports."""

import pytest

from tests.http_spec import Api
from tests.service.model_context.calls import FIGURE, FIGURES, TEXT, TIMES_ASKED, bare, plain
from tests.service.model_context.models import Body, Model, words


@pytest.mark.parametrize("times", TIMES_ASKED, ids=str)
def test_an_estimate_is_that_of_the_interface(model: Model, story: Api, times: Body) -> None:
    for name in FIGURES:
        found = model.answer("estimate", indicator=name, **times)
        assert plain(found) == plain(story.get(f"/v1/estimates/{name}", **times))


@pytest.mark.parametrize("times", TIMES_ASKED, ids=str)
def test_an_explanation_is_that_of_the_interface_part_by_part(
    asked: Model, story: Api, times: Body
) -> None:
    for name in FIGURES:
        whole = story.get(f"/v1/estimates/{name}/explanation", **times)
        found: Body = {"used": [], "relays": [], "excluded": []}
        page: int | None = 1
        while page is not None:
            part = asked.answer("explain", indicator=name, limit=3, page=page, **times)
            assert plain(part, *found) == plain(whole, *found)
            for each in found:
                found[each] += part[each]
            page = min((cut["next_page"] for cut in part["cut"] if cut["next_page"]), default=None)
        assert found == {each: whole[each] for each in found}


@pytest.mark.parametrize("times", TIMES_ASKED[:3] + TIMES_ASKED[4:], ids=str)
def test_changes_are_those_of_the_interface(asked: Model, story: Api, times: Body) -> None:
    for name in FIGURES:
        found = asked.answer("changes", indicator=name, since=190, limit=1_000, **times)
        whole = story.get(f"/v1/estimates/{name}/changes", since=190, **times)
        assert found["cut"] == []
        assert bare(found.pop("events")) == whole.pop("events")
        assert plain(found, "support", "marking") == whole
        assert found["support"] == whole["after"]["support"]


@pytest.mark.parametrize("axis", ["record", "publication"])
@pytest.mark.parametrize("times", TIMES_ASKED, ids=str)
def test_vintages_are_those_of_the_interface(asked: Model, story: Api, times: Body, axis: str) -> None:
    for name in FIGURES:
        found = asked.answer("vintages", indicator=name, axis=axis, limit=100, **times)
        whole = story.get(f"/v1/estimates/{name}/vintages", axis=axis, limit=100, **times)
        assert bare(found["items"]) == whole["items"] and found["as_of"] == whole["as_of"]
        for each in found["items"]:
            at = {"known_at": each["cause"]["position"]}
            if axis == "publication":
                at = {"known_at": found["as_of"]["position"], "published_by": each["from"]}
            then = story.get(f"/v1/estimates/{name}", **{**times, **at})
            assert {each: then[each] for each in FIGURE} == {name: each[name] for name in FIGURE}
            assert (each["support"], each["marking"]) == (then["support"], then["marking"])


@pytest.mark.parametrize("times", TIMES_ASKED, ids=str)
def test_conflicts_are_those_of_the_interface_page_by_page(
    asked: Model, story: Api, times: Body
) -> None:
    items, cursor = list[Body](), None
    while True:
        page = asked.answer("conflicts", limit=7, cursor=cursor, **times)
        items, cursor = items + page["items"], page["next_cursor"]
        if cursor is None:
            break
    assert bare(items, "title", "figure") == story.items("/v1/conflicts", **times)
    for each in items:
        then = story.get(f"/v1/estimates/{each['indicator']}", **times)
        assert each["support"] == then["support"]


def test_what_is_found_is_what_the_interface_finds(model: Model, story: Api) -> None:
    found = model.answer("find", q="korean troops")
    for what, path in (("indicators", "estimates"), ("sources", "sources"), ("reports", "reports")):
        whole = story.get(f"/v1/{path}", q="korean troops", limit=20)
        assert plain(found[what]) == whole
    assert found["indicators"]["items"] and found["reports"]["items"] and found["near"] == []


@pytest.mark.parametrize("what", ["indicators", "sources", "reports"])
@pytest.mark.parametrize("times", [{}, {"known_at": "2100-01-01"}], ids=str)
def test_what_is_found_goes_on_page_by_page(asked: Model, story: Api, what: str, times: Body) -> None:
    """Also where the first part came with two others."""
    path = {"indicators": "/v1/estimates"}.get(what, f"/v1/{what}")
    part = asked.answer("find", q="korea", limit=3, **times)[what]
    items = part["items"]
    while part["next_cursor"]:
        again = {"what": what, "cursor": part["next_cursor"]}
        part = asked.answer("find", q="korea", limit=3, **again, **times)[what]
        items += part["items"]
    assert len(items) > 3 and items == story.items(path, q="korea")


def test_where_nothing_is_found_near_names_are(asked: Model) -> None:
    found = asked.answer("find", q="memorail")
    assert found["near"] == [
        {
            "what": "indicators",
            "id": "dprk-memorial-capacity",
            "title": "Burial places at the Pyongyang memorial",
        }
    ]
    assert "Near: dprk-memorial-capacity" in words(asked.call("find", q="memorail"))
    assert asked.answer("find", q="memorail", what="reports")["near"] == []


def test_a_text_is_read_and_nothing_is_written(model: Model, story: Api) -> None:
    before = story.head()
    found = model.answer("propose", text=TEXT, publisher="nis", published_at="2025-05-01")
    whole = story.client.post(
        "/v1/proposals", json={"text": TEXT, "publisher": "nis", "published_at": "2025-05-01"}
    ).json()
    assert found["claims"] and found["not_figures"]
    assert plain(found, "support", "marking") == whole
    assert found["support"]["level"] is None and found["marking"] is None
    assert story.head() == before
