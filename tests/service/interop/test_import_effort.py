"""What an import does for each line and each batch: its work is counted, never timed."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from service.interop.import_run import BATCH_LINES
from service.interop.import_spool import Spool
from service.log.open import opened_log
from service.log.port import EventLog
from tests.http_spec import NDJSON, Server, ndjson
from tests.work import calls

ROOM = 1 << 20
STATEMENTS = ("Connection.execute", "Connection.executemany", "Connection.executescript")


@given(st.lists(st.lists(st.integers(0, 5), max_size=8), max_size=5))
def test_contents_are_counted_over_all_batches(batches: list[list[int]]) -> None:
    before = list[int]()
    with closing(Spool(ROOM)) as spool:
        for batch in batches:
            found = spool.occurrences([bytes([each]) for each in batch])
            for each, n in zip(batch, found, strict=True):
                before.append(each)
                assert n == before.count(each)


def test_the_contents_of_a_batch_are_counted_with_three_statements() -> None:
    contents = [n.to_bytes(16) for n in range(1_000)]
    with closing(Spool(ROOM)) as spool, calls() as made:
        spool.occurrences(contents)
    assert sum(count for name, count in made.items() if name.endswith(STATEMENTS)) == 3


class Watched:
    """A log that notes when a batch of lines is read against it, and when one has been appended."""

    def __init__(self, log: EventLog) -> None:
        self._log = log
        self.noted = list[str]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._log, name)

    def stored_keys(self, names: Sequence[str]) -> dict[str, tuple[int, bytes]]:
        if threading.current_thread().name != "writer":
            self.noted.append("read")
        return self._log.stored_keys(names)

    def append(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self._log.append(*args, **kwargs)
        finally:
            self.noted.append("written")


def test_a_batch_is_read_once_the_one_before_it_is_written(server: Server, tmp_path: Path) -> None:
    made = list[Watched]()

    @contextmanager
    def watched(*args: Any, **kwargs: Any) -> Iterator[EventLog]:
        with opened_log(*args, **kwargs) as log:
            made.append(Watched(log))
            yield cast(EventLog, made[-1])

    lines = [{"register_source": {"id": f"s{n}"}} for n in range(4 * BATCH_LINES)]
    body = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
    with server.over(tmp_path, open_log=watched) as api:
        answer = api.client.post("/v1/import", content=body, headers={"Content-Type": NDJSON})
        assert ndjson(answer.content)[-1]["accepted"] == len(lines)
        noted = made[-1].noted
    first = noted.index("read")
    assert len(noted) - first >= 4
    assert noted[first:] == ["read", "written"] * ((len(noted) - first) // 2)
