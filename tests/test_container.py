"""The container, the compose files and the unit: sound as they stand, built and run where that works.

An engine that works is podman or docker with a server. Without one the image is not built, which the
skipped test says; its files are judged all the same.
"""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml

from tests.http_spec import indicator
from tests.places import LONG, ROOT
from tests.processes import process, until
from tests.service.http.team import bearer

CONTAINERFILE = (ROOT / "Containerfile").read_text("utf-8")
COMPOSE = {
    name: yaml.safe_load((ROOT / name).read_text("utf-8"))
    for name in ("compose.yaml", "compose.postgres.yaml")
}
UNIT = ROOT / "docs" / "deploy" / "intellog.service"
OPERATING = (ROOT / "docs" / "operating.md").read_text("utf-8")
VERSIONED = re.compile(r"[a-z/]+:\d+(\.\d+)*(-[a-z]+)*")
"""An image by a version, of the well-known ones; never `latest`."""
SECRET = re.compile(r"(?i)(password|token|secret|api_?key)\s*[=:]\s*\S")


def instructions() -> list[tuple[str, str]]:
    """Each instruction of the Containerfile with what it is given, on one line."""
    lines = [line for line in CONTAINERFILE.splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", " ", "\n".join(lines))
    pairs = [line.partition(" ") for line in joined.splitlines() if line.strip()]
    return [(name, rest.strip()) for name, _, rest in pairs]


def given(name: str) -> list[str]:
    """What the instructions of a name are given, in order."""
    return [rest for each, rest in instructions() if each == name]


def copied() -> list[str]:
    """The files and folders of the project that the image is made from."""
    rows = [shlex.split(rest) for rest in given("COPY") if not rest.startswith("--from=")]
    return [source for row in rows for source in row[:-1]]


def health() -> list[str]:
    """The command that looks whether the server in the container is well."""
    [check] = given("HEALTHCHECK")
    command: list[str] = json.loads(check.partition("CMD ")[2])
    return command


def test_the_image_is_made_of_files_that_are_there_and_sent() -> None:
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    sent = [line[1:] for line in ignored if line.startswith("!")]
    assert "*" in ignored and copied()
    for source in copied():
        assert (ROOT / source).exists(), source
        assert any(fnmatch(source, pattern) for pattern in sent), f"{source} is not sent to the engine"


def test_the_image_holds_the_whole_program() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = project["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {each.rstrip("*") for each in packages} <= {*copied()}
    assert {project["project"]["readme"], *project["project"]["license-files"]} <= {*copied()}


def test_the_base_is_named_by_version_and_the_same_in_both_stages() -> None:
    [base] = given("ARG")
    name, _, image = base.partition("=")
    assert {each.partition(" ")[0] for each in given("FROM")} == {f"${{{name}}}"}
    assert VERSIONED.fullmatch(image)
    [version] = re.findall(r"python:(\d+)\.(\d+)", image)
    assert tuple(map(int, version)) >= (3, 11)


def test_what_is_installed_is_pinned_with_hashes() -> None:
    installs = [part for each in given("RUN") for part in each.split("&&") if " install " in part]
    pip = [each for each in installs if "pip install" in each]
    assert pip and all("--require-hashes" in each or "--no-index" in each for each in pip)


def test_the_container_runs_as_nobody_in_particular_and_looks_after_itself() -> None:
    [user] = given("USER")
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    order = [name for name, _ in instructions()]
    assert order.index("USER") < order.index("ENTRYPOINT")
    assert given("VOLUME") == ["/data"] and "INTELLOG_DATA=/data" in given("ENV")[0]
    assert "/healthz" in health()[-1] and "curl" not in CONTAINERFILE


def test_nothing_secret_is_in_these_files() -> None:
    for text in (CONTAINERFILE, UNIT.read_text("utf-8"), *map(str, COMPOSE.values())):
        assert not SECRET.search(text.replace("no-new-privileges", "")), SECRET.search(text)
    for compose in COMPOSE.values():
        for service in compose["services"].values():
            for name, value in service.get("environment", {}).items():
                assert "PASSWORD" not in name or value.startswith("/run/secrets/"), name


@pytest.mark.parametrize("name", COMPOSE)
def test_each_service_of_compose_has_few_rights(name: str) -> None:
    whole = COMPOSE["compose.yaml"]["services"]
    for service, own in COMPOSE[name]["services"].items():
        settings = {**whole.get(service, {}), **own}
        assert settings["read_only"] is True and settings["cap_drop"] == ["ALL"], service
        assert settings["security_opt"] == ["no-new-privileges:true"], service
        assert settings["user"] not in ("root", "0", "0:0")
        assert all(port.startswith("127.0.0.1:") for port in settings.get("ports", []))
        assert settings["image"] == "intellog" or VERSIONED.fullmatch(settings["image"])


@pytest.mark.parametrize("name", COMPOSE)
def test_what_compose_names_is_there(name: str) -> None:
    both = {
        part: {
            key: value for compose in COMPOSE.values() for key, value in compose.get(part, {}).items()
        }
        for part in ("services", "volumes", "networks", "secrets", "configs")
    }
    for service in COMPOSE[name]["services"].values():
        assert {*service.get("secrets", [])} <= {*both["secrets"]}
        assert {each["source"] for each in service.get("configs", [])} <= {*both["configs"]}
        assert {*service.get("networks", [])} <= {*both["networks"], "default"}
        assert {*service.get("depends_on", {})} <= {*both["services"]}
        assert {each.partition(":")[0] for each in service.get("volumes", [])} <= {*both["volumes"]}
        for build in [service["build"]] if "build" in service else []:
            assert (ROOT / build["context"] / build["dockerfile"]).is_file()
    for config in both["configs"].values():
        assert (ROOT / config["file"]).is_file()
    for secret in both["secrets"].values():
        assert f"/{Path(secret['file']).parts[0]}/" in (ROOT / ".gitignore").read_text("utf-8")


def test_the_service_starts_when_the_owner_has_prepared_the_database_for_its_role() -> None:
    services = COMPOSE["compose.postgres.yaml"]["services"]
    after = services["intellog"]["depends_on"]
    assert after == {"migrate": {"condition": "service_completed_successfully"}}
    verb, *options = services["migrate"]["command"]
    assert (verb, options) == ("migrate", ["--role", "intellog_service"])
    assert "CREATE ROLE intellog_service LOGIN" in (UNIT.parent / "service-role.sql").read_text("utf-8")
    addresses = re.findall(r"printf 'postgresql://(\w+):.*> secrets/(\w+)", OPERATING)
    assert addresses == [("intellog", "owner_address"), ("intellog_service", "log_address")]


def test_compose_itself_understands_the_files() -> None:
    if not shutil.which("docker") or _run("docker", "compose", "version").returncode:
        pytest.skip("docker compose is not installed")
    for files in (["compose.yaml"], [*COMPOSE]):
        named = [word for name in files for word in ("-f", name)]
        done = _run("docker", "compose", *named, "config", "--quiet")
        assert done.returncode == 0, done.stderr


def test_the_unit_is_sound_and_leaves_the_service_few_rights(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not installed")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/intellog/bin/intellog", sys.executable))
    checked = _run(analyze, "verify", str(unit))
    assert checked.returncode == 0 and not checked.stderr, checked.stderr
    judged = _run(analyze, "security", "--offline=yes", "--threshold=20", "--no-pager", str(unit))
    assert judged.returncode == 0, judged.stdout


def test_the_unit_starts_a_verb_that_there_is() -> None:
    text = UNIT.read_text("utf-8")
    assert re.findall(r"^ExecStart=/opt/intellog/bin/intellog (.*)$", text, re.MULTILINE) == ["serve"]
    assert (
        "Environment=INTELLOG_DATA=/var/lib/intellog\n" in text and "StateDirectory=intellog\n" in text
    )


def test_as_the_container_starts_it_the_server_wants_a_token_first_and_is_healthy_then(
    tmp_path: Path,
) -> None:
    """Without an engine: the same commands, as a process of this machine."""
    [command] = given("CMD")
    verb, *options = json.loads(command)
    program = [sys.executable, "-P", "-c", "from service.cli import main; main()"]
    data = ["--data", str(tmp_path / "data")]
    refused = _run(*program, verb, *data, *options, "--port", "0")
    assert refused.returncode == 2 and "intellog token create" in refused.stderr
    who = ["--subject", "root", "--role", "admin", "--clearance", "TLP:RED"]
    token = _run(*program, "token", "create", *data, *who).stdout.strip()
    with process(tmp_path / "data", *options) as server:
        port = server.url.rpartition(":")[2]
        check = [sys.executable, *health()[1:-1], health()[-1].replace("8000", port)]
        assert _run(*check).returncode == 0
        me = httpx2.get(f"http://127.0.0.1:{port}/v1/me", headers=bearer(token), timeout=60)
        assert me.json()["role"] == "admin"
        server.kill("service")
        assert _run(*check).returncode != 0


def _run(*words: str, cwd: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([*words], cwd=cwd, capture_output=True, text=True, timeout=900)


@pytest.fixture(scope="module")
def engine() -> str:
    """A container engine that works here."""
    for name in ("podman", "docker"):
        if shutil.which(name) and _run(name, "info").returncode == 0:
            return name
    pytest.skip("no container engine works here: the image is linted, not built")


@pytest.fixture(scope="module")
def image(engine: str) -> Iterator[str]:
    """The image, built from the project as it stands."""
    if not LONG:
        pytest.skip("builds an image, which fetches its base: set INTELLOG_TEST_LONG=1")
    form = ["--format", "docker"] if engine == "podman" else []
    built = _run(engine, "build", *form, "-t", "intellog-test", "-f", "Containerfile", ".")
    assert built.returncode == 0, built.stdout + built.stderr
    yield "intellog-test"
    _run(engine, "rmi", "--force", "intellog-test")


def test_the_image_serves_keeps_and_is_healthy(engine: str, image: str) -> None:
    rights = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", "--tmpfs=/tmp"]
    volume, name = "intellog-test-data", "intellog-test"
    options = [*rights, f"--volume={volume}:/data"]
    who = ["--subject", "root", "--role", "admin", "--clearance", "TLP:RED"]
    serve = ["--detach", f"--name={name}", *options]
    try:
        token = _run(engine, "run", "--rm", *options, image, "token", "create", *who).stdout.strip()
        for kept in (False, True):  # the second container finds what the first one wrote
            started = _run(engine, "run", *serve, image)
            assert started.returncode == 0, started.stderr
            _healthy_and_kept(engine, name, token, kept=kept)
            assert _run(engine, "rm", "--force", name).returncode == 0
    finally:
        _run(engine, "rm", "--force", name)
        _run(engine, "volume", "rm", "--force", volume)


def _healthy_and_kept(engine: str, name: str, token: str, *, kept: bool) -> None:
    check = [engine, "exec", name, *health()]
    until(lambda: _run(*check).returncode, lambda status: status == 0)
    assert _run(engine, "exec", name, "id", "-u").stdout.strip() == "10001"
    # From within, where the server is reached at a loopback address.
    address = ["--url", "http://127.0.0.1:8000"]
    inside = [engine, "exec", "--env", f"INTELLOG_TOKEN={token}", name, "intellog"]
    found: Any = _run(*inside, "indicators", "--json", *address).stdout
    assert ("troops" in found) is kept
    asked = indicator()
    title = ["--title", asked.body["title"], "--measure", asked.body["measure"]]
    assert _run(*inside, "define", "troops", *title, *address).returncode == 0
