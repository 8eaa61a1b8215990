"""The main job over real HTTP, in every clock mode: 202, the timeline, the callbacks, the retries."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from mockbw.config.settings import Settings
from mockbw.core import entries as j
from mockbw.core.clock import DAY, ClockMode
from mockbw.core.model import Application, CallbackStatus
from mockbw.core.retry import RetrySchedule
from mockbw.core.settings import AccountSettings
from mockbw.engine.runner import AccountRunner
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

PICTURE = "https://media.example.com/menu.png"
ONCE = RetrySchedule(delays=(30_000,), repeat=False)


def body(**changes: Any) -> dict[str, Any]:
    return {"from": SENDER, "to": [RECIPIENT], "applicationId": APPLICATION, "text": "Your table is ready", **changes}


class Running:
    """A server, a client, and the account they use."""

    def __init__(self, double: MockBandwidth, client: aiohttp.ClientSession) -> None:
        self.double, self.client = double, client

    @property
    def account(self) -> AccountRunner:
        return self.double.account("9900000")

    async def post(self, **changes: Any) -> str:
        async with self.client.post(f"{self.double.base_url}/users/9900000/messages", json=body(**changes)) as response:
            assert response.status == 202, await response.text()
            return str((await response.json())["id"])

    def entries(self, kind: type[Any]) -> list[Any]:
        return [stamped.entry for stamped in self.double.journal.read() if isinstance(stamped.entry, kind)]

    def offsets(self) -> list[int]:
        """When the attempts of the first callback started, from the first of them, in virtual milliseconds."""
        starts = [entry.time for entry in self.entries(j.AttemptStarted) if entry.callback == "cb-1"]
        return [start - starts[0] for start in starts]


@asynccontextmanager
async def running(callback_url: str | None, **settings: Any) -> AsyncIterator[Running]:
    made = Settings(port=0, callback_url=callback_url, **{"clock": ClockMode.AUTO, "grace": 0.2, **settings})
    async with MockBandwidth(made) as double, aiohttp.ClientSession() as client:
        yield Running(double, client)


async def test_an_sms_is_sent_then_delivered_with_the_platforms_headers(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as server:
        message = await server.post(tag="booking-81")
        await server.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]
    assert [event["message"]["id"] for event in endpoint.events] == [message, message]
    assert endpoint.headers[0]["User-Agent"] == "BandwidthAPI/v2"
    assert endpoint.headers[0]["Content-Type"] == "application/json; charset=utf-8"
    assert "Authorization" not in endpoint.headers[0]


@pytest.mark.parametrize("changes", [{"media": [PICTURE]}, {"to": [RECIPIENT, "+19195550101"]}], ids=["mms", "group"])
async def test_an_mms_and_a_group_message_are_only_ever_sent(endpoint: Endpoint, changes: dict[str, Any]) -> None:
    async with running(endpoint.url) as server:
        await server.post(**changes)
        await server.account.settle()
    assert endpoint.types == ["message-sent"]


@pytest.mark.parametrize("mode", [ClockMode.AUTO, ClockMode.MANUAL])
async def test_four_attempts_where_time_stands(endpoint: Endpoint, mode: ClockMode) -> None:
    endpoint.answers = [500, 500, 500]
    async with running(endpoint.url, clock=mode) as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
        assert server.offsets() == [0, 30_000, 90_000, 210_000]
    assert len(set(endpoint.bodies)) == 1
    assert len(endpoint.bodies) == 4


async def test_four_attempts_where_time_flows_a_day_in_ten_minutes(endpoint: Endpoint) -> None:
    """The clock runs on while the endpoint answers; it answers long before the next attempt is due, so the plan is kept."""
    endpoint.answers = [500, 500, 500]
    async with running(endpoint.url, clock=ClockMode.SCALED, day=600_000) as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
        dues = [entry.due for entry in server.entries(j.AttemptScheduled)]
        starts = [entry.time for entry in server.entries(j.AttemptStarted)]
    assert [due - dues[0] for due in dues] == [0, 30_000, 90_000, 210_000]
    assert all(start >= due for start, due in zip(starts, dues, strict=True))
    assert len(set(endpoint.bodies)) == 1


async def test_four_attempts_on_a_real_clock_by_the_plan(endpoint: Endpoint) -> None:
    """Nobody waits 30 real seconds: after each failure the plan names the next attempt, and the clock is then let go."""
    endpoint.answers = [500, 500, 500]
    async with running(endpoint.url, clock=ClockMode.MANUAL) as server:
        await server.post(media=[PICTURE])
        await server.account.step()
        server.account.set_clock(ClockMode.REAL)
        callback = server.account.records.callbacks["cb-1"]
        first = callback.first_due
        assert callback.next_due == first + 30_000
        server.account.set_clock(ClockMode.MANUAL)
        await server.account.settle()
        assert server.offsets() == [0, 30_000, 90_000, 210_000]


async def test_a_day_of_one_failing_callback_on_an_auto_clock_ends_expired(endpoint: Endpoint) -> None:
    endpoint.always = 503
    async with running(endpoint.url) as server:
        await server.post(media=[PICTURE])
        async with asyncio.timeout(10):
            await server.account.settle()
        assert server.offsets()[-1] <= DAY
        assert len(server.offsets()) == 30
        assert [entry.attempts for entry in server.entries(j.CallbackExpired)] == [30]


@pytest.mark.parametrize("answer", [199 + 1, 204, 299])
async def test_any_2xx_ends_the_retries(endpoint: Endpoint, answer: int) -> None:
    endpoint.always = answer
    async with running(endpoint.url) as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
    assert len(endpoint.bodies) == 1


@pytest.mark.parametrize(
    ("answer", "outcome"), [(302, "302"), (404, "404"), (401, "401"), ("reset", "reset"), (500, "500")], ids=str
)
async def test_a_redirect_a_reset_and_every_other_status_count_as_failed(
    endpoint: Endpoint, answer: int | str, outcome: str
) -> None:
    endpoint.answers = [answer]
    async with running(endpoint.url) as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
        outcomes = [str(entry.outcome) for entry in server.entries(j.AttemptFinished)]
    assert outcomes == [outcome, "200"]
    assert server.offsets() == [0, 30_000]


async def failing_with(url: str, **settings: Any) -> list[j.AttemptFinished]:
    async with running(None, **settings) as server:
        # Past the check of settings, which accepts none of these: the sender copes with any URL.
        server.account.configure(replace(server.account.settings, callback_url=url))
        await server.post(media=[PICTURE])
        await server.account.settle()
        assert server.account.records.callbacks["cb-1"].status is CallbackStatus.EXPIRED
        return server.entries(j.AttemptFinished)


async def test_a_refused_connection_counts_as_failed(unused_tcp_port: int) -> None:
    finished = await failing_with(f"http://127.0.0.1:{unused_tcp_port}/callbacks")
    assert len(finished) == 30
    assert str(finished[0].outcome) == "refused"
    assert finished[0].outcome.detail == f"nothing listens at 127.0.0.1:{unused_tcp_port}"


async def test_an_unknown_host_counts_as_failed() -> None:
    finished = await failing_with("http://endpoint.invalid/callbacks", account=AccountSettings(retry=ONCE))
    assert str(finished[0].outcome) == "dns"
    assert "endpoint.invalid" in finished[0].outcome.detail


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "nonsense", "http://", "http://127.0.0.1:99999/"])
async def test_a_url_that_cannot_be_called_counts_as_failed_and_harms_nobody(url: str) -> None:
    finished = await failing_with(url)
    assert finished[0].outcome.status is None
    assert finished[0].outcome.detail != ""


async def test_an_endpoint_that_speaks_no_tls_counts_as_failed(endpoint: Endpoint) -> None:
    finished = await failing_with(endpoint.url.replace("http://", "https://"))
    assert str(finished[0].outcome) in ("tls", "reset")


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes the request and never answers."""
    try:
        while await reader.read(65536):
            pass
    finally:
        writer.close()


