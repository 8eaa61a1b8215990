"""What an account does with messages, without IO: the walk through each kind, and the edges the state machine cannot name."""

from __future__ import annotations

import json
from dataclasses import replace
from random import Random

import pytest

from mockbw.core import entries as j
from mockbw.core.account import InboundDraft
from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import CallbackStatus, Kind, Outcome, RecipientStatus
from mockbw.core.settings import AccountSettings
from mockbw.errors import UnknownError
from tests.support import DOWN, RECIPIENT, SENDER, START, URL, CoreBench, draft

PICTURE = "https://media.example.com/menu.png"
OTHER = "+19195550101"


def test_an_sms_is_told_as_sent_and_then_as_delivered() -> None:
    bench = CoreBench()
    bench.post()
    bench.run()
    assert bench.events == [(1000, "message-sent"), (3000, "message-delivered")]


def test_an_mms_is_told_as_sent_and_never_as_delivered() -> None:
    bench = CoreBench()
    assert bench.post(media=(PICTURE,)).kind is Kind.MMS
    bench.run()
    assert bench.events == [(1000, "message-sent")]


def test_a_group_message_is_told_as_sent_once_for_all_its_recipients() -> None:
    bench = CoreBench()
    assert bench.post(to=(RECIPIENT, OTHER)).kind is Kind.GROUP
    bench.run()
    assert bench.events == [(1000, "message-sent")]
    assert "to" not in json.loads(bench.attempts[0].body)[0]


@pytest.mark.parametrize(
    ("code", "events"),
    [
        (4432, [(1000, "message-failed")]),
        (4770, [(1000, "message-sent"), (3000, "message-failed")]),
        (5600, [(1000, "message-sent"), (3000, "message-failed")]),
    ],
)
def test_bandwidth_refuses_at_once_and_a_carrier_after_the_message_was_sent(code: int, events: list[tuple[int, str]]) -> None:
    bench = CoreBench(f"{{name: x, timeline: [{{outcome: failed, error: {code}}}]}}")
    bench.post()
    bench.run()
    assert bench.events == events
    assert json.loads(bench.attempts[-1].body)[0]["errorCode"] == code


def test_the_payload_of_each_event_is_the_editions_to_the_byte() -> None:
    bench = CoreBench()
    bench.post(tag="booking-81")
    bench.run()
    message = (
        b'"message":{"id":"15168096000003dyzdn2yjirglmpv","time":"2018-01-24T16:00:00Z","to":["+19195550100"],'
        b'"from":"+19195550199","text":"Your table is ready","applicationId":"93de2206-9669-4e07-948d-329f4b722ee2",'
        b'"tag":"booking-81","owner":"+19195550199","direction":"out"}}]'
    )
    sent = b'[{"type":"message-sent","time":"2018-01-24T16:00:01Z","description":"Outgoing message sent",'
    delivered = b'[{"type":"message-delivered","time":"2018-01-24T16:00:03Z","description":"Message delivered to carrier",'
    assert [attempt.body for attempt in bench.attempts] == [sent + message, delivered + message]


def test_no_callback_leaves_before_the_client_was_told() -> None:
    bench = CoreBench()
    submission = bench.account.submit(draft(), bench.now)
    assert submission.message is not None
    assert bench.account.next_deadline() is None
    bench.account.waive_answer(submission.message.id, bench.now + 5000)
    bench.run()
    assert bench.events[0][1] == "message-sent"
    assert bench.attempts[0].due >= START + 5000


def test_an_event_happens_when_it_is_due_even_when_the_client_was_told_late() -> None:
    bench = CoreBench()
    submission = bench.account.submit(draft(), START)
    assert submission.message is not None
    bench.now = START + 2000
    bench.account.waive_answer(submission.message.id, bench.now)
    bench.run()
    assert json.loads(bench.attempts[0].body)[0]["time"] == "2018-01-24T16:00:01Z"


def test_a_callback_nobody_could_be_given_is_journaled_with_the_reason() -> None:
    bench = CoreBench(settings=AccountSettings())
    bench.post()
    bench.run()
    assert bench.attempts == []
    withheld = bench.of(j.CallbackWithheld)
    assert [entry.event.type for entry in withheld] == ["message-sent", "message-delivered"]
    assert withheld[0].because == "application 93de2206-9669-4e07-948d-329f4b722ee2 has no callback URL"


def test_the_status_of_a_recipient_follows_its_events() -> None:
    bench = CoreBench("{name: x, match: {to: '+19195550101'}, timeline: [{outcome: failed, error: 4770, to: '+19195550101'}]}")
    message = bench.post(to=(RECIPIENT, OTHER))
    record = bench.account.records.messages[message.id]
    assert [recipient.status for recipient in record.recipients] == [RecipientStatus.ACCEPTED, RecipientStatus.ACCEPTED]
    bench.run()
    statuses = {recipient.number: (recipient.status, recipient.error) for recipient in record.recipients}
    assert statuses[OTHER] == (RecipientStatus.FAILED, 4770)
    assert record.status is RecipientStatus.FAILED
    assert record.failed_with == 4770


def test_redelivery_is_one_extra_attempt_and_is_never_rescheduled() -> None:
    bench = CoreBench()
    bench.post(media=(PICTURE,))
    bench.run()
    bench.answer = lambda attempt: DOWN
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    assert bench.account.next_deadline() is None
    callback = bench.account.records.callbacks["cb-1"]
    assert callback.status is CallbackStatus.DELIVERED
    assert [(attempt.by_hand, str(attempt.outcome)) for attempt in callback.attempts] == [(False, "200"), (True, "500")]


