from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockbw.core.clock import DAY, LATEST, Clock, ClockMode, Hold, HoldKind, rate_for_day
from mockbw.errors import ClockError


def test_a_day_of_pending_work_passes_in_a_minute_at_the_default_rate() -> None:
    clock = Clock(now=1_000, wall=0)
    clock.hurry(inf, 0)
    assert clock.now(60_000) == 1_000 + DAY
    assert rate_for_day(60_000) == 1440.0


def test_a_scaled_clock_runs_with_the_wall_while_nothing_is_pending() -> None:
    clock = Clock(now=1_000, wall=0)
    assert clock.now(60_000) == 61_000
    assert clock.wall_until(62_000, 60_000) == 1_000
    assert clock.pace(60_000) == 1.0


def test_a_scaled_clock_hurries_to_what_is_due_and_no_further() -> None:
    clock = Clock(now=0, wall=0, rate=1000)
    clock.hurry(5_000, 100)
    assert (clock.now(100), clock.now(101), clock.pace(101)) == (100, 1_100, 1000)
    due_after = clock.wall_until(5_000, 101)
    assert due_after is not None
    assert due_after == pytest.approx(3.9)
    late = 101 + due_after + 250
    assert (clock.now(late), clock.pace(late)) == (5_250, 1.0)
    assert clock.wall_until(6_000, late) == pytest.approx(750)


def test_a_driver_that_comes_late_to_several_deadlines_loses_no_time_between_them() -> None:
    clock = Clock(now=0, wall=0, rate=1000)
    clock.hurry(5_000, 0)
    assert clock.now(7) == 5_002
    clock.hurry_on(6_000)
    assert clock.now(7) == 6_001
    clock.hurry_on(60_000)
    assert clock.now(7) == 7_000


def test_a_real_clock_never_hurries() -> None:
    clock = Clock(now=0, wall=0, mode=ClockMode.REAL, rate=1000)
    clock.hurry(inf, 0)
    assert (clock.now(60), clock.pace(60), clock.wall_until(100, 60)) == (60, 1.0, 40)


@given(changes=st.lists(st.tuples(st.integers(0, 10**9), st.floats(0, 1e6)), min_size=1), rate=st.floats(1, 1e6))
def test_a_scaled_clock_is_never_further_ahead_of_the_wall_than_what_it_hurried_to(
    changes: list[tuple[int, float]], rate: float
) -> None:
    clock, wall = Clock(now=0, wall=0, rate=rate), 0.0
    for until, passed in changes:
        before = clock.now(wall)
        clock.hurry(until, wall)
        assert clock.now(wall) == before
        reached = clock.now(wall + passed)
        assert before + int(passed) <= reached + 1
        assert reached <= max(before, until) + passed + 1
        wall += passed


def test_a_real_clock_runs_with_the_wall() -> None:
    clock = Clock(now=1_000, wall=500, mode=ClockMode.REAL)
    assert clock.now(750) == 1_250
    assert clock.wall_until(2_000, 750) == 750


def test_a_standing_clock_moves_only_by_a_jump() -> None:
    clock = Clock(now=1_000, wall=0, mode=ClockMode.MANUAL)
    assert clock.now(99_999) == 1_000
    assert clock.wall_until(2_000, 99_999) is None
    clock.jump(5_000)
    assert clock.now(100_000) == 5_000


def test_no_jump_while_a_hold_is_out_except_the_movers_own() -> None:
    clock = Clock(now=0, wall=0, mode=ClockMode.AUTO)
    attempt, advance = Hold(HoldKind.ATTEMPT, "cb-1", "http://app/"), Hold(HoldKind.ADVANCE)
    clock.hold(attempt)
    clock.hold(advance)
    with pytest.raises(ClockError, match="the clock cannot move: held by attempt of cb-1 to http://app/"):
        clock.jump(1, by=advance)
    clock.release(attempt)
    clock.jump(1, by=advance)
    assert clock.holds == (advance,)


