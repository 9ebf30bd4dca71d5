"""Files of evidence come with the log, each whole, and shown to nobody who could not see it before."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from service.evidence.store import EvidenceStore
from service.mirror.mirror import mirrored
from service.mirror.promotion import prospect
from service.settings import Settings
from tests.http_spec import PAGE, Ask, evidence, report, sha256, stored
from tests.processes import until
from tests.service.http.team import bearer, issued
from tests.service.mirror.mirrors import Source

RED = b"Only for some.\n"


@pytest.fixture
def filed(source: Source) -> Source:
    """Two files that reports rest on, one of them sent by nobody but its author."""
    source.api.given(report("r3"))
    token, admin = issued(source.api, "analyst", "rob"), issued(source.api, "admin", "ada")
    for ask in (stored(), report("r4", evidence=evidence()), stored(RED, "text/plain")):
        answer = source.api.send(Ask(ask.method, ask.path, ask.body, {**ask.headers, **bearer(token)}))
        assert answer.is_success, answer.text
    secret = report("r5", evidence=evidence(RED, "text/plain"), marking="TLP:RED")
    answer = source.api.send(secret.under(authorization=f"Bearer {token}"))
    assert answer.is_success
    return replace(source, token=admin)


def files(directory: Path) -> dict[str, Any]:
    store = EvidenceStore(directory, 10**9)
    return {
        each: (store.path(each).read_bytes(), store.senders(each))
        for each in (sha256(), sha256(RED))
        if store.presence(each)
    }


def test_files_come_whole_with_who_has_sent_them(filed: Source, tmp_path: Path) -> None:
    filed.once(tmp_path / "mirror")
    expected = {sha256(): (PAGE, frozenset({"rob"})), sha256(RED): (RED, frozenset({"rob"}))}
    assert files(tmp_path / "mirror") == files(tmp_path / "source") == expected
    (tmp_path / "mirror" / "evidence" / sha256()[:2] / sha256()).unlink()
    filed.once(tmp_path / "mirror")
    assert files(tmp_path / "mirror") == expected


def test_a_file_that_is_altered_at_its_source_is_named_and_keeps_no_other_back(
    filed: Source, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = filed.api.service.evidence.path(sha256())
    path.write_bytes(PAGE.swapcase())
    filed.once(tmp_path / "mirror")
    assert set(files(tmp_path / "mirror")) == {sha256(RED)}
    assert f"evidence {sha256()} is not mirrored" in caplog.text


def test_a_file_of_which_is_not_known_who_sent_it_is_not_made_everybodys(
    filed: Source, tmp_path: Path
) -> None:
    filed.api.service.evidence.path(sha256()).with_suffix(".senders").write_bytes(b"?")
    filed.once(tmp_path / "mirror")
    assert set(files(tmp_path / "mirror")) == {sha256(RED)}


def test_what_is_lacking_is_counted_at_a_promotion(filed: Source, tmp_path: Path) -> None:
    filed.once(tmp_path / "mirror")
    settings = Settings(data=tmp_path / "mirror")
    found = prospect(settings, filed.token, filed.clock)
    assert not any("files" in each for each in found.lacking)
    os.unlink(EvidenceStore(tmp_path / "mirror", 1).path(sha256()))
    os.unlink(filed.api.service.evidence.path(sha256()))
    found = prospect(settings, filed.token, filed.clock)
    assert any("1 of 2 files" in each for each in found.lacking)


def test_files_come_beside_a_log_that_is_followed_live(filed: Source, tmp_path: Path) -> None:
    log = filed.api.service.log
    with mirrored(tmp_path / "mirror", filed.url, filed.token, filed.clock) as mirror:
        until(lambda: files(tmp_path / "mirror"), lambda found: len(found) == 2)
        assert mirror.log.head() == log.head()
