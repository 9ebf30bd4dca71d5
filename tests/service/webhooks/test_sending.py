"""One attempt: to the address that was checked, under the name that was asked for."""

import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from service.webhooks.sending import attempt
from service.webhooks.webhook import Attempt
from tests import loops
from tests.service.webhooks.receiver import Receiver, receiving

NAME = "hooks.example"
HERE = [ip_network("127.0.0.0/8")]


def certificate(folder: Path, name: str) -> Path:
    """A certificate for a name and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "intellog test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    path = folder / f"{name}.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, *plain)
    )
    return path


def sent(url: str, trusted: Path) -> Attempt:
    context = ssl.create_default_context(cafile=trusted)
    return loops.run(attempt(url, {}, b"{}", HERE, context, 10.0))


@pytest.fixture(autouse=True)
def resolves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name leads to this machine: first to an address where nobody listens."""

    def names(host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        kind = socket.AF_INET, socket.SOCK_STREAM, 6, ""
        return [(*kind, (address, port)) for address in ("127.0.0.9", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", names)


def listening(path: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_the_certificate_is_that_of_the_name_and_the_host_is_named(tmp_path: Path) -> None:
    path = certificate(tmp_path, NAME)
    with receiving(tls=listening(path)) as receiver:
        outcome = sent(f"https://{NAME}:{receiver.port}/in?a=1", path)
        [came] = receiver.wait(1)

    assert outcome == Attempt(204)
    assert came.headers["host"] == f"{NAME}:{receiver.port}"


def test_a_certificate_of_another_name_is_not_accepted(tmp_path: Path) -> None:
    path = certificate(tmp_path, "other.example")
    with receiving(tls=listening(path)) as receiver:
        outcome = sent(f"https://{NAME}:{receiver.port}/", path)

    assert outcome == Attempt(None, "cannot connect")
    assert receiver.came == []


def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = certificate(tmp_path, NAME)
    with receiving(Receiver(lambda n: 500)) as proxy, receiving(tls=listening(path)) as receiver:
        for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert sent(f"https://{NAME}:{receiver.port}/", path) == Attempt(204)

    assert proxy.came == []
