"""The awaiting client does what the blocking one does: the same programs, awaited."""

import io
from typing import Any

import pytest

from service.client import AsyncClient, Cut, Invalid, NotFound, Unreachable
from tests import loops
from tests.http_spec import PAGE, Api, Server, claim, indicator, report
from tests.service.client.client_spec import Waits, async_client_at, client_at, url_of
from tests.service.client.cutting import cutting


def test_it_asks_writes_and_lists(api: Api, server: Server) -> None:
    api.given(indicator(), report())

    async def asked(client: AsyncClient) -> list[Any]:
        written = await client.file_report(
            publisher="wire", published_at="2025-01-11", claims=[claim(70, stated_at="2025-01-11")]
        )
        listed = client.reports(limit=1)
        found = [
            (await client.estimate("troops"))["best"],
            [each["id"] async for each in listed],
            listed.as_of["position"],
            (await client.dry_run.hold_report("r1"))["new"],
            len(await client.frames.vintages("troops")),
        ]
        with pytest.raises(NotFound):
            await client.report("r9")
        return [written["position"], *found]

    async def run() -> list[Any]:
        async with async_client_at(url_of(server.address)) as client:
            return await asked(client)

    position, best, ids, as_of, new, n_vintages = loops.run(run())

    blocking = client_at(api.client)
    assert (
        (best, as_of, new)
        == (blocking.estimate("troops")["best"], position, True)
        == (70, position, True)
    )
    assert ids == [each["id"] for each in blocking.reports(limit=1)]
    assert n_vintages == len(blocking.frames.vintages("troops"))


def test_it_imports_and_stores_files(api: Api, server: Server) -> None:
    line = {"define_indicator": {"id": "troops", "title": "Troops", "measure": "stock"}}

    async def lines() -> Any:
        yield line
        yield {"hold_report": {"report": "r9"}}

    async def run() -> list[Any]:
        async with async_client_at(url_of(server.address)) as client:
            first = await client.import_(lines())
            again = await client.import_([line])
            stored = await client.store_evidence(io.BytesIO(PAGE), media_type="text/html")
            await client.file_report(
                publisher="wire", published_at="2025-01-10", claims=[claim()], evidence=stored
            )
            parts = [part async for part in client.evidence(stored["sha256"])]
            with pytest.raises(Invalid):
                await client.preview_table(b"a\n1\n", "no mapping")
            return [first, again, b"".join(parts)]

    first, again, content = loops.run(run())

    assert (first.tally["accepted"], [each["line"] for each in first.refused]) == (1, [2])
    assert (again.tally["duplicates"], content) == (1, PAGE)


def test_what_is_lost_is_sent_again_where_that_is_safe(api: Api, server: Server) -> None:
    head, waits = api.given(indicator(), report()), Waits()

    async def held(url: str) -> int:
        async with async_client_at(url, waits) as client:
            return (await client.hold_report("r1", reason="doubtful"))["position"]

    async def imported(url: str) -> None:
        async with async_client_at(url) as client:
            await client.import_([{"hold_report": {"report": "r9"}}])

    async def issued(url: str) -> None:
        async with async_client_at(url) as client:
            await client.issue_token("ana", role="reader", clearance="TLP:CLEAR")

    with cutting(server.address, [0, 30]) as url:
        position = loops.run(held(url))
    with cutting(server.address, [0]) as url, pytest.raises(Cut):
        loops.run(imported(url))
    with cutting(server.address, [0]) as url, pytest.raises(Unreachable):
        loops.run(issued(url))

    assert position == head + 1
    assert waits.waited == [0.1, 0.2]
