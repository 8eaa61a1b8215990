from __future__ import annotations

from itertools import count

import pytest

from mockbw.core.account import InboundDraft
from mockbw.core.bounds import size_of_message
from mockbw.core.entries import MessageRefused, MessagesForgotten, RequestAnswered, StepPassed
from mockbw.core.model import ChannelEntry, Kind, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from tests.support import DOWN, START, URL, CoreBench, draft


def bounded(keep: int, **rest: object) -> AccountSettings:
    return AccountSettings(callback_url=URL, keep_messages=keep, **rest)  # type: ignore[arg-type]


def test_the_oldest_finished_messages_are_forgotten_with_their_callbacks() -> None:
    bench = CoreBench(settings=bounded(100))
    messages = []
    for number in range(300):
        messages.append(bench.post(text=str(number)).id)
        bench.run()
    records = bench.account.records
    kept = list(records.messages)
    assert kept == messages[-len(kept) :]
    assert 100 <= len(kept) <= 106
    assert len(records.callbacks) == 2 * len(kept)


def test_a_message_with_a_pending_callback_is_never_forgotten() -> None:
    bench = CoreBench(settings=bounded(100), answer=lambda attempt: DOWN)
    stuck = bench.post().id
    bench.run(until=60_000)
    bench.answer = CoreBench.answer
    for _ in range(300):
        bench.post()
        bench.run(until=bench.now - START + 10_000)
    assert stuck in bench.account.records.messages or bench.account.records.pending == 0


def test_with_twice_as_many_unfinished_messages_no_more_are_taken() -> None:
    bench = CoreBench(settings=bounded(10))
    for _ in range(20):
        bench.post()
    submission = bench.account.submit(draft(), bench.now)
    assert submission.queue_full
    bench.perform()
    assert bench.of(MessageRefused)[0].because == "too many messages are unfinished"


def test_messages_older_than_their_time_are_forgotten() -> None:
    bench = CoreBench(settings=bounded(1000, keep_for=60_000))
    old = bench.post().id
    bench.run()
    bench.now += 120_000
    young = bench.post().id
    assert list(bench.account.records.messages) == [young]
    assert [entry.messages for entry in bench.of(MessagesForgotten)] == [(old,)]


def test_the_last_forgetting_and_what_came_after_say_all_that_the_whole_journal_says() -> None:
    """So a store may drop what was forgotten, and what belonged to no message, without anything changing."""
    scenario = "name: twice\nmatch: {to: '+19195550107'}\ntimes: 2\ntimeline: [{set-state: busy}]\n"
    bench = CoreBench(settings=bounded(20), scenarios=scenario)
    for number in range(60):
        bench.post(to=f"+1919555010{number % 10}")
        bench.account.receive(InboundDraft("+19195550100", ("+18005550199",), "STOP" if number % 3 else "UNSTOP"), bench.now)
        bench.perform()
        bench.run()
    last = max(index for index, entry in enumerate(bench.entries) if isinstance(entry, MessagesForgotten) and entry.snapshot)
    kept = set(bench.account.records.messages) | set(bench.account.records.callbacks)
    short = Records()
    for index, entry in enumerate(bench.entries):
        if index >= last or _about(entry) & kept:
            short.apply(entry)
    whole = bench.account.records
    for name in ("messages", "callbacks", "plays", "states", "opted_out", "own_numbers", "callbacks_created", "pending"):
        assert getattr(short, name) == getattr(whole, name), name


def test_a_snapshot_costs_what_changed_whatever_number_of_numbers_there_is() -> None:
    """A snapshot each time that messages are forgotten would cost the square of the distinct numbers."""
    bench = CoreBench(settings=bounded(20))
    count = 2_000
    for number in range(count):
        bench.post(sender=f"+1919{number:07d}")
        bench.run()
    snapshots = [entry for entry in bench.of(MessagesForgotten) if entry.snapshot]
    assert sum(len(entry.own_numbers) for entry in snapshots) <= 6 * count
    assert sum(len(entry.messages) for entry in bench.of(MessagesForgotten)) >= count - 22
    assert len(bench.account.records.messages) <= 22


@pytest.mark.parametrize("keep", [20, 1_000])
def test_what_is_remembered_by_number_is_bounded_and_is_what_came_up_last(monkeypatch: pytest.MonkeyPatch, keep: int) -> None:
    monkeypatch.setattr("mockbw.core.state.NAMES_KEPT", 50)
    scenario = "name: busy\nmatch: {text: busy}\ntimeline: [{set-state: busy}]\n"
    bench = CoreBench(settings=bounded(keep), scenarios=scenario)
    for number in range(200):
        handset = f"+1919555{number:04d}"
        bench.post(sender=f"+1800{number:07d}", to=handset, text="busy")
        bench.post(sender="+19195550199")  # one that comes up again and again is not forgotten
        bench.account.receive(InboundDraft(handset, (f"+1800{number:07d}",), "STOP"), bench.now)
        bench.perform()
        bench.run()
    records = bench.account.records
    last = [f"{number:04d}" for number in range(150, 200)]
    assert list(records.states) == [f"+1919555{number}" for number in last]
    assert list(records.opted_out) == [(f"+1800000{number}", f"+1919555{number}") for number in last]
    assert list(records.own_numbers) == [*(f"+1800000{number}" for number in last[1:]), "+19195550199"]
    assert records.plays == {"busy": 200}
    folded = Records()
    for entry in bench.entries:
        folded.apply(entry)
    assert (folded.states, folded.opted_out, folded.own_numbers) == (records.states, records.opted_out, records.own_numbers)


