"""The log of a server is verified by what it publishes and sends, and each lie of it is named."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx2
import pytest

from service.proof.note import parse_note
from service.service import Service, opened
from service.settings import Settings
from service.verify.published import split
from service.verify.remote import verify_server
from service.verify.report import complete
from service.verify.server import Query, Server
from service.verify.verdicts import CannotRead
from tests.http_spec import Api, indicator, report
from tests.service.api.schema_check import running
from tests.service.http.team import bearer, issued
from tests.test_seeds import load

Change = Callable[[bytes], bytes]


class Liar(Server):
    """A server that changes an answer, or the lines of its events, on their way."""

    def __init__(self, http: httpx2.Client, path: str, change: Change) -> None:
        super().__init__(http)
        self._path, self._change = path, change

    def get(self, path: str, query: Query | None = None, accept: str = "*/*") -> bytes:
        found = super().get(path, query, accept)
        return self._change(found) if path == self._path else found

    def lines(self, path: str, query: Query) -> Iterator[bytes]:
        for line in super().lines(path, query):
            if path != self._path or (line := self._change(line)):
                yield line


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Service, httpx2.Client]]:
    """A service that holds the seeds and so much more that a tile is complete."""
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=tmp_path_factory.mktemp("story"))))
        client = resources.enter_context(running(service))
        load(client)
        for n in range(30):
            client.put(f"/v1/indicators/more-{n}", json={"title": f"More {n}", "measure": "stock"})
        yield service, client


def test_an_honest_server_is_verified(story: tuple[Service, httpx2.Client]) -> None:
    service, client = story
    found = verify_server(Server(client))
    head = service.log.head()
    assert (found["status"], found["findings"]) == (0, [])
    assert (found["entries"], found["bodies"], found["withheld"]) == (head, head, 0)
    assert found["signed"] is not None and found["signed"]["source"] == "stated"
    again = verify_server(Server(client))["signed"]
    assert again is not None and again["source"] == "remembered"


def _entries(change: Callable[[list[bytes]], list[bytes]]) -> Change:
    """Change the entries of a bundle."""

    def changed(bundle: bytes) -> bytes:
        entries = change([*split(bundle, "")])
        return b"".join(len(each).to_bytes(2, "big") + each for each in entries)

    return changed


def _other_commitment(entries: list[bytes]) -> list[bytes]:
    digit = b'0"}' if entries[9][-3:-2] != b"0" else b'1"}'
    return [*entries[:9], entries[9][:-3] + digit, *entries[10:]]


def _without(n: int) -> Change:
    return _entries(lambda entries: [*entries[:n], *entries[n + 1 :]])


def _line(position: int, change: Change) -> Change:
    start = b'{"position":%d,' % position
    return lambda line: change(line) if line.startswith(start) else line


def _flipped(content: bytes) -> bytes:
    return content[:-6] + bytes([content[-6] ^ 1]) + content[-5:]


def _with_another_salt(line: bytes) -> bytes:
    front, name, rest = line.partition(b'"salt":"')
    return front + name + (b"0" if rest[:1] != b"0" else b"1") + rest[1:]


SALTLESS = b'{"position":12,"salt":null,"id":"1"}'
REDACTED = b'{"position":12,"type":"ReportFiled","stream":"report:x","version":1,"redacted":true}'


@pytest.mark.parametrize(
    ("path", "change", "status", "code", "position"),
    [
        ("/checkpoint", lambda note: note.replace(b"\n27", b"\n26"), 3, "bad-signature", None),
        ("/tile/entries/000", _entries(_other_commitment), 7, "body-altered", 10),
        ("/tile/entries/000", _without(9), 13, "entry-moved", 10),
        ("/tile/entries/000", _without(255), 12, "entry-missing", 256),
        ("/tile/entries/000", lambda bundle: bundle[:-137], 6, "inconsistent", None),
        ("/tile/0/000", _flipped, 6, "inconsistent", None),
        ("/tile/1/000.p/1", _flipped, 6, "inconsistent", None),
        ("/v1/events", _line(12, _flipped), 7, "body-altered", 12),
        ("/v1/events", _line(12, _with_another_salt), 7, "body-altered", 12),
        ("/v1/events", _line(12, lambda line: b""), 8, "body-withheld", 12),
        ("/v1/events", _line(12, lambda line: SALTLESS), 8, "body-withheld", 12),
        ("/v1/events", _line(12, lambda line: REDACTED), 8, "body-withheld", 12),
        ("/v1/events", _line(272, lambda line: b""), 8, "body-withheld", 272),
        ("/v1/events", _line(12, lambda line: b"nonsense"), 1, "cannot-read", None),
        ("/v1/events", lambda line: line if len(line) > 20_000 else b"", 1, "cannot-read", None),
    ],
)  # fmt: skip
def test_a_lie_is_named(
    story: tuple[Service, httpx2.Client],
    path: str,
    change: Change,
    status: int,
    code: str,
    position: int | None,
) -> None:
    _, client = story
    verify_server(Server(client))  # so that the key is known
    try:
        found = verify_server(Liar(client, path, change))
    except CannotRead as refused:
        assert (status, code) == (1, "cannot-read") and path in str(refused)
        return
    named = found["findings"][0]
    assert (found["status"], named["code"], named["position"]) == (status, code, position), named[
        "line"
    ]


def test_a_server_that_goes_back_is_refused_and_both_notes_are_kept(
    story: tuple[Service, httpx2.Client], tmp_path: Path
) -> None:
    service, client = story
    known = tmp_path / "known.json"
    verify_server(Server(client), known=known)
    older = Server(client).checkpoint()
    client.put("/v1/indicators/later", json={"title": "Later", "measure": "stock"})
    newer = service.publisher
    assert newer is not None and newer.covering(service.log.head())
    verify_server(Server(client), known=known)
    found = verify_server(Liar(client, "/checkpoint", lambda note: older), known=known)
    assert (found["status"], found["verdict"]) == (6, "inconsistent")
    assert "rolled back" in found["findings"][0]["line"]
    [kept] = tmp_path.glob("known.other-*.note")
    assert kept.read_bytes() == older and parse_note(older).text.encode() not in known.read_bytes()


def test_what_a_reader_may_not_see_is_counted_and_no_lie(api: Api, tmp_path: Path) -> None:
    api.given(
        indicator(),
        report("open"),
        report("closed", marking="TLP:RED"),
        indicator("spy", marking="TLP:AMBER"),
    )
    head = api.service.log.head()
    token = issued(api, "reader", "rita", "TLP:GREEN")
    issued(api, "admin", "ada", "TLP:RED")
    api.client.headers.update(bearer(token))
    found = verify_server(Server(api.client))
    assert (found["status"], found["findings"]) == (0, [])
    assert found["entries"] == found["bodies"] + found["withheld"] and found["withheld"] >= 2
    assert found["bodies"] >= 2 and head <= found["entries"]
    whole = complete(found)
    assert (whole["status"], whole["verdict"]) == (8, "body-withheld")
    del api.client.headers["Authorization"]
    unknown = verify_server(Server(api.client))
    assert (unknown["status"], unknown["bodies"]) == (0, 0)
    assert unknown["withheld"] == unknown["entries"]
