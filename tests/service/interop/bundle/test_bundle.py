"""The bundle of a report, unpacked elsewhere: what its README says is followed to the letter."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest
from typer.testing import CliRunner

from service.attestation.wanted import Attestation
from service.cli.app import app
from service.proof.keys import new_key
from service.proof.standalone.program import run
from service.service import Service, opened
from service.settings import Settings
from service.verify.bundle_files import verify_bundle
from service.verify.trust import given_trust
from service.verify.verdicts import CannotRead, NotVerified
from tests.oracles import missing
from tests.places import SEEDS
from tests.service.api.schema_check import running
from tests.service.proof.authority import Authority, new_authority
from tests.test_seeds import load

REPORT = "nis-2025-09-02"
GO = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")
COMMAND = re.compile(r"^    (\S.*)$", re.MULTILINE)
"""A command in README.txt stands alone, after four spaces."""
Story = tuple[Service, httpx2.Client]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A service that holds the seeds, whose last checkpoint an authority has stamped if it can."""
    folder = tmp_path_factory.mktemp("story")
    wanted = Attestation()
    if shutil.which("openssl"):
        roots = new_authority(folder / "authority").roots
        wanted = Attestation("https://authority.example/", roots)
    with ExitStack() as resources:
        service = resources.enter_context(opened(Settings(data=folder / "log", attestation=wanted)))
        client = resources.enter_context(running(service))
        load(client)
        yield service, client


@pytest.fixture(autouse=True)
def nothing_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys that were seen before count for nothing here."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def folder(story: Story, tmp_path: Path) -> Path:
    """The bundle of a report that was corrected, unpacked."""
    return unpacked(story[1], tmp_path)


def fetched(client: httpx2.Client, report: str = REPORT) -> bytes:
    """The bundle of a report."""
    answer = client.get(f"/v1/reports/{report}/bundle.zip")
    assert answer.status_code == 200, answer.text
    return answer.content


def unpacked(client: httpx2.Client, folder: Path, report: str = REPORT) -> Path:
    """The folder of a bundle that was unpacked there."""
    with ZipFile(BytesIO(fetched(client, report))) as archive:
        archive.extractall(folder)
    return folder / f"report-{report}"


def stamp(service: Service, folder: Path) -> None:
    """Have the authority stamp the last checkpoint."""
    last = service.log.tree.latest()
    assert last is not None
    reply = Authority(folder).stamped(last.note)
    service.log.tree.attach(last.size, "timestamp", "authority.example", reply, last.signed_at)


