"""The FastAPI application under test, in async tests: the application runs in the loop of the test, without a port."""

import httpx
import pytest
from app import Clinic, create_app

from mockbw.sdk import configuration

PATIENT = "+19195550100"


@pytest.fixture
def clinic(async_mockbw):
    return Clinic(configuration(async_mockbw), async_mockbw.account_id)


@pytest.fixture
async def client(async_mockbw, clinic):
    app = create_app(clinic)
    async_mockbw.application = app
    async_mockbw.callback_url = "/callbacks"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://clinic.example") as client:
        yield client


async def remind(client, text="See you tomorrow at 9"):
    answer = await client.post("/reminders", json={"patient": PATIENT, "text": text})
    assert answer.status_code == 201
    return answer.json()["id"]


async def test_a_reminder_that_arrives_is_marked_delivered(async_mockbw, client, clinic):
    message = await remind(client)
    await async_mockbw.settle()
    assert clinic.status[message] == "delivered"
    async_mockbw.assert_delivered(to=PATIENT, text="See you tomorrow*")


async def test_a_reminder_to_a_number_that_is_none_is_marked_failed(async_mockbw, client, clinic):
    async_mockbw.play("carrier-unknown-number")
    message = await remind(client)
    await async_mockbw.settle()
    assert clinic.status[message] == "failed"
    assert clinic.error[message] == async_mockbw.assert_failed().failed_with


async def test_a_picture_counts_as_delivered_when_it_was_handed_off(async_mockbw, client, clinic):
    """Without delivery receipts for MMS, edition 2026 reports delivered for what has only left the platform."""
    message = clinic.remind(PATIENT, "The way to us", media=["https://clinic.example/map.png"])
    await async_mockbw.settle()
    assert clinic.status[message] == "delivered"
    async_mockbw.assert_sent(kind="mms")


async def test_what_happened_while_we_were_down_is_told_within_a_day(async_mockbw, client, clinic):
    clinic.available = False
    message = await remind(client)
    await async_mockbw.advance("20h")
    assert clinic.status[message] == "accepted"
    clinic.available = True
    await async_mockbw.advance("4h")
    assert clinic.status[message] == "delivered"


@pytest.mark.mockbw(scenario="timeline: [{callback: message-delivered, twice: true}, {callback: message-sending, after: 5s}]")
async def test_events_that_come_twice_and_in_the_wrong_order_change_nothing(async_mockbw, client, clinic):
    message = await remind(client)
    await async_mockbw.settle()
    assert [callback.answers for callback in async_mockbw.callbacks] == [["204"], ["204"], ["204"]]
    assert clinic.status[message] == "delivered"


async def test_a_patient_who_texts_stop_gets_a_last_message(async_mockbw, client):
    await remind(client)
    await async_mockbw.settle()
    handset = async_mockbw.handset(PATIENT)
    await handset.texts("STOP")
    await async_mockbw.settle()
    assert [message.text for message in handset.received][-1] == "You will get no more messages from us."
    answer = await client.post("/reminders", json={"patient": PATIENT, "text": "See you tomorrow at 9"})
    assert answer.status_code == 409
