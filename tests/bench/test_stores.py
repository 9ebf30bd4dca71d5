"""A generated log is imported in parts, which are whole lines."""

from pathlib import Path

import pytest

from tests.bench.stores import parts_of

LINES = (b"one\n", b"twelve\n", b"x\n", b"y\n", b"twenty\n")


@pytest.mark.parametrize(
    ("most_bytes", "parts"),
    [
        (1, [b"one\n", b"twelve\n", b"x\n", b"y\n", b"twenty\n"]),
        (4, [b"one\n", b"twelve\n", b"x\ny\n", b"twenty\n"]),
        (5, [b"one\ntwelve\n", b"x\ny\ntwenty\n"]),
        (1_000, [b"".join(LINES)]),
    ],
)
def test_parts_are_whole_lines_and_all_of_them(
    tmp_path: Path, most_bytes: int, parts: list[bytes]
) -> None:
    path = tmp_path / "lines"
    path.write_bytes(b"".join(LINES))
    whole = path.read_bytes()

    assert [whole[at : at + size] for at, size in parts_of(path, most_bytes)] == parts
