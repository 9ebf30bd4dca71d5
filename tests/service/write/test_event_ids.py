"""Ids for events: random UUIDs, each given once."""

from uuid import RFC_4122, UUID

from service.write.event_ids import DRAWN, EventIds
from tests.work import calls


def test_ids_are_random_uuids_in_hexadecimal() -> None:
    new_id = EventIds()
    given = [new_id() for _ in range(3 * DRAWN)]
    assert len(set(given)) == len(given)
    for each in given:
        found = UUID(hex=each)
        assert (found.hex, found.version, found.variant) == (each, 4, RFC_4122)
    # All four variants that the standard allows, and every digit in the places that are random.
    assert {each[16] for each in given} == set("89ab")
    for place in set(range(32)) - {12, 16}:
        assert len({each[place] for each in given}) == 16


def test_random_bytes_are_drawn_for_many_ids_together() -> None:
    new_id = EventIds()
    with calls() as made:
        for _ in range(2 * DRAWN):
            new_id()
    assert made["token_bytes"] == 2
