"""The story of an account, as the report of a failed test tells it."""

from __future__ import annotations

from textwrap import dedent

import pytest

from mockbw.testing.timeline import render_timeline
from tests.support import DOWN, CoreBench
from tests.testing.support import RECIPIENT, SENDER, Wsgi, post

pytestmark = pytest.mark.mockbw(start="2018-01-24T16:00:00Z", account="9900000")


def timeline_of(mockbw):
    return mockbw.timeline.replace(mockbw.url, "http://SERVER")


def expected(text):
    return dedent(text).strip("\n")


def test_attempts_that_end_alike_share_a_line_and_others_do_not(mockbw):
    mockbw.application, mockbw.callback_url = Wsgi([503, 503, 503, 404, 404, 200]), "/callbacks"
    mockbw.play("name: one-event\ntimeline: [{callback: message-sent, after: 1s}]")
    post(mockbw)
    mockbw.settle()
    assert timeline_of(mockbw) == expected(
        """
        account 9900000, edition 2018-01, manual clock at 2018-01-24T16:15:31Z
        2018-01-24T16:00:00.000Z is +0s
              +0s  out sms +19195550199 → +19195550100 'Your table is ready' accepted: scenario one-event
              +1s  cb-1 message-sent: to http://testserver/callbacks
              +1s  cb-1 message-sent attempt 1: 503
             +31s  cb-1 message-sent attempts 2 to 3: 503, the last at +1m31s
           +3m31s  cb-1 message-sent attempt 4: 404
           +7m31s  cb-1 message-sent attempt 5: 404
          +15m31s  cb-1 message-sent attempt 6: 200
        """
    )


def test_it_says_why_nobody_was_told_and_which_scenario_came_near(mockbw):
    mockbw.play("name: for-others\nmatch: {to: '+1919666*'}")
    post(mockbw)
    mockbw.settle()
    assert timeline_of(mockbw) == expected(
        """
        account 9900000, edition 2018-01, manual clock at 2018-01-24T16:00:03Z
        2018-01-24T16:00:00.000Z is +0s
              +0s  out sms +19195550199 → +19195550100 'Your table is ready' accepted: the edition's own timeline
              +0s      not for-others: to is '+19195550100', expected '+1919666*'
              +1s  message-sent: no callback is sent, application 93de2206-9669-4e07-948d-329f4b722ee2 has no callback URL
              +3s  message-delivered: no callback is sent, application 93de2206-9669-4e07-948d-329f4b722ee2 has no callback URL
        """
    )


def test_it_tells_of_handsets_networks_outages_and_refusals(mockbw):
    mockbw.allow_refused_requests()
    mockbw.application, mockbw.callback_url = Wsgi(), "/callbacks"
    mockbw.handset(RECIPIENT).texts("STOP", to="+18005550199")
    mockbw.play("name: trouble\ntimeline: [{set-state: gone, after: 1s}, {outage: 1h, after: 1s}]")
    post(mockbw, text="x" * 80, media=["https://example.com/a.png"])
    mockbw.settle()
    post(mockbw)
    lines = [line.strip() for line in timeline_of(mockbw).splitlines()[2:]]
    assert lines == [
        f"+0s  in sms {RECIPIENT} → +18005550199 'STOP' received",
        "+0s  cb-1 message-received about +18005550199: to http://testserver/callbacks",
        f"+0s  {RECIPIENT} has opted out of +18005550199",
        f'+0s  the network answers {RECIPIENT}: \'NETWORK MSG: You replied with the word "STOP" which blocks all texts sent '
        'from this number. Text back "UNSTOP" to receive messages again.\'',
        "+0s  cb-1 message-received attempt 1: 200",
        f"+0s  out mms {SENDER} → {RECIPIENT} '{'x' * 59}…' +1 media accepted: scenario trouble",
        f"+1s  the handset {RECIPIENT} is in state gone",
        "+2s  the API is out of order for 1h",
        "+2s  POST /api/v2/users/9900000/messages answered 503: an outage of the API",
    ]


def test_a_story_that_is_too_long_loses_its_middle(mockbw):
    mockbw.play("timeline: []")
    for number in range(201):
        post(mockbw, text=str(number))
    lines = timeline_of(mockbw).splitlines()
    assert len(lines) == 202
    assert lines[101] == "           … 2 lines left out …"
    assert lines[-1].endswith("'200' accepted: scenario unnamed")


def test_it_says_why_a_callback_is_attempted_no_more():
    bench = CoreBench(scenarios="name: one-event\ntimeline: [{callback: message-sent, after: 1s}]", answer=lambda attempt: DOWN)
    bench.post()
    bench.run(until=2_000)
    bench.account.cancel_callback("cb-1", bench.now)
    bench.perform()
    assert [line.strip() for line in render_timeline(bench.entries)[-2:]] == [
        "+1s  cb-1 message-sent attempt 1: 500",
        "+2s  cb-1 message-sent: no more attempts, cancelled by hand",
    ]
