"""The verifier as one file: whole, without anything of ours, and run by Python alone."""

import ast
import json
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import httpx2
import pytest

from service.proof.standalone.single import MODULES, NAME, single_file
from tests.places import ROOT
from tests.test_seeds import load

FOLDER = ROOT / "service" / "proof" / "standalone"
OWN = {"__init__", "single"}


def names_in(tree: ast.Module) -> list[str]:
    """What a module defines at its top."""
    found = list[str]()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found.append(node.name)
        elif isinstance(node, ast.Assign):
            found += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found.append(node.target.id)
    return found


def test_every_module_is_in_it() -> None:
    assert sorted(MODULES) == sorted({path.stem for path in FOLDER.glob("*.py")} - OWN)


def test_no_name_stands_for_two_things() -> None:
    names = names_in(ast.parse(single_file()))
    assert sorted(names) == sorted(set(names))


def test_it_imports_the_standard_library_alone() -> None:
    imported = {
        name.partition(".")[0]
        for node in ast.walk(ast.parse(single_file()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names


@pytest.fixture
def program(client: httpx2.Client, tmp_path: Path) -> Path:
    """The file as it is fetched."""
    answer = client.get("/verify.py")
    assert answer.headers["content-type"].partition(";")[0] == "text/x-python"
    assert NAME in answer.headers["content-disposition"]
    file = tmp_path / NAME
    file.write_bytes(answer.content)
    return file


def run(program: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the file, out of reach of our package and of everything that is installed."""
    command = [sys.executable, "-I", "-S", str(program), *words]
    return subprocess.run(command, cwd=program.parent, capture_output=True, text=True, timeout=60)


def test_it_checks_what_a_server_proves(client: httpx2.Client, program: Path) -> None:
    load(client)
    estimate, receipt = program.parent / "estimate.json", program.parent / "receipt.txt"
    proof = client.get("/v1/estimates/dprk-killed/proof", params={"published_by": "2025-05-01"})
    estimate.write_bytes(proof.content)
    receipt.write_text(client.get("/v1/events/230/proof").json()["receipt"])
    [key] = proof.json()["verifiers"]

    said = run(program, "estimate", str(estimate), "--key", key)
    assert (said.returncode, said.stderr) == (0, "")
    assert "best 600" in said.stdout
    assert run(program, "receipt", str(receipt), "--key", key).returncode == 0
    assert run(program, "receipt", str(receipt)).returncode == 1
    assert run(program, "nothing", str(receipt)).returncode == 2

    altered = json.loads(proof.text)
    altered["estimate"]["low"] = 1
    estimate.write_text(json.dumps(altered))
    said = run(program, "estimate", str(estimate), "--key", key)
    assert said.returncode == 11
    assert said.stderr.startswith("figure-differs: low is 1 in the file")


def test_a_receipt_without_its_body_is_no_proof_of_what_it_says(
    client: httpx2.Client, program: Path
) -> None:
    load(client)
    proof = client.get("/v1/events/230/proof").json()
    receipt = program.parent / "receipt.txt"
    whole = proof["receipt"]
    body = json.dumps({"entry": proof["entry"]}, separators=(",", ":"))
    lines = whole.split("\n")

    lines[1] = f"extra {b64encode(body.encode()).decode()}"
    receipt.write_text("\n".join(lines))
    said = run(program, "receipt", str(receipt), "--key", proof["verifiers"][0])
    assert said.returncode == 8
    receipt.write_text(whole.replace("\n242\n", "\n243\n"))
    assert run(program, "receipt", str(receipt), "--key", proof["verifiers"][0]).returncode == 3
