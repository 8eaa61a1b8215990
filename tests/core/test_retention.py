from __future__ import annotations

from mockbw.core.account import InboundDraft
from mockbw.core.entries import MessageRefused, MessagesForgotten
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
    last = max(index for index, entry in enumerate(bench.entries) if isinstance(entry, MessagesForgotten))
    kept = set(bench.account.records.messages) | set(bench.account.records.callbacks)
    short = Records()
    for index, entry in enumerate(bench.entries):
        if index >= last or _about(entry) & kept:
            short.apply(entry)
    whole = bench.account.records
    for name in ("messages", "callbacks", "plays", "states", "opted_out", "own_numbers", "callbacks_created", "pending"):
        assert getattr(short, name) == getattr(whole, name), name


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
