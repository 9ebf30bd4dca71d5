"""The log on other versions of PostgreSQL than the one that the tests usually run on.

A selection of what every log must do, and all of it in the long run; on what Debian has installed,
which is nothing on most machines.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

psycopg = pytest.importorskip("psycopg")

from service.log.conformance import (  # noqa: E402
    appending,
    digests,
    following,
    keeping,
    keys,
    racing,
    reading,
)
from service.log.conformance.checks import CHECKS, Check, in_words  # noqa: E402
from service.log.conformance.postgres_place import postgres_backend  # noqa: E402
from service.log.conformance.store import empty_store  # noqa: E402
from service.log.open import migrate  # noqa: E402
from service.log.port import LogUnavailable  # noqa: E402
from service.log.postgres import open_postgres_log  # noqa: E402
from tests.places import LONG  # noqa: E402
from tests.service.log.append_only import (  # noqa: E402
    FORBIDDEN,
    TABLES,
    append_three_events_and_a_key,
    noon,
    redaction,
)
from tests.service.log.cutting_proxy import proxied  # noqa: E402
from tests.service.log.postgres_server import OTHERS, NoServer, Server, running  # noqa: E402
from tests.service.log.test_postgres_lost_answers import BATCH, KEYS  # noqa: E402

VERSIONS: list[Any] = [*OTHERS] or [
    pytest.param("", marks=pytest.mark.skip(reason="no other version of PostgreSQL is installed here"))
]


@pytest.fixture(scope="module", params=VERSIONS)
def other(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A server of another version."""
    try:
        with running(request.param) as server:
            yield server
    except NoServer as reason:
        pytest.skip(str(reason))


CHOSEN: tuple[Check, ...] = (
    reading.the_bytes_are_the_envelope_and_the_data_untouched,
    appending.a_large_batch_is_one_batch,
    appending.what_is_there_already_answers_its_position,
    keys.keys_have_positions_of_the_batch_or_stored_ones,
    keeping.everything_is_there_after_reopening,
    following.a_subscription_gives_what_is_there_and_then_what_comes,
    racing.writers_that_race_for_a_stream_take_turns,
    digests.the_running_digest_is_that_of_salts_and_bytes,
)
"""Reading and appending, keys, racing writers, subscriptions, closing."""


@pytest.mark.parametrize("check", CHECKS if LONG else CHOSEN, ids=in_words)
def test_what_every_log_does(check: Check, other: Server) -> None:
    with empty_store(postgres_backend(other.url())) as store:
        check(store)


def test_the_database_refuses_changes_and_permits_redaction(other: Server) -> None:
    url = other.fresh()
    with closing(open_postgres_log(url, noon)) as log:
        append_three_events_and_a_key(log)
    with closing(psycopg.connect(url, autocommit=True)) as raw:
        before = rows(raw)
        for statement in FORBIDDEN:
            with pytest.raises(psycopg.IntegrityError):
                raw.execute(statement.replace("BODY", "'{}'").replace("SALT", "'0'"))
        assert rows(raw) == before
        with closing(open_postgres_log(url, noon)) as log:
            log.append([redaction("r", b'{"position":2}')])
            raw.execute("UPDATE stored_events SET state = NULL WHERE position = 2")
            raw.execute("UPDATE entries SET salt = NULL WHERE position = 2")
            assert list(log.check()) == []


def rows(raw: Any) -> list[Any]:
    return [raw.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in TABLES]


def test_a_role_with_few_rights_appends_and_an_answer_that_is_lost_is_found(other: Server) -> None:
    owner = other.fresh()
    with closing(psycopg.connect(owner, autocommit=True)) as raw:
        raw.execute("CREATE ROLE few LOGIN")
    migrate(owner, "few")
    url = owner.replace("postgres@", "few@")
    with proxied(other.port) as proxy:
        behind = url.replace(f":{other.port}/", f":{proxy.port}/")
        with closing(open_postgres_log(behind, noon)) as log:
            append_three_events_and_a_key(log)
            proxy.moment = "before"
            with pytest.raises(LogUnavailable):
                log.append(BATCH, KEYS)
            proxy.moment = "after"
            assert log.append(BATCH, KEYS).positions == [4, 5, 6]
            assert list(log.check()) == []
