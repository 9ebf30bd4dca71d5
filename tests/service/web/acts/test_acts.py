"""Every act by its form: shown, tried, refused at its field, recorded, and taken back."""

import re
from urllib.parse import parse_qs

import httpx2
import pytest

from domain import commands
from domain.commands import COMMAND_TYPES
from service.acts.acts import ACTS, Undo
from service.web.acts.places import ACT_PAGES
from service.web.form.derived import layout_of
from tests.http_spec import Api, unchanged
from tests.service.web.acts.cases import CASES, GIVEN, HOLD, LINK, RELAY, WITHDRAWAL, Case
from tests.service.web.forms import HTML, FormPage, opened, page_of, press

ALL = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def filled(api: Api, case: Case) -> dict[str, str]:
    """The form of a case as its page fills it, with what is typed into it."""
    return {**opened(api, case.at).values, **case.typed}


def event_of(answer: httpx2.Response, api: Api) -> FormPage:
    """The page of the event that a form led to."""
    assert answer.status_code == 303, answer.text
    path, _, query = answer.headers["location"].partition("?")
    assert path == f"/events/{api.head()}"
    assert parse_qs(query) == {"min_position": [str(api.head())]}
    shown = api.client.get(answer.headers["location"], headers=HTML)
    assert shown.status_code == 200, shown.text
    return FormPage(shown.text)


def test_every_command_has_an_act_and_a_page() -> None:
    assert set(ACTS) == set(COMMAND_TYPES) == {page.command for page in ACT_PAGES}
    tested = {case.command for case in CASES.values()}
    assert tested == set(COMMAND_TYPES) - {commands.FileReport}


def test_every_field_of_a_command_is_in_its_form() -> None:
    for page in ACT_PAGES:
        layout = layout_of(page.command, new=page.new)
        names = {
            path.split("/")[1] for path in (*layout.of_whole, *(["/claims"] if layout.claim else []))
        }
        field = None if page.new else page.act.field
        assert names == set(page.command.model_fields) - {field}, page.path
        for each in (*layout.of_whole.values(), *layout.of_claim.values()):
            assert each.label, (page.path, each.path)


def test_what_takes_an_act_back_is_an_act_on_the_same_target() -> None:
    for act in ACTS.values():
        if isinstance(act.undo, Undo):
            back = ACTS[act.undo.command]
            assert back.target == act.target
            fields = {*act.undo.given, *act.undo.earlier, *act.undo.fixed}
            assert fields <= set(back.command.model_fields)
            assert set(act.undo.given) <= set(act.command.model_fields)
        else:
            assert act.undo.startswith("nothing takes it back: ")


@ALL
def test_an_act_is_tried_and_recorded_and_its_event_names_what_takes_it_back(
    api: Api, case: Case
) -> None:
    api.given(*GIVEN, *case.given)
    typed = filled(api, case)

    with unchanged(api):
        tried = press(api, "try", typed, at=case.at)
    assert page_of(tried).focus == "preview"
    assert "Nothing has been written" in tried.text
    assert {name: text.replace("\r\n", "\n") for name, text in case.typed.items()}.items() <= (
        page_of(tried).values.items()
    )

    page = event_of(press(api, "file", typed, at=case.at), api)
    stream, kind, data = api.facts(api.head() - 1)[-1]
    data = data.get("definition", data)
    assert (stream, kind) == case.fact[:2]
    assert {name: data.get(name) for name in case.fact[2]} == case.fact[2]
    shown = api.client.get(f"/events/{api.head()}").text
    assert f"<h1>{case.done}</h1>" in shown
    back = case.back.format(before=api.head() - 1)
    assert back in page.links if back.startswith("/") else back in shown


@ALL
def test_the_form_that_takes_an_act_back_is_filled_and_does_it(api: Api, case: Case) -> None:
    if not case.back.startswith("/"):
        return
    api.given(*GIVEN, *case.given)
    event_of(press(api, "file", filled(api, case), at=case.at), api)

    back = case.back.format(before=api.head() - 1)
    form = opened(api, back)
    assert form.values.items() >= case.restored.items()
    if not case.restored and case.command is not commands.HoldReport:
        return  # nothing came before it to go back to
    path = back.partition("?")[0]
    event_of(press(api, "file", form.values, at=path), api)


@ALL
def test_a_fault_is_shown_at_its_field_and_nothing_is_lost(api: Api, case: Case) -> None:
    api.given(*GIVEN, *case.given)
    name, text = case.wrong
    typed = {**filled(api, case), name: text}

    for button in ("try", "file"):
        with unchanged(api):
            page = page_of(press(api, button, typed, at=case.at), 422)
        assert page.wrong == {name} and page.said[name]
        assert page.values[name] == text
        assert page.focus == "wrong"


