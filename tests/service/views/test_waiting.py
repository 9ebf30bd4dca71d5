"""Waiting in an event loop until the views reach a position."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.http.times import caught_up
from service.service import Service, opened
from service.settings import Settings
from tests.loops import run
from tests.service.views.test_views import PATIENCE, STORY, submit
from tests.work import calls


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with opened(Settings(data=tmp_path)) as service:
        yield service


def test_who_waits_is_told_when_the_views_are_there(service: Service) -> None:
    async def told() -> bool:
        head = service.log.head() + 1
        waiting = asyncio.create_task(service.follower.wait_async(head, PATIENCE))
        await asyncio.sleep(0)  # it waits
        await asyncio.to_thread(submit, service, STORY[:1])
        return await waiting

    assert run(told())
    assert service.follower._listeners == []


def test_who_waits_for_too_long_is_told_as_well(service: Service) -> None:
    assert not run(service.follower.wait_async(service.log.head() + 1, 0.0))
    assert service.follower._listeners == []


def test_who_waits_has_one_timer(service: Service) -> None:
    async def waited() -> None:
        with calls() as made:
            await service.follower.wait_async(service.log.head() + 1, 0.0)
        assert made["BaseEventLoop.call_later"] == 1
        assert not made["Timeout.__aenter__"]

    run(waited())


def test_who_waits_asks_the_log_for_its_head_once(service: Service) -> None:
    """While a report is being stored this is a look-up, and the event loop does nothing else."""

    async def waited() -> int:
        with calls() as made:
            await caught_up(service, {"min_position": 0})
        return made["RecordedLog.head"]

    assert run(waited()) == 1
