"""A server that others reach: by TLS on an address of this machine, for a team with three tokens."""

import os
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from playwright.sync_api import Browser, expect

from tests.http_spec import claim, indicator, problem, report
from tests.places import ROOT
from tests.processes import process, until
from tests.service.http.team import bearer, id_of
from tests.service.web.web_spec import needs_browser, visiting

TEAM = (
    ("rita", "reader", "TLP:GREEN"),
    ("ana", "analyst", "TLP:AMBER"),
    ("ada", "admin", "TLP:RED"),
)
PROGRAM = (sys.executable, "-P", "-c", "from service.cli import main; main()")


def own_address() -> str:
    """An address of this machine by which others reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        try:
            wire.connect(("192.0.2.1", 9))  # sends nothing: it only chooses an address
        except OSError:
            pytest.skip("this machine has no address but its loopback one")
        address: str = wire.getsockname()[0]
    if ip_address(address).is_loopback:
        pytest.skip("this machine has no address but its loopback one")
    return address


def certificate(folder: Path, address: str) -> tuple[Path, Path]:
    """A certificate for an address, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "intellog test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), False)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    chain, secret = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return chain, secret


def run(*arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """The program on the command line."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, env=environment, timeout=120
    )


@dataclass(frozen=True)
class Exposed:
    """A server as a team reaches it."""

    url: str
    data: Path
    chain: Path
    tokens: dict[str, str]

    def client(self, subject: str | None) -> httpx2.Client:
        """A client of a member, or of nobody."""
        context = ssl.create_default_context(cafile=str(self.chain))
        headers = bearer(self.tokens[subject]) if subject else {}
        return httpx2.Client(base_url=self.url, verify=context, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exposed]:
    folder, address = tmp_path_factory.mktemp("exposed"), own_address()
    data, tokens = folder / "log", dict[str, str]()
    for subject, role, clearance in TEAM:
        who = ("--subject", subject, "--role", role, "--clearance", clearance)
        made = run("token", "create", "--data", str(data), *who)
        tokens[subject] = made.stdout.strip()
        assert tokens[subject].startswith("intellog_"), made.stderr
    chain, key = certificate(folder, address)
    options = ("--host", address, "--tls-cert", str(chain), "--tls-key", str(key))
    with process(data, *options) as server:
        yield Exposed(server.url, data, chain, tokens)


def test_without_a_token_nobody_else_is_served(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "::", own_address()):
        refused = run("serve", "--data", str(tmp_path), "--host", host, "--port", "0")
        [line] = refused.stderr.splitlines()
        assert refused.returncode == 2 and f"--host {host}" in line
        assert f"intellog token create --data {tmp_path} --subject NAME --role admin" in line
    proxied = run(
        "serve", "--data", str(tmp_path), "--port", "0", INTELLOG_PUBLIC_URL="https://intel.example"
    )
    assert proxied.returncode == 2 and "INTELLOG_PUBLIC_URL: without a token" in proxied.stderr


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.pem").write_text("x")
    pem = str(tmp_path / "x.pem")
    for options in (("--tls-cert", pem), ("--tls-cert", pem, "--tls-key", pem)):
        refused = run("serve", "--data", str(tmp_path / "log"), "--port", "0", *options)
        [line] = refused.stderr.splitlines()
        assert refused.returncode == 2 and "--tls-cert" in line and "--tls-key" in line


def test_a_team_writes_and_reads(exposed: Exposed) -> None:
    with exposed.client(None) as nobody:
        problem(nobody.get("/v1/estimates"), 401, "unauthenticated")
        assert nobody.get("/healthz").headers["strict-transport-security"]
        assert nobody.get("/healthz", headers={"Host": "evil.example"}).status_code == 421
    with exposed.client("ada") as ada, exposed.client("ana") as ana, exposed.client("rita") as rita:
        asked = indicator()
        assert ada.put(asked.path, json=asked.body).status_code == 201
        filed = ana.post("/v1/reports", json=report().body)
        assert filed.status_code == 201
        problem(rita.post("/v1/reports", json=report("r2").body), 403, "forbidden")
        path = f"/v1/estimates/troops?min_position={filed.json()['position']}"
        assert rita.get(path).json()["best"] == 100
        actors = {each["type"]: each["actor"] for each in rita.get("/v1/events").json()["items"]}
        assert (actors["IndicatorDefined"], actors["ReportFiled"]) == ("ada", "ana")


def test_the_command_line_sends_its_token(exposed: Exposed) -> None:
    trust = {"SSL_CERT_FILE": str(exposed.chain)}
    nobody = run("events", "--url", exposed.url, **trust)
    assert nobody.returncode == 1 and "send a token" in nobody.stderr
    token = exposed.tokens["rita"]
    events = run("events", "--json", "--url", exposed.url, INTELLOG_TOKEN=token, **trust)
    assert events.returncode == 0 and "TokenIssued" not in events.stdout, events.stderr
    admins = run(
        "events", "--json", "--url", exposed.url, INTELLOG_TOKEN=exposed.tokens["ada"], **trust
    )
    assert "TokenIssued" in admins.stdout, admins.stderr
    refused = run("rebuild", "--url", exposed.url, INTELLOG_TOKEN=token, **trust)
    assert refused.returncode == 1 and "takes the role admin" in refused.stderr
    assert token not in events.stdout + events.stderr + refused.stderr


@pytest.fixture(scope="module")
def story(exposed: Exposed) -> dict[str, int]:
    """What each of the team sees of one indicator: a figure that nobody below may know."""
    figures = {"rita": 1_300, "ana": 2_400, "ada": 3_500}
    with exposed.client("ada") as ada:
        asked = indicator("killed", measure="cumulative")
        assert ada.put(asked.path, json=asked.body).is_success
        for (subject, _, marking), day in zip(TEAM, ("01", "02", "03"), strict=True):
            said = claim(figures[subject], about="killed", originator=f"of-{subject}")
            filed = report(f"for-{subject}", said, published_at=f"2025-01-{day}", marking=marking)
            assert ada.post("/v1/reports", json=filed.body).is_success
        head = ada.get("/readyz").json()["head"]
        assert ada.get(f"/v1/estimates/killed?min_position={head}").is_success
    return figures


@pytest.mark.parametrize("subject", [name for name, _, _ in TEAM])
def test_each_of_a_team_sees_its_own_estimate(
    exposed: Exposed, story: dict[str, int], subject: str
) -> None:
    seen = [figure for name, figure in story.items() if figure <= story[subject]]
    hidden = [figure for figure in story.values() if figure not in seen]
    with exposed.client(subject) as client:
        explained = client.get("/v1/estimates/killed/explanation")
        assert explained.json()["best"] == story[subject]
        assert explained.json()["claims"] == len(seen)
        assert not any(str(figure) in explained.text for figure in hidden)
    trust = {"SSL_CERT_FILE": str(exposed.chain), "INTELLOG_TOKEN": exposed.tokens[subject]}
    for verb in ("estimate", "explain"):
        shown = run(verb, "killed", "--json", "--url", exposed.url, **trust)
        assert f"{story[subject]}" in shown.stdout, shown.stderr
        assert not any(str(figure) in shown.stdout for figure in hidden)


@needs_browser
@pytest.mark.parametrize("subject", [name for name, _, _ in TEAM])
def test_each_sees_it_in_a_browser(
    exposed: Exposed, story: dict[str, int], subject: str, browser: Browser
) -> None:
    with visiting(browser, exposed.url, ignore_https_errors=True) as page:
        page.goto("/login?next=/estimates/killed")
        page.get_by_label("Token").fill(exposed.tokens[subject])
        page.get_by_role("button", name="Log in").click()
        figure = page.locator("p.figure:visible")
        expect(figure).to_contain_text(f"{story[subject]:,}".replace(",", "\u202f"))
        text = page.content().replace("\u202f", "")
        assert not any(str(each) in text for each in story.values() if each > story[subject])


@needs_browser
def test_a_browser_logs_in(exposed: Exposed, browser: Browser) -> None:
    with visiting(browser, exposed.url, ignore_https_errors=True) as page:
        page.goto("/conflicts")
        page.get_by_label("Token").fill(exposed.tokens["rita"])
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Conflicts")
        [cookie] = page.context.cookies()
        kept: dict[str, Any] = dict(cookie)
        assert (kept["secure"], kept["httpOnly"], kept["sameSite"]) == (True, True, "Strict")


def test_a_token_revoked_beside_the_server_ends_at_once(exposed: Exposed) -> None:
    who = ("--subject", "tom", "--role", "reader", "--clearance", "TLP:RED")
    text = run("token", "create", "--data", str(exposed.data), *who).stdout.strip()
    with exposed.client("ada") as ada:
        assert ada.get("/v1/me", headers=bearer(text)).json()["subject"] == "tom"
        run("token", "revoke", id_of(text), "--data", str(exposed.data))
        problem(ada.get("/v1/me", headers=bearer(text)), 401, "unauthenticated")

        def types() -> list[str]:
            return [each["type"] for each in ada.get("/v1/events?limit=1000").json()["items"]]

        until(types, lambda found: "TokenRevoked" in found)


def test_unencrypted_a_browser_is_not_logged_in(tmp_path: Path) -> None:
    who = ("--subject", "rita", "--role", "reader", "--clearance", "TLP:RED")
    text = run("token", "create", "--data", str(tmp_path), *who).stdout.strip()
    with process(tmp_path, "--host", own_address()) as server:
        page = httpx2.get(f"{server.url}/login", headers={"Accept": "text/html"})
        assert page.status_code == 403 and "unencrypted" in page.text and "<form" not in page.text
        sent = httpx2.post(f"{server.url}/login", data={"token": text})
        assert sent.status_code == 403 and "set-cookie" not in sent.headers
        assert httpx2.get(f"{server.url}/v1/me", headers=bearer(text)).status_code == 200
