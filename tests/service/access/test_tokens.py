"""A token lets its holder in until it expires or is revoked, wherever that happened."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from domain.vocabulary import Marking, Role
from service.access.principal import Principal
from service.access.token_store import FILE, KEY_FILE, TokensUnavailable
from service.access.tokens import BadToken, Refusal, TokenFile
from tests.service.access.access_spec import NOW, Clock, issued, token_file

SECRET = "x" * 43


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tokens(tmp_path: Path, clock: Clock) -> Iterator[TokenFile]:
    with token_file(tmp_path, clock) as tokens:
        yield tokens


@pytest.fixture
def elsewhere(tokens: TokenFile, tmp_path: Path, clock: Clock) -> Iterator[TokenFile]:
    """The same tokens as another process has them open."""
    with token_file(tmp_path, clock) as tokens:
        yield tokens


def test_a_token_stands_for_its_subject(tokens: TokenFile) -> None:
    id, text = issued(tokens, 3600)

    assert text.startswith(f"intellog_{id}_") and len(text) == len("intellog_") + 12 + 1 + 43
    end = NOW + timedelta(seconds=3600)
    assert tokens.principal(text) == Principal("Ana Ng", "analyst", "TLP:AMBER", id, end)
    assert tokens.valid(id)


def test_every_token_has_an_id_and_a_secret_of_its_own(tokens: TokenFile) -> None:
    made = [issued(tokens) for _ in range(10)]

    assert len({id for id, _ in made}) == len({text.rpartition("_")[2] for _, text in made}) == 10


def test_access_is_controlled_from_the_first_token_on_for_good(
    tokens: TokenFile, elsewhere: TokenFile
) -> None:
    assert not tokens.any and not elsewhere.any
    id, _ = issued(tokens)
    assert tokens.any and elsewhere.any
    tokens.revoke(id, "root")
    assert tokens.any and elsewhere.any


@pytest.mark.parametrize(
    "text",
    ["", "intellog", "intellog_", f"intellog_0123_{SECRET}", "x" * 100_000, f"intellog_é_{SECRET}"],
)
def test_what_has_not_the_form_of_a_token_is_none(tokens: TokenFile, text: str) -> None:
    assert tokens.judged(text) == Refusal("malformed")


def test_why_a_text_is_refused_is_told_apart(tokens: TokenFile, clock: Clock) -> None:
    id, text = issued(tokens, 60)
    wrong = text[:-1] + ("A" if text[-1] != "A" else "B")

    assert tokens.judged(wrong) == Refusal("wrong-secret", id)
    assert tokens.judged(f"{text}\n") == Refusal("malformed")
    assert tokens.judged(f"intellog_{'0' * 12}_{SECRET}") == Refusal("unknown", "0" * 12)
    clock.pass_(60)
    assert tokens.judged(text) == Refusal("expired", id)
    assert tokens.judged(wrong) == Refusal("wrong-secret", id), "only its holder learns its state"
    tokens.revoke(id, "root")
    assert tokens.judged(text) == Refusal("revoked", id)


def test_the_secret_of_one_token_does_not_go_with_the_id_of_another(tokens: TokenFile) -> None:
    (first, _), (_, text) = issued(tokens), issued(tokens)

    assert tokens.principal(f"intellog_{first}_{text[-43:]}") is None


def test_a_token_expires_at_its_moment(tokens: TokenFile, clock: Clock) -> None:
    id, text = issued(tokens, 60)

    clock.pass_(59.999)
    assert tokens.principal(text) and tokens.valid(id)
    clock.pass_(0.001)
    assert tokens.principal(text) is None and not tokens.valid(id)


def test_a_token_revoked_by_another_process_is_refused_at_once(
    tokens: TokenFile, elsewhere: TokenFile
) -> None:
    id, text = issued(tokens)
    principal = tokens.principal(text)
    assert principal and tokens.holds(principal) and elsewhere.principal(text) == principal

    revoked = elsewhere.revoke(id, "eve")

    assert revoked and (revoked.revoked_at, revoked.revoked_by) == (NOW, "eve")
    assert tokens.principal(text) is None
    assert not tokens.valid(id) and not tokens.holds(principal)


def test_a_process_of_its_own_revokes_at_once_too(tokens: TokenFile, tmp_path: Path) -> None:
    id, text = issued(tokens)
    assert tokens.principal(text)
    code = (
        "import sys, pathlib, datetime; from service.access.tokens import TokenFile;"
        "clock = lambda: datetime.datetime.now(datetime.UTC);"
        "TokenFile(pathlib.Path(sys.argv[1]), clock).revoke(sys.argv[2], 'eve')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path), id], check=True)

    assert tokens.judged(text) == Refusal("revoked", id)


def test_who_revoked_a_token_first_stays(tokens: TokenFile, clock: Clock) -> None:
    id, _ = issued(tokens)
    tokens.revoke(id, "eve")
    clock.pass_(1)

    again = tokens.revoke(id, "bob")

    assert again and (again.revoked_by, again.revoked_at) == ("eve", NOW)


def test_there_is_nothing_to_revoke_under_an_unknown_id(tokens: TokenFile) -> None:
    assert tokens.revoke("0" * 12, "root") is None
    assert not tokens.valid("0" * 12)


def test_a_list_tells_all_but_the_secret(tokens: TokenFile) -> None:
    id, text = issued(tokens, 3600)

    [token] = tokens.tokens()

    assert token.answer() == {
        "id": id,
        "subject": "Ana Ng",
        "role": "analyst",
        "clearance": "TLP:AMBER",
        "created_at": "2025-06-01T12:00:00Z",
        "created_by": "root",
        "expires_at": "2025-06-01T13:00:00Z",
        "revoked_at": None,
        "revoked_by": None,
        "last_used_at": None,
        "note": "press desk",
    }
    assert text[-43:] not in repr(token)


@pytest.mark.parametrize(
    ("subject", "role", "clearance", "seconds", "says"),
    [
        ("", "reader", "TLP:CLEAR", None, "subject: "),
        ("a" * 201, "reader", "TLP:CLEAR", None, "subject: "),
        ("ana\x1b[2J", "reader", "TLP:CLEAR", None, "subject: must be printable"),
        ("ana", "owner", "TLP:CLEAR", None, "role: "),
        ("ana", "reader", "TLP:WHITE", None, "clearance: "),
        ("ana", "reader", "TLP:CLEAR", 0, "expires_at: 2025-06-01T12:00:00Z is not in the future"),
    ],
)
def test_what_cannot_be_a_token_is_not_issued(
    tokens: TokenFile, subject: str, role: Role, clearance: Marking, seconds: float | None, says: str
) -> None:
    end = None if seconds is None else NOW + timedelta(seconds=seconds)
    with pytest.raises(BadToken, match=f"^{says}"):
        tokens.issue(subject, role, clearance, end, "", "root")
    assert not tokens.any


# What the log must know.


def test_a_token_is_accepted_once_the_log_knows_of_it(tokens: TokenFile, elsewhere: TokenFile) -> None:
    token, text = elsewhere.issue("bot", "reader", "TLP:CLEAR", None, "", "eve")
    assert tokens.judged(text) == Refusal("unrecorded", token.id)
    assert tokens.pending

    tokens.recorded(tokens.unrecorded())

    assert tokens.principal(text) and elsewhere.principal(text)
    assert not tokens.pending and not elsewhere.pending


def test_each_act_is_to_be_recorded_with_who_did_it_in_order(tokens: TokenFile) -> None:
    first, _ = issued(tokens)
    second, _ = tokens.issue("bot", "reader", "TLP:CLEAR", None, "", "eve")
    tokens.revoke(second.id, "bob")
    tokens.revoke(first, "ann")

    acts = [(each.token.id, each.act, each.by) for each in tokens.unrecorded()]

    assert acts == [
        (first, "revoked", "ann"),
        (second.id, "issued", "eve"),
        (second.id, "revoked", "bob"),
    ]


def test_what_happens_while_acts_are_recorded_is_left_for_the_next_time(tokens: TokenFile) -> None:
    token, _ = tokens.issue("bot", "reader", "TLP:CLEAR", None, "", "eve")
    acts = tokens.unrecorded()
    tokens.revoke(token.id, "bob")

    tokens.recorded(acts)

    assert [(each.act, each.by) for each in tokens.unrecorded()] == [("revoked", "bob")]


# When a token was last used.


def test_the_time_of_last_use_is_written_apart_from_the_check(
    tokens: TokenFile, elsewhere: TokenFile, clock: Clock
) -> None:
    id, text = issued(tokens)
    for _ in range(3):
        clock.pass_(1)
        tokens.principal(text)
    assert [each.last_used_at for each in elsewhere.tokens()] == [None]

    tokens.note_uses()

    assert [each.last_used_at for each in elsewhere.tokens()] == [NOW + timedelta(seconds=3)]
    assert tokens.valid(id)


def test_the_last_use_is_written_when_the_file_is_closed(tmp_path: Path, clock: Clock) -> None:
    with token_file(tmp_path, clock) as tokens:
        _, text = issued(tokens)
        tokens.principal(text)
    with token_file(tmp_path, clock) as again:
        assert [each.last_used_at for each in again.tokens()] == [NOW]
        assert not [thread for thread in threading.enumerate() if thread.name == "token uses"]


# Sessions.


def test_a_session_stands_for_who_began_it_until_its_end(tokens: TokenFile, clock: Clock) -> None:
    id, text = issued(tokens)
    principal = tokens.principal(text)
    assert principal
    session = tokens.open_session(principal, 3600)

    end = NOW + timedelta(seconds=3600)
    assert tokens.session(session) == Principal("Ana Ng", "analyst", "TLP:AMBER", id, end)
    clock.pass_(3600)
    assert tokens.session(session) is None


@pytest.mark.parametrize("end", ["close", "revoke", "expire"])
def test_a_session_ends_when_it_is_closed_and_with_its_token(
    tokens: TokenFile, elsewhere: TokenFile, clock: Clock, end: str
) -> None:
    id, text = issued(tokens, 60)
    principal = tokens.principal(text)
    assert principal
    session, other = tokens.open_session(principal, 3600), tokens.open_session(principal, 3600)
    assert elsewhere.session(session)

    match end:
        case "close":
            elsewhere.close_session(session)
            assert tokens.session(other), "another session of the same token goes on"
        case "revoke":
            elsewhere.revoke(id, "root")
        case _:
            clock.pass_(60)

    assert tokens.session(session) is None


def test_a_session_without_a_token_ends_with_what_vouched_for_it(
    tokens: TokenFile, clock: Clock
) -> None:
    principal = Principal("ana@example.org", "reader", "TLP:GREEN", None, NOW + timedelta(seconds=60))
    session = tokens.open_session(principal, 3600)

    assert tokens.session(session) == principal
    clock.pass_(60)
    assert tokens.session(session) is None


@pytest.mark.parametrize("text", ["", "x" * 43, "x" * 44, "é" * 43, "x" * 100_000])
def test_no_other_text_is_a_session(tokens: TokenFile, text: str) -> None:
    issued(tokens)
    assert tokens.session(text) is None
    tokens.close_session(text)


def test_sessions_that_have_ended_are_forgotten(
    tokens: TokenFile, tmp_path: Path, clock: Clock
) -> None:
    principal = Principal("ana", "reader", "TLP:GREEN")
    for _ in range(5):
        tokens.open_session(principal, 60)
        clock.pass_(60)
    with sqlite3.connect(tmp_path / FILE) as db:
        assert db.execute("SELECT count(*) FROM sessions").fetchone() == (1,)
    db.close()


# The file.


def test_no_file_holds_the_secret_of_a_token_or_session(tokens: TokenFile, tmp_path: Path) -> None:
    _, text = issued(tokens)
    session = tokens.open_session(Principal("ana", "reader", "TLP:GREEN"), 60)

    for path in tmp_path.iterdir():
        content = path.read_bytes()
        assert text[-43:].encode() not in content and session.encode() not in content


@pytest.mark.skipif(os.name != "posix", reason="rights of files")
def test_only_the_owner_can_read_the_files(tokens: TokenFile, tmp_path: Path) -> None:
    issued(tokens)

    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700


def test_tokens_last_longer_than_the_process(tmp_path: Path, clock: Clock) -> None:
    with token_file(tmp_path, clock) as tokens:
        _, text = issued(tokens)
    with token_file(tmp_path, clock) as again:
        assert again.principal(text)


def test_many_processes_may_make_the_file_at_once(tmp_path: Path, clock: Clock) -> None:
    texts, start = list[str](), threading.Barrier(8)

    def make() -> None:
        start.wait()
        with token_file(tmp_path, clock) as tokens:
            texts.append(issued(tokens)[1])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with token_file(tmp_path, clock) as tokens:
        assert len(texts) == 8 and all(tokens.principal(text) for text in texts)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (lambda path: path.with_name(KEY_FILE).unlink(), "tokens.key is missing"),
        (lambda path: path.with_name(KEY_FILE).write_bytes(b"k" * 32), "is not the key of the tokens"),
        (lambda path: path.write_bytes(b"x" * 4096), "cannot be used: file is not a database"),
    ],
    ids=["no key", "another key", "no database"],
)
def test_a_file_that_cannot_be_used_is_told_in_one_line(
    tmp_path: Path, clock: Clock, harm: Callable[[Path], object], says: str
) -> None:
    with token_file(tmp_path, clock) as tokens:
        issued(tokens)
    harm(tmp_path / FILE)

    with pytest.raises(TokensUnavailable, match=says) as caught:
        TokenFile(tmp_path, clock)
    assert "\n" not in str(caught.value)


def test_a_newer_file_is_left_alone(tmp_path: Path, clock: Clock) -> None:
    with token_file(tmp_path, clock):
        pass
    with sqlite3.connect(tmp_path / FILE) as db:
        db.execute("PRAGMA user_version=2")
    db.close()
    with pytest.raises(TokensUnavailable, match="has version 2, this program knows 1"):
        TokenFile(tmp_path, clock)


def test_many_threads_check_while_tokens_come_and_go(tokens: TokenFile, elsewhere: TokenFile) -> None:
    _, text = issued(tokens)
    stopping, refused = threading.Event(), list[object]()

    def check() -> None:
        while not stopping.is_set():
            if tokens.principal(text) is None:
                refused.append(text)

    threads = [threading.Thread(target=check) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        elsewhere.revoke(issued(elsewhere)[0], "root")
        tokens.note_uses()
    stopping.set()
    for thread in threads:
        thread.join()
    assert refused == [] and len(tokens.tokens()) == 21