@ALL
def test_the_same_again_records_nothing_and_says_so(api: Api, case: Case) -> None:
    api.given(*GIVEN, *case.given)
    typed = filled(api, case)
    assert press(api, "file", typed, at=case.at).status_code == 303
    page = next(each for each in ACT_PAGES if each.command is case.command)
    ends = (commands.WithdrawReport, commands.RedactReport)
    if case.command in ends or case.at in ("/indicators/new", "/register"):
        return
    typed = {**opened(api, case.at).values, **case.typed} if page.act.field else typed

    with unchanged(api):
        for button in ("try", "file"):
            again = press(api, button, typed, at=case.at)
            assert "it is so already" in again.text, again.text


@pytest.mark.parametrize(
    ("at", "more"),
    [
        ("/indicators/killed/edit", {}),
        ("/sources/un/edit", {}),
        ("/reports/r1/correct", {"/kind": "record"}),
        ("/reports/r1/correct", {"/kind": "publisher", "/published_at": "2025-02-01"}),
        ("/reports/r1/mark", {}),
    ],
)
def test_a_form_as_it_is_opened_changes_nothing(api: Api, at: str, more: dict[str, str]) -> None:
    api.given(*GIVEN)
    form = opened(api, at).values
    with unchanged(api):
        for button in ("try", "file"):
            assert "it is so already" in press(api, button, form, more, at=at).text


# What is not there, and what is not allowed


@pytest.mark.parametrize(
    "path",
    [
        "/indicators/nothing/edit",
        "/indicators/nothing/assess",
        "/sources/nobody/edit",
        "/sources/nobody/grade",
        "/reports/nothing/hold",
        "/reports/r1%2F1/hold",
        "/claims/r1/2/grade",
        "/claims/r1/0/grade",
        "/claims/r1/01/grade",
        "/claims/r1/x/grade",
        "/claims/nothing/1/dispute",
        "/events/0",
        "/events/99",
        "/events/x",
        "/events/²",
    ],
)
def test_what_is_not_there_has_no_page(api: Api, path: str) -> None:
    api.given(*GIVEN)
    assert api.client.get(path, headers=HTML).status_code == 404
    if not path.startswith("/events"):
        assert press(api, "file", at=path).status_code == 404


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/indicators/new?id=x&id=y", 422),
        ("/indicators/new?ids=x", 422),
        ("/indicators/killed/edit?known_at=99", 422),
        ("/indicators/killed/edit?known_at=soon", 422),
        ("/indicators/killed/edit?id=other", 422),
        ("/indicators/killed/edit?known_at=2020-01-01", 200),
        ("/indicators/new?id=x&title=A+title&unit=", 200),
    ],
)
def test_what_a_form_is_filled_with_is_checked(api: Api, path: str, status: int) -> None:
    api.given(*GIVEN)
    assert api.client.get(path, headers=HTML).status_code == status


def test_a_form_is_filled_from_its_address(api: Api) -> None:
    api.given(*GIVEN)
    values = opened(api, "/indicators/new?id=new&measure=stock&terms=a%0Ab").values
    assert (values["/id"], values["/measure"], values["/terms"]) == ("new", "stock", "a\nb")
    assert values["/minimum"] == "0" and values["/fresh_days"] == "90"


@pytest.mark.parametrize("version", ["", "x", "²", "1" * 30])
def test_a_guarded_form_says_which_version_it_changes(api: Api, version: str) -> None:
    api.given(*GIVEN)
    typed = {**opened(api, "/sources/un/edit").values, "/name": "UN", "version": version}
    with unchanged(api):
        answer = press(api, "file", typed, at="/sources/un/edit")
    assert answer.status_code == 422 and "open it again" in answer.text


@pytest.mark.parametrize(
    ("at", "mine", "theirs", "shown"),
    [
        (
            "/indicators/killed/edit",
            {"/title": "Mine"},
            {"/title": "Theirs", "/place": "Kursk"},
            [("Title", "Killed", "Theirs"), ("Place", "", "Kursk")],
        ),
        ("/sources/un/edit", {"/name": "Mine"}, {"/name": "Theirs"}, [("Name", "", "Theirs")]),
        (
            "/reports/r1/correct",
            {"/kind": "record", "/claims/0/quantity/best": "1"},
            {"/kind": "record", "/claims/0/quantity/best": "2"},
            [("Claim 1, Best", "1200", "2")],
        ),
    ],
)
def test_a_concurrent_change_is_shown_and_refused_once(
    api: Api, at: str, mine: dict[str, str], theirs: dict[str, str], shown: list[tuple[str, ...]]
) -> None:
    api.given(*GIVEN)
    form = opened(api, at).values
    assert press(api, "file", form, theirs, at=at).status_code == 303

    with unchanged(api):
        refused = press(api, "file", form, mine, at=at)

    page = page_of(refused, 412)
    rows = re.findall(r"<tr><th[^>]*>(.*?)</th>.*?<del>(.*?)</del>.*?<ins>(.*?)</ins>", refused.text)
    assert rows == shown
    assert mine.items() <= page.values.items()
    assert press(api, "file", page.values, at=at).status_code == 303


