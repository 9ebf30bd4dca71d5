"""The secret of a log in a file: kept in a file of its own, which must fit the log."""

import secrets
from pathlib import Path

from service.log.hashes import SECRET_BYTES, log_id
from service.log.port import LogDamaged, LogLost, LogUnavailable
from service.log.private import write_durably

FILE = "secret"


def read_secret(directory: Path, id: bytes | None) -> bytes:
    """Return the secret in a directory; raises LogUnavailable if it is not that of the log `id`."""
    path = directory / FILE
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        raise LogLost(
            f"the file {path} is missing, without which ids of reports are derived again;"
            " restore it from a backup, or start with --accept-loss"
        ) from None
    if id is not None and log_id(secret).encode() != id:
        raise LogDamaged(f"{path} is not the secret of this log", None, f"restore {path} from a backup")
    return secret


def settle_secret(
    directory: Path, stored: bytes | None, id: bytes | None, *, accept_loss: bool
) -> bytes:
    """Return the secret for a log that is opened for writing; create its file if need be.

    `stored` is the secret that an older program kept in the log itself, `id` that of the log.
    """
    path = directory / FILE
    if stored is None and id is None and not path.exists():
        stored = secrets.token_bytes(SECRET_BYTES)
    if stored is not None:
        _keep(path, stored)
    try:
        return read_secret(directory, id)
    except LogLost:
        if not accept_loss:
            raise
    write_durably(path, secrets.token_bytes(SECRET_BYTES))
    return path.read_bytes()


def _keep(path: Path, secret: bytes) -> None:
    if not path.exists():
        write_durably(path, secret)
    elif path.read_bytes() != secret:
        raise LogUnavailable(f"{path} belongs to another log; move it out of this directory")
