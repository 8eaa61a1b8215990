"""An account is read back from its journal, which may end anywhere, and goes on as if nothing had been."""

from __future__ import annotations

from random import Random

from mockbw.core.account import Account, InboundDraft
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import DAY
from mockbw.core.entries import (
    AttemptFinished,
    CallbackCreated,
    Entry,
    MessageAccepted,
    MessageDequeued,
    MessageExpired,
    MessageReceived,
)
from mockbw.core.model import CallbackStatus, Fault, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from tests.support import DOWN, OK, START, URL, CoreBench


def resumed(bench: CoreBench, entries: list[Entry]) -> CoreBench:
    """Return a bench whose account was read back from these entries and goes on."""
    records = Records()
    for entry in entries:
        records.apply(entry)
    after = CoreBench(edition=bench.edition, settings=bench.settings, scenarios=bench.scenarios, answer=bench.answer)
    after.now = max(records.time, START)
    old = after.account
    after.account = Account(
        old.name, edition=old.edition, playbook=old.playbook, random=Random(2), settings=bench.settings, records=records
    )
    after.account.resume(after.now)
    after.perform()
    return after


def answered_after(failures: int) -> CoreBench:
    answers = iter([DOWN] * failures)
    return CoreBench(answer=lambda attempt: next(answers, OK))


def test_wherever_the_journal_was_cut_every_callback_is_delivered_in_the_end() -> None:
    bench = answered_after(3)
    bench.post()
    bench.account.receive(InboundDraft("+19195550100", ("+19195550199",), "STOP"), bench.now)
    bench.perform()
    bench.post(to=("+19195550101", "+19195550102"))
    bench.run()
    assert len(bench.entries) > 30
    first = next(index for index, entry in enumerate(bench.entries, 1) if isinstance(entry, MessageAccepted))
    for cut in range(first, len(bench.entries) + 1):
        after = resumed(bench, bench.entries[:cut])
        after.run()
        records = after.account.records
        assert {callback.status for callback in records.callbacks.values()} == {CallbackStatus.DELIVERED}, cut
        for message in records.messages.values():
            assert message.callbacks, cut
            if message.plan is not None:
                assert [r.played for r in message.recipients] == [len(track) for track in message.plan.tracks], cut
        assert records.pending == 0
        assert after.account.idle


def test_reading_back_the_whole_journal_gives_the_same_records() -> None:
    bench = answered_after(2)
    bench.post()
    bench.run()
    records = resumed(bench, bench.entries).account.records
    assert records.messages == bench.account.records.messages
    assert records.callbacks == bench.account.records.callbacks


def test_a_retry_keeps_its_time() -> None:
    bench = CoreBench(answer=lambda attempt: DOWN)
    bench.post()
    bench.run(until=40_000)
    due = bench.account.next_deadline()
    after = resumed(bench, bench.entries)
    assert after.account.next_deadline() == due


def test_an_attempt_that_was_cut_short_is_made_anew_at_once_and_takes_no_place_in_the_schedule() -> None:
    bench = CoreBench()
    bench.post(media=("https://media.example.com/menu.png",))
    while not any(isinstance(entry, AttemptFinished) for entry in bench.entries):
        deadline = bench.account.next_deadline()
        assert deadline is not None
        bench.now = deadline
        bench.account.fire_due(bench.now)
        bench.perform()
    cut = next(index for index, entry in enumerate(bench.entries) if isinstance(entry, AttemptFinished))
    bench.answer = lambda attempt: DOWN
    after = resumed(bench, bench.entries[:cut])
    assert [entry.outcome.fault for entry in after.of(AttemptFinished)] == [Fault.INTERRUPTED]
    after.run(until=1_000_000)
    first = after.attempts[0].due
    assert first == bench.now
    assert [attempt.due - first for attempt in after.attempts][:4] == [0, 30_000, 90_000, 210_000]


