"""The control API's hand on the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from mockbw.core.clock import ClockMode
from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import Endpoint

CLOCK = f"accounts/{ACCOUNT}/clock"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url) as running:
        yield running


async def test_an_advance_goes_through_every_deadline_on_the_way(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.answers = [503]
    await bench.post()
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"by": "24h"})
    assert answer.status == 200
    assert answer.json["before"] == "2018-01-24T16:00:00.000Z"
    assert answer.json["clock"]["now"] == "2018-01-25T16:00:00.000Z"
    assert (answer.json["attempts"], answer.json["delivered"], answer.json["expired"], answer.json["steps"]) == (3, 2, 0, None)
    assert sorted(endpoint.types) == ["message-delivered", "message-sent", "message-sent"]


@pytest.mark.parametrize(
    ("body", "now"),
    [
        ({"to": "2018-01-24T18:00:00Z"}, "2018-01-24T18:00:00.000Z"),
        ({"by": "1h30m"}, "2018-01-24T17:30:00.000Z"),
        ({"until": "idle"}, "2018-01-24T16:00:00.000Z"),
    ],
)
async def test_a_clock_is_moved_to_a_target(bench: Bench, body: dict[str, Any], now: str) -> None:
    answer = await bench.call("POST", f"{CLOCK}/advance", json=body)
    assert (answer.status, answer.json["clock"]["now"]) == (200, now)


async def test_steps_go_from_deadline_to_deadline_and_say_how_many_there_were(bench: Bench, endpoint: Endpoint) -> None:
    await bench.post()
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"steps": 1})
    assert (answer.json["steps"], endpoint.types) == (1, ["message-sent"])
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"steps": 5})
    assert (answer.json["steps"], endpoint.types) == (1, ["message-sent", "message-delivered"])


async def test_a_held_clock_does_not_move_and_says_what_holds_it(bench: Bench, endpoint: Endpoint) -> None:
    await bench.post()
    answer = await bench.call("PUT", f"{CLOCK}/holds/breakfast")
    assert answer.json["holds"] == [{"name": "breakfast", "by_hand": True}]
    await bench.call("PUT", f"{CLOCK}/holds/breakfast")
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"steps": 1})
    assert (answer.status, answer.json["error"]) == (409, "the clock cannot move: held by breakfast")
    assert answer.json["holds"] == ["breakfast"]
    assert (await bench.call("DELETE", f"{CLOCK}/holds/breakfast")).json["holds"] == []
    await bench.call("POST", f"{CLOCK}/advance", json={"steps": 1})
    assert endpoint.types == ["message-sent"]


async def test_an_advance_that_is_kept_waiting_is_given_up_and_says_why(bench: Bench, endpoint: Endpoint) -> None:
    answers = asyncio.Event()
    endpoint.react = lambda *_: answers.wait()
    await bench.post()
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"by": "1h", "timeout": "20ms"})
    assert (answer.status, answer.json["holds"]) == (409, [f"attempt of cb-1 to {endpoint.url}"])
    assert answer.json["error"] == f"the clock did not get there within 20ms: held by attempt of cb-1 to {endpoint.url}"
    answers.set()
    assert (await bench.call("POST", f"{CLOCK}/advance", json={"by": "1h"})).status == 200


async def test_advances_that_are_asked_for_at_the_same_time_add_up(bench: Bench) -> None:
    await bench.post()
    asked = (bench.call("POST", f"{CLOCK}/advance", json={"by": "1s"}) for _ in range(5))
    answers = await asyncio.gather(*asked)
    assert [answer.status for answer in answers] == [200] * 5
    assert (await bench.get(CLOCK))["now"] == "2018-01-24T16:00:05.000Z"


@pytest.mark.parametrize("target", [{"by": "1h"}, {"steps": 3}, {"until": "idle"}])
async def test_an_advance_of_an_account_that_is_removed_meanwhile_says_so(
    bench: Bench, endpoint: Endpoint, target: dict[str, Any]
) -> None:
    called = asyncio.Event()

    async def never(*_: object) -> None:
        called.set()
        await asyncio.Event().wait()

    endpoint.react = never
    await bench.post()
    advancing = [asyncio.create_task(bench.call("POST", f"{CLOCK}/advance", json=target)) for _ in range(2)]
    await called.wait()
    await bench.call("DELETE", f"accounts/{ACCOUNT}")
    for answer in await asyncio.gather(*advancing):
        assert (answer.status, answer.json["error"]) == (409, f"account {ACCOUNT} has ended: it was removed")


async def test_a_clock_goes_up_to_the_year_3000(bench: Bench) -> None:
    await bench.call("POST", f"{CLOCK}/advance", json={"to": "3000-01-01T00:00:00Z"})
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"by": "1s"})
    assert (answer.status, answer.json["error"]) == (409, "a clock cannot go beyond the year 3000")


async def test_an_unknown_hold_is_404_and_names_the_nearest(bench: Bench) -> None:
    await bench.call("PUT", f"{CLOCK}/holds/breakfast")
    answer = await bench.call("DELETE", f"{CLOCK}/holds/brekfast")
    assert (answer.status, answer.json["hint"]) == (404, "Did you mean 'breakfast'?")


async def test_a_clock_that_moves_by_itself_cannot_be_moved(bench: Bench) -> None:
    answer = await bench.call("PUT", CLOCK, json={"mode": "scaled", "day": "1m"})
    assert (answer.json["mode"], answer.json["rate"]) == ("scaled", 1440.0)
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"by": "1h"})
    assert answer.status == 409
    assert answer.json["error"] == "a scaled clock runs by itself: set it to manual first (mockbw clock manual)"


async def test_a_change_of_mode_keeps_the_rate(bench: Bench) -> None:
    await bench.call("PUT", CLOCK, json={"mode": "scaled", "rate": 10})
    assert (await bench.call("PUT", CLOCK, json={"mode": "real"})).json["rate"] == 1.0
    assert (await bench.call("PUT", CLOCK, json={"mode": "scaled"})).json["rate"] == 10.0


async def test_an_auto_clock_comes_to_rest_by_itself(endpoint: Endpoint) -> None:
    async with serving(endpoint.url, clock=ClockMode.AUTO) as bench:
        endpoint.always = 503
        await bench.post()
        answer = await bench.call("POST", f"{CLOCK}/advance", json={"until": "idle"})
        assert (answer.status, answer.json["clock"]["idle"]) == (200, True)
        assert (await bench.get(f"accounts/{ACCOUNT}/messages"))["messages"][0]["callbacks"]["expired"] == 2


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "give one of 'by', 'to', 'steps' and 'until'"),
        ({"by": "1h", "steps": 1}, "give one of 'by', 'to', 'steps' and 'until'"),
        ({"by": "six hours"}, "'six hours' is not a valid duration: write it as 500ms, 2s, 10m, 24h, 1d or 1m30s"),
        ({"to": "noon"}, "'noon' is not a valid date-time: write it as 2018-01-24T16:00:00Z"),
        ({"to": "9999-01-01T00:00:00Z"}, "a clock can be sent to the years 1970 to 3000"),
        ({"until": "rest"}, "'until' must be 'idle', not 'rest'"),
    ],
)
async def test_a_target_that_makes_no_sense_is_422(bench: Bench, body: dict[str, Any], error: str) -> None:
    answer = await bench.call("POST", f"{CLOCK}/advance", json=body)
    assert (answer.status, answer.json["error"]) == (422, error)


async def test_time_never_goes_back(bench: Bench) -> None:
    answer = await bench.call("POST", f"{CLOCK}/advance", json={"to": "2017-01-01T00:00:00Z"})
    assert (answer.status, answer.json["error"]) == (409, "virtual time never goes back")


async def test_a_clock_says_its_pace_and_why_it_is_so(bench: Bench, endpoint: Endpoint) -> None:
    endpoint.answers = [503]
    answer = await bench.call("PUT", CLOCK, json={"mode": "manual"})
    assert (answer.json["pace"], answer.json["pace_because"]) == (0.0, "a manual clock moves only when it is advanced")
    answer = await bench.call("PUT", CLOCK, json={"mode": "scaled", "rate": 60})
    assert (answer.json["rate"], answer.json["pace"]) == (60.0, 1.0)
    assert answer.json["pace_because"] == "nothing is pending: it runs with the wall clock"
    await bench.post()
    answer = await bench.call("GET", CLOCK)
    assert (answer.json["pace"], answer.json["pace_because"]) == (60.0, "it runs at its rate to the next deadline")
