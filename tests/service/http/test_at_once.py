"""Many requests at once: one of them wins, and the others are told so."""

import threading
from concurrent.futures import ThreadPoolExecutor

import httpx2

from tests.http_spec import FILED, Api, Ask, claim, indicator, post, problem, report


def test_two_who_close_a_circle_at_once(api: Api) -> None:
    api.given(indicator(), report("r1", claim(1)), report("r2", claim(2)))
    for _ in range(5):
        asks = [
            post("/v1/claims/r1/1/links", derived_from="r2/1"),
            post("/v1/claims/r2/1/links", derived_from="r1/1"),
        ]
        answers = at_once(api, asks)
        assert sorted(answer.status_code for answer in answers) == [201, 422]
        api.given(*(Ask("DELETE", f"/v1/claims/r{a}/1/links/r{b}/1") for a, b in linked(answers)))


def linked(answers: list[httpx2.Response]) -> list[tuple[int, int]]:
    first, _ = (answer.status_code == 201 for answer in answers)
    return [(1, 2)] if first else [(2, 1)]


def at_once(api: Api, asks: list[Ask]) -> list[httpx2.Response]:
    """Send requests from as many threads, none before all are ready."""
    ready = threading.Barrier(len(asks))

    def send(ask: Ask) -> httpx2.Response:
        ready.wait()
        return api.send(ask)

    with ThreadPoolExecutor(len(asks)) as pool:
        return list(pool.map(send, asks))


def test_of_two_who_saw_the_same_version_one_wins(api: Api) -> None:
    version = 1
    api.given(*FILED)
    for n in range(10):
        colours = ("TLP:RED", "TLP:AMBER") if n % 2 else ("TLP:GREEN", "TLP:CLEAR")
        asks = [
            post("/v1/reports/r1/corrections", kind="record", provenance={"title": f"{colour} {n}"})
            for colour in colours
        ]
        answers = at_once(api, [ask.under(if_match=f'"{version}"') for ask in asks])
        assert sorted(answer.status_code for answer in answers) == [201, 412]
        [loser] = [answer for answer in answers if answer.status_code == 412]
        version += 1
        assert problem(loser, 412, "stale-version")["current_version"] == version
        assert api.get("/v1/reports/r1")["version"] == version


def test_twenty_who_file_the_same_report_file_it_once(api: Api) -> None:
    api.given(indicator())
    for ask in (report("same"), report(None, claim(7))):
        before = api.head()
        answers = at_once(api, [ask] * 20)
        assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
        assert len({answer.text for answer in answers}) == 1
        filed = [kind for _, kind, _ in api.facts(before) if kind == "ReportFiled"]
        assert filed == ["ReportFiled"]


def test_twenty_who_take_the_same_id_for_other_reports(api: Api) -> None:
    api.given(indicator())
    answers = at_once(api, [report("taken", claim(n)) for n in range(20)])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 19
    for answer in answers:
        if answer.status_code == 409:
            problem(answer, 409, "id-taken")


def test_twenty_under_one_key(api: Api) -> None:
    api.given(indicator(), *(report(f"r{n}", claim(n)) for n in range(20)))
    same = post("/v1/reports/r1/hold", reason="x").under(idempotency_key="k")
    answers = at_once(api, [same] * 20)
    assert sorted(answer.status_code for answer in answers) == [200] * 19 + [201]
    assert len({answer.text for answer in answers}) == 1
    others = [post(f"/v1/reports/r{n}/hold").under(idempotency_key="l") for n in range(20) if n != 1]
    codes = sorted(answer.status_code for answer in at_once(api, others))
    assert codes == [201] + [409] * 18


def test_writers_and_readers_do_not_disturb_each_other(api: Api) -> None:
    api.given(indicator())
    stop = threading.Event()
    paths = ("/v1/estimates/troops", "/v1/events?limit=1000", "/v1/sources", "/", "/v1/replay")

    def write(writer: int) -> list[int]:
        return [
            api.send(report(f"w{writer}-{n}", claim(n, f"s{writer}"))).status_code for n in range(25)
        ]

    def read(path: str) -> set[int]:
        seen, last = set[int](), 0
        while not stop.is_set():
            answer = api.client.get(path)
            seen.add(answer.status_code)
            if path.startswith("/v1/estimates"):
                assert answer.json()["as_of"]["position"] >= last, "time does not run back"
                last = answer.json()["as_of"]["position"]
        return seen

    with ThreadPoolExecutor(9) as pool:
        readers = [pool.submit(read, path) for path in paths]
        written = list(pool.map(write, range(4)))
        stop.set()
        assert [reader.result() for reader in readers] == [{200}] * len(paths)
    assert written == [[201] * 25] * 4
    body = api.get("/v1/estimates/troops")
    assert (body["claims"], body["reports"], body["origins"]) == (100, 100, 4)
    versions: dict[str, list[int]] = {}
    for event in api.events():
        versions.setdefault(event["stream"], []).append(event["version"])
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