async def test_a_time_out_counts_as_failed_and_takes_its_length_in_virtual_time_where_time_stands() -> None:
    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    account = AccountSettings(retry=replace(ONCE, timeout=40))
    async with running(f"http://127.0.0.1:{port}/", account=account) as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
        outcomes = [(str(entry.outcome), entry.time) for entry in server.entries(j.AttemptFinished)]
        starts = [entry.time for entry in server.entries(j.AttemptStarted)]
    listening.close()
    assert [outcome for outcome, _ in outcomes] == ["timeout", "timeout"]
    assert [end - start for (_, end), start in zip(outcomes, starts, strict=True)] == [40, 40]


async def test_the_status_line_decides_whatever_becomes_of_the_body() -> None:
    async def half(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    listening = await asyncio.start_server(half, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    async with running(f"http://127.0.0.1:{port}/") as server:
        await server.post(media=[PICTURE])
        await server.account.settle()
        assert server.account.records.callbacks["cb-1"].status is CallbackStatus.DELIVERED
    listening.close()


async def test_a_dead_endpoint_with_1000_waiting_callbacks_does_not_delay_a_healthy_one(endpoint: Endpoint) -> None:
    """The dead one never answers a single request; the healthy one has all its callbacks while those still hang."""
    listening = await asyncio.start_server(silent, "127.0.0.1", 0)
    dead = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/"
    async with running(None, clock=ClockMode.REAL, grace=0.0) as server:
        account = server.account
        applications = {name: Application(name, outbound_url=url) for name, url in (("dead", dead), ("healthy", endpoint.url))}
        account.configure(replace(account.settings, applications=applications))
        account.set_clock(ClockMode.MANUAL)
        for _ in range(1000):
            await server.post(applicationId="dead", media=[PICTURE])
        await server.post(applicationId="healthy", media=[PICTURE])
        account.set_clock(ClockMode.REAL)
        async with asyncio.timeout(20):
            while not endpoint.bodies:
                await account.changed()
        records = account.records
        assert records.pending >= 1000
        assert not any(
            attempt.outcome for callback in records.callbacks.values() for attempt in callback.attempts if callback.url == dead
        )
    listening.close()


async def test_the_same_seed_and_inputs_play_identical_bytes_in_identical_order() -> None:
    async def once() -> list[bytes]:
        async with Endpoint(answers=[500, 200, 503, 200, 200, "reset"]) as endpoint, running(endpoint.url, seed="7") as server:
            server.account.hold("until all is posted")
            for number in range(12):
                await server.post(text=f"message {number}", to=[f"+1919555{number:04d}"])
            await server.post(to="+19995554770")
            server.account.release("until all is posted")
            await server.account.settle()
            return endpoint.bodies

    first, second = await once(), await once()
    assert first == second
    assert len(first) > 26


async def test_no_callback_leaves_before_the_202_was_written(endpoint: Endpoint) -> None:
    """The journal has the order of facts: on a clock that jumps at once, every answer is written before its callbacks start."""
    async with running(endpoint.url) as server:
        for _ in range(20):
            await server.post()
        await server.account.settle()
        answered: set[str] = set()
        for stamped in server.double.journal.read():
            if isinstance(stamped.entry, j.RequestAnswered) and stamped.entry.message is not None:
                answered.add(stamped.entry.message)
            if isinstance(stamped.entry, j.CallbackCreated):
                assert stamped.entry.message in answered
    assert len(answered) == 20
    assert len(endpoint.bodies) == 40


async def test_three_prefixes_serve_the_same_api(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as server:
        for prefix in ("/api/v2", "/v2", ""):
            url = f"{server.double.url}{prefix}/users/9900000/messages"
            async with server.client.post(url, json=body()) as response:
                assert response.status == 202


async def test_accounts_never_meet(endpoint: Endpoint) -> None:
    async with running(endpoint.url, clock=ClockMode.MANUAL) as server:
        await server.post()
        other = server.double.account("1234567")
        await other.advance(DAY)
        assert endpoint.bodies == []
        assert other.records.messages == {}
        await server.account.settle()
    assert len(endpoint.bodies) == 2
    assert json.loads(endpoint.bodies[0])[0]["message"]["owner"] == SENDER
