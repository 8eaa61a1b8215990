"""Waiting for messages and callbacks, and reading the journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import RECIPIENT, Endpoint

WAIT = f"accounts/{ACCOUNT}/wait"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def test_a_message_that_is_there_is_answered_at_once(bench: Bench) -> None:
    posted = await bench.post()
    answer = await bench.get(WAIT, to=RECIPIENT, text="*table*", timeout="0s")
    assert (answer["matching"], answer["message"]["id"], answer["callback"]) == (1, posted, None)


async def test_a_message_that_comes_later_is_waited_for(bench: Bench) -> None:
    bench.double.account(ACCOUNT)
    waiting = asyncio.create_task(bench.get(WAIT, text="second"))
    await bench.post(text="first")
    posted = await bench.post(text="second")
    assert (await waiting)["message"]["id"] == posted


async def test_a_status_that_comes_later_is_waited_for(bench: Bench) -> None:
    posted = await bench.post()
    waiting = asyncio.create_task(bench.get(WAIT, status="delivered"))
    await bench.call("GET", "readyz")
    await bench.double.account(ACCOUNT).settle()
    answer = await waiting
    assert (answer["message"]["id"], answer["message"]["status"]) == (posted, "delivered")


async def test_a_callback_is_waited_for(bench: Bench) -> None:
    await bench.post()
    waiting = asyncio.create_task(bench.get(WAIT, **{"for": "callback", "type": "message-delivered", "status": "delivered"}))
    await bench.call("GET", "readyz")
    await bench.double.account(ACCOUNT).settle()
    answer = await waiting
    assert (answer["message"], answer["callback"]["event"]["type"]) == (None, "message-delivered")


async def test_several_are_waited_for(bench: Bench) -> None:
    await bench.post()
    waiting = asyncio.create_task(bench.get(WAIT, count=2))
    await bench.call("GET", "readyz")
    second = await bench.post()
    answer = await waiting
    assert (answer["matching"], answer["message"]["id"]) == (2, second)


async def test_what_does_not_come_is_408_with_the_nearest_and_their_differences(bench: Bench) -> None:
    near = await bench.post(text="Your table is ready")
    await bench.post("+19195550111", text="something else")
    answer = await bench.call("GET", WAIT, params={"to": RECIPIENT, "text": "Your room is ready", "timeout": "1ms"})
    assert (answer.status, answer.json["error"]) == (408, "no such message came within 1ms")
    assert answer.json["near_misses"][0] == {
        "id": near,
        "differences": [{"field": "text", "wanted": "Your room is ready", "actual": "Your table is ready"}],
    }
    assert [difference["field"] for difference in answer.json["near_misses"][1]["differences"]] == ["to", "text"]
    assert answer.json["hint"] == "The clock is manual and stands; something is due in 1s"


@pytest.mark.parametrize(
    ("query", "error"),
    [
        (
            "for=callback&to=1",
            "a callback has no filter 'to': its filters are error, message, recipient, since, status, type, until, url",
        ),
        ("status=waiting", "entry 1 of 'status' must be "),
        ("for=callback&url=/(/", "/(/ is not a valid regular expression: "),
        ("timeout=10", "the duration '10' lacks a unit: write 10s or 10ms"),
    ],
)
async def test_what_cannot_be_waited_for_is_422(bench: Bench, query: str, error: str) -> None:
    answer = await bench.call("GET", f"{WAIT}?{query}")
    assert answer.status == 422
    assert answer.json["error"].startswith(error)


async def test_a_reset_starts_the_count_again(bench: Bench) -> None:
    await bench.post()
    waiting = asyncio.create_task(bench.get(WAIT, count=2))
    await bench.call("GET", "readyz")
    await bench.call("POST", f"accounts/{ACCOUNT}/reset")
    await bench.post()
    last = await bench.post()
    assert (await waiting)["message"]["id"] == last


async def test_who_waits_goes_home_when_the_server_stops(endpoint: Endpoint) -> None:
    async with serving(endpoint.url) as bench:
        waiting = asyncio.create_task(bench.call("GET", WAIT))
        while not bench.double.journal._waiting:
            await bench.call("GET", "readyz")
        await bench.double.stop()
        assert (await waiting).status == 503


async def test_the_journal_is_read_in_pages(bench: Bench) -> None:
    await bench.post()
    first = await bench.get("journal", limit=1)
    second = await bench.get("journal", after=first["next"], account=ACCOUNT)
    assert [entry["type"] for entry in first["entries"]] == ["message-accepted"]
    assert [entry["type"] for entry in second["entries"]] == ["request-answered"]
    assert (second["next"], second["first"]) == (2, 1)


async def test_a_message_that_is_forgotten_counts_no_more(bench: Bench) -> None:
    await bench.call("PUT", f"accounts/{ACCOUNT}/settings", json={"keep_for": "1h"})
    await bench.post(text="old")
    await bench.double.account(ACCOUNT).settle()
    waiting = asyncio.create_task(bench.get(WAIT, count=2))
    await bench.call("GET", "readyz")
    await bench.double.account(ACCOUNT).advance(10 * 3_600_000)
    await bench.post(text="new")
    last = await bench.post(text="newest")
    answer = await waiting
    assert (answer["matching"], answer["message"]["id"]) == (2, last)
    assert [message["text"] for message in (await bench.get(f"accounts/{ACCOUNT}/messages"))["messages"]] == ["newest", "new"]
