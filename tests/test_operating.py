"""The page for operators says of the settings and the options what the program does."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import pytest
import typer

from service.cli.app import app
from service.settings import BadSetting, from_environment
from tests.http_spec import indicator
from tests.places import DOCS
from tests.processes import process, wait_for_views

TEXT = (DOCS / "operating.md").read_text("utf-8")
SHELL = re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
SECTION = TEXT.partition("\n## Settings\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| (`[^|]+`) \| ([^|]*)\|(.+)\|$", SECTION, re.MULTILINE)
OPTIONS = {
    flag: given.strip().strip("`")
    for names, given, _ in ROWS
    for flag in re.findall("`(--[a-z-]+)`", names)
}


def test_the_page_lists_every_option_of_serve_with_its_default() -> None:
    group: Any = typer.main.get_command(app)
    found = {}
    for each in group.commands["serve"].params:
        plain = each.default in (None, False) or each.name == "data"
        found[each.opts[0]] = "" if plain else str(each.default)
    assert found | {"--data": "INTELLOG_DATA"} == OPTIONS


def test_the_address_of_the_log_may_be_kept_in_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "log_address"
    secret.write_text("postgresql://intellog:pw@db/intellog\n")
    given = {"INTELLOG_LOG_FILE": str(secret)}
    assert from_environment(tmp_path, given).log == "postgresql://intellog:pw@db/intellog"
    for text, more, said in (
        ("", {}, "is empty"),
        ("postgresql://a@b@c/d", {}, "must have the form"),
        ("postgresql://b/d", {"INTELLOG_LOG": "postgresql://b/e"}, "set one of them"),
    ):
        secret.write_text(text)
        with pytest.raises(BadSetting, match=said) as refused:
            from_environment(tmp_path, {**given, **more})
        assert "\n" not in str(refused.value) and "a@b" not in str(refused.value)
    secret.unlink()
    with pytest.raises(BadSetting, match=r"INTELLOG_LOG_FILE=.*: no such file"):
        from_environment(tmp_path, given)


def test_the_backup_of_a_running_server_is_made_checked_and_restored_as_the_page_says(
    tmp_path: Path,
) -> None:
    if not shutil.which("bash"):
        pytest.skip("bash, which the page uses, is not installed")
    [commands] = [block for block in SHELL if "intellog backup" in block]
    program = tmp_path / "bin" / "intellog"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable} -P\nfrom service.cli import main\n\nmain()\n")
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    with process(tmp_path / "my-log") as server:
        _define(server.url, "kept")
        done = subprocess.run(
            ["bash", "-e", "-c", commands],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0 and "checked 1 events: no damage" in done.stdout, done.stderr
        _define(server.url, "later")
    guard = (tmp_path / "my-log" / "log.head").read_bytes()

    def run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run([program, *words], capture_output=True, text=True, timeout=120)

    assert run("restore", tmp_path / "backup", "--data", tmp_path / "restored").returncode == 0
    with process(tmp_path / "restored") as server:
        wait_for_views(server.url, 1)
        found = [each["id"] for each in server.get("/v1/indicators")["items"]]
    assert found == ["kept"]
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "log.head").write_bytes(guard)  # as where it was left behind
    lacking = run("restore", tmp_path / "backup", "--data", tmp_path / "again")
    assert lacking.returncode == 0 and "event 2 is gone" in lacking.stdout
    refused = run("indicators", "--data", tmp_path / "again")
    assert refused.returncode == 1 and "has lost what it acknowledged" in refused.stderr


def _define(url: str, name: str) -> None:
    asked = indicator(name)
    httpx2.put(f"{url}{asked.path}", json=asked.body, timeout=60).raise_for_status()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#:]+)", TEXT))
def test_every_file_that_the_page_links_exists(link: str) -> None:
    assert (DOCS / link).exists()
