"""The fixture in the hands of a sync test: time, handsets, asking and asserting."""

from __future__ import annotations

import json
import re
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from mockbw import Credentials, RetrySchedule
from mockbw.errors import ClockError, MockbwError, SettingsError, UnknownError
from tests.testing.support import RECIPIENT, SENDER, Wsgi, post, post_json


@pytest.fixture
def app(mockbw):
    app = Wsgi()
    mockbw.application, mockbw.callback_url = app, "/callbacks"
    return app


def test_time_stands_until_the_test_moves_it(mockbw, app):
    before = mockbw.now
    post(mockbw)
    assert (mockbw.now, app.types, mockbw.assert_sent().status) == (before, [], "accepted")
    mockbw.advance("1s")
    assert (mockbw.now, app.types, mockbw.assert_sent().status) == (before + timedelta(seconds=1), ["message-sent"], "sent")


def test_settle_goes_on_until_nothing_is_left_to_do(mockbw, app):
    post(mockbw)
    mockbw.settle()
    assert app.types == ["message-sent", "message-delivered"]
    assert mockbw.assert_delivered(to=RECIPIENT).status == "delivered"


def test_step_goes_to_the_next_thing_that_is_due(mockbw, app):
    post(mockbw)
    assert (mockbw.step(), app.types) == (1, ["message-sent"])
    assert (mockbw.step(5), app.types) == (1, ["message-sent", "message-delivered"])


def test_advance_to_takes_an_instant(mockbw, app):
    target = mockbw.now + timedelta(hours=1)
    mockbw.advance_to(target)
    assert mockbw.now == target
    with pytest.raises(ClockError, match=r"^virtual time never goes back: it is .*Z, after 2018-01-24T16:00:00\.000Z$"):
        mockbw.advance_to("2018-01-24T16:00:00Z")


