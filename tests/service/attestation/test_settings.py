"""Whom the settings name is checked at the start, and what is wrong is named with the remedy."""

import sys
from pathlib import Path

import pytest

from service.proof.keys import Kind, new_key
from service.service import opened
from service.settings import BadSetting, from_environment
from tests.service.proof.authority import new_authority

WITNESS = new_key("witness.example", Kind.COSIGNATURE).public.written()
LOG = new_key("log.example").public.written()
URL = "https://authority.example/tsa"


def refused(tmp_path: Path, **variables: str) -> str:
    """Why a service is not started with these variables."""
    with pytest.raises(BadSetting) as found:
        settings = from_environment(
            tmp_path / "log", {f"INTELLOG_{k}": v for k, v in variables.items()}
        )
        with opened(settings):
            pass
    return str(found.value)


def written(path: Path, text: str) -> str:
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize(
    ("variables", "says"),
    [
        ({"TIME_AUTHORITY": URL}, "INTELLOG_TIME_CERTIFICATES: is not set"),
        ({"TIME_CERTIFICATES": "roots.pem"}, "set INTELLOG_TIME_AUTHORITY as well, or neither"),
        ({"TIME_SECONDS": "0"}, "INTELLOG_TIME_SECONDS: must be at least 1"),
        ({"TIME_SECONDS": "1h"}, "INTELLOG_TIME_SECONDS=1h: must be a number of seconds, in digits"),
        (
            {"TIME_AUTHORITY": "ftp://authority.example", "TIME_CERTIFICATES": "r"},
            "INTELLOG_TIME_AUTHORITY: 'ftp://authority.example' must begin with https:// or http://",
        ),
        (
            {"TIME_AUTHORITY": URL, "TIME_CERTIFICATES": "not-there.pem"},
            "INTELLOG_TIME_CERTIFICATES=not-there.pem: no such file",
        ),
        ({"WITNESSES": "not-there"}, "INTELLOG_WITNESSES=not-there: no such file or directory"),
        ({"WITNESSED": "."}, "INTELLOG_WITNESSED=.: is a directory"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    tmp_path: Path, variables: dict[str, str], says: str
) -> None:
    assert says in refused(tmp_path, **variables)


@pytest.mark.parametrize(
    ("variable", "text", "says"),
    [
        ("WITNESSES", "quorum none\n", "no witness in it has an address"),
        ("WITNESSES", "witness w {WITNESS}\nquorum w\n", "no witness in it has an address"),
        ("WITNESSES", "witness w {WITNESS} https://w.example\n", "has no quorum line"),
        ("WITNESSES", "witness w {WITNESS} w.example\nquorum w\n", "'w.example' must begin with"),
        ("WITNESSES", "witness w {LOG} https://w.example\nquorum w\n", "none for cosignatures"),
        ("WITNESSED", "\n", "it names no log; write: log <key>"),
        ("WITNESSED", "log {LOG}\nlog {LOG}\n", "line 2 of the policy"),
        ("WITNESSED", "{LOG}\n", "line 1 of the policy"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(
    tmp_path: Path, variable: str, text: str, says: str
) -> None:
    path = written(tmp_path / "file", text.format(WITNESS=WITNESS, LOG=LOG))

    told = refused(tmp_path, **{variable: path})
    assert told.startswith(f"INTELLOG_{variable}") and says in told


def test_roots_that_are_none_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "roots.pem", "no certificate")

    told = refused(tmp_path, TIME_AUTHORITY=URL, TIME_CERTIFICATES=path)
    assert told == f"INTELLOG_TIME_CERTIFICATES={path}: it holds no certificates in PEM"


def test_without_the_library_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rfc3161_client", None)
    roots = new_authority(tmp_path / "authority").roots

    told = refused(tmp_path, TIME_AUTHORITY=URL, TIME_CERTIFICATES=str(roots))
    assert told == (
        "INTELLOG_TIME_AUTHORITY: needs the extra `time`; install it with: pip install 'intellog[time]'"
    )


@pytest.mark.parametrize("quorum", ["", "quorum none\n"])
def test_a_file_of_logs_needs_no_quorum(tmp_path: Path, quorum: str) -> None:
    path = written(tmp_path / "file", f"# ours\nlog {LOG}\n{quorum}")
    settings = from_environment(tmp_path / "log", {"INTELLOG_WITNESSED": path})

    with opened(settings) as service:
        assert service.trust.witnessed is not None
        assert [each.key.name for each in service.trust.witnessed.logs] == ["log.example"]
