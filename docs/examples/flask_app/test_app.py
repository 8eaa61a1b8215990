"""The Flask application under test: no server of its own, callbacks go straight to the application object."""

import pytest
from app import Reminders, create_app

from mockbw.sdk import configuration

GUEST = "+19195550100"


@pytest.fixture
def reminders(mockbw):
    reminders = Reminders(configuration(mockbw), mockbw.account_id)
    mockbw.application = create_app(reminders)
    mockbw.callback_url = "/callbacks"
    return reminders


def test_a_reminder_that_arrives_is_marked_delivered(mockbw, reminders):
    message = reminders.send(GUEST, "Your table is ready")
    assert reminders.status[message] == "accepted"
    mockbw.settle()
    assert reminders.status[message] == "delivered"
    assert mockbw.assert_delivered(to=GUEST, text="Your table is ready").id == message


def test_a_refused_reminder_is_marked_failed_with_its_code(mockbw, reminders):
    mockbw.play("carrier-spam")
    message = reminders.send(GUEST, "WIN A FREE DESSERT")
    mockbw.settle()
    assert (reminders.status[message], reminders.error[message]) == ("failed", 4770)


def test_a_picture_gets_no_receipt_and_stays_sent(mockbw, reminders):
    message = reminders.send(GUEST, "This is your table", picture="https://restaurant.example/table.png")
    mockbw.settle()
    assert reminders.status[message] == "sent"
    mockbw.assert_sent(kind="mms", media="https://restaurant.example/*")


def test_what_happened_while_we_were_down_is_told_within_a_day(mockbw, reminders):
    reminders.available = False
    message = reminders.send(GUEST, "Your table is ready")
    mockbw.advance("20h")
    assert reminders.status[message] == "accepted"
    reminders.available = True
    mockbw.advance("4h")
    assert reminders.status[message] == "delivered"
    assert mockbw.callbacks[-1].answers == ["503"] * 26 + ["204"]


def test_after_a_day_the_platform_gives_up(mockbw, reminders):
    mockbw.allow_expired_callbacks()
    reminders.available = False
    message = reminders.send(GUEST, "Your table is ready")
    mockbw.settle()
    reminders.available = True
    mockbw.advance("24h")
    assert reminders.status[message] == "accepted"


def test_events_that_come_twice_and_in_the_wrong_order_change_nothing(mockbw, reminders):
    mockbw.play("""
        timeline:
          - {callback: message-delivered, after: 1s, twice: true}
          - {callback: message-sent, after: 1s}
    """)
    message = reminders.send(GUEST, "Your table is ready")
    mockbw.settle()
    assert [callback.type for callback in mockbw.callbacks] == ["message-delivered", "message-delivered", "message-sent"]
    assert reminders.status[message] == "delivered"


def test_a_guest_who_texts_stop_gets_no_more_reminders(mockbw, reminders):
    reminders.send(GUEST, "Your table is ready")
    mockbw.settle()
    mockbw.handset(GUEST).texts("Stop")
    assert reminders.send(GUEST, "Your table is still ready") is None
    mockbw.assert_sent(to=GUEST)
