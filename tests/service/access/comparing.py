"""What an answer tells: its text, without what differs between any two logs."""

import csv
import json
import re
from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO, StringIO
from urllib.parse import quote_plus, unquote
from zipfile import ZipFile

import httpx2
from python_calamine import CalamineWorkbook

from service.http.routing import XLSX
from service.proof.enclosure import enclosed
from service.proof.receipt import parse_receipt
from tests.http_spec import Ask
from tests.service.access.canaries import Told, canaries_in

_STIX = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
"""A UUID that is made from the id of the log."""
_CURSOR = re.compile(r'(cursor(?:=|":")|"next":"|data-seen=")([A-Za-z0-9_-]+)')
_VARIES = re.compile(
    r"cursor=|data-seen=|next_cursor\":\"|\"next\":\"|urn:uuid:|[0-9a-f]{16}|version|127.0.0.1"
)
"""What a body has in it if it cannot be the same in two logs to the last byte."""
_SIGNATURE = 12
_VERSION = re.compile(r'(?<=version":)\d+|(?<=&#34;version&#34;: )\d+|^"\d+"$|(?<=\bversion )\d+')
_EVENT = re.compile(r'(?<=id": ")[0-9a-f]{32}|(?<=id":")[0-9a-f]{32}|(?<=&#34;)[0-9a-f]{32}')
_PERMANENT = re.compile(r"urn:uuid:[0-9a-f-]{36}")
"""The id of an entry in a feed, which follows from the log and from names that are told beside it."""
BY_CHANCE = {"date", "x-request-id"}
"""Headers that differ between any two answers."""


_TREE = re.compile(
    r"/checkpoint|/verify|/tile/.*|/v1/log/(checkpoints(/\d+(/timestamp)?)?|consistency|verifiers)|/v1/events/\d+/receipt.cose"
)
"""Addresses whose answers are hashes and signatures, which follow from chance."""
_PROOF = re.compile(r"/v1/events/\d+/proof")
BASE64 = re.compile(r"[A-Za-z0-9+/]{24,}=*")
"""Hashes, signatures and whole bodies: by chance there is every short word in them."""
BINARY = ("application/octet-stream", "application/scitt-receipt+cose", "application/cose")
_ESTIMATE = re.compile(r"/v1/estimates/[^/]+/proof")
_BUNDLE = re.compile(r"/v1/reports/[^/]+/bundle\.zip")


def proved(answer: httpx2.Response) -> str:
    """What `told_by` leaves out: what is published of the tree, and the event that a proof gives."""
    path = answer.request.url.path
    if answer.is_success and _ESTIMATE.fullmatch(path):
        bodies = [b64decode(each["body"] or "").decode() for each in answer.json()["events"]]
        return "\n".join([without_proofs(answer), *bodies])
    if answer.is_success and _BUNDLE.fullmatch(path):
        return "\n".join(in_bundle(answer.content))
    if not answer.is_success or not (_TREE.fullmatch(path) or _PROOF.fullmatch(path)):
        return ""
    if _TREE.fullmatch(path):
        hashes = answer.headers["content-type"] in BINARY and "/entries/" not in path
        return "" if hashes else BASE64.sub("", answer.text)
    if answer.headers["content-type"].startswith("text/plain"):
        extra = enclosed(parse_receipt(answer.content))
        return "" if extra is None or extra.body is None else extra.body.decode()
    return BASE64.sub("", answer.text) + b64decode(answer.json()["body"] or "").decode()


def told_by(told: Told, answer: httpx2.Response) -> str:
    """All that an answer tells: status, headers and body, cursors opened, names of the log left out.

    The tag of a body that has such things in it tells no more than the body. Versions are left out: a
    thing of which something is hidden counts that as well.
    """
    path = answer.request.url.path
    if answer.is_success and (_TREE.fullmatch(path) or _PROOF.fullmatch(path)):
        # Whether an event is proved with its content tells that there is more in it than is shown.
        return f"{answer.status_code} {answer.headers['content-type']}"
    if answer.is_success and (_ESTIMATE.fullmatch(path) or _BUNDLE.fullmatch(path)):
        return plain(told, without_proofs(answer))
    text = text_of(answer).replace('\\"', '"')  # JSON within JSON, as models read it
    body = plain(told, text)
    kept = {name: value for name, value in answer.headers.items() if name not in BY_CHANCE}
    if _VARIES.search(answer.text):
        kept.pop("etag", None)
        kept.pop("content-length", None)
    lines = [f"{name}: {plain(told, value)}" for name, value in sorted(kept.items())]
    return "\n".join([str(answer.status_code), *lines, body])


def without_proofs(answer: httpx2.Response) -> str:
    """What an answer with many proofs tells beside them: the figure, the report, the events there are.

    Where an event is proved without its content, it tells that there is more in it than is shown, and
    the figure is that of the server and not of the events.
    """
    if _BUNDLE.fullmatch(answer.request.url.path):
        with ZipFile(BytesIO(answer.content)) as archive:
            [name] = [name for name in archive.namelist() if name.endswith("report.json")]
            body = json.loads(archive.read(name))
    else:
        body = answer.json()
    events = [(each.pop("position"), each.clear()) for each in body.pop("events")]
    for name in ("checkpoint", "verifiers"):
        body.pop(name, None)
    return json.dumps([body, events])


def in_bundle(content: bytes) -> Iterator[str]:
    """What is written in a bundle, and what its receipts enclose; no hashes and signatures."""
    with ZipFile(BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".txt", ".json", ".entry")) and not name.endswith(".receipt.txt"):
                yield archive.read(name).decode()
            elif name.endswith(".receipt.txt"):
                extra = enclosed(parse_receipt(archive.read(name)))
                yield "" if extra is None or extra.body is None else extra.body.decode()


def text_of(answer: httpx2.Response) -> str:
    """The text of an answer; of a table, its cells."""
    media_type = answer.headers.get("content-type", "")
    if media_type == XLSX:
        book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
        return without_versions(book.get_sheet_by_index(0).to_python())
    if media_type.startswith("text/csv"):
        return without_versions(csv.reader(StringIO(answer.text, newline="")))
    return answer.text


def without_versions(table: Iterable[Sequence[object]]) -> str:
    """A table without versions, its cells in quotes."""
    head, *rows = table
    left_out = {at for at, name in enumerate(head) if name == "version"}
    kept = ([cell for at, cell in enumerate(row) if at not in left_out] for row in (head, *rows))
    return "\n".join(", ".join(f"&#34;{cell}&#34;" for cell in row) for row in kept)


def plain(told: Told, text: str) -> str:
    """A text with cursors opened, without ids of the log and its events, and without versions."""
    base = str(told.api.client.base_url).rstrip("/")
    text = text.replace(base, "HERE").replace(quote_plus(base), "HERE")
    text = _STIX.sub("STIX", text)
    text = _EVENT.sub("EVENT", text.replace(told.api.service.log.id, "LOG"))
    text = _PERMANENT.sub("URN", _VERSION.sub("VERSION", text))
    return _CURSOR.sub(lambda found: found[1] + opened(found[2]), text)


def opened(cursor: str) -> str:
    """What a cursor says."""
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[_SIGNATURE:].decode()


def asked_for(ask: Ask) -> set[str]:
    """The canaries that a request names by itself."""
    body = ask.body if isinstance(ask.body, bytes) else repr(ask.body).encode()
    sent = f"{unquote(ask.path)} {body.decode()} {ask.headers}"
    return canaries_in(sent)
