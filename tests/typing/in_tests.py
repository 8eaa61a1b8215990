"""Tests as users write them, for the type checker alone. Each ignore stands for a mistake that it must find."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_type

from mockbw import AccountSettings, AsyncMockAccount, Credentials, MockAccount, RetrySchedule
from mockbw.testing import Attempt, Callback, Handset, Message, Request


def test_what_a_fixture_offers(mockbw: MockAccount) -> None:
    mockbw.callback_url = "http://localhost:5000/callbacks"
    mockbw.configure(api_credentials=(Credentials("user", "password"),), retry=RetrySchedule(delays=(5_000, 60_000)))
    assert_type(mockbw.settings, AccountSettings)
    assert_type(mockbw.base_url, str)
    assert_type(mockbw.now, datetime)

    started = mockbw.play("carrier-spam")
    assert_type(started, Message | None)
    mockbw.play(Path("scenarios/late.yaml"))
    mockbw.play({"match": {"to": "+1919555*"}, "timeline": [{"callback": "message-sent", "after": "1s"}]})

    mockbw.advance("6h")
    mockbw.advance(timedelta(hours=6))
    assert_type(mockbw.step(), int)
    mockbw.settle()

    message = mockbw.assert_sent(to="+19195550100", text="Your code is *")
    assert_type(message, Message)
    assert_type(message.failed_with, int | None)
    assert_type(message.callbacks, Sequence[Callback])
    assert_type(message.callbacks[0].attempts[0], Attempt)
    assert_type(mockbw.requests, Sequence[Request])

    guest = mockbw.handset("+19195550100")
    assert_type(guest, Handset[Sequence[Message]])
    [answer] = guest.texts("STOP")
    assert_type(answer.text, str | None)


def test_mistakes_that_are_found(mockbw: MockAccount) -> None:
    mockbw.advance(6)  # type: ignore[arg-type]  # a duration has a unit
    mockbw.callback_url = 8080  # type: ignore[assignment]
    assert mockbw.assert_sent(to="+19195550100").failed  # type: ignore[attr-defined]
    mockbw.now = datetime.now().astimezone()  # type: ignore[misc]  # time is moved by advance
    mockbw.play(["carrier-spam"])  # type: ignore[arg-type]  # one at a time
    assert mockbw.play("carrier-spam").id  # type: ignore[union-attr]  # only a scenario with `given` starts a message


async def test_what_takes_time_is_awaited(async_mockbw: AsyncMockAccount) -> None:
    await async_mockbw.advance("6h")
    assert_type(await async_mockbw.step(), int)
    assert_type(await async_mockbw.wait_for(to="+19195550100"), Message)
    assert_type(await async_mockbw.handset("+19195550100").texts("hello"), Sequence[Message])
    assert_type(async_mockbw.messages, Sequence[Message])

    assert async_mockbw.step() > 0  # type: ignore[operator]  # not awaited
    assert list(async_mockbw.handset("+19195550100").texts("hello"))  # type: ignore[call-overload]  # not awaited
