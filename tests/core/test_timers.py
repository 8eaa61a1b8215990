from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.timers import Timers

END = 1000


def drain(timers: Timers[str]) -> list[str]:
    fired = []
    while (timer := timers.pop(END)) is not None:
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


def test_nothing_fires_before_its_time() -> None:
    timers: Timers[str] = Timers()
    timers.add(20, 1, "at 20")
    assert timers.pop(19) is None
    assert timers.pop(20) == (20, "at 20")


def test_equal_times_and_sequences_fire_as_they_were_added() -> None:
    timers: Timers[object] = Timers()
    first, second = object(), object()
    timers.add(10, 1, first)
    timers.add(10, 1, second)
    assert [timers.pop(END), timers.pop(END)] == [(10, first), (10, second)]


def test_what_is_not_wanted_any_more_is_as_if_it_were_not_there() -> None:
    unwanted = {"unwanted"}
    timers: Timers[str] = Timers(lambda task: task not in unwanted)
    timers.add(10, 1, "unwanted")
    timers.add(20, 2, "wanted")
    assert timers.next_due() == 20
    assert drain(timers) == ["wanted"]


@given(st.lists(st.tuples(st.integers(0, 50), st.booleans()), max_size=300))
def test_what_is_left_fires_in_order_whatever_is_not_wanted(plan: list[tuple[int, bool]]) -> None:
    timers: Timers[int] = Timers(lambda number: plan[number][1])
    for number, (due, _) in enumerate(plan):
        timers.add(due, number, number)
    fired = []
    while (timer := timers.pop(END)) is not None:
        fired.append(timer)
    assert fired == sorted((due, number) for number, (due, wanted) in enumerate(plan) if wanted)
