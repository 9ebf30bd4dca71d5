"""The file of the tokens: who may open it, its tables, and the key of its hashes beside it."""

import hmac
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from service.log.private import create_private, private_directory, write_durably

FILE, KEY_FILE = "tokens.sqlite", "tokens.key"
KEY_BYTES = 32
SCHEMA_VERSION = 1
BUSY_SECONDS = 10.0
"""Maximum time that a write waits for that of another process."""

_SCHEMA = """
CREATE TABLE tokens (
  id TEXT PRIMARY KEY,
  hash BLOB NOT NULL,
  subject TEXT NOT NULL,
  role TEXT NOT NULL,
  clearance TEXT NOT NULL,
  created_at TEXT NOT NULL,
  created_by TEXT NOT NULL,
  expires_at TEXT,
  revoked_at TEXT,
  revoked_by TEXT,
  last_used_at TEXT,
  note TEXT NOT NULL,
  issue_recorded INTEGER NOT NULL DEFAULT 0,
  revocation_recorded INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE sessions (
  hash BLOB PRIMARY KEY,
  token TEXT,
  subject TEXT NOT NULL,
  role TEXT NOT NULL,
  clearance TEXT NOT NULL,
  ends INTEGER NOT NULL
) STRICT;
CREATE TABLE key (fingerprint BLOB NOT NULL) STRICT;
"""


class TokensUnavailable(Exception):
    """The file of the tokens cannot be used; the message says why and what to do."""


@contextmanager
def failures_named(path: Path) -> Iterator[None]:
    """Turn what the database or the system refuses into `TokensUnavailable`."""
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise unavailable(path, error) from error


def unavailable(path: Path, error: Exception) -> TokensUnavailable:
    """What went wrong with the file, in one line."""
    return TokensUnavailable(f"the tokens in {path} cannot be used: {error}")


def connected(path: Path) -> sqlite3.Connection:
    """A connection for any thread, which commits each statement unless told otherwise."""
    db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA synchronous=FULL")
    return db


@contextmanager
def writing(path: Path) -> Iterator[sqlite3.Connection]:
    """One transaction on a connection of its own: on the disk, and seen by every process, or undone."""
    with failures_named(path), closing(connected(path)) as db:
        db.execute("BEGIN IMMEDIATE")
        with db:
            yield db


def settled(directory: Path) -> tuple[Path, bytes]:
    """The file of the tokens and the key of its hashes; both are made if need be.

    Raises `TokensUnavailable`.
    """
    path = directory / FILE
    with failures_named(path):
        private_directory(directory, FILE, KEY_FILE)
        create_private(path)
        with closing(connected(path)) as db:
            db.execute("PRAGMA journal_mode=WAL")
    with writing(path) as db:
        settle_schema(db, path, _SCHEMA, SCHEMA_VERSION, TokensUnavailable)
        return path, _settled_key(db, path.with_name(KEY_FILE))


def settle_schema(
    db: sqlite3.Connection, path: Path, schema: str, known: int, unusable: type[Exception]
) -> None:
    """Make the tables of a file that has none; raises `unusable` for a file of another version."""
    [version] = db.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in filter(str.strip, schema.split(";")):
            db.execute(statement)
        db.execute(f"PRAGMA user_version={known}")
    elif version != known:
        raise unusable(f"{path} has version {version}, this program knows {known}; install a newer one")


def _settled_key(db: sqlite3.Connection, path: Path) -> bytes:
    """The key in its file, if it is the one that the hashes were made with."""
    stored = db.execute("SELECT fingerprint FROM key").fetchone()
    if stored is None:
        if not path.exists():
            write_durably(path, secrets.token_bytes(KEY_BYTES))
        db.execute("INSERT INTO key VALUES (?)", (_fingerprint(path.read_bytes()),))
    elif not path.exists():
        raise TokensUnavailable(
            f"{path} is missing, without which no token can be checked; restore it from a backup, or"
            f" remove {FILE} beside it and make new tokens"
        )
    key = path.read_bytes()
    if stored is not None and not hmac.compare_digest(_fingerprint(key), stored[0]):
        raise TokensUnavailable(
            f"{path} is not the key of the tokens beside it; restore it from a backup"
        )
    return key


def _fingerprint(key: bytes) -> bytes:
    return hmac.digest(key, b"intellog tokens", "sha256")
