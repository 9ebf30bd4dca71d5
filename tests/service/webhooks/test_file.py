"""The file of the webhooks, which is made with the first of them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest

from service.webhooks.file import WebhookFile
from service.webhooks.webhook import Owner, WebhookFilter
from tests.service.webhooks.test_delivery import SECRET

OWNER = Owner("ana", None, "TLP:CLEAR")


@pytest.mark.parametrize("time", range(20))
def test_it_is_made_once_by_all_who_come_at_once(tmp_path: Path, time: int) -> None:
    webhooks, ready = WebhookFile(tmp_path, lambda: datetime.now(UTC)), Barrier(8)

    def come(n: int) -> int:
        ready.wait()
        if n % 2:
            webhooks.set(f"desk-{n}", "http://192.0.2.1/", SECRET, WebhookFilter(), OWNER, 0)
        return len(webhooks.all())

    with ThreadPoolExecutor(8) as threads:
        assert max(threads.map(come, range(8))) == 4

    assert [hook.secret for hook in WebhookFile(tmp_path, webhooks.clock).all()] == [SECRET] * 4
