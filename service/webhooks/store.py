"""The file of the webhooks: its tables, and the key beside it that seals addresses and secrets."""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.access.token_store import connected, settle_schema
from service.log.private import create_private, private_directory, write_durably

FILE, KEY_FILE = "webhooks.sqlite", "webhooks.key"
SCHEMA_VERSION = 1
NONCE_BYTES = 12

_SCHEMA = """
CREATE TABLE webhooks (
  id TEXT PRIMARY KEY,
  sealed BLOB NOT NULL,
  filter TEXT NOT NULL,
  subject TEXT NOT NULL,
  token TEXT,
  clearance TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revision INTEGER NOT NULL,
  cursor TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  failing_since TEXT,
  next_attempt_at TEXT,
  gone_at TEXT
) STRICT;
CREATE TABLE deliveries (
  n INTEGER PRIMARY KEY,
  webhook TEXT NOT NULL,
  message TEXT NOT NULL,
  type TEXT NOT NULL,
  position INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  delivered INTEGER NOT NULL,
  last_attempt_at TEXT NOT NULL,
  UNIQUE (webhook, message)
) STRICT;
CREATE TABLE acts (
  n INTEGER PRIMARY KEY, key TEXT NOT NULL, act TEXT NOT NULL, command TEXT NOT NULL, by TEXT NOT NULL
) STRICT;
"""


class WebhooksUnavailable(Exception):
    """The file of the webhooks cannot be used; the message says why and what to do."""


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turn what the database or the system refuses into `WebhooksUnavailable`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise WebhooksUnavailable(f"the webhooks in {path} cannot be used: {error}") from error


@contextmanager
def transaction(path: Path, *, synchronous: bool = True) -> Iterator[sqlite3.Connection]:
    """One transaction on a connection of its own, on the disk when the block ends, or undone.

    Without `synchronous` a loss of power may undo it.
    """
    with failures_named(path), closing(connected(path)) as db:
        if not synchronous:
            db.execute("PRAGMA synchronous=NORMAL")
        db.execute("BEGIN IMMEDIATE")
        with db:
            yield db


def settled(path: Path) -> bytes:
    """Make the file and its key if need be; return the key. Raises `WebhooksUnavailable`."""
    key = path.with_name(KEY_FILE)
    with failures_named(path):
        private_directory(path.parent, FILE, KEY_FILE)
        if not path.exists() and not key.exists():
            write_durably(key, secrets.token_bytes(32))
        create_private(path)
        with closing(connected(path)) as db:
            db.execute("PRAGMA journal_mode=WAL")
    with transaction(path) as db:
        settle_schema(db, path, _SCHEMA, SCHEMA_VERSION, WebhooksUnavailable)
    return _key_in(key)


def _key_in(path: Path) -> bytes:
    if not path.exists():
        raise WebhooksUnavailable(
            f"{path} is missing, without which nothing can be signed; restore it from a backup, or"
            f" remove {FILE} beside it and set the webhooks again"
        )
    return path.read_bytes()


def seal(key: bytes, id: str, text: str) -> bytes:
    """A text that only the key opens again, and only under this id."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, text.encode(), id.encode())


def unseal(key: bytes, id: str, sealed: bytes) -> str:
    """The text that was sealed under an id; raises `WebhooksUnavailable`."""
    try:
        return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], id.encode()).decode()
    except (InvalidTag, ValueError):
        raise WebhooksUnavailable(
            f"{KEY_FILE} is not the key of the webhooks beside it; restore it from a backup"
        ) from None
