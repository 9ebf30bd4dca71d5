"""Proofs over HTTP: each event is in a signed tree, and what is published of it fits together."""

from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from service.proof.checkpoint import checkpoint_of, verified_checkpoint
from service.proof.cose import verified_cose_receipt
from service.proof.cosignature import cosigned
from service.proof.enclosure import checked, enclosed, refuse_altered
from service.proof.keys import Kind, PublicKey, new_key, public_key_of
from service.proof.note import parse_note
from service.proof.policy import trusting
from service.proof.receipt import parse_receipt, verified_receipt
from service.service import Service
from service.signing.publisher import Publisher
from service.tree.checking import check_consistency
from service.tree.entry import decode_entry
from service.tree.hashing import EMPTY_ROOT
from tests.http_spec import AS_OF, Api, Body, Server, claim, indicator, post, problem, report, source
from tests.service.http.team import bearer, issued

TEXT = {"Accept": "text/plain"}
SOON = 0.01
HIDDEN = "TLP:RED"


@contextmanager
def told(server: Server, folder: Path, **settings: Any) -> Iterator[Api]:
    """A service with a few events, nothing of which is signed yet."""
    with server.over(folder, checkpoint_seconds=SOON, **settings) as api:
        api.given(indicator(), source("nis", name="the service"), report("r1"), report("r2"))
        yield api


def publisher_of(service: Service) -> Publisher:
    assert service.publisher is not None
    return service.publisher


def key_of(api: Api) -> PublicKey:
    """The key of a log, as its operator hands it out."""
    publisher_of(api.service).sign()
    [key] = publisher_of(api.service).signer.ring.read().signing
    return key.public


def events(api: Api) -> Iterator[tuple[int, bytes]]:
    """Every event of the log: its position and its stored bytes."""
    for each in api.service.log.read():
        yield each.position, each.body


def grown(api: Api, *sizes: int) -> None:
    """Let the log grow, and sign it at each of these sizes."""
    for size in sizes:
        while api.service.log.head() < size:
            api.given(indicator(f"i{api.service.log.head()}"))
        publisher_of(api.service).sign()