def test_an_id_that_is_taken_is_a_fault_of_the_id(api: Api) -> None:
    api.given(*GIVEN)
    typed = {"/id": "killed", "/title": "K", "/measure": "stock"}
    with unchanged(api):
        page = page_of(press(api, "file", typed, at="/indicators/new"), 412)
        assert page_of(press(api, "file", {"/id": "un"}, at="/register"), 412).wrong == {"/id"}
    assert page.wrong == {"/id"}


@pytest.mark.parametrize("button", ["add", "remove 0", "link 0 r1/1", "", "save"])
def test_a_form_without_claims_has_no_buttons_for_them(api: Api, button: str) -> None:
    api.given(*GIVEN)
    with unchanged(api):
        assert "is not a button" in press(api, button, at="/reports/r1/hold").text


@pytest.mark.parametrize("at", ["/reports/r1/withdraw", "/reports/r1/correct"])
def test_whose_act_it_is_must_be_chosen_and_is_explained(api: Api, at: str) -> None:
    api.given(*GIVEN)
    page = opened(api, at)
    assert "/kind" not in page.values
    answer = press(api, "file", page.values, at=at)
    assert page_of(answer, 422).said == {"/kind": "is missing; choose one"}
    for words in ("Ours:", "The publisher&#39;s:"):
        assert words in answer.text


# What is offered


def links(api: Api, path: str) -> list[str]:
    return opened(api, path).links


def test_only_acts_that_apply_are_offered(api: Api) -> None:
    api.given(*GIVEN)
    found = links(api, "/reports/r1")
    assert "/reports/r1/hold" in found and "/reports/r1/release" not in found
    assert "/claims/r1/1/grade" in found and not any("/unlink" in each for each in found)

    api.given(HOLD, LINK)
    found = links(api, "/reports/r1")
    assert "/reports/r1/release" in found and "/reports/r1/hold" not in found
    assert "/claims/r2/1/unlink?derived_from=r1%2F1" in links(api, "/reports/r2")

    api.given(WITHDRAWAL)
    found = links(api, "/reports/r1")
    left = [each for each in found if each.startswith(("/reports/r1/", "/claims/r1/"))]
    assert left == ["/reports/r1/redact"]
    assert "takes nothing more" in api.client.get("/reports/r1/hold").text


def test_acts_are_offered_where_the_need_arises(api: Api) -> None:
    api.given(*GIVEN)
    found = links(api, "/estimates/killed")
    assert "/indicators/killed/edit" in found
    assert "/indicators/killed/assess?claims=r2%2F1%0Ar1%2F1" in found
    assert {"/claims/r1/1/dispute", "/claims/r1/1/link", "/reports/r1/hold"} <= set(found)
    assert {"/sources/nis/edit", "/sources/nis/grade"} <= set(links(api, "/sources/nis"))
    assert "/register" in links(api, "/sources")
    assert "/claims/r1/1/grade" in links(api, "/conflicts")


def test_a_suspected_relay_offers_its_link(api: Api) -> None:
    api.given(*GIVEN, RELAY)
    link = "/claims/r3/1/link?derived_from=r1%2F1"
    assert link in links(api, "/estimates/killed") and link in links(api, "/conflicts")
    assert opened(api, link).values["/derived_from"] == "r1/1"


def test_an_indicator_that_nobody_defined_can_be_defined_from_its_page(api: Api) -> None:
    api.given(*GIVEN)
    answer = api.client.get("/estimates/kiled", headers=HTML)
    assert answer.status_code == 404 and "did you mean killed?" in answer.text
    assert "/indicators/new?id=kiled" in FormPage(answer.text).links
    assert api.client.get("/estimates/kiled").json()["type"] == "/problems/not-found"


def test_a_filed_report_leads_to_what_takes_it_back(api: Api) -> None:
    api.given(*GIVEN)
    typed = {
        "/id": "r9",
        "/publisher": "wire",
        "/published_at": "2025-01-10",
        "/claims/0/indicator": "killed",
        "/claims/0/originator": "nis",
        "/claims/0/quantity/best": "10",
    }
    filed = press(api, "file", typed)
    page = FormPage(api.client.get(filed.headers["location"]).text)
    assert f"/events/{api.head()}" in page.links
    undo = "/reports/r9/withdraw?kind=record"
    assert undo in links(api, f"/events/{api.head()}")
    assert opened(api, undo).values["/kind"] == "record"


def test_an_event_of_a_withdrawn_report_cannot_be_taken_back_any_more(api: Api) -> None:
    api.given(*GIVEN, HOLD)
    position = api.head()
    api.given(WITHDRAWAL)
    shown = api.client.get(f"/events/{position}", params={"min_position": api.head()}).text
    assert "Nothing takes it back any more: the report is withdrawn" in shown
