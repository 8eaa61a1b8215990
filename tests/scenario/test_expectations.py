"""What a scenario expects is judged against what was recorded, and the difference is said in words."""

from __future__ import annotations

import pytest

from mockbw.scenario.expectations import judge
from mockbw.scenario.loader import load_text
from mockbw.scenario.rehearsal import rehearse
from tests.support import CoreBench

SPAM = """
name: spam
match: {kind: sms}
timeline:
  - {callback: message-sent, after: 1s}
  - {callback: message-failed, error: 4770, after: 2s}
retry: {delays: [10s, 20s], repeat: false}
"""


def verdict(expectation: str, answers=(200,), scenario: str = SPAM) -> str:
    """Return what the judge says of one expectation; empty when it held."""
    source = load_text(f"{scenario}\nexpect: [{expectation}]")[0]
    rehearsal = rehearse(source, answers=answers)
    assert rehearsal.message is not None
    [judgement] = judge(source, rehearsal.records, [rehearsal.message.id])
    return "" if judgement.held else str(judgement)


@pytest.mark.parametrize(
    ("expectation", "answers"),
    [
        ("{callback: message-sent}", [200]),
        ("{callback: message-failed, error: 4770, times: 1, attempts: 1, answered: 2xx, ends: delivered}", [204]),
        ("{callback: message-sent, answered: [500, timeout, 2xx], attempts: 3}", [500, "timeout", 200]),
        ("{callback: message-sent, answered: [503, reset], ends: expired}", [503, "reset"]),
        ("{callback: message-delivered, times: 0}", [200]),
        ("{callback: message-failed, to: '+1919555*'}", [200]),
        ("{callback: message-sent, to: '/0100$/'}", [200]),
        ("{callback: message-sent, within: 1s}", [200]),
    ],
)
def test_an_expectation_that_came_true_holds(expectation, answers):
    assert verdict(expectation, answers) == ""


@pytest.mark.parametrize(
    ("expectation", "answers", "said"),
    [
        (
            "{callback: message-delivered}",
            [200],
            "expected message-delivered\n  but none was sent, only message-sent, message-failed 4770 about +19195550100",
        ),
        (
            "{callback: message-failed, error: 4432}",
            [200],
            "expected message-failed 4432\n  but none was sent, only message-sent, message-failed 4770 about +19195550100",
        ),
        ("{callback: message-sent, times: 2}", [200], "expected message-sent 2 times\n  but it was sent 1 time, not 2"),
        ("{callback: message-sent, times: 0}", [200], "expected message-sent never\n  but it was sent 1 time, not 0"),
        (
            "{callback: message-sent, attempts: 1, ends: delivered}",
            [500, 500, 500],
            "expected message-sent, in 1 attempt, finally delivered\n"
            "  but message-sent took 3 attempts, not 1\n"
            "  but message-sent is expired, not delivered",
        ),
        (
            "{callback: message-sent, answered: [500, 2xx]}",
            ["reset", 200],
            "expected message-sent, answered 500, 2xx\n  but message-sent was answered reset at attempt 1, not 500",
        ),
        (
            "{callback: message-sent, answered: [500, 2xx]}",
            [500, 404, 200],
            "expected message-sent, answered 500, 2xx\n  but message-sent was answered 404 at attempt 2, not 2xx",
        ),
        (
            "{callback: message-sent, answered: [200, 200]}",
            [200],
            "expected message-sent, answered 200, 200\n  but message-sent was answered 1 time, not 2",
        ),
        (
            "{sends: {to: '+19195550100', text: /STOP/}}",
            [200],
            "expected the application to send a message (to +19195550100, text /STOP/)\n  but none was sent; it sent nothing",
        ),
    ],
)
def test_an_expectation_that_did_not_come_true_says_the_difference(expectation, answers, said):
    assert verdict(expectation, answers) == said


def test_the_reply_of_the_handset_belongs_to_the_message_it_answers():
    reply = "name: r\ntimeline:\n  - {reply: 'Yes', after: 1s}"
    assert verdict("{callback: message-received, times: 1}", scenario=reply) == ""


def test_what_the_application_sends_is_any_outbound_message_that_the_scenario_was_not_played_for():
    source = load_text("name: first\nmatch: {text: first}\nexpect: [{sends: {text: second}, times: 1}]")[0]
    bench = CoreBench(source.text)
    bench.post(text="first")
    bench.run()
    [judgement] = judge(source, bench.account.records)
    assert judgement.differences == ("it was sent 0 times, not 1; it sent nothing",)
    bench.post(text="third")
    bench.run()
    [judgement] = judge(source, bench.account.records)
    third = bench.entries[-1]
    assert "text is 'third', expected 'second'" in judgement.differences[0], third
    bench.post(text="second")
    bench.run()
    assert judge(source, bench.account.records)[0].held
