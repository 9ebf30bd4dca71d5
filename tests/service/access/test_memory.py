"""What was found by a header: remembered without the header, and forgotten."""

from pathlib import Path

from service.access.memory import Memory
from tests.service.access.access_spec import Clock, issued, token_file

TOKEN, OTHER = (b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")


def test_what_was_found_is_remembered_by_name_and_value() -> None:
    memory = Memory[str]()
    memory.keep(TOKEN, "ana")
    assert memory.get(TOKEN) == "ana"
    assert memory.get(OTHER) is memory.get((b"cookie", b"Bearer a")) is None


def test_it_is_forgotten_when_told_and_when_there_is_too_much() -> None:
    memory = Memory[str](most=2)
    memory.keep(TOKEN, "ana")
    memory.forget()
    assert memory.get(TOKEN) is None
    for n in range(3):
        memory.keep((b"cookie", b"%d" % n), str(n))
    assert [memory.get((b"cookie", b"%d" % n)) for n in range(3)] == [None, None, "2"]


def test_what_another_does_to_tokens_is_noticed_after_the_lag_and_ones_own_at_once(
    tmp_path: Path,
) -> None:
    with token_file(tmp_path, Clock()) as other, token_file(tmp_path, Clock(), lag=3_600) as ours:
        id, text = issued(ours)
        theirs, _ = issued(other)
        assert ours.valid(id) and not ours.valid(theirs)
        principal = ours.principal(text)
        assert principal is not None and ours.comes_again(principal)
        ours.revoke(id, "root")
        assert ours.valid(theirs) and not ours.comes_again(principal)
