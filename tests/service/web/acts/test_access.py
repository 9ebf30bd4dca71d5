"""Who may act, and on what: roles and clearances at every form."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from service.access.principal import ROLES, Role
from service.web.acts.places import ACT_PAGES, ActPage
from tests.http_spec import Ask, Server, post
from tests.service.http.team import Team, bearer, issued, team_over
from tests.service.web.acts.cases import GIVEN, LINK, RELAY
from tests.service.web.forms import HTML, FormPage

AT = {"id": "r1", "report": "r1", "n": "1"}
IDS = {"indicators": "killed", "sources": "un", "reports": "r1", "citations": "c1"}
CITED = post("/v1/citations", id="c1", indicator="killed", where="Bulletin")


@pytest.fixture(scope="module")
def team(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with team_over(server, tmp_path_factory.mktemp("desk")) as team:
        team.given(*GIVEN, RELAY, CITED, LINK)
        team.get("analyst", f"/v1/estimates?min_position={team.head()}")
        yield team


def address(path: str) -> str:
    family = path.split("/")[1]
    return path.format(**{**AT, "id": IDS.get(family, "")})


@pytest.mark.parametrize("page", ACT_PAGES, ids=lambda page: page.path)
def test_a_form_is_for_its_role_and_those_above(team: Team, page: ActPage) -> None:
    at, before = address(page.path), team.head()
    for role in ROLES:
        may = ROLES.index(role) >= ROLES.index(page.act.role)
        shown = team.send(role, Ask("GET", at, None, {"Accept": "text/html"}))
        sent = team.send(role, Ask("POST", at, b"do=try", HTML))
        if may:
            assert shown.status_code == 200 and sent.status_code in (200, 422), at
        else:
            for refused in (shown, sent):
                assert refused.status_code == 403
                assert f"this takes the role {page.act.role}; yours is {role}" in refused.text
    assert team.send(None, Ask("GET", at)).status_code == 401
    assert team.head() == before


@pytest.mark.parametrize(
    "path", ["/reports/r1", "/reports/r2", "/estimates/killed", "/conflicts", "/sources/un", "/sources"]
)
def test_who_may_not_act_is_offered_nothing(team: Team, path: str) -> None:
    def acts(role: Role) -> list[str]:
        found = FormPage(team.get(role, path).text).links
        ends = {page.path.rpartition("/")[2] for page in ACT_PAGES} - {"post", "new"}
        return [each for each in found if each.partition("?")[0].rpartition("/")[2] in ends]

    assert acts("reader") == acts("reporter") == []
    admins = [each for each in acts("admin") if not each.endswith("/redact")]
    assert acts("analyst") and acts("analyst") == admins


def test_who_may_not_take_it_back_learns_who_may(team: Team) -> None:
    shown = team.get("reader", f"/events/{team.head()}").text
    assert "Unlink r2/1 from r1/1" in shown and "takes the role analyst" in shown
    assert "/claims/r2/1/unlink" not in shown


def test_what_is_marked_above_the_clearance_is_out_of_reach(server: Server, tmp_path: Path) -> None:
    with team_over(server, tmp_path) as team:
        team.given(*GIVEN)
        amber = bearer(issued(team.api, "analyst", "amber", "TLP:AMBER"))

        def send(method: str, path: str, body: bytes | None = None) -> httpx2.Response:
            return team.api.send(Ask(method, path, body, {**HTML, **amber}))

        marked = send("POST", "/reports/r1/mark", b"%2Fmarking=TLP%3ARED&do=file")
        assert marked.status_code == 200 and "above your clearance" in marked.text
        for path in ("/reports/r1/hold", "/claims/r1/1/grade", f"/events/{team.head()}"):
            assert send("GET", f"{path}?min_position={team.head()}").status_code == 404
        assert send("POST", "/reports/r1/hold", b"do=file").status_code == 404
