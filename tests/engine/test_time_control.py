"""How an account's time is moved by hand, and what an advance waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from mockbw.core import entries as j
from mockbw.core.clock import DAY, LATEST, ClockMode, Hold, HoldKind
from mockbw.engine.runner import AccountRunner
from mockbw.errors import AccountEndedError, ClockError, UnknownError
from tests.engine.bench import ACCOUNT, running
from tests.support import START, Endpoint, draft

Move = Callable[[AccountRunner], Awaitable[object]]

MOVES: dict[str, Move] = {
    "advance": lambda account: account.advance(DAY),
    "advance_to": lambda account: account.advance_to(START + DAY),
    "step": lambda account: account.step(),
    "settle": lambda account: account.settle(),
}


async def test_advances_that_are_asked_for_at_the_same_time_each_add_their_own(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        bench.post()
        await asyncio.gather(*(bench.account.advance(1000) for _ in range(5)))
        assert bench.account.now() == START + 5000
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_an_advance_goes_through_deadlines_that_come_of_what_it_waits_for(endpoint: Endpoint) -> None:
    endpoint.answers = [503, 503]
    async with running(endpoint.url) as bench:
        bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.advance(DAY)
        starts = [entry.time - START for entry in bench.entries(j.AttemptStarted)]
        assert (starts, bench.account.now()) == ([1000, 31_000, 91_000], START + DAY)


async def test_an_advance_waits_for_an_answer_that_is_not_written() -> None:
    async with running() as bench:
        submission = bench.account.submit(draft())
        assert submission.message is not None
        advancing = asyncio.create_task(bench.account.advance(DAY))
        await asyncio.sleep(0)
        assert bench.account.clock.holds[1:] == (Hold(HoldKind.ADVANCE),)
        assert bench.account.now() == START
        bench.account.record_request("POST", "/", 202, submission.message.id)
        await advancing
        assert (bench.account.now(), bench.account.clock.holds) == (START + DAY, ())


async def test_steps_go_from_deadline_to_deadline_and_say_how_many_there_were(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        bench.post()
        assert (await bench.account.step(), bench.account.now()) == (1, START + 1000)
        assert (await bench.account.step(5), bench.account.now()) == (1, START + 3000)
        assert await bench.account.step() == 0


async def test_virtual_time_never_goes_back() -> None:
    async with running() as bench:
        with pytest.raises(ClockError, match="virtual time never goes back"):
            await bench.account.advance_to(START - 1)


async def test_a_clock_goes_up_to_the_year_3000() -> None:
    async with running() as bench:
        await bench.account.advance_to(LATEST)
        with pytest.raises(ClockError, match="a clock cannot go beyond the year 3000"):
            await bench.account.advance(1)
        assert bench.account.now() == LATEST


@pytest.mark.parametrize("move", ["advance", "advance_to", "step"])
async def test_a_clock_that_flows_is_not_moved(move: str) -> None:
    async with running(mode=ClockMode.REAL) as bench:
        with pytest.raises(ClockError, match=r"a real clock runs by itself: set it to manual first \(mockbw clock manual\)"):
            await MOVES[move](bench.account)


@pytest.mark.parametrize("move", MOVES)
async def test_a_clock_that_is_held_by_hand_is_not_moved_and_says_by_whom(move: str) -> None:
    async with running() as bench:
        bench.post()
        bench.account.hold("breakfast")
        bench.account.hold("breakfast")
        with pytest.raises(ClockError) as refused:
            await MOVES[move](bench.account)
        assert (str(refused.value), refused.value.holds) == ("the clock cannot move: held by breakfast", ("breakfast",))
        bench.account.release("breakfast")
        assert bench.account.held_by_hand == ()
        await MOVES[move](bench.account)
        assert bench.account.now() > START


async def test_a_hold_that_is_not_out_cannot_be_released_and_the_nearest_is_named() -> None:
    async with running() as bench:
        bench.account.hold("breakfast")
        with pytest.raises(UnknownError, match=r"There is no hold 'brekfast'\. Did you mean 'breakfast'\?"):
            bench.account.release("brekfast")


async def test_an_auto_clock_goes_on_when_the_last_hold_by_hand_is_released(endpoint: Endpoint) -> None:
    async with running(endpoint.url, ClockMode.AUTO) as bench:
        bench.account.hold("until all is posted")
        bench.post()
        await asyncio.sleep(0)
        assert bench.account.now() == START
        bench.account.release("until all is posted")
        while not bench.account.idle:
            await bench.account.changed()
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_settle_gives_up_where_the_account_never_comes_to_rest(endpoint: Endpoint) -> None:
    endpoint.always = 503
    async with running(endpoint.url) as bench:
        bench.post()
        with pytest.raises(ClockError, match="the account is not idle after 1h of virtual time"):
            await bench.account.settle(3_600_000)
        assert bench.account.now() <= START + 3_600_000


async def test_settle_goes_on_when_a_clock_that_flows_is_made_to_stand_meanwhile(endpoint: Endpoint) -> None:
    """On the real clock the first callback is due in a second of wall time: nobody waits for that."""
    async with running(endpoint.url, ClockMode.REAL) as bench:
        bench.post()
        settling = asyncio.create_task(bench.account.settle())
        await asyncio.sleep(0)
        bench.account.set_clock(ClockMode.MANUAL)
        await settling
    assert endpoint.types == ["message-sent", "message-delivered"]


@pytest.mark.parametrize("move", MOVES)
async def test_whoever_moves_the_clock_of_an_account_that_is_removed_is_told_so(move: str, endpoint: Endpoint) -> None:
    """Both the one whose turn it is, which waits for an attempt, and the one that waits for its turn."""
    called = asyncio.Event()

    async def never(*_: object) -> None:
        called.set()
        await asyncio.Event().wait()

    endpoint.react = never
    async with running(endpoint.url) as bench:
        bench.post()
        moving = [asyncio.ensure_future(MOVES[move](bench.account)) for _ in range(2)]
        await called.wait()
        await bench.engine.remove(ACCOUNT)
        for error in await asyncio.gather(*moving, return_exceptions=True):
            assert isinstance(error, AccountEndedError)
            assert str(error) == f"account {ACCOUNT} has ended: it was removed"


async def test_an_advance_ends_with_the_server_instead_of_running_through_attempts_that_nobody_makes(endpoint: Endpoint) -> None:
    called, answers = asyncio.Event(), asyncio.Event()

    async def slow(*_: object) -> None:
        called.set()
        await answers.wait()

    endpoint.react, endpoint.always = slow, 503
    async with running(endpoint.url) as bench:
        bench.post(media=("https://media.example.com/menu.png",))
        advancing = asyncio.create_task(bench.account.advance(DAY))
        await called.wait()
        closing = asyncio.create_task(bench.engine.close(grace=60))
        await asyncio.sleep(0)
        answers.set()
        await closing
        with pytest.raises(AccountEndedError, match="the server stops"):
            await advancing
        assert bench.account.now() == START + 1000
        assert bench.account.next_deadline() == START + 31_000
