"""Files of evidence over HTTP: stored under their hashes, served whole or in part, never altered."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.http_spec import (
    FILED,
    PAGE,
    Api,
    Ask,
    Server,
    evidence,
    indicator,
    post,
    problem,
    report,
    sha256,
    stored,
    unchanged,
)
from tests.processes import until

HASH = sha256()
PATH = f"/v1/evidence/{HASH}"
LIMIT = 10_000


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Iterator[Api]:
    with server.over(tmp_path, evidence_limit=LIMIT) as api:
        api.given(indicator())
        yield api


@pytest.fixture
def filed(api: Api) -> Api:
    """A report that rests on a stored file."""
    assert api.send(stored()).status_code == 201
    api.given(report(evidence=evidence()))
    return api


def files(api: Api) -> set[str]:
    """All that is in the store."""
    return {path.name for path in api.service.evidence.folder.rglob("*") if path.is_file()}


def path_of(api: Api) -> Path:
    return api.service.evidence.path(HASH)


def state(api: Api) -> object:
    return api.get("/v1/reports/r1")["evidence"]["state"]


# Storing


def test_a_file_is_stored_and_then_named_by_a_report(api: Api) -> None:
    answer = api.send(stored())
    assert (answer.status_code, answer.headers["location"]) == (201, PATH)
    assert answer.json() == {"sha256": HASH, "media_type": "text/html", "size": len(PAGE)}
    api.given(report(evidence=answer.json()))
    assert api.get("/v1/reports/r1")["evidence"] == {**answer.json(), "state": "stored"}
    assert api.client.get(PATH).content == PAGE


def test_storing_writes_nothing_into_the_log(api: Api) -> None:
    with unchanged(api):
        api.send(stored())


def test_the_same_file_again_is_the_same(filed: Api) -> None:
    with unchanged(filed):
        again = filed.send(stored())
    assert (again.status_code, again.json()["sha256"]) == (200, HASH)
    assert files(filed) == {HASH, f"{HASH}.senders"}


def test_a_file_under_another_hash_is_refused_and_both_are_named(api: Api) -> None:
    wrong = Ask("PUT", f"/v1/evidence/{'0' * 64}", PAGE, {"Content-Type": "text/html"})
    refusal = problem(api.send(wrong), 422, "evidence-mismatch")
    assert HASH in refusal["detail"] and "0" * 64 in refusal["detail"]
    assert files(api) == set()


@pytest.mark.parametrize(
    ("content", "headers", "says"),
    [
        (PAGE, {"Content-Type": ""}, "no Content-Type"),
        (PAGE, {"Content-Type": "image/svg+xml"}, "got 'image/svg+xml'"),
        (PAGE, {"Content-Type": "application/pdf"}, "begins like text/html"),
        (PAGE, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, "send the body plain"),
        (b"\x7fELF\x02\x01", {"Content-Type": "application/octet-stream"}, "none of the kinds"),
        (b"", {"Content-Type": "text/plain"}, "the file is empty"),
    ],
)
def test_a_file_of_another_kind_is_refused(
    api: Api, content: bytes, headers: dict[str, str], says: str
) -> None:
    answer = api.send(Ask("PUT", f"/v1/evidence/{sha256(content)}", content, headers))
    assert says in problem(answer, 415, "wrong-media-type")["detail"]
    assert files(api) == set()


NAMES = (
    *("..%2F..%2Flog.sqlite", "%2e%2e", "a" * 63, "A" * 64, f"{HASH}.senders", f"{HASH}%00"),
    *(f"{HASH}%0A", f"{HASH[:2]}%2F{HASH}", "incoming", "%F0%9F%98%80" * 16),
)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_but_a_hash_is_an_address(filed: Api, name: str) -> None:
    before = files(filed)
    for method in ("GET", "PUT"):
        ask = Ask(method, f"/v1/evidence/{name}", PAGE if method == "PUT" else None)
        problem(filed.send(ask.under(content_type="text/html")), 404, "not-found")
    assert files(filed) == before


@pytest.mark.parametrize("chunked", [False, True])
def test_a_file_over_the_limit_is_refused(api: Api, chunked: bool) -> None:
    whole = b"x" * (LIMIT + 1)
    body = iter([whole[:-1], whole[-1:]]) if chunked else whole
    headers = {"Content-Type": "text/plain"}
    answer = api.client.put(f"/v1/evidence/{sha256(whole)}", content=body, headers=headers)
    assert "10,000 bytes" in problem(answer, 413, "too-large")["detail"]
    assert files(api) == set()
    assert api.send(stored(whole[:-1], "text/plain")).status_code == 201


@pytest.mark.parametrize("length", [b"Content-Length: 500", b"Transfer-Encoding: chunked"])
def test_a_file_that_is_cut_off_leaves_nothing(server: Server, api: Api, length: bytes) -> None:
    head = b"PUT %b HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/html\r\n%b\r\n\r\n"
    incoming = api.service.evidence.folder / "incoming"
    with socket.create_connection(server.address) as wire:
        wire.sendall(head % (PATH.encode(), length) + b"17\r\n" + PAGE[:23])
        until(lambda: incoming.is_dir() and list(incoming.iterdir()), bool)
    until(lambda: list(incoming.iterdir()), lambda left: not left)
    assert files(api) == set()


def test_the_same_file_from_many_at_once_is_stored_once(filed: Api) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: filed.send(stored()).status_code, range(12)))
    assert answers == [200] * 12
    assert files(filed) == {HASH, f"{HASH}.senders"}


# Serving


def test_a_file_is_saved_by_a_browser_and_never_shown(filed: Api) -> None:
    answer = filed.client.get(PATH)
    assert answer.content == PAGE
    told = {
        "content-type": "text/html",
        "content-disposition": f'attachment; filename="evidence-{HASH[:12]}.html"',
        "content-security-policy": "sandbox; default-src 'none'",
        "x-content-type-options": "nosniff",
        "cross-origin-resource-policy": "same-origin",
        "etag": f'"{HASH}"',
        "cache-control": "private, no-cache",
        "content-length": str(len(PAGE)),
        "accept-ranges": "bytes",
    }
    assert {name: answer.headers[name] for name in told} == told
    assert answer.headers["repr-digest"].startswith("sha-256=:")
    head = filed.client.head(PATH)
    assert (head.status_code, head.content) == (200, b"")
    assert {name: head.headers[name] for name in told} == told


def test_who_has_a_file_already_is_not_sent_it_again(filed: Api) -> None:
    assert filed.send(Ask("GET", PATH).under(if_none_match=f'"{HASH}"')).status_code == 304
    problem(filed.send(Ask("GET", PATH).under(if_match='"other"')), 412, "stale-version")


SIZE = len(PAGE)


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-9", range(10)),
        ("bytes=10-", range(10, SIZE)),
        ("bytes=-5", range(SIZE - 5, SIZE)),
        ("bytes=0-", range(SIZE)),
        (f"bytes={SIZE - 1}-{SIZE + 50}", range(SIZE - 1, SIZE)),
        ("bytes=-9999", range(SIZE)),
    ],
)
def test_a_part_of_a_file_is_sent(filed: Api, asked: str, part: range) -> None:
    answer = filed.send(Ask("GET", PATH).under(range=asked, if_range=f'"{HASH}"'))
    assert (answer.status_code, answer.content) == (206, PAGE[part.start : part.stop])
    assert answer.headers["content-range"] == f"bytes {part.start}-{part.stop - 1}/{SIZE}"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    "headers",
    [
        {"Range": "bytes=5-2"},
        {"Range": "bytes=-"},
        {"Range": "bytes=0-1,3-4"},
        {"Range": "lines=0-1"},
        {"Range": "bytes=0-1", "If-Range": '"other"'},
        {"Range": "bytes=0-99999999999999999999"},
    ],
)
def test_what_is_no_part_is_all_of_the_file(filed: Api, headers: dict[str, str]) -> None:
    answer = filed.send(Ask("GET", PATH, None, headers))
    assert (answer.status_code, answer.content) == (200, PAGE)


@pytest.mark.parametrize("asked", [f"bytes={SIZE}-", "bytes=-0", f"bytes={SIZE + 1}-{SIZE + 2}"])
def test_a_part_behind_the_end_is_refused(filed: Api, asked: str) -> None:
    answer = filed.send(Ask("GET", PATH).under(range=asked))
    assert problem(answer, 416, "range-not-satisfiable")["size"] == SIZE
    assert answer.headers["content-range"] == f"bytes */{SIZE}"


def test_a_file_that_no_report_names_is_not_there(api: Api) -> None:
    api.send(stored())
    problem(api.client.get(PATH), 404, "not-found")
    api.given(report(evidence=evidence()))
    assert api.client.get(PATH, params={"min_position": api.head()}).content == PAGE


def test_a_file_that_a_correction_replaced_is_still_there(filed: Api) -> None:
    other = b"Another copy\n"
    filed.send(stored(other, "text/plain"))
    provenance = {"evidence": evidence(other, "text/plain")}
    filed.given(post("/v1/reports/r1/corrections", kind="record", provenance=provenance))
    assert filed.get("/v1/reports/r1")["evidence"]["sha256"] == sha256(other)
    assert filed.client.get(PATH).content == PAGE
    assert filed.client.get(f"/v1/evidence/{sha256(other)}").content == other


# Altered and missing


def test_an_altered_file_is_never_served(filed: Api) -> None:
    assert state(filed) == "stored"
    path_of(filed).write_bytes(PAGE.replace(b"Many", b"Some"))
    refusal = problem(filed.client.get(PATH), 503, "evidence-altered")
    assert refusal["position"] == filed.head()
    assert "report r1 names it" in refusal["detail"] and "restore it" in refusal["detail"]
    problem(filed.send(Ask("GET", PATH).under(range="bytes=0-5")), 503, "evidence-altered")
    problem(filed.send(Ask("GET", PATH).under(if_none_match="*")), 503, "evidence-altered")
    assert state(filed) == "altered"


def test_a_true_file_takes_the_place_of_an_altered_one(filed: Api) -> None:
    path_of(filed).write_bytes(b"something else")
    assert state(filed) == "altered"  # its size shows it
    assert filed.send(stored()).status_code == 200
    assert state(filed) == "stored" and filed.client.get(PATH).content == PAGE
    assert path_of(filed).with_name(f"{HASH}.altered").read_bytes() == b"something else"


def test_a_missing_file_is_named_with_its_report(filed: Api) -> None:
    path_of(filed).unlink()
    refusal = problem(filed.client.get(PATH), 404, "evidence-missing")
    assert "report r1 names it" in refusal["detail"]
    assert state(filed) == "missing"


def test_a_store_that_is_gone_leaves_what_the_log_knows(filed: Api) -> None:
    path_of(filed).with_name(f"{HASH}.senders").unlink()
    path_of(filed).unlink()
    assert state(filed) == "missing"
    problem(filed.client.get(PATH), 404, "not-found")


def test_a_link_in_the_store_leads_nowhere(filed: Api, tmp_path: Path) -> None:
    path_of(filed).unlink()
    path_of(filed).symlink_to(tmp_path / "secret")
    problem(filed.client.get(PATH), 503, "evidence-altered")
    assert state(filed) == "altered"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_no_fault_of_the_program(filed: Api) -> None:
    path_of(filed).chmod(0)
    problem(filed.client.get(PATH), 503, "evidence-unavailable")


def test_a_hash_alone_is_told_from_a_copy_that_was_stored(api: Api) -> None:
    api.given(report("r1", evidence={"sha256": HASH}))
    told = {"sha256": HASH, "media_type": None, "size": None, "state": "hash-only"}
    assert api.get("/v1/reports/r1")["evidence"] == told
    api.given(report("r2", evidence={"media_type": "text/html"}), report("r3"))
    assert api.get("/v1/reports/r2")["evidence"]["state"] == "hash-only"
    assert api.get("/v1/reports/r3")["evidence"] is None


def test_the_tag_of_a_report_changes_with_what_it_shows_of_its_copy(api: Api) -> None:
    api.given(report(evidence=evidence()))
    before = api.client.get("/v1/reports/r1").headers["etag"]
    api.send(stored())
    after = api.client.get("/v1/reports/r1")
    assert after.headers["etag"] != before and after.json()["evidence"]["state"] == "stored"
    hold = post("/v1/reports/r1/hold").under(if_match=after.headers["etag"])
    assert api.send(hold).status_code == 201


def test_a_file_in_the_store_of_a_log_without_tokens_is_that_of_its_operator(api: Api) -> None:
    folder = path_of(api).parent
    folder.mkdir(parents=True)
    path_of(api).write_bytes(PAGE)
    api.given(report(evidence={"sha256": HASH}))
    assert state(api) == "stored" and api.client.get(PATH).content == PAGE


def test_what_is_on_its_way_is_no_evidence(server: Server, tmp_path: Path) -> None:
    left = tmp_path / "evidence" / "incoming" / "left"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with server.over(tmp_path) as api:
        api.given(*FILED)
        assert not left.exists()
