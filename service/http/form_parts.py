"""Uploads: bodies of `multipart/form-data`, in which browsers send files, which wait on disk."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import IO

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from domain.errors import refuse
from domain.near import did_you_mean, nearest
from service.http.bodies import check_media_type
from service.http.faults import quoted, refused_whole
from service.http.problems import Problem

MULTIPART = "multipart/form-data"
LONGEST_TEXT = 1_048_576
"""Maximum size of a part that is no file, in bytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an upload: the name of its file, if it is one, and what is in it."""

    filename: str
    file: IO[bytes]

    def text(self) -> str:
        """The part as text; raises `ValueError` if it is not UTF-8."""
        self.file.seek(0)
        return self.file.read(LONGEST_TEXT + 1).decode("utf-8-sig")


Parts = Mapping[str, Part]
"""The parts of an upload by their names."""


@asynccontextmanager
async def uploaded(request: Request, limit: int, names: Sequence[str]) -> AsyncIterator[Parts]:
    """The parts of an upload that may have these names; empty files are left out.

    Raises `Problem` if it is too large, `Refused` if it is none or has parts that are unknown.
    """
    check_media_type(request, MULTIPART)
    parser = MultiPartParser(
        request.headers,
        _within(request, limit),
        max_files=len(names),
        max_fields=len(names),
        max_part_size=LONGEST_TEXT,
    )
    try:
        form = await parser.parse()
    except (MultiPartException, ValueError, LookupError) as error:
        raise refused_whole(f"cannot be read as {MULTIPART}: {error}") from None
    try:
        yield _parts(form.multi_items(), names)
    finally:
        await form.close()


def _parts(items: Sequence[tuple[str, str | UploadFile]], names: Sequence[str]) -> dict[str, Part]:
    parts = dict[str, Part]()
    for name, item in items:
        if name not in names:
            hint = did_you_mean(nearest(name, names), f"; they are {', '.join(names)}")
            raise refuse("invalid", "", f"the body has no part {quoted(name)}{hint}")
        if name in parts:
            raise refuse("invalid", f"/{name}", "is given twice")
        if isinstance(item, str):
            parts[name] = Part("", BytesIO(item.encode("utf-8", "surrogatepass")))
        elif item.size:
            parts[name] = Part(item.filename or "", item.file)
    return parts


async def _within(request: Request, limit: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes, up to a size."""
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise Problem("too-large", f"the upload is larger than {limit:,} bytes; split the table")
        yield chunk
