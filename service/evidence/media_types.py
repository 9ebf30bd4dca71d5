"""What a file is, by its own first bytes: the kinds that are taken as evidence.

A file is served as what its bytes are, whatever it was called. So what is said of it must fit them,
and nobody can have a browser take it for something else.
"""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

from service.evidence.errors import EvidenceRefused

HEAD_BYTES = 4_096
"""How much of a file is looked at."""
ANY = "application/octet-stream"
"""What a sender says who leaves it to the bytes."""
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)[\s>]", re.I | re.S
)
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
"""What occurs in no text."""
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its media type, how a file of it is called, and what else it may be sent as."""

    media_type: str
    extension: str
    fits: Callable[[bytes], bool]
    sent_as: tuple[str, ...] = ()


def _begins(*marks: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(marks)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_zipped_warc(head: bytes) -> bool:
    """Whether what is compressed is a web archive; nothing else is taken compressed."""
    try:
        return zlib.decompressobj(31).decompress(head, 5) == b"WARC/"
    except zlib.error:
        return False


def _is_html(head: bytes) -> bool:
    return _is_text(head) and _HTML.match(head.removeprefix(_MARKS[0])) is not None


def _is_text(head: bytes) -> bool:
    """Whether it is text, as far as one sees: in some 8-bit code, or in UTF-16 with its mark."""
    return head.startswith(_MARKS[1:]) or not _BINARY.search(head)


KINDS = (
    Kind("application/pdf", ".pdf", _begins(b"%PDF-")),
    Kind("image/png", ".png", _begins(b"\x89PNG\r\n\x1a\n")),
    Kind("image/jpeg", ".jpg", _begins(b"\xff\xd8\xff")),
    Kind("image/gif", ".gif", _begins(b"GIF87a", b"GIF89a")),
    Kind("image/webp", ".webp", _is_webp),
    Kind("image/tiff", ".tif", _begins(b"II*\x00", b"MM\x00*")),
    Kind("application/warc", ".warc", _begins(b"WARC/")),
    Kind("application/gzip", ".warc.gz", _is_zipped_warc, ("application/warc",)),
    Kind("application/zip", ".zip", _begins(b"PK\x03\x04"), ("application/x-zip-compressed",)),
    Kind("text/html", ".html", _is_html, ("text/plain",)),
    Kind("text/plain", ".txt", _is_text, ("text/html",)),
)
"""In the order in which they are tried: the first that fits is meant."""
_TAKEN = ", ".join(each.media_type for each in KINDS)


def media_types() -> list[str]:
    """Every media type that a file may be sent as."""
    return sorted({ANY, *(name for each in KINDS for name in (each.media_type, *each.sent_as))})


def check_declared(declared: str) -> None:
    """Refuse what no file may be sent as, before anything of it is read."""
    if declared not in media_types():
        what = f"got '{declared[:60]}'" if declared else "got no Content-Type"
        raise EvidenceRefused(
            "wrong-media-type", f"{what}; send one of {_TAKEN}, or {ANY} to leave it to the bytes"
        )


def kind_of(head: bytes) -> Kind | None:
    """What a file is that begins so; None where it is nothing that is taken."""
    return next((each for each in KINDS if each.fits(head)), None) if head else None


def kind_sent(head: bytes, declared: str = ANY) -> Kind:
    """What a file is that begins so and was sent as this; refused where the two do not fit."""
    found = kind_of(head)
    if found is None:
        what = "begins like none of the kinds that are taken" if head else "is empty"
        raise EvidenceRefused("wrong-media-type", f"the file {what}: {_TAKEN}")
    if declared not in (ANY, found.media_type, *found.sent_as):
        raise EvidenceRefused(
            "wrong-media-type",
            f"the file is sent as {declared} but begins like {found.media_type}; send it as that",
        )
    return found
