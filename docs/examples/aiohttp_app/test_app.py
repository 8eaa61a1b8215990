"""The aiohttp application under test with pytest-aiohttp: application and test share one loop, callbacks come over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from app import STATUS, WORKS, create_app
from freezegun import freeze_time

CUSTOMER = "+19195550100"


@pytest.fixture
async def client(async_mockbw, aiohttp_client):
    client = await aiohttp_client(create_app(async_mockbw.base_url, async_mockbw.account_id))
    async_mockbw.callback_url = str(client.make_url("/callbacks"))
    return client


async def notify(client, **wanted):
    answer = await client.post("/notifications", json={"customer": CUSTOMER, "text": "Your parcel is here", **wanted})
    assert answer.status == 201
    return (await answer.json())["id"]


async def test_a_notification_that_arrives_is_marked_delivered(async_mockbw, client):
    message = await notify(client)
    await async_mockbw.settle()
    assert client.app[STATUS][message]["status"] == "delivered"
    async_mockbw.assert_delivered(to=CUSTOMER)


async def test_a_notification_to_a_magic_number_fails_with_its_code(async_mockbw, client):
    message = await notify(client, customer="+19995554720")
    await async_mockbw.settle()
    assert client.app[STATUS][message]["error"] == 4720
    async_mockbw.assert_failed(4720)


async def test_a_picture_gets_no_receipt_and_stays_sent(async_mockbw, client):
    message = await notify(client, media=["https://parcels.example/door.png"])
    await async_mockbw.settle()
    assert client.app[STATUS][message]["status"] == "sent"


async def test_what_happened_while_we_were_down_is_told_within_a_day(async_mockbw, client):
    client.app[WORKS].clear()
    message = await notify(client)
    await async_mockbw.advance("20h")
    assert client.app[STATUS][message]["status"] == "accepted"
    client.app[WORKS].set()
    await async_mockbw.advance("4h")
    assert client.app[STATUS][message]["status"] == "delivered"


@pytest.mark.mockbw(scenario="timeline: [{callback: message-delivered, twice: true}, {callback: message-sent, after: 5s}]")
async def test_events_that_come_twice_and_in_the_wrong_order_change_nothing(async_mockbw, client):
    message = await notify(client)
    await async_mockbw.settle()
    assert len(async_mockbw.callbacks) == 3
    assert client.app[STATUS][message]["status"] == "delivered"


async def test_what_a_customer_texts_is_kept(async_mockbw, client):
    await notify(client)
    await async_mockbw.settle()
    await async_mockbw.handset(CUSTOMER).texts("STOP")
    assert client.app[STATUS][CUSTOMER]["text"] == "STOP"


async def test_a_refused_notification_is_passed_on(async_mockbw, client):
    async_mockbw.allow_refused_requests()
    answer = await client.post("/notifications", json={"customer": CUSTOMER})
    assert answer.status == 502
    assert "'text' is required unless media is included" in await answer.text()


async def test_application_and_platform_agree_on_the_time(async_mockbw, client):
    with freeze_time("2024-03-01T12:00:00Z", real_asyncio=True):
        client.app[WORKS].clear()
        message = await notify(client)
        await async_mockbw.advance("3h")
        client.app[WORKS].set()
        await async_mockbw.settle()
    known = client.app[STATUS][message]
    assert known["status"] == "delivered"
    assert timedelta(0) <= known["at"] - datetime(2024, 3, 1, 15, tzinfo=UTC) < timedelta(hours=1)
