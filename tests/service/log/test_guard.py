"""What is noted beside a log after each commit."""

from pathlib import Path

from service.log.guard import acknowledged
from service.log.open import opened_log
from tests.service.log.append_only import event, noon
from tests.work import calls


def test_the_end_of_the_log_is_noted_without_copying_what_is_noted(tmp_path: Path) -> None:
    with opened_log(tmp_path, None, noon) as log:
        log.append([event("report:a")])
        with calls() as made:
            log.append([event("report:b")])
        noted = acknowledged(tmp_path)
        assert noted is not None
        assert (noted.log, noted.position, noted.digest) == (log.id, 2, log.digest_at(2))
    assert made["Guard.acknowledge"] == 1
    assert not made["deepcopy"]
