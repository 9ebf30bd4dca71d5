"""What a file is follows from its own bytes; what is said of it must fit them."""

import gzip

import pytest

from service.evidence.errors import EvidenceRefused
from service.evidence.media_types import ANY, KINDS, check_declared, kind_of, kind_sent, media_types

HEADS: dict[str, tuple[bytes, str]] = {
    "a PDF": (b"%PDF-1.7\n%\xe2\xe3", "application/pdf"),
    "a PNG": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "image/png"),
    "a JPEG": (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
    "a GIF": (b"GIF89a\x01\x00", "image/gif"),
    "a WebP": (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
    "a TIFF": (b"II*\x00\x08\x00\x00\x00", "image/tiff"),
    "another TIFF": (b"MM\x00*\x00\x00\x00\x08", "image/tiff"),
    "a WARC": (b"WARC/1.1\r\nWARC-Type: response\r\n", "application/warc"),
    "a WARC, compressed": (
        gzip.compress(b"WARC/1.0\r\n" + b"x" * 9_000, mtime=0)[:4_096],
        "application/gzip",
    ),
    "a ZIP": (b"PK\x03\x04\x14\x00", "application/zip"),
    "a page": (b"<!DOCTYPE html>\n<html>", "text/html"),
    "a page in capitals": (b"\xef\xbb\xbf \n<HTML lang='ko'>", "text/html"),
    "a page behind comments": (b"<?xml version='1.0'?>\n<!-- saved -->\n<html>", "text/html"),
    "a text": (b"Seoul, 26 June\n", "text/plain"),
    "a text in Korean": ("서울".encode(), "text/plain"),
    "a text in UTF-16": ("서울".encode("utf-16"), "text/plain"),
    "a text about HTML": (b"The tag <html> begins a page", "text/plain"),
    "a drawing with a script": (b"<svg xmlns='x'><script>alert(1)</script></svg>", "text/plain"),
}
OTHERS = {
    "nothing": b"",
    "a program": b"\x7fELF\x02\x01\x01\x00",
    "a program for Windows": b"MZ\x90\x00\x03\x00",
    "something else compressed": gzip.compress(b"not a web archive", mtime=0),
    "a cut-off archive": b"\x1f\x8b",
    "a sound in the same container": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "a page with bytes that are no text": b"<!doctype html>\x00\x01",
}


@pytest.mark.parametrize("what", HEADS)
def test_a_file_is_what_its_bytes_are(what: str) -> None:
    head, media_type = HEADS[what]
    for declared in (ANY, media_type):
        assert kind_sent(head, declared).media_type == media_type


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_of_no_kind_that_is_taken_is_refused(what: str) -> None:
    assert kind_of(OTHERS[what]) is None
    for declared in media_types():
        with pytest.raises(EvidenceRefused) as refused:
            kind_sent(OTHERS[what], declared)
        assert refused.value.code == "wrong-media-type"


@pytest.mark.parametrize("declared", ["image/png", "application/pdf", "application/zip"])
def test_a_page_cannot_be_sent_as_something_else(declared: str) -> None:
    with pytest.raises(EvidenceRefused, match=f"sent as {declared} but begins like text/html"):
        kind_sent(HEADS["a page"][0], declared)


@pytest.mark.parametrize("declared", ["", "image/svg+xml", "text/javascript", "application/x-x"])
def test_a_media_type_that_is_not_taken_is_refused_before_anything_is_read(declared: str) -> None:
    with pytest.raises(EvidenceRefused, match="send one of application/pdf, image/png"):
        check_declared(declared)


def test_every_kind_is_tried() -> None:
    assert {media_type for _, media_type in HEADS.values()} == {each.media_type for each in KINDS}
