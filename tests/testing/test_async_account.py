"""The fixture in the hands of an async test: the test's loop stays free while time goes on."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import aiohttp
import pytest
from aiohttp import web

from mockbw.errors import ClockError, MockbwError
from tests.testing.support import RECIPIENT, SENDER, Asgi, post


@pytest.fixture
def app(async_mockbw):
    app = Asgi()
    async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
    return app


async def test_time_stands_until_the_test_moves_it(async_mockbw, app):
    before = async_mockbw.now
    post(async_mockbw)
    await async_mockbw.advance("1s")
    assert (async_mockbw.now, app.types) == (before + timedelta(seconds=1), ["message-sent"])
    assert await async_mockbw.step() == 1
    assert app.types == ["message-sent", "message-delivered"]
    await async_mockbw.advance_to(before + timedelta(days=1))
    assert async_mockbw.now == before + timedelta(days=1)


async def test_post_advance_a_day_and_assert_in_one_loop_with_an_application_served_over_http(async_mockbw, aiohttp_client):
    """Client, application and test share the loop; the endpoint fails at first and is tried again."""
    received = []

    async def callbacks(request):
        received.extend(event["type"] for event in await request.json())
        return web.Response(status=503 if len(received) == 1 else 200)

    app = web.Application()
    app.router.add_post("/callbacks", callbacks)
    client = await aiohttp_client(app)
    async_mockbw.callback_url = str(client.make_url("/callbacks"))
    body = {"applicationId": "a", "from": SENDER, "to": [RECIPIENT], "text": "hi"}
    url = f"{async_mockbw.base_url}/users/{async_mockbw.account_id}/messages"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert answer.status == 202
    await async_mockbw.advance("24h")
    assert received == ["message-sent", "message-delivered", "message-sent"]
    async_mockbw.assert_delivered(to=RECIPIENT)


async def test_waiting_for_what_a_task_sends(async_mockbw, app):
    async def later():
        await asyncio.to_thread(post, async_mockbw, text="from a task")

    task = asyncio.create_task(later())
    message = await async_mockbw.wait_for(text="from a task")
    assert message.status == "accepted"
    await task


async def test_a_handset_writes_and_the_application_has_been_told_when_it_is_awaited(async_mockbw, app):
    [message] = await async_mockbw.handset(RECIPIENT).texts("STOP", to=SENDER)
    assert (message.text, app.types) == ("STOP", ["message-received"])


async def test_a_handset_whose_application_fails_is_not_waited_for_longer_than_one_attempt(async_mockbw, app):
    app.answers = [503]
    [message] = await async_mockbw.handset(RECIPIENT).texts("STOP", to=SENDER)
    assert message.callbacks[0].answers == ["503"]
    await async_mockbw.settle()
    assert message.callbacks[0].answers == ["503", "200"]


@pytest.mark.mockbw(clock="scaled")
async def test_a_clock_that_flows_cannot_be_advanced(async_mockbw):
    with pytest.raises(ClockError, match=r"^a scaled clock runs by itself: set it to manual first \(mockbw clock manual\)$"):
        await async_mockbw.advance("1h")


async def test_two_moves_at_once_take_their_turns(async_mockbw, app):
    before = async_mockbw.now
    post(async_mockbw)
    await asyncio.gather(async_mockbw.advance("1h"), async_mockbw.advance("1h"), async_mockbw.settle())
    assert before + timedelta(hours=1) <= async_mockbw.now <= before + timedelta(hours=2)
    assert app.types == ["message-sent", "message-delivered"]


async def test_moving_time_from_inside_a_callback_is_refused_instead_of_waiting_for_ever(async_mockbw):
    seen = []

    async def app(scope, receive, send):
        with pytest.raises(MockbwError) as caught:
            await async_mockbw.advance("1h")
        seen.append(str(caught.value))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body"})

    async_mockbw.application, async_mockbw.callback_url = app, "/callbacks"
    await async_mockbw.handset(RECIPIENT).texts("hi", to=SENDER)
    assert seen == ["the application is handling a callback right now: time moves only after it has answered"]