@pytest.mark.parametrize(
    ("by", "error", "message"),
    [
        ("6", ValueError, "the duration '6' lacks a unit: write 6s or 6ms"),
        (6, TypeError, "a duration is a text such as '6s' or a timedelta, not 6"),
        (timedelta(seconds=-1), ValueError, "virtual time never goes back"),
    ],
)
def test_a_duration_that_is_none_is_refused_with_what_would_be_right(mockbw, by, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        mockbw.advance(by)


def test_a_failing_endpoint_is_tried_for_a_day_and_the_message_keeps_its_fate(mockbw, app):
    app.answers = [503] * 20
    mockbw.play("carrier-spam")
    post(mockbw)
    mockbw.advance("24h")
    message = mockbw.assert_failed(4770, to=RECIPIENT)
    assert [(callback.type, callback.status, len(callback.attempts)) for callback in message.callbacks] == [
        ("message-sent", "delivered", 11),
        ("message-failed", "delivered", 11),
    ]


def test_a_message_is_a_live_view(mockbw, app):
    post(mockbw, tag="t", media=["https://example.com/a.png"])
    message = mockbw.assert_sent(kind="mms", tag="t", media="https://example.com/*")
    assert (message.status, message.callbacks) == ("accepted", [])
    mockbw.settle()
    assert (message.status, message.recipients) == ("sent", {RECIPIENT: "sent"})
    assert message.callbacks[0].event["message"]["id"] == message.id
    assert message.callbacks[0].attempts[0].answer == "noted"


def test_a_scenario_is_played_by_name_by_data_by_text_and_from_a_file(mockbw, app, tmp_path):
    file = tmp_path / "fourth.yaml"
    file.write_text("match: {to: '+19195550104'}\ntimeline: []\n")
    mockbw.play("carrier-spam")
    mockbw.play({"name": "second", "match": {"to": "+19195550102"}, "timeline": []})
    mockbw.play("name: third\nmatch: {to: '+19195550103'}\ntimeline: []")
    mockbw.play(file)
    for last in "1234":
        post(mockbw, f"+1919555010{last}")
    assert [message.scenario for message in mockbw.messages] == ["carrier-spam", "second", "third", "fourth"]


def test_a_scenario_that_nobody_knows_is_refused_with_the_nearest(mockbw):
    with pytest.raises(UnknownError, match=r"^There is no scenario 'carrier-spma'\. Did you mean 'carrier-spam'\?$"):
        mockbw.play("carrier-spma")


def test_a_scenario_with_given_starts_and_its_message_is_returned(mockbw, app):
    message = mockbw.play({"name": "stop", "given": {"inbound": {"from": RECIPIENT, "to": SENDER, "text": "STOP"}}})
    mockbw.settle()
    assert (message.direction, message.text, app.types) == ("in", "STOP", ["message-received"])


def test_a_handset_answers_the_number_that_wrote_to_it(mockbw, app):
    handset = mockbw.handset(RECIPIENT)
    with pytest.raises(MockbwError, match=r"^no number has written to \+19195550100 yet: give the one to write to"):
        handset.texts("STOP")
    post(mockbw)
    assert handset.received == []
    mockbw.settle()
    assert [message.text for message in handset.received] == ["Your table is ready"]
    [answer] = handset.texts("STOP")
    assert (answer.to, answer.status, answer.callbacks[0].answers) == ((SENDER,), "received", ["200"])
    assert app.types == ["message-sent", "message-delivered", "message-received"]


def test_a_handset_sends_pictures_and_group_messages(mockbw, app):
    handset = mockbw.handset(RECIPIENT)
    handset.sends_picture("https://example.com/a.png", text="look", to=SENDER)
    handset.texts("all of you", to=[SENDER, "+19195550198"])
    assert [(message.kind, message.media) for message in mockbw.messages] == [
        ("mms", ("https://example.com/a.png",)),
        ("group", ()),
    ]


def test_a_toll_free_number_shows_what_the_network_said_to_the_handset(mockbw, app):
    handset = mockbw.handset(RECIPIENT)
    handset.texts("STOP", to="+18005550199")
    assert handset.opted_out_of == ["+18005550199"]
    assert [text[:12] for text in handset.network_messages] == ["NETWORK MSG:"]


def test_requests_tell_why_they_were_refused(mockbw):
    mockbw.allow_refused_requests()
    post(mockbw, text=None)
    [request] = mockbw.requests
    assert (request.status, request.refused, request.because) == (400, True, "'text' is required unless media is included")


def test_settings_can_be_changed_by_name(mockbw):
    mockbw.configure(rate=1.0)
    assert mockbw.settings.rate == 1.0
    with pytest.raises(SettingsError, match=r"^an account has no setting 'rat': did you mean 'rate'\?$"):
        mockbw.configure(rat=1.0)


def test_what_is_due_only_after_weeks_is_not_waited_for_but_can_be_gone_to(mockbw, app):
    mockbw.play("name: late\ntimeline: [{callback: message-sent, after: 10d}]")
    post(mockbw)
    with pytest.raises(
        ClockError, match=r"^the account is not idle after 7d of virtual time: advance to what is due later, or cancel it$"
    ):
        mockbw.settle()
    mockbw.advance("10d")
    assert app.types == ["message-sent"]


def test_settings_can_be_written_as_in_the_configuration(mockbw):
    mockbw.configure(retry=["5s", "1m"], keep_for="1h", queue_seconds="10m", callback_types={"message-sent"}, strict="yes")
    mockbw.configure(api_credentials=["user:password"], rate=2)
    settings = mockbw.settings
    assert settings.retry == RetrySchedule(delays=(5_000, 60_000))
    assert (settings.keep_for, settings.queue_seconds, settings.strict, settings.rate) == (3_600_000, 600, True, 2)
    assert settings.api_credentials == (Credentials("user", "password"),)
    assert settings.callback_types == frozenset({"message-sent"})
    mockbw.configure(rate=None, queue_seconds=None)
    assert (mockbw.settings.rate, mockbw.settings.queue_seconds) == (None, 900)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("retry", [5_000, 60_000], "a duration is written as 500ms, 2s, 10m, 24h or 1d"),
        ("rate", 0, "'rate' must be a number above 0, at most 100000, not '0'"),
        ("rate", float("nan"), "'rate' must be a number above 0, at most 100000, not 'nan'"),
        ("applications", {"a": {"callback_url": "http://a"}}, "unknown key 'callback_url'. Did you mean 'callback-url'?"),
        ("numbers", ["+19195550199"], "'numbers' must be a mapping (key: value), not a list"),
        ("callback_types", {"message-snt"}, "no edition has an event 'message-snt'. Did you mean 'message-sent'?"),
        ("strict", "maybe", "'strict' must be true or false, not 'maybe'"),
        ("redirects", "maybe", "'redirects' must be 'fail', 'follow' or 'accept', not 'maybe'"),
        ("queue_seconds", 0, "'queue' must be a duration of at least 1s, not '0s'"),
        ("keep_messages", "all", "'keep-messages' must be a whole number from 100 to 10000000, not 'all'"),
        ("api_credentials", [("user", "hunter2")], "credentials are written as USER:PASSWORD"),
    ],
)
def test_a_setting_of_the_wrong_kind_says_what_it_must_be_and_changes_nothing(mockbw, setting, value, said):
    before = mockbw.settings
    with pytest.raises(SettingsError, match=f"^{re.escape(f'{setting}: {said}')}$"):
        mockbw.configure(**{setting: value})
    assert mockbw.settings is before


