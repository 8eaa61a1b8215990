"""The pump: effects are performed in order, and clocks stand while something holds them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from mockbw.core import entries as j
from mockbw.core.clock import ClockMode, Hold, HoldKind
from mockbw.core.model import CallbackStatus
from mockbw.core.timeline import ApiAnswer
from mockbw.errors import AccountEndedError
from mockbw.journal import Stamped
from mockbw.scenario.loader import load_text
from mockbw.wallclock import monotonic_ms
from tests.engine.bench import ACCOUNT, EngineBench, running
from tests.support import START, Endpoint, draft


def test_what_is_due_happens_before_an_input_that_comes_later_and_at_its_own_time() -> None:
    """A clock that runs so fast that an hour has passed when the next line is reached."""

    async def play() -> EngineBench:
        async with running(mode=ClockMode.SCALED, rate=1e12) as bench:
            message = bench.post()
            bench.account.cancel_message(message)
            return bench

    bench = asyncio.run(play())
    happened = bench.entries(j.RequestAnswered, j.CallbackWithheld, j.MessageCancelled)
    assert [type(entry) for entry in happened] == [
        j.RequestAnswered,
        j.CallbackWithheld,
        j.CallbackWithheld,
        j.MessageCancelled,
    ]
    accepted = bench.entries(j.MessageAccepted)[0].time
    assert [entry.event.time - accepted for entry in happened[1:3]] == [1000, 3000]
    assert [entry.time for entry in happened] == sorted(entry.time for entry in happened)


async def test_that_a_request_begins_is_in_the_journal_before_its_bytes_leave(endpoint: Endpoint) -> None:
    seen: list[list[type[j.Entry]]] = []
    async with running(endpoint.url) as bench:

        async def look(*_: object) -> None:
            seen.append([type(entry) for entry in bench.entries()][-3:])

        endpoint.react = look
        bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.settle()
    assert seen == [[j.CallbackCreated, j.AttemptScheduled, j.AttemptStarted]]


async def test_an_auto_clock_stands_while_an_answer_is_not_written_and_then_plays_everything(endpoint: Endpoint) -> None:
    async with running(endpoint.url, ClockMode.AUTO) as bench:
        submission = bench.account.submit(draft())
        assert submission.message is not None
        other = bench.post()
        await asyncio.sleep(0)
        assert bench.account.clock.holds == (Hold(HoldKind.ANSWER, submission.message.id),)
        assert bench.account.now() == START
        bench.account.record_request("POST", "/", 202, submission.message.id)
        await bench.account.settle()
        assert bench.account.clock.holds == ()
        assert bench.account.now() == START + 3000
        records = bench.account.records
        assert [len(records.messages[message].callbacks) for message in (submission.message.id, other)] == [2, 2]


async def test_where_time_stands_an_origin_gets_one_attempt_at_a_time_and_another_need_not_wait(endpoint: Endpoint) -> None:
    under_way, most = 0, 0

    async def count(*_: object) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1

    endpoint.react = count
    async with running(endpoint.url) as bench:
        for _ in range(10):
            bench.post()
        await bench.account.settle()
    assert (most, len(endpoint.bodies)) == (1, 20)


async def test_the_number_of_attempts_at_a_time_changes_with_the_setup(endpoint: Endpoint) -> None:
    begun = asyncio.Event()
    waiting = 0

    async def gather(*_: object) -> None:
        nonlocal waiting
        waiting += 1
        if waiting == 5:
            begun.set()
        await begun.wait()

    endpoint.react = gather
    async with running(endpoint.url) as bench:
        bench.account.use_setup(replace(bench.account.setup, concurrency=5))
        for _ in range(5):
            bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.settle()
    assert waiting == 5


async def test_a_change_of_the_clock_is_recorded_and_sets_a_new_wake_up(endpoint: Endpoint) -> None:
    """The clock that runs would come back in a second of wall time: the auto clock does not wait for that."""
    async with running(endpoint.url, ClockMode.REAL) as bench:
        bench.post()
        bench.account.set_clock(ClockMode.AUTO)
        while bench.account.records.pending or not bench.account.idle:
            await bench.account.changed()
        changes = [(entry.mode, entry.rate) for entry in bench.entries(j.ClockChanged)]
    assert changes == [("auto", 1440.0)]
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_whoever_waits_is_woken_by_every_input(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        waiting = [asyncio.create_task(bench.account.changed()) for _ in range(2)]
        await asyncio.sleep(0)
        bench.post()
        await asyncio.gather(*waiting)


@pytest.mark.parametrize("ends", ["it was removed", "the server stops"])
async def test_whoever_waits_in_an_account_that_ends_is_told_why(ends: str) -> None:
    async with running() as bench:
        account = bench.account

        async def wait_for_ever() -> None:
            while True:
                await account.changed()

        waiting = asyncio.create_task(wait_for_ever())
        await asyncio.sleep(0)
        await (bench.engine.remove(ACCOUNT) if ends == "it was removed" else bench.engine.close())
        for late in (waiting, account.changed()):
            with pytest.raises(AccountEndedError, match=f"account {ACCOUNT} has ended: {ends}"):
                await late


async def test_an_account_that_was_removed_records_nothing_more_while_its_namesake_begins(endpoint: Endpoint) -> None:
    """A request that was let in before can still hold the removed account; a journal must never mix the two."""
    async with running(endpoint.url) as bench:
        bench.post()
        removed = bench.account
        late = removed.submit(draft())
        assert late.message is not None
        await bench.engine.remove(ACCOUNT)
        after = bench.journal.last
        message = bench.post()
        assert removed.submit(draft()).message is not None
        removed.record_request("POST", "/", 202, late.message.id)
        removed.set_clock(ClockMode.AUTO)
        await bench.account.settle()
        kept: list[Stamped] = bench.journal.read(after)
        about = [stamped.entry.message.id for stamped in kept if isinstance(stamped.entry, j.MessageAccepted)]
        assert about == [message]
        assert not any(isinstance(stamped.entry, j.ClockChanged) for stamped in kept)
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_an_attempt_under_way_gets_its_grace_when_the_server_stops(endpoint: Endpoint) -> None:
    called, answers = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        called.set()
        await answers.wait()

    endpoint.react = slow
    async with running(endpoint.url, ClockMode.AUTO) as bench:
        bench.post(media=("https://media.example.com/menu.png",))
        await called.wait()
        closing = asyncio.create_task(bench.engine.close(grace=60))
        await asyncio.sleep(0)
        answers.set()
        await closing
        (callback,) = bench.account.records.callbacks.values()
        assert callback.status is CallbackStatus.DELIVERED
        assert isinstance(bench.entries()[-1], j.ClockStopped)


async def test_media_of_what_is_due_lead_to_where_the_api_was_reached_at_that_time() -> None:
    """A handset's picture that was due before the API was reached elsewhere; on a clock that runs very fast, both are past."""
    scenario = "name: r\ntimeline: [{reply: look, media: [menu.png], after: 1s}]"
    async with running(mode=ClockMode.SCALED, rate=1e12, sources=tuple(load_text(scenario))) as bench:
        bench.account.reached_at("http://before")
        bench.post()
        bench.account.reached_at("http://after")
        (received,) = bench.entries(j.MessageReceived)
        assert received.message.media[0].startswith("http://before/v1/users/9900000/media/")


