"""The journal as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from mockbw.config.settings import ServerLimits
from mockbw.server.control.events import CHUNK
from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import Endpoint
from tests.watchdog import Watchdog


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def read_events(response: aiohttp.ClientResponse, count: int) -> list[tuple[str, Any]]:
    """Return the next ``count`` events: id or name, and data."""
    events: list[tuple[str, Any]] = []
    fields: dict[str, str] = {}
    async with asyncio.timeout(5):
        while len(events) < count:
            line = (await response.content.readline()).decode().rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "data" in fields:
                events.append((fields.get("id") or fields["event"], json.loads(fields["data"])))
                fields = {}
    return events


async def test_entries_come_live_and_numbered(bench: Bench) -> None:
    bench.double.account(ACCOUNT)
    async with bench.session.get(f"{bench.double.url}/_mockbw/events") as response:
        assert response.content_type == "text/event-stream"
        await response.content.readline()
        posted = await bench.post()
        ((number, entry),) = await read_events(response, 1)
    assert number == "1"
    assert (entry["type"], entry["account"], entry["message"]) == ("message-accepted", ACCOUNT, posted)
    assert entry["time"] == "2018-01-24T16:00:00.000Z"
    assert entry["data"]["text"] == "Your table is ready"


async def test_a_client_that_comes_back_goes_on_where_it_was(bench: Bench) -> None:
    await bench.post()
    async with bench.session.get(f"{bench.double.url}/_mockbw/events", headers={"Last-Event-ID": "1"}) as response:
        events = await read_events(response, 1)
    assert [(number, entry["type"]) for number, entry in events] == [("2", "request-answered")]


async def test_only_the_wanted_account_is_told(bench: Bench) -> None:
    bench.double.account("other").record_request("GET", "/", 404)
    await bench.post()
    async with bench.session.get(f"{bench.double.url}/_mockbw/events?account={ACCOUNT}&after=0") as response:
        ((number, entry),) = await read_events(response, 1)
    assert (number, entry["account"]) == ("2", ACCOUNT)


async def test_a_client_that_fell_behind_is_told_of_the_gap(bench: Bench) -> None:
    bench.double.journal.most_entries = 3
    await bench.post()
    await bench.post()
    async with bench.session.get(f"{bench.double.url}/_mockbw/events?after=0") as response:
        events = await read_events(response, 3)
    assert [event for event, _ in events] == ["gap", "2", "3"]
    assert events[0][1] == {"from": 1, "to": 1}


async def test_a_stopping_server_ends_its_streams(endpoint: Endpoint) -> None:
    async with (
        serving(endpoint.url) as bench,
        aiohttp.ClientSession() as session,
        session.get(f"{bench.double.url}/_mockbw/events") as response,
    ):
        await response.content.readline()
        async with asyncio.timeout(5):
            await bench.double.stop()
            assert (await response.content.read()).endswith(b"\n\n")


async def test_a_silent_stream_shows_that_it_lives(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbw.server.control.events.HEARTBEAT", 0.01)
    async with bench.session.get(f"{bench.double.url}/_mockbw/events") as response, asyncio.timeout(5):
        while (line := await response.content.readline()) != b": still here\n":
            assert line.strip() in (b": mockbw", b"retry: 1000", b"")


async def test_only_so_many_clients_listen_at_once(endpoint: Endpoint) -> None:
    async with (
        serving(endpoint.url, limits=ServerLimits(streams=1)) as bench,
        bench.session.get(f"{bench.double.url}/_mockbw/events") as response,
    ):
        assert response.status == 200
        refused = await bench.call("GET", "events")
        assert (refused.status, refused.json["error"]) == (503, "the limit of open event streams is reached (1)")


async def test_a_client_that_has_gone_makes_room_for_another(endpoint: Endpoint) -> None:
    async with serving(endpoint.url, limits=ServerLimits(streams=1)) as bench:
        first = await bench.session.get(f"{bench.double.url}/_mockbw/events")
        first.close()
        statuses = []
        async with asyncio.timeout(5):
            while 200 not in statuses:
                async with bench.session.get(f"{bench.double.url}/_mockbw/events") as response:
                    statuses.append(response.status)
        assert set(statuses) <= {503, 200}


async def test_a_client_that_reads_slowly_gets_everything_in_order(bench: Bench) -> None:
    account = bench.double.account(ACCOUNT)
    async with bench.session.get(f"{bench.double.url}/_mockbw/events?after=0") as response:
        for number in range(2000):
            account.record_request("GET", f"/{number}", 404, because="x" * 200)
            if number % 500 == 0:
                await bench.call("GET", "readyz")
        events = await read_events(response, 2000)
    assert [entry["data"]["path"] for _, entry in events] == [f"/{number}" for number in range(2000)]


async def test_an_account_nobody_named_cannot_be_followed(bench: Bench) -> None:
    await bench.post()
    answer = await bench.call("GET", "events?account=9900001")
    assert (answer.status, answer.json["hint"]) == (404, f"Did you mean '{ACCOUNT}'?")


async def test_streams_that_catch_up_leave_the_loop_to_others_between_chunks(bench: Bench, watchdog: Watchdog) -> None:
    account = bench.double.account(ACCOUNT)
    for number in range(5_000):
        account.record_request("GET", f"/{number}", 404, because="x" * 200)
    urls = [f"{bench.double.url}/_mockbw/events?after=0{only}" for only in ("", f"&account={ACCOUNT}", "")]
    streams = [await bench.session.get(url) for url in urls]
    for stream in streams:
        assert len(await read_events(stream, 5_000)) == 5_000
        stream.close()
    assert watchdog.steps > 3 * 5_000 / CHUNK
    assert watchdog.held == []
