"""The places of a batch's events, and the positions that its keys get."""

from service.log.port import Key, Pending

Place = tuple[str, int]
"""The place of an event: stream and version."""


def place_of(pending: Pending) -> Place:
    """Return the place of an event that is about to be stored."""
    return pending.stream, pending.version


def position_for(key: Key, places: dict[Place, int], end: int) -> int:
    """Return the position for a key: that of an event of the batch, or a stored one before `end`."""
    if isinstance(key.of, int):
        position = key.of if 0 < key.of < end else None
    else:
        position = places.get(place_of(key.of))
    if position is None:
        raise ValueError(f"key {key.name!r} has no position in this log")
    return position