def test_a_hold_taken_twice_must_be_given_back_twice() -> None:
    clock = Clock(now=0, wall=0, mode=ClockMode.AUTO)
    hold = Hold(HoldKind.ATTEMPT, "cb-1", "http://app/")
    clock.hold(hold)
    clock.hold(hold)
    clock.release(hold)
    assert clock.holds == (hold,)
    clock.release(hold)
    assert clock.holds == ()
    with pytest.raises(ClockError, match="there is no hold named 'attempt of cb-1 to http://app/'"):
        clock.release(hold)


@pytest.mark.parametrize(
    ("hold", "name"),
    [
        (Hold(HoldKind.ANSWER, "1516809600000abc"), "answer to 1516809600000abc"),
        (Hold(HoldKind.ATTEMPT, "cb-1", "http://app/"), "attempt of cb-1 to http://app/"),
        (Hold(HoldKind.ADVANCE), "advance"),
        (Hold(HoldKind.BY_HAND, "breakfast"), "breakfast"),
    ],
)
def test_a_hold_has_a_name_for_people(hold: Hold, name: str) -> None:
    assert str(hold) == name


def test_a_hold_by_hand_is_never_taken_for_another_of_its_name() -> None:
    clock = Clock(now=0, wall=0, mode=ClockMode.MANUAL)
    clock.hold(Hold(HoldKind.BY_HAND, "advance"))
    with pytest.raises(ClockError, match="the clock cannot move: held by advance"):
        clock.jump(1, by=Hold(HoldKind.ADVANCE))


def test_time_never_goes_back_by_a_jump() -> None:
    clock = Clock(now=10, wall=0, mode=ClockMode.MANUAL)
    with pytest.raises(ClockError, match="virtual time never goes back"):
        clock.jump(9)


def test_a_flowing_clock_cannot_be_jumped() -> None:
    with pytest.raises(ClockError, match="a scaled clock runs by itself"):
        Clock(now=0, wall=0).jump(1)


@pytest.mark.parametrize("rate", [0.0, -1.0, float("inf"), float("nan")])
def test_a_rate_is_a_positive_number(rate: float) -> None:
    with pytest.raises(ClockError, match="the rate must be a positive number"):
        Clock(now=0, wall=0).set(ClockMode.SCALED, 0, rate)


CHANGES = st.lists(
    st.tuples(st.sampled_from(ClockMode), st.floats(min_value=0.01, max_value=1e6), st.floats(min_value=0, max_value=1e6))
)


@given(changes=CHANGES)
def test_virtual_time_is_continuous_over_any_changes_of_mode_and_rate(
    changes: list[tuple[ClockMode, float, float]],
) -> None:
    clock, wall = Clock(now=1_000, wall=0), 0.0
    for mode, rate, passed in changes:
        before = clock.now(wall)
        clock.set(mode, wall, rate)
        assert clock.now(wall) == before
        after = clock.now(wall + passed)
        assert after >= before
        if mode in (ClockMode.AUTO, ClockMode.MANUAL):
            assert after == before
        wall += passed


def test_a_thousand_holds_are_told_in_one_readable_line() -> None:
    clock = Clock(now=0, wall=0, mode=ClockMode.MANUAL)
    for number in range(1000):
        clock.hold(Hold(HoldKind.BY_HAND, f"attempt {number}"))
    with pytest.raises(ClockError) as refused:
        clock.jump(1)
    assert str(refused.value) == (
        "the clock cannot move: held by attempt 0, attempt 1, attempt 2, attempt 3, attempt 4 and 995 more"
    )


@pytest.mark.parametrize("instant", [-1, LATEST + 1, 253_402_300_790_000])
def test_no_clock_begins_outside_the_years_that_can_be_written(instant: int) -> None:
    with pytest.raises(ClockError, match="the years 1970 to 3000"):
        Clock(now=instant, wall=0)
    clock = Clock(now=0, wall=0)
    with pytest.raises(ClockError, match="the years 1970 to 3000"):
        clock.begin(instant, 0)
