from __future__ import annotations

from mockbw.core.clock import DAY
from mockbw.core.entries import AttemptStarted, CallbackDelivered, CallbackExpired
from mockbw.core.model import Outcome
from mockbw.core.retry import DEFAULT_RETRY
from tests.support import DOWN, OK, CoreBench


def test_three_failures_are_retried_after_30_s_then_1_m_then_2_m() -> None:
    answers = iter([DOWN, DOWN, DOWN, OK])
    bench = CoreBench(answer=lambda attempt: next(answers, OK))
    bench.post(media=("https://media.example.com/menu.png",))
    bench.run()
    first = bench.attempts[0].due
    assert [attempt.due - first for attempt in bench.attempts] == [0, 30_000, 90_000, 210_000]
    assert len({attempt.body for attempt in bench.attempts}) == 1
    assert len(bench.of(CallbackDelivered)) == 1


def test_an_endpoint_that_never_answers_2xx_is_tried_for_24_hours_and_no_longer() -> None:
    bench = CoreBench(answer=lambda attempt: Outcome(status=302))
    bench.post(media=("https://media.example.com/menu.png",))
    bench.run()
    starts = [entry.time for entry in bench.of(AttemptStarted)]
    assert len(starts) == 30
    assert starts[-1] - starts[0] <= DAY
    assert [entry.attempts for entry in bench.of(CallbackExpired)] == [30]
    assert bench.account.next_deadline() is None


def test_the_default_schedule_is_what_explain_will_draw() -> None:
    offsets = list(DEFAULT_RETRY.dues(0, 0))
    assert offsets[:8] == [0, 30_000, 90_000, 210_000, 450_000, 930_000, 1_890_000, 3_810_000]
    assert len(offsets) == 30
