from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.timers import Timers


def drain(timers: Timers[str]) -> list[str]:
    fired = []
    while (timer := timers.pop()) is not None:
        fired.append(timer[1])
    return fired


def test_timers_fire_by_due_time_and_then_by_sequence() -> None:
    timers: Timers[str] = Timers()
    timers.add(20, 1, "late")
    timers.add(10, 9, "second")
    timers.add(10, 2, "first")
    assert timers.next_due() == 10
    assert drain(timers) == ["first", "second", "late"]
    assert timers.next_due() is None


def test_a_cancelled_timer_never_fires_and_a_second_cancel_is_no_error() -> None:
    timers: Timers[str] = Timers()
    handle = timers.add(10, 1, "cancelled")
    timers.add(20, 2, "kept")
    timers.cancel(handle)
    timers.cancel(handle)
    assert len(timers) == 1
    assert drain(timers) == ["kept"]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=300))
def test_what_is_left_fires_in_order_whatever_was_cancelled(plan: list[tuple[int, bool]]) -> None:
    timers: Timers[int] = Timers()
    handles = [(timers.add(due, number, number), keep) for number, (due, keep) in enumerate(plan)]
    for handle, keep in handles:
        if not keep:
            timers.cancel(handle)
    fired = []
    while (timer := timers.pop()) is not None:
        fired.append(timer)
    assert fired == sorted((due, number) for number, (due, keep) in enumerate(plan) if keep)
