"""A time authority on this machine (RFC 3161): `openssl ts` behind HTTP, honest or not."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from service.proof.time_stamp import MEDIA_TYPE, request_over
from tests.oracles import WANTED

needs_openssl = pytest.mark.skipif(
    not (WANTED or shutil.which("openssl")), reason="openssl is not installed"
)
DAY = timedelta(days=1)
_CONFIGURATION = """
[tsa]
default_tsa = authority
[authority]
serial = serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ordering = yes
tsa_name = yes
ess_cert_id_alg = sha256
"""
_REPLY = "openssl ts -reply -config ts.cnf -queryfile query -inkey {0}.key -signer {0}.pem"
Answer = Callable[[bytes], tuple[int, bytes]]


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: ec.EllipticCurvePrivateKey, until: timedelta
) -> x509.Certificate:
    now, public, root = datetime.now(UTC), key.public_key(), key is issuer
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .issuer_name(_name("Root"))
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 9 * DAY)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(root, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False
        )
    )
    if not root:
        stamping = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        built = built.add_extension(stamping, critical=True)
    return built.sign(issuer, hashes.SHA256())


@dataclass
class Authority:
    """An authority in a folder; `roots` is the file with its root, and `answer` how it answers."""

    folder: Path
    url: str = ""
    asked: list[bytes] = field(default_factory=list)
    answer: Answer | None = None

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes, signer: str = "authority") -> bytes:
        """The reply to a request, by a certificate that is valid, or by one that is `expired`."""
        (self.folder / "query").write_bytes(query)
        command = _REPLY.format(signer).split()
        ran = subprocess.run(command, cwd=self.folder, capture_output=True, check=True)
        return ran.stdout

    def stamped(self, data: bytes) -> bytes:
        """A time stamp over some bytes."""
        return self.reply(request_over(data).body)

    def answered(self, query: bytes) -> tuple[int, bytes]:
        self.asked.append(query)
        return (200, self.reply(query)) if self.answer is None else self.answer(query)


def new_authority(folder: Path) -> Authority:
    """Make the keys and certificates of an authority in a folder, which is empty."""
    folder.mkdir(parents=True)
    (folder / "ts.cnf").write_text(_CONFIGURATION)
    (folder / "serial").write_text("01\n")
    root = ec.generate_private_key(ec.SECP256R1())
    for name, until in (("root", 9 * DAY), ("authority", 9 * DAY), ("expired", -DAY)):
        key = root if name == "root" else ec.generate_private_key(ec.SECP256R1())
        certificate = _certificate(name.title(), key, root, until)
        (folder / f"{name}.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        (folder / f"{name}.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, *form))
    return Authority(folder)


@contextmanager
def running_authority(folder: Path) -> Iterator[Authority]:
    """An authority that answers over HTTP, one request at a time."""
    authority = new_authority(folder)
    one = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            with one:
                status, body = authority.answered(query)
            self.send_response(status)
            self.send_header("Content-Type", MEDIA_TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Location", f"{authority.url}/elsewhere")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