def test_a_redelivery_that_is_answered_ends_the_retries() -> None:
    answers = iter([DOWN])
    bench = CoreBench(answer=lambda attempt: next(answers, Outcome(status=200)))
    bench.post(media=(PICTURE,))
    bench.run(until=5000)
    assert bench.account.next_deadline() == START + 31_000
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    assert bench.account.next_deadline() is None
    assert bench.account.idle


def test_an_expired_callback_can_be_redelivered() -> None:
    bench = CoreBench(answer=lambda attempt: DOWN)
    bench.post(media=(PICTURE,))
    bench.run()
    assert bench.account.records.callbacks["cb-1"].status is CallbackStatus.EXPIRED
    bench.answer = lambda attempt: Outcome(status=204)
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    assert bench.account.records.callbacks["cb-1"].status is CallbackStatus.DELIVERED


def test_a_time_out_takes_its_length_in_virtual_time_where_time_stands() -> None:
    bench = CoreBench()
    bench.post(media=(PICTURE,))
    while bench.account.fire_due(START + 1000):
        pass
    (attempt,) = (effect for effect in bench.account.take_effects() if isinstance(effect, SendAttempt))
    number = bench.account.attempt_started(attempt, START + 1000)
    assert number == 1
    bench.account.attempt_finished("cb-1", 1, Outcome(), START + 1000, ends=START + 11_000)
    bench.now = START + 1000
    bench.perform()
    assert bench.of(j.AttemptFinished) == []
    assert bench.account.next_deadline() == START + 11_000
    bench.run()
    assert bench.of(j.AttemptFinished)[0].time == START + 11_000
    assert [entry.due for entry in bench.of(j.AttemptScheduled)] == [START + 31_000]


def test_a_reply_of_the_handset_is_an_inbound_message_to_the_sender() -> None:
    bench = CoreBench("{name: x, timeline: [{outcome: delivered}, {reply: 'You said ${text}', after: 1m}]}")
    bench.post(text="hello")
    bench.run()
    assert bench.events == [(1000, "message-sent"), (3000, "message-delivered"), (63_000, "message-received")]
    event = json.loads(bench.attempts[-1].body)[0]
    assert (event["to"], event["message"]["from"], event["message"]["text"]) == (SENDER, RECIPIENT, "You said hello")
    assert event["message"]["owner"] == SENDER
    assert event["message"]["direction"] == "in"


def test_stop_to_a_toll_free_number_opts_out_until_unstop() -> None:
    toll_free = "+18885550199"
    bench = CoreBench()
    bench.account.receive(InboundDraft(RECIPIENT, (toll_free,), "Stop"), bench.now)
    bench.run()
    bench.post(sender=toll_free)
    bench.run()
    assert [event["errorCode"] for _, event in bench.notifications() if event["type"] == "message-failed"] == [4775]
    bench.account.receive(InboundDraft(RECIPIENT, (toll_free,), "unstop "), bench.now)
    bench.attempts.clear()
    bench.post(sender=toll_free)
    bench.run()
    assert [event["type"] for _, event in bench.notifications()][-1] == "message-delivered"
    assert [entry.to for entry in bench.of(j.NetworkReplied)] == [RECIPIENT, RECIPIENT]


def test_reset_cancels_what_is_outstanding_and_forgets_every_record() -> None:
    bench = CoreBench(answer=lambda attempt: DOWN)
    bench.post()
    bench.run(until=10_000)
    bench.account.reset(bench.now)
    bench.perform()
    assert [entry.because for entry in bench.of(j.CallbackCancelled)] == ["the account was reset"] * 2
    assert bench.account.records.messages == {}
    assert bench.account.next_deadline() is None
    bench.post()
    assert bench.account.records.callbacks_created == 2


def test_an_unknown_callback_is_named_with_its_nearest() -> None:
    bench = CoreBench()
    bench.post()
    bench.run()
    with pytest.raises(UnknownError, match=r"There is no callback 'cb-11'\. Did you mean 'cb-1'\?"):
        bench.account.redeliver("cb-11", bench.now)


def test_the_same_seed_and_inputs_give_the_same_bytes_in_the_same_order() -> None:
    def play() -> list[bytes]:
        scenario = """
        name: x
        timeline:
          - choose:
              - {timeline: [{outcome: delivered}]}
              - {timeline: [{outcome: failed, error: 4770}]}
        """
        bench = CoreBench(scenario, settings=AccountSettings(callback_url=URL), seed=42)
        for number in range(20):
            bench.post(text=f"message {number}")
        bench.run()
        return [attempt.body for attempt in bench.attempts]

    assert play() == play()


def test_a_reply_to_a_number_that_is_the_accounts_no_more_is_passed_over() -> None:
    bench = CoreBench(scenarios="name: r\ntimeline: [{callback: message-sent}, {reply: hi, after: 1h}]")
    bench.post()
    bench.run(until=60_000)
    bench.account.configure(replace(bench.settings, strict=True, numbers={"+19195550000": None}))
    assert bench.account.fire_due(START + 3_601_000)
    bench.perform()
    (passed,) = bench.of(j.StepPassed)
    assert passed.because == f"{SENDER} is not a number of the account, so the reply is not received"
    assert bench.account.idle


def test_a_step_of_a_cancelled_message_keeps_nobody_waiting() -> None:
    bench = CoreBench(scenarios="name: r\ntimeline: [{callback: message-sent, after: 300d}]")
    message = bench.post()
    bench.account.cancel_message(message.id, bench.now)
    assert bench.account.idle


def test_a_seed_that_is_set_again_at_the_same_instant_draws_no_id_twice() -> None:
    bench = CoreBench()
    one = bench.post(text="one")
    bench.account.random = Random(bench.seed)
    two = bench.post(text="two")
    bench.run()
    texts = {record.message.id: record.message.text for record in bench.account.records.messages.values()}
    assert texts == {one.id: "one", two.id: "two"}
