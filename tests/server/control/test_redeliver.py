"""Callbacks that are sent again by hand, many at once."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import Endpoint

REDELIVER = f"accounts/{ACCOUNT}/callbacks/redeliver"


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    async with Endpoint() as running:
        yield running


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    """One callback expired, two wait for another attempt, one was answered."""
    async with serving(endpoint.url, edition="2026") as running:
        account = running.double.account(ACCOUNT)
        endpoint.always = 500
        await running.post(text="expired")
        await account.settle()
        await account.advance(3_600_000)
        for text in ("waits", "waits, too"):
            await running.post(text=text)
        await account.advance(10_000)
        endpoint.always = 200
        await running.post(text="answered")
        await account.advance(5_000)
        endpoint.bodies.clear()
        yield running


def notified(bench: Bench, endpoint: Endpoint) -> list[str | None]:
    """Return the texts of the messages that the endpoint was notified of, in order."""
    messages = bench.double.account(ACCOUNT).records.messages
    return [messages[event["message"]["id"]].message.text for event in endpoint.events]


async def test_first_they_are_counted_and_then_all_that_failed_are_attempted_once_more(bench: Bench, endpoint: Endpoint) -> None:
    counted = await bench.call("POST", REDELIVER, json={"dry_run": True})
    assert (counted.status, counted.json) == (202, {"matching": 3, "redelivered": 0, "callbacks": []})
    assert endpoint.bodies == []
    made = await bench.call("POST", REDELIVER, json={})
    assert (made.json["matching"], made.json["redelivered"], len(made.json["callbacks"])) == (3, 3, 3)
    await bench.double.account(ACCOUNT).advance(0)
    assert notified(bench, endpoint) == ["expired", "waits", "waits, too"]
    assert (await bench.get(f"accounts/{ACCOUNT}/callbacks", status="waiting,expired"))["callbacks"] == []


async def test_only_those_with_a_failure_in_the_outage_are_taken(bench: Bench, endpoint: Endpoint) -> None:
    waits = (await bench.get(f"accounts/{ACCOUNT}/messages", text="waits"))["messages"][0]
    made = await bench.call("POST", REDELIVER, json={"since": waits["time"]})
    assert made.json["matching"] == 2
    before = await bench.call("POST", REDELIVER, json={"until": waits["time"], "dry_run": True})
    assert before.json["matching"] == 1
    await bench.double.account(ACCOUNT).advance(0)
    assert notified(bench, endpoint) == ["waits", "waits, too"]


async def test_the_oldest_come_first_where_there_are_more_than_wanted_and_chosen_ones_alone(bench: Bench) -> None:
    (expired,) = (await bench.get(f"accounts/{ACCOUNT}/callbacks", status="expired"))["callbacks"]
    oldest = await bench.call("POST", REDELIVER, json={"limit": 1})
    assert oldest.json == {"matching": 3, "redelivered": 1, "callbacks": [expired["id"]]}
    chosen = await bench.call("POST", REDELIVER, json={"callbacks": [expired["id"]], "status": ["cancelled"]})
    assert chosen.json == {"matching": 0, "redelivered": 0, "callbacks": []}


@pytest.mark.parametrize("body", [{"limit": 1001}, {"status": ["lost"]}, {"since": "noon"}, {"everything": True}])
async def test_what_cannot_be_meant_is_refused(bench: Bench, body: object) -> None:
    assert (await bench.call("POST", REDELIVER, json=body)).status == 422
