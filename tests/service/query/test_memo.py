"""What is kept of a figure belongs to one view file: a rebuild makes it be computed again."""

import sqlite3
from contextlib import ExitStack, closing
from pathlib import Path

from projections.answers.as_of import AsOf
from projections.answers.estimates import answer
from service.query.memo import Memo
from service.views.store import ViewFile
from tests.histories import define, desk_of, file, says


def test_a_value_from_another_view_file_is_not_returned(tmp_path: Path) -> None:
    desk = desk_of(define("killed"), file("a", "2025-03-01", says("nis", 222)))
    asked = list[str]()
    with ExitStack() as resources:
        wrong, right = (
            resources.enter_context(closing(ViewFile.create(tmp_path / name))) for name in "ab"
        )
        for views in (wrong, right):
            views.apply(desk.recorded)
        wrong.writer.execute("UPDATE claims SET best = 111")

        def best(db: sqlite3.Connection, indicator: str, as_of: AsOf) -> float | None:
            asked.append(indicator)
            return answer(db, indicator, as_of)["best"]

        memo = Memo(best)
        at = AsOf(len(desk.recorded))
        figures = [memo(views.writer, "killed", at) for views in (wrong, wrong, right, right, wrong)]
    assert figures == [111, 111, 222, 222, 111]
    assert len(asked) == 2
