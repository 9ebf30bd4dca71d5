"""Proofs that others made, good and altered, and whether they hold.

`vectors.json` has the figures alone, with their source. It is written again by
`python -m tests.service.tree.vectors`, from the file of the same figures beside the project.
"""

import json
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.tree.checking import check_consistency, check_inclusion
from tests.places import DATA

FILE = Path(__file__).with_name("vectors.json")
SHARED = DATA / "vectors" / "merkle.json"


@dataclass(frozen=True)
class Vector:
    """A proof: two numbers, two hashes (leaf and root, or two roots), a path; whether it holds."""

    kind: str
    name: str
    numbers: tuple[int, int]
    hashes: tuple[bytes, bytes]
    path: tuple[bytes, ...]
    holds: bool

    def check(self) -> None:
        """Check the proof as a reader would."""
        if self.kind == "inclusion":
            leaf, root = self.hashes
            check_inclusion(leaf, *self.numbers, self.path, root)
        else:
            check_consistency(*self.numbers, self.path, *self.hashes)


def vectors_of(content: dict[str, Any]) -> list[Vector]:
    """Read our file."""
    hashes = [b64decode(each) for each in content["hashes"]]
    return [
        Vector(kind, name, (a, b), (hashes[x], hashes[y]), tuple(hashes[n] for n in path), holds)
        for kind in ("inclusion", "consistency")
        for name, a, b, x, y, path, holds in content[kind]
    ]


def compacted(shared: dict[str, Any]) -> dict[str, Any]:
    """The figures of the shared file: each hash once, and rows that name hashes by number."""
    numbers = dict[str, int]()

    def number(hash_: str | None) -> int:
        return numbers.setdefault(hash_ or "", len(numbers))

    def row(vector: dict[str, Any], *keys: str) -> list[Any]:
        a, b, x, y = (vector[key] for key in keys)
        path = [number(each) for each in vector["proof"] or []]
        return [vector["name"], a, b, number(x), number(y), path, not vector["wantErr"]]

    inclusion = [row(v, "leafIdx", "treeSize", "leafHash", "root") for v in shared["inclusion"]]
    consistency = [row(v, "size1", "size2", "root1", "root2") for v in shared["consistency"]]
    source = {key: shared[key] for key in ("source", "commit", "licence")}
    return {**source, "hashes": list(numbers), "inclusion": inclusion, "consistency": consistency}


def _lines(content: dict[str, Any]) -> Iterable[str]:
    """JSON with a line for each row."""
    for key, value in content.items():
        if isinstance(value, list):
            rows = ",\n".join(json.dumps(each, separators=(",", ":")) for each in value)
            yield f"{json.dumps(key)}: [\n{rows}\n]"
        else:
            yield f"{json.dumps(key)}: {json.dumps(value)}"


if __name__ == "__main__":
    made = compacted(json.loads(SHARED.read_text()))
    FILE.write_text("{\n" + ",\n".join(_lines(made)) + "\n}\n")
