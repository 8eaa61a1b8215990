"""The send queue: rate, capacity, priority and expiration (P5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockbw.core.clock import DAY
from mockbw.core.model import Priority
from mockbw.core.settings import AccountSettings
from tests.support import RECIPIENT, START, URL, CoreBench, draft

OTHER = "+19195550101"


def bench(rate: float = 1, edition: str = "2026", **rest: Any) -> CoreBench:
    return CoreBench(edition=edition, settings=AccountSettings(callback_url=URL, rate=rate), **rest)


def left(run: CoreBench, *messages: Any) -> list[int | None]:
    """Return when each message left the queue, in milliseconds from the start."""
    times = [run.account.records.messages[message.id].dequeued for message in messages]
    return [None if time is None else time - START for time in times]


def let_go(run: CoreBench) -> None:
    """Let what is due by now happen."""
    while run.account.fire_due(run.now):
        run.perform()


def test_one_segment_leaves_in_a_second_at_a_rate_of_one():
    run = bench()
    messages = [run.post() for _ in range(4)]
    run.run()
    assert left(run, *messages) == [0, 1000, 2000, 3000]


def test_a_long_text_keeps_the_line_busy_for_each_of_its_segments():
    run = bench()
    messages = [run.post(text="a" * 307), run.post(), run.post()]
    run.run()
    assert left(run, *messages) == [0, 3000, 4000]


def test_a_group_counts_once_for_each_recipient_and_an_mms_once():
    run = bench()
    messages = [run.post(to=[RECIPIENT, OTHER]), run.post(media=("https://media.test/a.png",)), run.post()]
    run.run()
    assert left(run, *messages) == [0, 2000, 3000]


def test_a_rate_of_three_keeps_no_rounding_error():
    run = bench(rate=3)
    messages = [run.post() for _ in range(7)]
    run.run()
    assert left(run, *messages) == [0, 334, 667, 1000, 1334, 1667, 2000]


def test_high_priority_leaves_first_and_each_priority_in_its_order():
    run = bench()
    first = run.post()
    let_go(run)
    low = [run.post(), run.post()]
    high = [run.post(priority=Priority.HIGH), run.post(priority=Priority.HIGH)]
    run.run()
    assert left(run, first, *high, *low) == [0, 1000, 2000, 3000, 4000]


@pytest.mark.parametrize("priority", [None, Priority.HIGH])
def test_the_901st_waiting_segment_is_refused_whatever_its_priority(priority):
    run = bench()
    run.post()
    let_go(run)  # it is on its way: nothing waits
    for _ in range(64):
        run.post(text="a" * 2048)
    for _ in range(4):
        run.post()
    refused = run.account.submit(draft(priority=priority), run.now)
    assert (refused.message, refused.queue_full) == (None, True)


def test_a_message_that_does_not_fit_whole_is_refused_and_a_shorter_one_still_fits():
    run = bench()
    run.post()
    let_go(run)
    for _ in range(64):
        run.post(text="a" * 2048)
    assert run.account.submit(draft(text="a" * 2048), run.now).queue_full
    assert not run.account.submit(draft(), run.now).queue_full


def test_there_is_room_again_when_a_message_has_left():
    run = bench()
    for _ in range(65):
        run.post(text="a" * 2048)
        let_go(run)
    assert run.account.submit(draft(text="a" * 2048), run.now).queue_full
    run.run(until=14_000)
    assert not run.account.submit(draft(text="a" * 2048), run.now).queue_full


def test_a_message_that_expires_in_the_queue_is_never_sent_and_fails_with_4360():
    run = bench()
    run.post(text="a" * 2048)  # 14 seconds
    let_go(run)
    late = run.post(expires_at=START + 5000)
    run.run()
    assert left(run, late) == [None]
    notifications = [
        (attempt.due - START, event["type"], event["errorCode"]) for attempt, event in run.notifications() if "errorCode" in event
    ]
    assert notifications == [(5000, "message-failed", 4360)]
    assert run.account.records.messages[late.id].failed_with == 4360


def test_a_message_that_left_before_its_expiration_is_delivered():
    run = bench()
    run.post(expires_at=START + 100)
    run.run()
    assert [type_ for _, type_ in run.events] == ["message-delivered"]


def test_without_a_rate_there_is_no_queue():
    run = CoreBench()
    messages = [run.post() for _ in range(1000)]
    assert set(left(run, *messages)) == {0}


def test_cancelled_messages_do_not_quicken_those_that_follow():
    run = bench()
    first = run.post()
    run.run(until=0)
    for _ in range(3):
        run.account.cancel_message(run.post().id, run.now)
        run.perform()
    others = [run.post() for _ in range(3)]
    run.run()
    assert left(run, first, *others) == [0, 1000, 2000, 3000]


def test_a_change_of_rate_keeps_the_line_busy_and_moves_one_message_at_a_time():
    run = bench()
    messages = [run.post() for _ in range(4)]
    run.run(until=0)
    run.account.configure(replace(run.settings, rate=0.5))
    run.run()
    assert left(run, *messages) == [0, 1000, 3000, 5000]


def test_an_expiration_that_cannot_come_any_more_keeps_nobody_waiting():
    run = bench()
    run.post(expiration="x", expires_at=START + 300 * DAY)
    run.run(until=DAY)
    assert run.account.idle
