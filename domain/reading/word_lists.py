"""Lists of words as they are written in the rules: with spaces between them."""


def listed(text: str) -> tuple[str, ...]:
    """The words in their order."""
    return tuple(text.split())


def words(text: str) -> frozenset[str]:
    """The words as a set."""
    return frozenset(text.split())
