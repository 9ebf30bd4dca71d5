"""What a bundle says of itself: what it shows, and three ways to check it by literal commands."""

from service.log.tree import StoredCheckpoint
from service.proof.checkpoint import checkpoint_of
from service.proof.note import parse_note

_TEXT = """\
Report {report}, with the proof that it is in the log {origin}

What is here
  report.json            the report as the log's server shows it, and the list of its events
  events/NNNNNN.json     the event at position NNNNNN, byte for byte as it was recorded
  events/NNNNNN.salt     32 random bytes that its entry was made with
  events/NNNNNN.entry    its entry in the log's tree: place, time, commitment
  events/NNNNNN.receipt.txt   the path from the entry to the root (C2SP tlog-proof)
  events/NNNNNN.cose     the same receipt in COSE (RFC 9942), where there is one
  checkpoint             size and root of the tree, signed by the log: {size} events
  log.vkey               the key that signed it
{stamped}  verify_intellog.py     checks all of this, with Python 3.11 or later alone
  main.go                checks it with the packages of Go's checksum database

An event without .json and .salt was withheld from whoever fetched this, or redacted; its place in
the log is proved all the same. A file that the report rests on is not here: report.json has its
SHA-256.

What it shows: that these events, byte for byte, are in the log that the key signs, each at its
place. What it does not show: that what they say is true; that the log has nothing else to say of
the report by now; that the key is that of the log. So compare log.vkey with a key that you have
from elsewhere.

Three ways to check it, each run in this directory:

1. The time: a time authority saw the checkpoint, and so every event in it, at the time it names.

{time}

2. Everything but the time, with Python.

    python3 verify_intellog.py bundle .

3. The same with Go and golang.org/x/mod (on Debian: golang, golang-golang-x-mod-dev).

    GO111MODULE=off GOPATH=/usr/share/gocode go run main.go

   With Go modules instead: go mod init check, go mod tidy, go run main.go.
"""
_STAMPED = """\
  checkpoint.stamped     the checkpoint as it was given to the time authority
  time-stamp.tsr         the answer of the time authority (RFC 3161)
"""
_CERTIFICATES = (
    "  time-certificates.pem  the authority's root certificates, as the log's operator trusts them\n"
)
_OPENSSL = "    openssl ts -verify -in time-stamp.tsr -data checkpoint.stamped -CAfile {0}"
_UNSTAMPED = (
    "   No time authority has stamped a checkpoint over these events: this log has none, or not yet."
)
_ROOTS_MISSING = "   Fetch the root certificates of the authority first, as authority.pem."


def readme(report: str, checkpoint: StoredCheckpoint, *, stamped: bool, certificates: bool) -> str:
    """The text; with a time stamp there may be certificates to check it by."""
    origin = checkpoint_of(parse_note(checkpoint.note).text).origin
    time, files = _UNSTAMPED, ""
    if stamped:
        files = _STAMPED + (_CERTIFICATES if certificates else "")
        time = _OPENSSL.format("time-certificates.pem" if certificates else "authority.pem")
        time = time if certificates else f"{_ROOTS_MISSING}\n\n{time}"
    return _TEXT.format(
        report=report, origin=origin, size=f"{checkpoint.size:,}", stamped=files, time=time
    )
