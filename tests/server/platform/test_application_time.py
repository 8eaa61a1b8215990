"""Whose clock an instant in a request is read from: one rule for all editions and all modes of the clock (docs/clocks.md)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mockbw.core.clock import DAY, ClockMode
from mockbw.core.payload import format_time
from mockbw.scenario.edition import edition_names
from mockbw.wallclock import now_ms
from tests.server.bench import ACCOUNT, APPLICATION, RECIPIENT, SENDER, Answer, Bench, serving

MINUTE = 60_000
RECORDS = [name for name in edition_names() if name != "2018-01"]
ALL_MODES = pytest.mark.parametrize("mode", ClockMode)


@asynccontextmanager
async def two_days_ahead(edition: str, mode: ClockMode, **settings: Any) -> AsyncIterator[Bench]:
    """Serve with virtual time two days ahead of the wall, on a clock of that mode, and a queue that nothing leaves for long."""
    async with serving(**{"edition": edition, "start": None, "seed": None, **settings}) as bench:
        put = await bench.call("PUT", f"accounts/{ACCOUNT}/settings", json={"rate": 0.0001, "queue": "90d"})
        assert put.status == 200, put.text
        await bench.post()
        moved = await bench.call("POST", f"accounts/{ACCOUNT}/clock/advance", json={"to": format_time(now_ms() + 2 * DAY)})
        assert moved.status == 200, moved.text
        held = await bench.call("PUT", f"accounts/{ACCOUNT}/clock/holds/test")  # an auto clock would play everything at once
        assert held.status == 200, held.text
        await bench.call("PUT", f"accounts/{ACCOUNT}/clock", json={"mode": mode.value})
        yield bench


async def send(bench: Bench, expiration: str, path: str = "messages") -> Answer:
    body = {"to": [RECIPIENT], "from": SENDER, "text": "hi", "applicationId": APPLICATION, "expiration": expiration}
    if path != "messages":
        entry = {"from": SENDER, "applicationId": APPLICATION, "channel": "SMS", "content": {"text": "hi"}}
        body = {"to": RECIPIENT, "channelList": [entry], "expiration": expiration}
    async with bench.session.post(f"{bench.double.base_url}/users/{ACCOUNT}/{path}", json=body) as response:
        return Answer(response.status, await response.json(), response.headers, "")


async def listed(bench: Bench, since: int, until: int) -> set[str]:
    parameters = {"fromDateTime": format_time(since), "toDateTime": format_time(until)}
    async with bench.session.get(f"{bench.double.base_url}/users/{ACCOUNT}/messages", params=parameters) as response:
        assert response.status == 200, await response.text()
        return {row["messageId"] for row in (await response.json())["messages"]}


def in_ten_minutes(now: int | None = None) -> str:
    return format_time((now_ms() if now is None else now) + 10 * MINUTE)


@ALL_MODES
@pytest.mark.parametrize("edition", edition_names())
async def test_an_expiration_counts_from_the_applications_own_present(edition: str, mode: ClockMode) -> None:
    async with two_days_ahead(edition, mode) as bench:
        answer = await send(bench, in_ten_minutes())
        assert answer.status == 202, answer.json
        if edition == "2018-01":
            return  # it knows no expiration
        sent = bench.double.engine.account(ACCOUNT).records.messages[answer.json["id"]].message
        assert answer.json["expiration"] == sent.expiration
        assert sent.expires_at is not None
        assert sent.expires_at - sent.time == pytest.approx(10 * MINUTE, abs=MINUTE)
        assert (await send(bench, format_time(now_ms() - 1))).status == 400


@ALL_MODES
async def test_so_does_that_of_a_multi_channel_message(mode: ClockMode) -> None:
    async with two_days_ahead("2026", mode) as bench:
        answer = await send(bench, in_ten_minutes(), "messages/multiChannel")
        assert answer.status == 202, answer.json
        sent = bench.double.engine.account(ACCOUNT).records.messages[answer.json["data"]["id"]].message
        assert sent.expires_at is not None
        assert sent.expires_at - sent.time == pytest.approx(10 * MINUTE, abs=MINUTE)


@ALL_MODES
@pytest.mark.parametrize("edition", RECORDS)
async def test_the_range_of_a_list_counts_from_the_applications_own_present(edition: str, mode: ClockMode) -> None:
    async with two_days_ahead(edition, mode) as bench:
        (before,) = bench.double.engine.account(ACCOUNT).records.messages
        message = await bench.post()
        now = now_ms()
        assert await listed(bench, now - 5 * MINUTE, now + 5 * MINUTE) == {message}
        assert await listed(bench, now - 3 * DAY, now + 5 * MINUTE) == {before, message}


@ALL_MODES
@pytest.mark.parametrize("edition", RECORDS)
@pytest.mark.parametrize("why", ["the setting", "a clock that was put at a start"])
async def test_where_the_application_follows_virtual_time_its_instants_are_taken_as_they_are(
    edition: str, mode: ClockMode, why: str
) -> None:
    start = now_ms() if why != "the setting" else None
    async with two_days_ahead(edition, mode, start=start) as bench:
        if start is None:
            path = f"accounts/{ACCOUNT}/settings"
            assert (await bench.call("PUT", path, json={"application_time": "virtual"})).json["application_time"] == "virtual"
        assert (await send(bench, in_ten_minutes())).status == 400
        account = bench.double.engine.account(ACCOUNT)
        answer = await send(bench, in_ten_minutes(account.now()))
        assert answer.status == 202
        sent = account.records.messages[answer.json["id"]].message
        assert sent.expiration == format_time(sent.expires_at or 0)
        assert answer.json["id"] in await listed(bench, account.now() - MINUTE, account.now() + MINUTE)


async def test_wall_is_said_where_a_start_was_given_but_the_application_does_not_follow() -> None:
    async with two_days_ahead("2026", ClockMode.MANUAL, start=now_ms()) as bench:
        await bench.call("PUT", f"accounts/{ACCOUNT}/settings", json={"application_time": "wall"})
        assert (await send(bench, in_ten_minutes())).status == 202
