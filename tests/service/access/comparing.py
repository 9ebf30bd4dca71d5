"""What an answer tells: its text, without what differs between any two logs."""

import csv
import re
from base64 import urlsafe_b64decode
from io import StringIO
from urllib.parse import unquote

import httpx2

from tests.http_spec import Ask
from tests.service.access.canaries import Told, canaries_in

_CURSOR = re.compile(r'(cursor(?:=|":")|data-seen=")([A-Za-z0-9_-]+)')
_VARIES = re.compile(r"cursor=|data-seen=|next_cursor\":\"|[0-9a-f]{16}|version|127.0.0.1")
"""What a body has in it if it cannot be the same in two logs to the last byte."""
_SIGNATURE = 12
_VERSION = re.compile(r'(?<=version":)\d+|(?<=&#34;version&#34;: )\d+|^"\d+"$|(?<=\bversion )\d+')
_EVENT = re.compile(r'(?<=id": ")[0-9a-f]{32}|(?<=id":")[0-9a-f]{32}|(?<=&#34;)[0-9a-f]{32}')
BY_CHANCE = {"date", "x-request-id"}
"""Headers that differ between any two answers."""


def told_by(told: Told, answer: httpx2.Response) -> str:
    """All that an answer tells: status, headers and body, cursors opened, names of the log left out.

    The tag of a body that has such things in it tells no more than the body. Versions are left out: a
    thing of which something is hidden counts that as well.
    """
    is_table = answer.headers.get("content-type", "").startswith("text/csv")
    body = plain(told, table_in(answer.text) if is_table else answer.text)
    kept = {name: value for name, value in answer.headers.items() if name not in BY_CHANCE}
    if _VARIES.search(answer.text):
        kept.pop("etag", None)
        kept.pop("content-length", None)
    lines = [f"{name}: {plain(told, value)}" for name, value in sorted(kept.items())]
    return "\n".join([str(answer.status_code), *lines, body])


def table_in(text: str) -> str:
    """A table without versions, its cells in quotes."""
    head, *rows = csv.reader(StringIO(text, newline=""))
    left_out = {at for at, name in enumerate(head) if name == "version"}
    kept = ([cell for at, cell in enumerate(row) if at not in left_out] for row in (head, *rows))
    return "\n".join(", ".join(f"&#34;{cell}&#34;" for cell in row) for row in kept)


def plain(told: Told, text: str) -> str:
    """A text with cursors opened, without ids of the log and its events, and without versions."""
    text = text.replace(str(told.api.client.base_url).rstrip("/"), "HERE")
    text = _EVENT.sub("EVENT", text.replace(told.api.service.log.id, "LOG"))
    text = _VERSION.sub("VERSION", text)
    return _CURSOR.sub(lambda found: found[1] + opened(found[2]), text)


def opened(cursor: str) -> str:
    """What a cursor says."""
    return urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))[_SIGNATURE:].decode()


def asked_for(ask: Ask) -> set[str]:
    """The canaries that a request names by itself."""
    body = ask.body if isinstance(ask.body, bytes) else repr(ask.body).encode()
    sent = f"{unquote(ask.path)} {body.decode()} {ask.headers}"
    return canaries_in(sent)
