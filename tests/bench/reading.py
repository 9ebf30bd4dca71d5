"""Measures how well quantities are found in news sentences of our own; the limit is all of them."""

from tests.bench.result import rate
from tests.bench.scene import Found, Scene
from tests.domain.reading.sentences import score, sentences


def measure(_: Scene) -> Found:
    """Precision, recall and qualifiers over all sentences."""
    found, size = score(), f"{len(sentences())} sentences"
    return Found(
        [
            rate("quantities found that are there", found.precision, 1, "share", 0.95, size),
            rate("quantities there that are found", found.recall, 1, "share", 0.95, size),
            rate("qualifiers right of those found", found.qualifiers, 1, "share", 0.95, size),
        ]
    )
