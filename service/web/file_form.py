"""A form with a file, as browsers send it (RFC 7578): the file is written while it comes."""

from collections.abc import Collection

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from domain.errors import refuse
from service.evidence.incoming import Incoming
from service.http.problems import Problem

MEDIA_TYPE = "multipart/form-data"
FILE = "file"
"""The name of the field with the file."""
MOST_TEXT = 65_536
"""Maximum number of bytes of all fields beside the file."""


class FileForm:
    """The fields of a form, and its file on the way into the store; what it was called is ignored.

    It takes the body part by part; raises `Problem`, `Refused` and `EvidenceRefused`.
    """

    def __init__(self, content_type: str, fields: Collection[str], coming: Incoming) -> None:
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary", b"")
        if kind != MEDIA_TYPE.encode() or not boundary:
            raise Problem("wrong-media-type", f"send Content-Type: {MEDIA_TYPE} with a boundary")
        self._coming = coming
        self._given: dict[str, bytearray | None] = {}
        self._known = {FILE, *fields}
        self._size, self._name, self._header, self._value = 0, "", b"", b""
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._part_begins,
                "on_header_field": self._header_field,
                "on_header_value": self._header_value,
                "on_header_end": self._header_ends,
                "on_headers_finished": self._content_begins,
                "on_part_data": self._content,
                "on_end": self._ends,
            },
        )

    def feed(self, chunk: bytes) -> None:
        """Take the next part of the body."""
        try:
            self._parser.write(chunk)
        except FormParserError:
            raise Problem("bad-request", "this is not the form of this page") from None

    def texts(self) -> dict[str, str]:
        """The fields beside the file, once all has come."""
        if not self._ended:
            raise Problem("bad-request", "the form was cut off before its end; send it again")
        if not self._coming.size:
            raise refuse("invalid", f"/{FILE}", "choose a file that is not empty")
        try:
            return {name: text.decode() for name, text in self._given.items() if text is not None}
        except UnicodeDecodeError:
            raise Problem("bad-request", "the form is not UTF-8") from None

    def _part_begins(self) -> None:
        self._name = ""

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header_ends(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, options = parse_options_header(self._value)
            self._name = options.get(b"name", b"").decode("utf-8", "replace")
        self._header = self._value = b""

    def _content_begins(self) -> None:
        if self._name not in self._known:
            raise refuse("invalid", f"/{self._name[:60]}", "is not a field of this form")
        if self._name in self._given:
            raise refuse("invalid", f"/{self._name}", "is given twice")
        self._given[self._name] = None if self._name == FILE else bytearray()

    def _content(self, data: bytes, start: int, end: int) -> None:
        text = self._given[self._name]
        if text is None:
            self._coming.write(data[start:end])
            return
        self._size += end - start
        if self._size > MOST_TEXT:
            raise Problem("too-large", f"the fields beside the file are over {MOST_TEXT:,} bytes")
        text += data[start:end]

    def _ends(self) -> None:
        self._ended = True
