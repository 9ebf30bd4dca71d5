"""Who writes a log in PostgreSQL: told by its holder alone, and to everybody."""

from contextlib import closing

import psycopg
import pytest

from service.log.port import LogUnavailable
from service.log.postgres import open_postgres_log, read_postgres_log
from tests.service.log.append_only import noon


def test_the_holder_counts_while_it_holds_the_log(url: str) -> None:
    with closing(open_postgres_log(url, noon)) as log, closing(read_postgres_log(url)) as reader:
        assert log.holders is not None
        assert reader.holders is not None
        assert (reader.holders.latest(), reader.holders.current()) == (None, None)
        first = log.holders.publish("http://one")
        assert (reader.holders.latest(), reader.holders.current()) == (first, "http://one")
        log.close()
        assert (reader.holders.latest(), reader.holders.current()) == (first, None)
        with closing(open_postgres_log(url, noon)) as next_log:
            assert next_log.holders is not None
            second = next_log.holders.publish("")  # one that nobody can reach
            assert reader.holders.latest() == second
            assert second.n > first.n
            assert reader.holders.current() is None
        with pytest.raises(LogUnavailable, match="reading only"):
            reader.holders.publish("http://reader")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO holders (url) VALUES ('http://stranger')",
        "UPDATE holders SET url = 'http://stranger'",
        "DELETE FROM holders",
        "TRUNCATE holders",
    ],
)
def test_nobody_else_says_who_writes(url: str, statement: str) -> None:
    with (
        closing(open_postgres_log(url, noon)) as log,
        closing(psycopg.connect(url, autocommit=True)) as raw,
    ):
        assert log.holders is not None
        log.holders.publish("http://one")
        with pytest.raises(psycopg.IntegrityError, match="append-only"):
            raw.execute(statement.encode())
        assert log.holders.current() == "http://one"


def test_a_log_of_a_program_without_nodes_has_no_holders(url: str) -> None:
    with closing(open_postgres_log(url, noon)) as log:
        with closing(psycopg.connect(url, autocommit=True)) as raw:
            raw.execute("DROP TABLE holders")
        assert log.holders is not None
        assert log.holders.current() is None
        with pytest.raises(LogUnavailable, match="holders"):
            log.holders.publish("http://one")
