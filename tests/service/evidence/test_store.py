"""The store: files by their hashes, whole or not at all, for their owner alone."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from service.evidence.errors import EvidenceRefused
from service.evidence.store import EvidenceStore
from tests.http_spec import PAGE, sha256

LIMIT = 1_000
HASH = sha256(PAGE)


@pytest.fixture
def store(tmp_path: Path) -> EvidenceStore:
    return EvidenceStore(tmp_path, LIMIT)


def keep(store: EvidenceStore, whole: bytes = PAGE, sender: str = "ana") -> Path:
    """Keep a file that comes in parts of seven bytes."""
    with store.incoming() as coming:
        for at in range(0, len(whole), 7):
            coming.write(whole[at : at + 7])
        store.keep(coming, sender)
    return store.path(sha256(whole))


def senders(store: EvidenceStore) -> set[str]:
    """Those who have sent the file, all of whom are known."""
    known = store.senders(HASH)
    assert known is not None
    return set(known)


def content(store: EvidenceStore, name: str = HASH) -> bytes | None:
    file = store.opened(name)
    if file is None:
        return None
    with file:
        return file.read()


def names(store: EvidenceStore) -> set[str]:
    """Every file in the store."""
    return {path.name for path in store.folder.rglob("*") if not path.is_dir()}


def test_a_file_is_kept_under_its_hash_for_its_owner_alone(store: EvidenceStore) -> None:
    path = keep(store)
    assert path == store.folder / HASH[:2] / HASH and path.read_bytes() == PAGE
    assert content(store) == PAGE and store.presence(HASH, len(PAGE)) == "stored"
    modes = {stat.S_IMODE(each.stat().st_mode) for each in (path, path.with_name(f"{HASH}.senders"))}
    folders = {stat.S_IMODE(each.stat().st_mode) for each in (path.parent, store.folder)}
    assert (modes, folders) == ({0o600}, {0o700})
    assert names(store) == {HASH, f"{HASH}.senders"}


def test_what_is_not_there_is_not_there(store: EvidenceStore) -> None:
    assert (content(store), store.presence(HASH), store.size(HASH)) == (None, None, None)
    assert senders(store) == set()


def test_a_file_that_is_not_kept_is_gone(store: EvidenceStore) -> None:
    with pytest.raises(RuntimeError), store.incoming() as coming:
        coming.write(PAGE)
        raise RuntimeError
    assert names(store) == set()


def test_what_was_on_its_way_when_the_program_ended_is_deleted(store: EvidenceStore) -> None:
    keep(store)
    (store.folder / "incoming" / "left").write_bytes(b"half")
    store.clear_incoming()
    assert names(store) == {HASH, f"{HASH}.senders"}


def test_a_file_over_the_limit_is_refused_as_soon_as_that_is_known(store: EvidenceStore) -> None:
    with store.incoming() as coming:
        coming.write(b"x" * LIMIT)
        with pytest.raises(EvidenceRefused, match="larger than 1,000 bytes"):
            coming.check_size(LIMIT + 1)
        with pytest.raises(EvidenceRefused, match="larger than 1,000 bytes"):
            coming.write(b"x")
    assert names(store) == set()
    keep(store, b"x" * LIMIT)


def test_a_file_that_is_sent_again_stays_as_it_is(store: EvidenceStore) -> None:
    before = keep(store).stat().st_ino
    assert keep(store, sender="bob").stat().st_ino == before
    assert senders(store) == {"ana", "bob"}


def test_a_file_that_many_send_at_once_is_there_once(store: EvidenceStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: keep(store, sender=f"s{n}"), range(16)))
    assert content(store) == PAGE and names(store) == {HASH, f"{HASH}.senders"}
    assert senders(store) == {f"s{n}" for n in range(16)}


def altered_byte(path: Path) -> None:
    path.write_bytes(PAGE.replace(b"Many", b"Some"))


def cut_off(path: Path) -> None:
    path.write_bytes(PAGE[:-1])


def linked(path: Path) -> None:
    path.rename(path.parent / "elsewhere")
    path.symlink_to(path.parent / "elsewhere")


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [altered_byte, cut_off, linked, a_folder, a_pipe])
def test_an_altered_file_is_given_to_nobody_and_set_aside_when_it_is_sent_again(
    store: EvidenceStore, change: Callable[[Path], None]
) -> None:
    path = keep(store)
    change(path)
    with pytest.raises(EvidenceRefused) as refused:
        content(store)
    assert refused.value.code == "evidence-altered" and HASH in str(refused.value)
    assert store.presence(HASH, len(PAGE)) == "altered"
    keep(store)
    assert content(store) == PAGE and store.presence(HASH, len(PAGE)) == "stored"
    assert os.path.lexists(path.with_name(f"{HASH}.altered"))


def test_a_file_that_the_operator_put_there_is_everybodys(store: EvidenceStore) -> None:
    path = keep(store)
    path.with_name(f"{HASH}.senders").unlink()
    assert store.senders(HASH) is None and content(store) == PAGE
    keep(store, sender="bob")
    assert store.senders(HASH) is None


@pytest.mark.parametrize("subject", ["Ana Ng", "a\nb", "\u2028", '"', "\u00e9"])
def test_a_sender_is_known_by_any_name(store: EvidenceStore, subject: str) -> None:
    keep(store, sender=subject)
    keep(store, sender="zoe")
    assert senders(store) == {subject, "zoe"}


@pytest.mark.parametrize("name", ["..", "../../log.sqlite", "A" * 64, "a" * 63, "", f"{'a' * 64}\n"])
def test_nothing_but_a_hash_names_a_file(store: EvidenceStore, name: str) -> None:
    with pytest.raises(AssertionError):
        store.path(name)