def test_messages_are_bounded_in_bytes_too() -> None:
    bench = CoreBench(settings=bounded(5_000))
    content = {"text": "x" * 500_000}
    channel = ChannelEntry("SMS", Kind.SMS, "+19195550199", "app", content, text="x")
    for _ in range(100):
        bench.post(draft(channels=(channel,)))
        bench.run()
    assert 50 <= len(bench.account.records.messages) <= 64
    assert bench.account.records.size <= 32_000_000


def test_the_size_of_what_is_kept_is_counted_back_when_it_is_forgotten() -> None:
    bench = CoreBench(settings=bounded(20))
    for number in range(100):
        bench.post(text="x" * number)
        bench.run()
    assert bench.account.records.size == sum(size_of_message(r.message) for r in bench.account.records.messages.values())


def test_requests_that_belong_to_no_message_are_forgotten_like_messages() -> None:
    """No message is ever accepted, so nothing else would let a store drop them."""
    bench = CoreBench()
    for number in range(50_000):
        bench.account.record_request(RequestAnswered(bench.now, "GET", f"/{number}", 404, because="there is no such path"))
    bench.perform()
    snapshots = [index for index, entry in enumerate(bench.entries) if isinstance(entry, MessagesForgotten)]
    assert len(snapshots) == 2
    assert bench.account.records.loose < 20_000
    assert [entry.path for entry in bench.account.records.requests] == [f"/{number}" for number in range(40_000, 50_000)]


def test_of_old_answers_only_status_and_time_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mockbw.core.state.ANSWERS_KEPT", 100_000)
    numbers = count()
    bench = CoreBench(
        answer=lambda _: Outcome(status=503, headers=(("X-Number", f"{next(numbers)}"),), body=f"{'b' * 4_000}", latency=1.0)
    )
    for _ in range(4):
        bench.post()
    bench.run(until=86_400_000)
    attempts = [attempt for record in bench.account.records.callbacks.values() for attempt in record.attempts]
    assert len(attempts) > 100
    assert {(attempt.outcome.status, attempt.outcome.latency) for attempt in attempts if attempt.outcome} == {(503, 1.0)}
    kept = [attempt.outcome for attempt in attempts if attempt.outcome and attempt.outcome.body]
    assert 20 <= len(kept) <= 25
    assert {int(outcome.headers[0][1]) for outcome in kept} == set(range(len(attempts) - len(kept), len(attempts)))


def test_answers_to_forgotten_callbacks_take_no_room() -> None:
    bench = CoreBench(settings=bounded(20), answer=lambda _: Outcome(status=200, body="b" * 4_000))
    for _ in range(500):
        bench.post()
        bench.run()
    records = bench.account.records
    assert len(records._answered) <= 2 * len(records.callbacks)
    assert records._answers <= 2 * len(records.callbacks) * 4_500


def test_a_handset_sends_nothing_more_when_twice_as_many_messages_are_unfinished_as_are_kept() -> None:
    bench = CoreBench(settings=bounded(10), answer=lambda _: DOWN)
    for _ in range(40):
        bench.account.receive(InboundDraft("+19195550100", ("+19195550199",), "yes"), bench.now)
        bench.perform()
    assert len(bench.account.records.messages) == 20
    assert [entry.because for entry in bench.of(MessageRefused)] == ["too many messages are unfinished"] * 20


def test_a_reply_that_is_not_taken_says_why() -> None:
    scenario = "name: asks\nmatch: {text: ask}\ntimeline: [{reply: one}, {reply: two}, {reply: three}]"
    bench = CoreBench(settings=bounded(1), scenarios=scenario, answer=lambda _: DOWN)
    bench.post(text="ask")
    bench.run(until=60_000)
    passed = [entry.because for entry in bench.of(StepPassed)]
    assert passed == ["too many messages are unfinished"] * 2


def _about(entry: object) -> set[str]:
    message = getattr(entry, "message", None)
    return {str(getattr(message, "id", message)), str(getattr(entry, "callback", ""))}


def test_what_grows_old_is_forgotten_many_at_a_time() -> None:
    bench = CoreBench(settings=bounded(10_000, keep_for=60_000))
    for _ in range(300):
        bench.post()
        bench.run(until=bench.now - START + 1_000)
        bench.now += 1_000
    assert 0 < len(bench.of(MessagesForgotten)) < 300 / 2
    assert len(bench.account.records.messages) < 60