def test_who_asks_while_the_first_checkpoint_is_stored_is_named_its_keys(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log stores them right after it."""
    with told(server, tmp_path) as api, ThreadPoolExecutor(1) as thread:
        publisher, stored, asked = publisher_of(api.service), Event(), Event()
        attach, wait = publisher.signer._attach_keys, publisher.wait

        def attach_later(size: int, at: str) -> None:
            stored.set()
            asked.wait()
            attach(size, at)

        def wait_for_it() -> None:
            asked.set()
            wait()

        monkeypatch.setattr(publisher.signer, "_attach_keys", attach_later)
        monkeypatch.setattr(publisher, "wait", wait_for_it)
        signing = thread.submit(publisher.sign)
        stored.wait()
        named = api.client.get("/v1/log/verifiers").json()
        asked.set()
        signing.result()
        assert len(named["keys"]) == 1


def test_every_event_has_a_receipt_that_verifies(server: Server, tmp_path: Path) -> None:
    with told(server, tmp_path) as api:
        key = key_of(api)
        for position, body in events(api):
            proof = api.get(f"/v1/events/{position}/proof")
            receipt = parse_receipt(proof["receipt"].encode())
            entry = proof["entry"].encode()
            judged = verified_receipt(receipt, entry, trusting(key))
            extra = enclosed(receipt)

            assert judged.checkpoint.size == api.service.log.head() and extra is not None
            assert (proof["position"], proof["index"], receipt.index) == (position, *[position - 1] * 2)
            assert proof["state"] == "whole" and b64decode(proof["body"]) == body == extra.body
            refuse_altered(decode_entry(entry), bytes.fromhex(proof["salt"]), body)
            assert checked(extra, position - 1).encode() == entry
            assert proof["verifiers"] == [key.written()] and set(proof["as_of"]) == AS_OF
            assert receipt.checkpoint.decode() == proof["checkpoint"]


def test_the_receipt_alone_is_a_text(server: Server, tmp_path: Path) -> None:
    with told(server, tmp_path) as api:
        proof = api.get("/v1/events/2/proof")
        answer = api.client.get("/v1/events/2/proof", headers=TEXT)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert answer.text == proof["receipt"] and answer.headers["vary"] == "Accept"
        refused = api.client.get("/v1/events/2/proof", headers={"Accept": "text/csv"})
        problem(refused, 406, "not-acceptable")


def test_every_event_has_a_receipt_in_cose(server: Server, tmp_path: Path) -> None:
    with told(server, tmp_path) as api:
        key = key_of(api)
        for position, _ in events(api):
            answer = api.client.get(f"/v1/events/{position}/receipt.cose")
            entry = api.get(f"/v1/events/{position}/proof")["entry"].encode()
            found = verified_cose_receipt(answer.content, entry, [key])
            assert answer.headers["content-type"] == "application/cose"
            assert (found.origin, found.index, found.size) == (key.name, position - 1, api.head())
        named = {"Accept": "application/scitt-receipt+cose"}
        answer = api.client.get("/v1/events/1/receipt.cose", headers=named)
        assert answer.headers["content-type"] == "application/scitt-receipt+cose"


def test_a_proof_that_is_asked_for_has_the_log_signed_at_once(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, checkpoint_seconds=3_600) as api:
        assert (
            "nothing is recorded" in problem(api.client.get("/checkpoint"), 404, "not-found")["detail"]
        )
        api.given(indicator())
        assert api.service.log.tree.latest() is None
        assert api.get("/v1/events/1/proof")["index"] == 0
        assert [each["size"] for each in api.client.get("/v1/log/checkpoints").json()["items"]] == [1]


@pytest.mark.parametrize("position", ["0", "99", "999999999999999", "x", "01x", "-1"])
def test_what_is_no_event_has_no_proof(server: Server, tmp_path: Path, position: str) -> None:
    with told(server, tmp_path) as api:
        for path in ("proof", "receipt.cose"):
            problem(api.client.get(f"/v1/events/{position}/{path}"), 404, "not-found")


def test_a_reader_proves_what_he_sees(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        ada, rita = issued(api, "admin"), issued(api, "reader", clearance="TLP:GREEN")
        hidden = report("hidden", claim(5), marking=HIDDEN)
        linked = report("linked", claim(7, derived_from=["hidden/1"]))
        for ask in (indicator(), source("nis"), source("wire"), hidden, report("seen"), linked):
            assert api.send(ask.under(authorization=f"Bearer {ada}")).is_success
        states = dict[str, Any]()
        for each in api.service.log.read():
            path = f"/v1/events/{each.position}/proof"
            api.client.get(path, headers=bearer(ada), params={"min_position": api.service.log.head()})
            both = [api.client.get(path, headers=bearer(who)) for who in (ada, rita)]
            found = [one.json().get("state", one.status_code) for one in both]
            states[f"{each.stream} {each.type}"] = found
            assert "hidden" not in both[1].text and "derived_from" not in both[1].text
            if found[1] == "withheld":
                given = both[1].json()
                receipt = parse_receipt(given["receipt"].encode())
                extra = enclosed(receipt)
                assert given["body"] is given["salt"] is None and extra is not None
                assert extra.body is extra.salt is None
                keys = map(public_key_of, given["verifiers"])
                verified_receipt(receipt, given["entry"].encode(), trusting(*keys))
    assert states == {
        "log:operations TokenIssued": ["whole", 404],
        "indicator:troops IndicatorDefined": ["whole", "whole"],
        "source:nis SourceRegistered": ["whole", "whole"],
        "source:wire SourceRegistered": ["whole", "whole"],
        "report:hidden ReportFiled": ["whole", 404],
        "report:seen ReportFiled": ["whole", "whole"],
        "report:linked ReportFiled": ["whole", "withheld"],
    }


PUBLISHED = (
    "/checkpoint",
    "/tile/0/000.p/1",
    "/tile/entries/000.p/1",
    "/v1/log/checkpoints",
    "/v1/log/consistency?from=1",
    "/v1/log/verifiers",
    "/verify",
)


@pytest.mark.parametrize("path", PUBLISHED)
def test_what_is_published_is_for_anybody_unless_a_setting_says_otherwise(
    server: Server, tmp_path: Path, path: str
) -> None:
    for public in (True, False):
        with server.over(tmp_path, checkpoint_seconds=SOON, public_proofs=public) as api:
            rita = issued(api, "reader", clearance="TLP:CLEAR")
            publisher_of(api.service).sign()
            answer = api.client.get(path)
            if public:
                assert answer.status_code == 200, answer.text
            else:
                problem(answer, 401, "unauthenticated")
            member = api.client.get(path, headers=bearer(rita))
            assert member.status_code == 200
            if path.startswith("/tile"):
                who = "public" if public else "private"
                assert member.headers["cache-control"] == f"{who}, max-age=31536000, immutable"
            problem(api.client.get("/v1/events/1/proof"), 401, "unauthenticated")


def test_there_is_a_tile_for_every_size_that_was_signed_and_no_other(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        grown(api, 1, 3, 257)
        tree = api.service.log.tree
        leaves = [each.leaf() for first in (0, 256) for each in tree.entries(first)]
        given = {
            "0/000.p/1": leaves[:1],
            "0/000.p/3": leaves[:3],
            "0/000": leaves[:256],
            "0/001.p/1": leaves[256:257],
            "1/000.p/1": [tree.subtree(8, 0)],
        }
        for address, hashes in given.items():
            answer = api.client.get(f"/tile/{address}")
            assert (answer.status_code, answer.content) == (200, b"".join(hashes)), address
            assert answer.headers["content-type"] == "application/octet-stream"
        [entry] = tree.entries(256, 1)
        bundle = api.client.get("/tile/entries/001.p/1").content
        assert bundle == len(entry.encode()).to_bytes(2, "big") + entry.encode()
        api.given(indicator("one-more"))
        for address in ("0/001.p/2", "0/001", "1/000.p/2", "1/001.p/1", "2/000.p/1", "entries/001.p/2"):
            problem(api.client.get(f"/tile/{address}"), 404, "not-found")
        for address in (
            "0/0",
            "0/000.p/0",
            "0/000.p/256",
            "64/000",
            "x/000",
            "0/x000/000",
            "",
            "0/000/",
        ):
            problem(api.client.get(f"/tile/{address}"), 404, "not-found")


def test_a_tree_of_any_size_is_the_beginning_of_any_later_one(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        grown(api, 5, 9)
        for newer in range(10):
            for older in range(newer + 1):
                path = f"/v1/log/consistency?from={older}&to={newer}"
                found = api.client.get(path).json()
                roots = [b64decode(found[which]["root"]) for which in ("older", "newer")]
                hashes = list(map(b64decode, found["hashes"]))
                check_consistency(older, newer, hashes, roots[0], roots[1])
                assert roots == [api.service.log.tree.root(size) for size in (older, newer)]
                assert found["as_of"]["position"] == 9
        assert (
            b64decode(api.client.get("/v1/log/consistency?from=0").json()["older"]["root"])
            == EMPTY_ROOT
        )


@pytest.mark.parametrize(
    ("query", "parameter"), [("", "from"), ("from=3&to=2", "from"), ("from=1&to=5", "to")]
)
def test_a_proof_between_sizes_that_do_not_fit_is_refused(
    server: Server, tmp_path: Path, query: str, parameter: str
) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        grown(api, 4)
        refusal = problem(api.client.get(f"/v1/log/consistency?{query}"), 422, "bad-parameter")
        assert refusal["parameter"] == parameter


def test_checkpoints_are_listed_with_who_has_cosigned(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        grown(api, 1, 2, 4)
        key, tree = key_of(api), api.service.log.tree
        witness = new_key("witness.example", Kind.COSIGNATURE)
        text = parse_note(tree.checkpoints(2)[0].note).text
        line = cosigned(text, witness, 1_764_000_000).line().encode()
        tree.attach(4, "cosignature", "witness.example", line, "2026-01-31T12:00:00Z")

        items = list[Body]()
        page = api.client.get("/v1/log/checkpoints?limit=1").json()
        while True:
            items += page["items"]
            if page["next_cursor"] is None:
                break
            given = {"limit": 1, "cursor": page["next_cursor"]}
            grown(api, api.service.log.head() + 1)
            page = api.client.get("/v1/log/checkpoints", params=given).json()
            assert page["as_of"]["position"] == 4
        assert [each["size"] for each in items] == [1, 2, 4]
        for each in items:
            found = verified_checkpoint(each["note"].encode(), [key])
            assert (found.size, found.origin) == (each["size"], each["origin"])
            assert found.root == b64decode(each["root"]) == tree.root(each["size"])
        who = {"witness": "witness.example", "added_at": "2026-01-31T12:00:00Z"}
        assert [each["cosigned"] for each in items] == [[], [], [who]]
        assert items[2]["note"].endswith(line.decode())


def test_the_latest_checkpoint_has_the_cosignatures_that_came_since(
    server: Server, tmp_path: Path
) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON) as api:
        grown(api, 2)
        before = api.client.get("/checkpoint")
        again = {"If-None-Match": before.headers["etag"]}
        assert api.client.get("/checkpoint", headers=again).status_code == 304
        assert before.headers["content-type"] == "text/plain; charset=utf-8"
        witness = new_key("witness.example", Kind.COSIGNATURE)
        signature = cosigned(parse_note(before.content).text, witness, 1_764_000_000)
        line = signature.line().encode()
        api.service.log.tree.attach(2, "cosignature", "w", line, "2026-01-31T12:00:00Z")
        after = api.client.get("/checkpoint", headers=again)
        assert after.content == before.content + line
        assert checkpoint_of(parse_note(after.content).text).size == 2


def test_the_log_names_its_keys_itself(server: Server, tmp_path: Path) -> None:
    with server.over(tmp_path, checkpoint_seconds=SOON, origin="intel.example/log") as api:
        grown(api, 1)
        ring = publisher_of(api.service).signer.ring
        [old] = ring.read().signing
        new = ring.rotate()
        publisher_of(api.service).before()
        publisher_of(api.service).sign()
        found = api.client.get("/v1/log/verifiers").json()
        assert found["origin"] == "intel.example/log"
        assert [each["vkey"] for each in found["keys"]] == [old.vkey, new.vkey]
        assert api.get("/v1/events/2/proof")["verifiers"] == [old.vkey, new.vkey]
        assert api.get("/v1/events/1/proof")["verifiers"] == [old.vkey]
        [added] = api.facts(after=1)
        assert added[:2] == ("log:operations", "SigningKeyAdded") and added[2]["vkey"] == new.vkey

        ring.retire(old.id)
        publisher_of(api.service).before()
        publisher_of(api.service).sign()
        times = [
            each["retired_at"] is None for each in api.client.get("/v1/log/verifiers").json()["keys"]
        ]
        assert times == [False, True]
        publisher_of(api.service).before()  # each is recorded once
        assert [kind for _, kind, _ in api.facts(after=1)] == ["SigningKeyAdded", "SigningKeyRetired"]


def test_an_assessment_is_proved_like_any_other_event(server: Server, tmp_path: Path) -> None:
    with told(server, tmp_path) as api:
        judged = post("/v1/indicators/troops/assessments", best=5, confidence="low", claims=["r1/1"])
        position = api.given(judged)
        assert api.get(f"/v1/events/{position}/proof")["state"] == "whole"