async def test_a_scaled_clock_is_ahead_of_the_wall_by_no_more_than_what_was_due(endpoint: Endpoint) -> None:
    """What a staging application sees: after an SMS our times are the three seconds ahead that its timeline is long."""
    began = monotonic_ms()
    async with running(endpoint.url, ClockMode.SCALED, rate=1e6) as bench:
        bench.post()
        await bench.account.settle()
        ahead = bench.account.now() - START - (monotonic_ms() - began)
    assert endpoint.types == ["message-sent", "message-delivered"]
    assert 2_000 < ahead <= 3_000


async def test_a_day_of_retries_still_passes_at_the_rate(endpoint: Endpoint) -> None:
    endpoint.answers = [503] * 100
    began = monotonic_ms()
    async with running(endpoint.url, ClockMode.SCALED, rate=1e6) as bench:
        bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.settle()
        passed = monotonic_ms() - began
        assert [record.status for record in bench.account.records.callbacks.values()] == [CallbackStatus.EXPIRED]
        assert bench.account.now() - START - passed > 22 * 3_600_000
        assert bench.account.pace() == (1.0, "nothing is pending: it runs with the wall clock")


async def test_a_retry_under_way_lets_a_scaled_clock_run_at_its_rate_and_a_first_attempt_does_not(endpoint: Endpoint) -> None:
    seen: list[tuple[float, str]] = []
    async with running(endpoint.url, ClockMode.SCALED, rate=1e6) as bench:

        async def look(*_: object) -> None:
            seen.append(bench.account.pace())

        endpoint.react, endpoint.answers = look, [503]
        bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.settle()
    assert seen == [
        (1.0, "nothing is due until the requests in flight are answered"),
        (1e6, "a callback is being retried"),
    ]


async def test_an_outage_ends_by_itself_although_nothing_else_is_pending() -> None:
    async with running(mode=ClockMode.SCALED, rate=1e6) as bench:
        bench.account.begin_outage(ApiAnswer(status=503), 24 * 3_600_000)
        assert bench.account.pace() == (1e6, "it runs at its rate to the next deadline")
        while bench.account.outage() is not None:
            await bench.account.changed()
        bench.account.begin_outage(ApiAnswer(status=503), None)
        assert bench.account.pace() == (1.0, "nothing is pending: it runs with the wall clock")