def test_an_attempt_that_the_server_cuts_at_its_stop_is_made_anew_too() -> None:
    answers = iter([Outcome(fault=Fault.INTERRUPTED)])
    bench = CoreBench(answer=lambda attempt: next(answers, OK))
    bench.post(media=("https://media.example.com/menu.png",))
    bench.run()
    assert len({attempt.due for attempt in bench.attempts}) == 1
    assert len(bench.attempts) == 2


def test_messages_wait_in_the_send_queue_again_in_their_order() -> None:
    bench = CoreBench(settings=AccountSettings(callback_url=URL, rate=1))
    messages = [bench.post(text=str(number)) for number in range(4)]
    bench.run(until=1_500)
    after = resumed(bench, bench.entries)
    after.run()
    dequeued = [entry.message for entry in (*bench.entries, *after.entries) if isinstance(entry, MessageDequeued)]
    assert dequeued == [message.id for message in messages]


def test_a_message_that_expired_in_the_queue_stays_expired_and_one_that_still_may_does() -> None:
    bench = CoreBench(edition="2026", settings=AccountSettings(callback_url=URL, rate=0.01))
    bench.post(text="goes first")
    bench.post(text="expires soon", expires_at=START + 50_000)
    bench.post(text="expires later", expires_at=START + 90_000)
    bench.run(until=60_000)
    after = resumed(bench, bench.entries)
    after.run()
    assert [entry.time - START for entry in bench.of(MessageExpired)] == [50_000]
    assert [entry.time - START for entry in after.of(MessageExpired)] == [90_000]
    assert len([entry for entry in (*bench.entries, *after.entries) if isinstance(entry, MessageDequeued)]) == 1


def test_redeliveries_by_hand_that_were_cut_short_change_nothing_in_the_schedule() -> None:
    bench = CoreBench(answer=lambda attempt: DOWN)
    bench.post(media=("https://media.example.com/menu.png",))
    bench.run(until=40_000)
    due = bench.account.next_deadline()
    bench.account.redeliver("cb-1", bench.now)
    (attempt,) = [effect for effect in bench.account.take_effects() if isinstance(effect, SendAttempt)]
    bench.account.attempt_started(attempt, bench.now)
    bench.entries.extend(effect for effect in bench.account.take_effects() if not isinstance(effect, SendAttempt))
    after = resumed(bench, bench.entries)
    assert after.account.next_deadline() == due
    assert after.account.records.callbacks["cb-1"].attempts[-1].outcome is not None


def test_after_a_downtime_longer_than_its_window_a_callback_is_attempted_no_more() -> None:
    bench = answered_after(1000)
    bench.post()
    bench.run(until=5 * 3_600_000)
    before = len(bench.attempts)
    late = CoreBench(answer=bench.answer, now=START + 3 * DAY)
    late.account = Account(
        "9900000",
        edition=bench.account.edition,
        playbook=bench.account.playbook,
        random=Random(2),
        settings=bench.settings,
        records=bench.account.records,
    )
    late.account.resume(late.now)
    late.perform()
    late.run()
    assert before > 0
    assert late.attempts == []
    assert {callback.status for callback in bench.account.records.callbacks.values()} == {CallbackStatus.EXPIRED}


def test_a_reply_outlives_the_message_it_answers() -> None:
    """A store drops what is forgotten; a handset's reply still names the step it came from."""
    bench = CoreBench(scenarios="name: r\ntimeline: [{callback: message-sent}, {reply: hello}]")
    outbound = bench.post()
    bench.run()
    (reply,) = bench.of(MessageReceived)
    about = {outbound.id, *(callback.callback for callback in bench.of(CallbackCreated) if callback.message == outbound.id)}
    kept = [e for e in bench.entries if {getattr(e, "message", None), getattr(e, "callback", None)}.isdisjoint(about)]
    without = [e for e in kept if not (isinstance(e, MessageAccepted) and e.message.id == outbound.id)]
    after = resumed(bench, without)
    assert list(after.account.records.messages) == [reply.message.id]
