"""Ours stands beside each of the others, in each kind of work that both do."""

from tests.bench.peers import rows
from tests.bench.peers.contender import BATCHES, SINGLES, VIEWS
from tests.bench.result import Peer


def peer(name: str, work: str, rate: float) -> Peer:
    return Peer(name, "1", work, rate, "events/s", "gives", "lacks")


def test_a_row_has_ours_the_other_and_what_is_asked_of_ours() -> None:
    found = [
        peer("intellog on SQLite", SINGLES, 300),
        peer("intellog on SQLite", BATCHES, 8_000),
        peer("UmaDB", BATCHES, 10_000),
        peer("UmaDB, unconditional", BATCHES, 16_000),
        peer("UmaDB", SINGLES, 150),
        peer("UmaDB", VIEWS, 1),
    ]
    assert [(row.name, row.ratio, row.must, row.reached) for row in rows(found)] == [
        ("batches of 1000, beside UmaDB", 0.8, 1.0, False),
        ("batches of 1000, beside UmaDB, unconditional", 0.5, 0.0, True),
        ("single durable appends, 1 client, beside UmaDB", 2.0, 1.0, True),
    ]
