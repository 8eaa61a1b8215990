"""What an entry is about: the message and the callback that it names."""

from __future__ import annotations

from typing import get_args

import pytest

from mockbw.core import entries as j
from mockbw.core.account import InboundDraft
from mockbw.core.model import Fault, Outcome
from tests.support import RECIPIENT, SENDER, CoreBench

STEP = j.StepRef("m-1", 0, 2)


@pytest.mark.parametrize(
    ("entry", "message", "callback"),
    [
        (j.AnswerWaived(0, "m-1"), "m-1", None),
        (j.RequestAnswered(0, "POST", "/messages", 202, "m-1"), "m-1", None),
        (j.RequestAnswered(0, "GET", "/messages", 200), None, None),
        (j.AttemptScheduled(0, "cb-1", 1, 0), None, "cb-1"),
        (j.AttemptFinished(0, "cb-1", 1, Outcome(fault=Fault.REFUSED)), None, "cb-1"),
        (j.CallbackCancelled(0, "cb-1", "cancelled by hand"), None, "cb-1"),
        (j.StepPassed(0, STEP, "nothing to do"), "m-1", None),
        (j.StateSet(0, RECIPIENT, "away", STEP), "m-1", None),
        (j.StateSet(0, RECIPIENT, "away"), None, None),
        (j.NetworkReplied(0, SENDER, RECIPIENT, "stopped"), None, None),
        (j.MessagesForgotten(0, ("m-1",), ("cb-1",), 1), None, None),
        (j.ClockStopped(0), None, None),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, get_args(j.Entry)) else str(value),
)
def test_an_entry_is_about_the_message_and_the_callback_that_it_names(entry, message, callback):
    assert j.about(entry) == (message, callback)


def test_a_message_and_its_callback_are_named_together_once_when_the_callback_is_created():
    bench = CoreBench()
    message = bench.post()
    bench.run()
    [accepted] = bench.of(j.MessageAccepted)
    assert j.about(accepted) == (message.id, None)
    assert [j.about(created) for created in bench.of(j.CallbackCreated)] == [(message.id, "cb-1"), (message.id, "cb-2")]


def test_a_handsets_reply_is_a_message_of_its_own_though_a_step_of_another_led_to_it():
    bench = CoreBench(scenarios="name: answers\ntimeline: [{reply: hello, after: 1s}]")
    posted = bench.post()
    bench.run()
    [received] = bench.of(j.MessageReceived)
    assert received.cause.message == posted.id
    assert j.about(received) == (received.message.id, None)


def test_what_the_network_does_for_a_handset_is_about_no_message():
    bench = CoreBench()
    bench.account.receive(InboundDraft(RECIPIENT, ("+18005550199",), "STOP"), bench.now)
    bench.perform()
    assert {j.about(entry) for kind in (j.NetworkReplied, j.OptedOut) for entry in bench.of(kind)} == {(None, None)}
