"""The token that a command sends to a server: from the environment, or a file of its own."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from service.settings import BadSetting

TOKEN, TOKEN_FILE = "INTELLOG_TOKEN", "INTELLOG_TOKEN_FILE"


def bearer(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The header that says who asks; none if no variable names a token.

    Raises `BadSetting`, which never holds what was found.
    """
    if text := environment.get(TOKEN):
        return _header(TOKEN, text)
    if name := environment.get(TOKEN_FILE):
        return _header(f"{TOKEN_FILE}={name}", _content(Path(name)))
    return {}


def _content(path: Path) -> str:
    """What a file holds that nobody but its owner may read."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise BadSetting(
                    f"{TOKEN_FILE}={path}: others may use this file, its mode is {mode:o};"
                    f" run: chmod 600 {path}"
                )
            return file.read(65_536).decode("ascii", "replace")
    except OSError as error:
        raise BadSetting(f"{TOKEN_FILE}={path}: {(error.strerror or str(error)).lower()}") from None


def _header(source: str, text: str) -> Mapping[str, str]:
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadSetting(f"{source}: does not hold one token and nothing else")
    return {"Authorization": f"Bearer {token}"}
