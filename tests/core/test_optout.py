"""What the network does about STOP and UNSTOP on toll-free numbers (P15), and about senders of others (P4)."""

from __future__ import annotations

from typing import Any

import pytest

from mockbw.core.account import InboundDraft
from mockbw.core.entries import NetworkReplied
from tests.support import RECIPIENT, SENDER, CoreBench

TOLL_FREE = "+18885550100"


def conversation(*texts: str, own: str = TOLL_FREE, edition: str = "2026") -> CoreBench:
    """Let the consumer say something to the own number, one text after the other."""
    run = CoreBench(edition=edition)
    for text in texts:
        run.account.receive(InboundDraft(RECIPIENT, (own,), text), run.now)
        run.perform()
    return run


def outcome(run: CoreBench, **rest: Any) -> list[tuple[str, int | None]]:
    """Post to the consumer and return type and error code of every event about it."""
    message = run.post(**{"sender": TOLL_FREE, **rest})
    run.run()
    return [(event["type"], event.get("errorCode")) for _, event in run.notifications() if event["message"]["id"] == message.id]


@pytest.mark.parametrize("word", ["STOP", "stop", "Stop", "STOP "])
def test_stop_to_a_toll_free_number_opts_out_and_the_network_answers(word):
    run = conversation(word)
    (reply,) = run.of(NetworkReplied)
    assert (reply.sender, reply.to) == (TOLL_FREE, RECIPIENT)
    assert reply.text == (
        'NETWORK MSG: You replied with the word "STOP" which blocks all texts sent from this number. '
        'Text back "UNSTOP" to receive messages again.'
    )
    assert outcome(run) == [("message-failed", 4775)]


@pytest.mark.parametrize("kind", [{"media": ("https://media.test/a.png",)}, {}])
@pytest.mark.parametrize(
    ("edition", "types"),
    [("2018-01", ["message-sent", "message-failed"]), ("2023", ["message-failed"]), ("2026", ["message-failed"])],
)
def test_an_opted_out_consumer_gets_neither_sms_nor_mms(edition, types, kind):
    events = outcome(conversation("STOP", edition=edition), **kind)
    assert events[-1] == ("message-failed", 4775)
    assert [type_ for type_, _ in events if type_ != "message-sending"] == types


def test_the_word_is_told_to_the_application_all_the_same():
    run = conversation("STOP")
    assert [(event["type"], event["message"]["text"]) for _, event in run.notifications()] == [("message-received", "STOP")]


@pytest.mark.parametrize("word", ["UNSTOP", "unstop", "UnStop  "])
def test_unstop_opts_in_again_and_the_network_answers(word):
    run = conversation("STOP", word)
    assert run.of(NetworkReplied)[1].text == (
        'NETWORK MSG: You have replied "unstop" and will begin receiving messages again from this number.'
    )
    assert outcome(run) == [("message-delivered", None)]


@pytest.mark.parametrize("word", [" UNSTOP", "UNSTOP!", "please UNSTOP", "START"])
def test_unstop_must_stand_alone(word):
    run = conversation("STOP", word)
    assert len(run.of(NetworkReplied)) == 1
    assert outcome(run) == [("message-failed", 4775)]


@pytest.mark.parametrize("word", ["STOP!", "STOPALL", "don't stop", "QUIT"])
def test_other_words_opt_nobody_out(word):
    run = conversation(word)
    assert run.of(NetworkReplied) == []
    assert outcome(run) == [("message-delivered", None)]


def test_on_a_local_number_stop_is_an_ordinary_message():
    run = conversation("STOP", own=SENDER)
    assert run.of(NetworkReplied) == []
    assert outcome(run, sender=SENDER) == [("message-delivered", None)]


def test_opting_out_of_one_number_leaves_the_others():
    run = conversation("STOP")
    assert outcome(run, sender="+18005550100") == [("message-delivered", None)]
    assert outcome(run, to="+19195550177") == [("message-delivered", None)]
