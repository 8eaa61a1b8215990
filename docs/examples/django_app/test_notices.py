"""The Django application under test with pytest-django: callbacks are handled in the thread of the test, in its transaction."""

from datetime import UTC, datetime

import pytest
from django.core.wsgi import get_wsgi_application
from freezegun import freeze_time
from notices.models import Notice
from notices.sending import send

from mockbw.sdk import configuration

READER = "+19195550100"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def platform(mockbw, settings):
    settings.BANDWIDTH = configuration(mockbw)
    settings.BANDWIDTH_ACCOUNT = mockbw.account_id
    mockbw.application = get_wsgi_application()
    mockbw.callback_url = "/callbacks"


def test_a_notice_that_arrives_is_marked_delivered(mockbw):
    notice = send(READER, "Your book is here")
    assert notice.status == "accepted"
    mockbw.settle()
    notice.refresh_from_db()
    assert notice.status == "delivered"
    mockbw.assert_delivered(to=READER, text="Your book is here")


def test_a_refused_notice_is_marked_failed_with_its_code(mockbw):
    mockbw.play("refused-country")
    send(READER, "Your book is here")
    mockbw.settle()
    notice = Notice.objects.get(reader=READER)
    assert (notice.status, notice.error) == ("failed", 4432)
    mockbw.assert_failed(4432)


def test_a_picture_counts_as_delivered_when_it_was_handed_off(mockbw):
    notice = send(READER, "Your book", media=["https://library.example/book.png"])
    mockbw.settle()
    notice.refresh_from_db()
    assert notice.status == "delivered"
    mockbw.assert_sent(kind="mms")


def test_what_happened_while_we_were_down_is_told_within_a_day(mockbw, settings):
    settings.MAINTENANCE = True
    notice = send(READER, "Your book is here")
    mockbw.advance("20h")
    notice.refresh_from_db()
    assert notice.status == "accepted"
    settings.MAINTENANCE = False
    mockbw.advance("4h")
    notice.refresh_from_db()
    assert notice.status == "delivered"


def test_events_that_come_twice_and_in_the_wrong_order_change_nothing(mockbw):
    mockbw.play("timeline: [{callback: message-delivered, twice: true}, {callback: message-sending, after: 5s}]")
    notice = send(READER, "Your book is here")
    mockbw.settle()
    notice.refresh_from_db()
    assert notice.status == "delivered"
    assert [callback.answers for callback in mockbw.callbacks] == [["204"]] * 3


def test_a_reader_who_texts_stop_gets_no_more_notices(mockbw):
    send(READER, "Your book is here")
    mockbw.settle()
    mockbw.handset(READER).texts("stop")
    assert send(READER, "Your book is still here") is None
    mockbw.assert_sent(to=READER)


def test_a_late_receipt_is_stored_with_the_time_at_which_it_came(mockbw):
    mockbw.play("timeline: [{callback: message-delivered, after: 6h}]")
    with freeze_time("2024-03-01T12:00:00Z"):
        send(READER, "Your book is here")
        mockbw.settle()
    assert Notice.objects.get(reader=READER).changed == datetime(2024, 3, 1, 18, tzinfo=UTC)
