"""The log as it is stored is given whole to whoever may see everything, and to nobody else."""

import json
from collections.abc import Iterator

import pytest

from domain.vocabulary import MARKINGS
from service.access.principal import ROLES
from service.log.verbatim import chained
from service.mirror.lines import CaughtUp, Head, Sent, read_file_line, read_key_line, read_line
from tests.http_spec import PAGE, Api, Ask, Server, indicator, ndjson, problem, report, sha256
from tests.http_spec import stored as stored_file
from tests.service.http.team import bearer, issued
from tests.service.mirror.mirrors import stored

ADDRESSES = ("/v1/log/entries", "/v1/log/keys", "/v1/log/evidence")


@pytest.fixture
def filled(api: Api) -> Api:
    """A log with a few events, one of them restricted."""
    api.given(indicator(), report("r1"), report("r2", marking="TLP:RED", title="vqred"))
    return api


def lines_of(api: Api, **query: int) -> list[object]:
    answer = api.client.get("/v1/log/entries", params=query)
    assert answer.status_code == 200, answer.text
    return [read_line(line) for line in answer.content.splitlines()]


def test_entries_are_what_is_stored_and_end_with_how_far_they_go(filled: Api) -> None:
    head, *sent, end = lines_of(filled)
    log = filled.service.log
    assert head == Head(log.id, log.secret, 0, bytes(32), log.head())
    assert [each.entry for each in sent if isinstance(each, Sent)] == stored(log)["entries"]
    keys = [key for each in sent if isinstance(each, Sent) for key in each.keys]
    assert sorted(keys) == stored(log)["keys"] and keys
    assert end == CaughtUp(log.head())


def test_entries_after_a_position_continue_the_digest_that_is_given_first(filled: Api) -> None:
    head, *sent, end = lines_of(filled, after=2, before=5)
    assert isinstance(head, Head) and head.digest == filled.service.log.digest_at(2)
    entries = [each.entry for each in sent if isinstance(each, Sent)]
    assert [each.position for each in entries] == [3, 4] and end == CaughtUp(4)
    with filled.service.log.snapshot() as snapshot:
        assert chained(entries, type(snapshot.tip())(2, head.digest)).position == 4


def test_the_list_of_keys_is_not_sent_to_who_has_as_many(filled: Api) -> None:
    answer = filled.client.get("/v1/log/keys")
    *keys, end = map(read_key_line, answer.content.splitlines())
    assert keys == stored(filled.service.log)["keys"]
    assert end == CaughtUp(filled.service.log.head())
    tag = answer.headers["etag"]
    assert tag == f'"{len(keys)}"'
    known = filled.client.get("/v1/log/keys", headers={"If-None-Match": tag})
    assert (known.status_code, known.content) == (304, b"")
    filled.given(report("r1").under(idempotency_key="again"))
    assert filled.client.get("/v1/log/keys", headers={"If-None-Match": tag}).status_code == 200
    stale = filled.client.get("/v1/log/keys", headers={"If-Match": '"0"'})
    problem(stale, 412, "stale-version")


def test_a_live_stream_goes_on_with_what_is_new(filled: Api) -> None:
    head = filled.service.log.head()
    asked = {"after": str(head), "live": "true", "before": str(head + 2)}
    with filled.client.stream("GET", "/v1/log/entries", params=asked) as answer:
        lines = (read_line(line.encode()) for line in answer.iter_lines())
        assert isinstance(next(lines), Head) and next(lines) == CaughtUp(head)
        filled.given(report("r3"))
        entry = next(lines)
        assert isinstance(entry, Sent) and entry.entry.position == head + 1
        assert list(lines) == [CaughtUp(head + 1)]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"after": "999"}, 409, "beyond-head"),
        ({"log": "0" * 16}, 409, "other-history"),
        ({"after": "x"}, 422, "bad-parameter"),
        ({"live": "yes"}, 422, "bad-parameter"),
        ({"afetr": "1"}, 422, "unknown-parameter"),
        ({"indicator": "troops"}, 422, "unknown-parameter"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    filled: Api, query: dict[str, str], status: int, code: str
) -> None:
    problem(filled.client.get("/v1/log/entries", params=query), status, code)


def test_nobody_on_the_way_keeps_what_is_given(filled: Api) -> None:
    for path in ADDRESSES:
        assert filled.client.get(path).headers["cache-control"] == "no-store"


def test_only_lines_of_json_are_given(filled: Api) -> None:
    for path in ADDRESSES:
        problem(filled.client.get(path, headers={"Accept": "text/event-stream"}), 406, "not-acceptable")


@pytest.fixture(scope="module")
def guarded(
    server: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Api, dict[str, str]]]:
    """A service that needs tokens, and one for each role with each clearance."""
    with server.over(tmp_path_factory.mktemp("guarded") / "log") as api:
        api.given(indicator(), report("r2", marking="TLP:RED", title="vqred"))
        names = [(role, marking) for role in ROLES for marking in MARKINGS]
        yield api, {f"{role} {marking}": issued(api, role, f"{role}-{n}", marking)
                    for n, (role, marking) in enumerate(names)}  # fmt: skip


@pytest.mark.parametrize("query", ["", "?after=0", "?after=999999", "?log=0000000000000000", "?x=1"])
@pytest.mark.parametrize("path", ADDRESSES)
def test_everybody_else_is_refused_and_learns_nothing(
    guarded: tuple[Api, dict[str, str]], path: str, query: str
) -> None:
    api, tokens = guarded
    told = set[str]()
    for name, token in tokens.items():
        answer = api.client.get(path + query, headers=bearer(token))
        if name == f"admin {MARKINGS[-1]}":
            assert answer.status_code in (200, 409, 422)
            continue
        refusal = problem(answer, 403, "forbidden")
        assert refusal["role"] == "admin"
        assert "Intellog-Log" not in answer.headers and "ETag" not in answer.headers
        assert set(refusal) == {"type", "title", "status", "detail", "role"}
        if name.startswith("admin"):
            told.add(json.dumps(refusal))
    assert len(told) == 1
    problem(api.client.get(path + query), 401, "unauthenticated")


def test_who_may_see_everything_is_given_everything(guarded: tuple[Api, dict[str, str]]) -> None:
    api, tokens = guarded
    answer = api.client.get("/v1/log/entries", headers=bearer(tokens[f"admin {MARKINGS[-1]}"]))
    assert ndjson(answer.content)[-1] == {"caught_up": api.service.log.head()}


def test_a_wrong_name_of_the_log_in_a_header_tells_the_excluded_as_little_as_before(
    guarded: tuple[Api, dict[str, str]],
) -> None:
    api, tokens = guarded
    ask = Ask("GET", "/v1/log/entries", None, bearer(tokens["reader TLP:RED"]))
    problem(api.send(ask.under(**{"Intellog-Log": api.service.log.id})), 403, "forbidden")


def test_files_are_listed_with_who_has_sent_them(filled: Api) -> None:
    assert filled.send(stored_file()).is_success
    everybody = filled.service.evidence.path("ab" * 32)
    everybody.parent.mkdir(exist_ok=True)
    everybody.write_bytes(b"put there")
    answer = filled.client.get("/v1/log/evidence")
    assert read_file_line(answer.content.splitlines()[-1]) == CaughtUp(filled.service.log.head())
    files = ndjson(answer.content)[:-1]
    listed = {each["sha256"]: (each["size"], each["senders"]) for each in files}
    assert listed == {sha256(): (len(PAGE), ["local"]), "ab" * 32: (9, None)}
    problem(filled.client.get("/v1/log/evidence?log=0000000000000000"), 409, "other-history")