def followed(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of README.txt as it stands there, in the folder of the bundle."""
    return subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, timeout=120)


def commands(folder: Path, *programs: str) -> list[str]:
    """The commands of README.txt that call one of these programs."""
    found = COMMAND.findall((folder / "README.txt").read_text("utf-8"))
    return [each for each in found if any(program in each for program in programs)]


def test_it_is_checked_with_python_as_it_says(folder: Path) -> None:
    [command] = commands(folder, "python3")
    said = followed(folder, command)
    assert said.returncode == 0, said.stderr
    assert "signed: intellog.invalid/" in said.stdout
    assert f"ReportFiled of {REPORT}/1" in said.stdout
    assert 'nis: {"best": 2000, "qualifier": "about"}' in said.stdout


def test_it_is_checked_with_go_as_it_says(folder: Path) -> None:
    if not (shutil.which("go") and GO.is_dir()):
        missing("Go and golang-golang-x-mod-dev are not both installed")
    [command] = commands(folder, "go run")
    said = followed(folder, command)
    assert said.returncode == 0, said.stderr
    assert "(ReportFiled), with the body that was recorded" in said.stdout
    [body] = (folder / "events").glob("*.json")
    body.write_bytes(body.read_bytes().replace(b"2000", b"2001"))
    said = followed(folder, command)
    assert said.returncode == 1
    assert "its body is not the one that the log recorded" in said.stderr


def test_its_time_is_checked_with_openssl_as_it_says(story: Story, tmp_path: Path) -> None:
    if not shutil.which("openssl"):
        missing("openssl is not installed")
    service, client = story
    before = unpacked(client, tmp_path / "before")
    assert commands(before, "openssl") == []
    assert "No time authority has stamped" in (before / "README.txt").read_text("utf-8")
    roots = service.settings.attestation.time_certificates
    assert roots is not None
    stamp(service, roots.parent)
    after = unpacked(client, tmp_path / "after")
    [command] = commands(after, "openssl")
    said = followed(after, command)
    assert (said.returncode, said.stdout) == (0, "Verification: OK\n"), said.stderr
    (after / "checkpoint.stamped").write_bytes((after / "checkpoint").read_bytes() + b"\n")
    assert followed(after, command).returncode == 1


def test_its_bytes_follow_from_the_log_alone(story: Story) -> None:
    assert fetched(story[1]) == fetched(story[1])


def test_it_holds_the_events_and_no_evidence(story: Story, tmp_path: Path) -> None:
    folder = unpacked(story[1], tmp_path, "news-item-2025-06-26")
    described = json.loads((folder / "report.json").read_text("utf-8"))
    assert described["report"]["evidence"]["sha256"].startswith("d520fbc0")
    assert described["as_of"]["position"] == described["events"][-1]["position"]
    names = {path.name for path in (folder / "events").iterdir()}
    [event] = described["events"]
    endings = ("entry", "json", "salt", "receipt.txt", "cose")
    assert names == {f"{event['position']:06}.{ending}" for ending in endings}


def changed(folder: Path, name: str, old: bytes, new: bytes) -> None:
    """Change the files of a bundle whose name ends so."""
    for path in folder.rglob(f"*{name}"):
        content = path.read_bytes()
        assert old in content
        path.write_bytes(content.replace(old, new, 1))


ALTERED: dict[str, tuple[Callable[[Path], None], int, str]] = {
    "a claim": (
        lambda folder: changed(folder / "events", ".json", b'"best":2000', b'"best":2001'),
        7,
        f"ReportFiled of {REPORT}/1",
    ),
    "a claim as the report shows it": (
        lambda folder: changed(folder, "report.json", b'"best": 2000', b'"best": 2001'),
        7,
        f"claim {REPORT}/1",
    ),
    "who is said to have said it": (
        lambda folder: changed(
            folder, "report.json", b'"originator": "nis"', b'"originator": "uk-mod"'
        ),
        7,
        f"claim {REPORT}/1",
    ),
    "the size of the tree": (
        lambda folder: changed(folder, "checkpoint", b"\n242\n", b"\n243\n"),
        3,
        "bad-signature",
    ),
    "the checkpoint of a receipt": (
        lambda folder: changed(folder, ".receipt.txt", b"\n242\n", b"\n243\n"),
        5,
        "its receipt has another checkpoint",
    ),
    "the place of a receipt": (
        lambda folder: changed(folder, ".receipt.txt", b"index 229", b"index 228"),
        5,
        "not-included",
    ),
    "a file is missing": (
        lambda folder: next((folder / "events").glob("*.salt")).unlink(),
        1,
        ".salt",
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_what_is_altered_is_named(folder: Path, capsys: pytest.CaptureFixture[str], what: str) -> None:
    alter, status, words = ALTERED[what]
    alter(folder)
    assert run(["bundle", str(folder)]) == status
    assert words in capsys.readouterr().err
    said = CliRunner().invoke(app, ["verify", "bundle", str(folder)])
    assert said.exit_code == status
    assert words in said.output + said.stderr


def test_the_program_writes_and_verifies_it(tmp_path: Path) -> None:
    file, data = tmp_path / "handed-on.zip", ("--data", str(tmp_path / "log"))
    seeds = tmp_path / "seeds.ndjson"
    seeds.write_bytes(b"".join(each.read_bytes() for each in sorted(SEEDS.glob("*.ndjson"))))
    for words in (("import", str(seeds), *data), ("bundle", REPORT, "--to", str(file), *data)):
        wrote = CliRunner().invoke(app, words)
        assert wrote.exit_code == 0, wrote.output + wrote.stderr
    report = verify_bundle(file)
    assert (report["verdict"], report["report"]) == ("verified", REPORT)
    assert [claim["id"] for claim in report["claims"]] == [f"{REPORT}/{n}" for n in (1, 2, 3)]
    [key] = report["signed"]["keys"]
    said = CliRunner().invoke(app, ["verify", "bundle", str(file), "--key", key])
    assert said.exit_code == 0, said.output + said.stderr
    assert f"claim {REPORT}/1: ~ 2,000" in said.output.replace("\u2009", " ")


def test_what_is_no_bundle_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("nothing")
    for name, words in (
        ("empty", "report.json is missing"),
        ("file", "not a zip"),
        ("none", "No such"),
    ):
        with pytest.raises(CannotRead, match=words):
            verify_bundle(tmp_path / name)


def test_another_key_verifies_nothing(folder: Path, story: Story, tmp_path: Path) -> None:
    [origin] = {key.partition("+")[0] for key in (folder / "log.vkey").read_text().split()}
    other = new_key(origin).public.written()
    with pytest.raises(NotVerified, match="bad-signature"):
        verify_bundle(folder, given_trust([other], None), tmp_path / "known")
    assert run(["bundle", str(folder), "--key", other]) == 3
