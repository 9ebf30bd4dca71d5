"""The token that a command sends to a server: from the environment, or a file of its own."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from service.settings import BadSetting

TOKEN = "INTELLOG_TOKEN"
FOLLOW_TOKEN = "INTELLOG_FOLLOW_TOKEN"
"""The variables of a token; with `_FILE` behind it, each names a file that holds one."""


def bearer(environment: Mapping[str, str] = os.environ) -> Mapping[str, str]:
    """The header that says who asks; none if no variable names a token.

    Raises `BadSetting`, which never holds what was found.
    """
    token = token_of(TOKEN, environment)
    return {"Authorization": f"Bearer {token}"} if token else {}


def token_of(variable: str, environment: Mapping[str, str] = os.environ) -> str | None:
    """The token that a variable gives, or the file that it names with `_FILE` behind it; None if none.

    Raises `BadSetting`, which never holds what was found.
    """
    file = f"{variable}_FILE"
    if text := environment.get(variable):
        return _checked(variable, text)
    if name := environment.get(file):
        return _checked(f"{file}={name}", _content(file, Path(name)))
    return None


def _content(variable: str, path: Path) -> str:
    """What a file holds that nobody but its owner may read."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if os.name == "posix" and mode & 0o077:
                raise BadSetting(
                    f"{variable}={path}: others may use this file, its mode is {mode:o};"
                    f" run: chmod 600 {path}"
                )
            return file.read(65_536).decode("ascii", "replace")
    except OSError as error:
        raise BadSetting(f"{variable}={path}: {(error.strerror or str(error)).lower()}") from None


def _checked(source: str, text: str) -> str:
    token = text.strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise BadSetting(f"{source}: does not hold one token and nothing else")
    return token
