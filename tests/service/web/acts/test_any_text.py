"""Whatever is typed into a form is answered: refused at a field or taken, never an error of ours."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.web.acts.places import ACT_PAGES, ActPage
from service.web.form.derived import layout_of
from tests.effort import examples
from tests.http_spec import Api, Server
from tests.service.web.acts.cases import GIVEN, LINK
from tests.service.web.acts.test_access import address
from tests.service.web.forms import press

odd = st.sampled_from(
    [
        *(
            "",
            " ",
            "x",
            "0",
            "-1",
            "1e999",
            "9" * 25,
            "2025-02-30",
            "r1/1",
            "r1/1 r1/1",
            "killed",
            "un",
        ),
        *(
            "\x00",
            "\ud7ff",
            "é",
            "true",
            "TLP:RED",
            "</textarea>",
            "record",
            "{",
            "2025-02-01",
            "B",
            "2",
        ),
    ]
)
texts = odd | st.text(max_size=30)
buttons = st.sampled_from(["try", "try", "try", "add", "remove 0", "link 0 r1/1", "file"]) | texts


@pytest.fixture(scope="module")
def desk(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with server.over(tmp_path_factory.mktemp("texts")) as api:
        api.given(*GIVEN, LINK)
        yield api


@st.composite
def typed(draw: st.DrawFn, page: ActPage) -> dict[str, str]:
    """Some of the fields of a page, and now and then one that is none."""
    names = [*layout_of(page.command, new=page.new).names(2), "version", "/claims/7/n", "/x"]
    return draw(st.dictionaries(st.sampled_from(names), texts, max_size=8))


@examples(15)
@given(st.data())
@pytest.mark.parametrize("page", ACT_PAGES, ids=lambda page: page.path)
def test_any_text_is_answered(desk: Api, page: ActPage, data: st.DataObject) -> None:
    at = address(page.path)
    answer = press(desk, data.draw(buttons), data.draw(typed(page)), at=at)
    assert answer.status_code in (200, 303, 404, 409, 412, 422), answer.text
    if answer.status_code == 303:
        assert desk.client.get(answer.headers["location"]).status_code == 200


@examples(15)
@given(st.data())
@pytest.mark.parametrize("page", ACT_PAGES, ids=lambda page: page.path)
def test_any_address_of_a_form_is_answered(desk: Api, page: ActPage, data: st.DataObject) -> None:
    names = [path.removeprefix("/") for path in layout_of(page.command, new=page.new).of_whole]
    query = data.draw(st.dictionaries(st.sampled_from([*names, "known_at"]), texts, max_size=3))
    answer = desk.client.get(address(page.path), params=query, headers={"Accept": "text/html"})
    assert answer.status_code in (200, 404, 422), answer.text
