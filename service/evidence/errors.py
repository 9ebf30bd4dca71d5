"""Why a file is not taken as evidence, or not given out."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

Code = Literal[
    "too-large",
    "wrong-media-type",
    "evidence-mismatch",
    "evidence-altered",
    "evidence-unavailable",
]


class EvidenceRefused(Exception):
    """A file is not taken, or not given out; `code` is that of the problem it amounts to."""

    def __init__(self, code: Code, detail: str) -> None:
        super().__init__(detail)
        self.code: Code = code


@contextmanager
def storing() -> Iterator[None]:
    """Turn what the operating system refuses into a refusal that names the reason."""
    try:
        yield
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        cure = "make room on its disk" if full else "the operator looks at its folder and its disk"
        detail = f"the store of evidence (the folder evidence) failed: {reason}; {cure}"
        raise EvidenceRefused("evidence-unavailable", detail) from None