@pytest.mark.mockbw(rate=5, redirects="follow", day="10s", clock="scaled", concurrency=2)
def test_the_marker_takes_every_setting_of_an_account(mockbw):
    assert (mockbw.settings.rate, mockbw.settings.redirects, mockbw.clock) == (5, "follow", "scaled")


def test_a_callback_url_must_be_one(mockbw):
    with pytest.raises(SettingsError, match=r"^'localhost/callbacks' is not a valid URL: write http://host:port/path"):
        mockbw.callback_url = "localhost/callbacks"


@pytest.mark.mockbw(clock="scaled")
def test_waiting_for_a_message_on_a_clock_that_flows(mockbw, app):
    post(mockbw)
    message = mockbw.wait_for(to=RECIPIENT, status="delivered")
    assert [callback.type for callback in message.callbacks] == ["message-sent", "message-delivered"]


@pytest.mark.mockbw(
    clock="auto", edition="2018-01", account="5551234", start="2018-01-24T16:00:00Z", seed="a", scenario="carrier-spam"
)
def test_the_marker_says_how_the_account_begins(mockbw, app):
    posted = post(mockbw)
    mockbw.settle()
    assert (mockbw.account_id, mockbw.clock, mockbw.edition, posted["time"]) == (
        "5551234",
        "auto",
        "2018-01",
        "2018-01-24T16:00:00Z",
    )
    assert mockbw.assert_sent().scenario == "carrier-spam"
    assert app.types == ["message-sent", "message-failed"]


def test_two_accounts_of_one_test_never_meet(mockbw, async_mockbw):
    assert mockbw.account_id != async_mockbw.account_id
    post(mockbw)
    async_mockbw.assert_not_sent()


def test_a_second_test_gets_an_empty_account(mockbw):
    assert (mockbw.messages, mockbw.callbacks, mockbw.requests) == ([], [], [])


def test_what_is_posted_to_another_account_is_not_the_tests(mockbw):
    mockbw.allow_other_accounts()
    post_json(f"{mockbw.base_url}/users/1234567/messages", {})
    assert mockbw.requests == []


def test_an_application_that_is_served_in_another_thread_is_called_over_http(mockbw):
    """The test's thread waits in advance() while the application answers in its own, and posts from there."""
    received = []

    class Endpoint(BaseHTTPRequestHandler):
        def do_POST(self):
            received.extend(event["type"] for event in json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            if received[-1] == "message-received":
                post(mockbw, text="Goodbye")
            self.send_response(503 if len(received) == 1 else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Endpoint) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        mockbw.callback_url = f"http://127.0.0.1:{server.server_port}/callbacks"
        post(mockbw)
        mockbw.advance("24h")
        mockbw.handset(RECIPIENT).texts("STOP")
        server.shutdown()
        thread.join()
    assert received == ["message-sent", "message-delivered", "message-sent", "message-received"]
    mockbw.assert_sent(text="Goodbye")
    mockbw.assert_delivered(text="Your table is ready")
