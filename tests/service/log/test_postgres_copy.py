"""A batch that is stored by COPY, as large ones are, is stored like any other."""

from contextlib import closing

import pytest

psycopg = pytest.importorskip("psycopg")

from service.log import postgres_draft  # noqa: E402
from service.log.conformance import appending, digests, keeping, keys, reading  # noqa: E402
from service.log.conformance.checks import CHECKS, Check, in_words  # noqa: E402
from service.log.conformance.postgres_place import postgres_backend  # noqa: E402
from service.log.conformance.store import empty_store  # noqa: E402
from service.log.port import Key, LogUnavailable  # noqa: E402
from service.log.postgres import open_postgres_log  # noqa: E402
from tests.places import LONG  # noqa: E402
from tests.service.log.append_only import event, noon  # noqa: E402
from tests.service.log.postgres_server import Server  # noqa: E402

BATCH = [event("ä", 1, "Noted", b'{"text":"\xc3\xbc"}'), event("b"), event("ä", 2, "Other")]
KEYS = [Key("n", b"digest", BATCH[2]), Key("o", b"", 1)]


CHOSEN: tuple[Check, ...] = (
    reading.the_bytes_are_the_envelope_and_the_data_untouched,
    appending.what_is_there_already_answers_its_position,
    keys.a_key_is_stored_once,
    keeping.everything_is_there_after_reopening,
    digests.the_running_digest_is_that_of_salts_and_bytes,
)


@pytest.mark.parametrize("check", CHECKS if LONG else CHOSEN, ids=in_words)
def test_what_every_log_does(check: Check, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_draft, "COPY_BYTES", 0)
    with empty_store(postgres_backend(postgres.url())) as store:
        check(store)


def test_the_rows_are_those_of_a_batch_that_one_statement_stores(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for size in 0, 2**62:
        monkeypatch.setattr(postgres_draft, "COPY_BYTES", size)
        with closing(open_postgres_log(url := postgres.fresh(), noon)) as log:
            assert log.append(BATCH, KEYS).positions == [1, 2, 3]
            assert list(log.check()) == []
        with closing(psycopg.connect(url)) as raw:
            selected = [
                "SELECT * FROM stored_events ORDER BY 1",
                "SELECT position, idx, length(salt), length(commitment), length(digest) FROM entries"
                " ORDER BY 1",
                "SELECT name, position, digest FROM marks ORDER BY 1",
            ]
            found.append([raw.execute(each).fetchall() for each in selected])
    assert found[0] == found[1]


def test_what_the_database_refuses_is_not_stored_in_part(
    postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_draft, "COPY_BYTES", 0)
    with closing(open_postgres_log(postgres.fresh(), noon)) as log:
        for refused in event("a\0"), event("a", type="N\0"):
            with pytest.raises(LogUnavailable):
                log.append([event("b"), refused])
        with pytest.raises(LogUnavailable):
            log.append([event("b")], [Key("n\0", b"", 1)])
        assert (log.head(), log.read()) == (0, [])
        assert log.append([event("b")]).positions == [1]
