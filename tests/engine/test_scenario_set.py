"""Which scenarios an account has, in which order, and what becomes of them when their files are read again."""

from __future__ import annotations

import pytest

from mockbw.engine.scenario_set import ScenarioSet
from mockbw.errors import UnknownError
from mockbw.scenario.loader import ScenarioSource, load_text


def sources(*names: str) -> tuple[ScenarioSource, ...]:
    return tuple(load_text("---\n".join(f"name: {name}\n" for name in names)))


def in_play(scenarios: ScenarioSet) -> list[str]:
    return [source.name for source in scenarios.in_play()]


BEGUN = ScenarioSet(sources("one", "two", "three"))


def test_what_is_added_goes_before_and_replaces_its_namesake() -> None:
    assert BEGUN.with_first(sources("new", "two")).names == ["new", "two", "one", "three"]


def test_what_is_replaced_stays_where_it_was_and_what_is_new_goes_first() -> None:
    [two], [new] = sources("two"), sources("new")
    replaced = BEGUN.with_replaced(two)
    assert replaced.names == ["one", "two", "three"]
    assert replaced.sources[1] is two
    assert BEGUN.with_replaced(new).names == ["new", "one", "two", "three"]


def test_files_that_are_read_again_take_the_place_of_what_came_from_files_only() -> None:
    [two] = sources("two")
    changed = BEGUN.with_first(sources("added")).with_replaced(two).renewed(sources("one", "two", "four"))
    assert changed.names == ["added", "two", "one", "four"]
    assert changed.sources[1] is two


def test_what_was_replaced_by_the_same_text_counts_as_added() -> None:
    assert BEGUN.with_replaced(BEGUN.sources[2]).renewed(sources("one")).names == ["three", "one"]


def test_a_set_of_these_and_no_others_is_kept_when_files_are_read_again() -> None:
    only = BEGUN.with_only(sources("mine"))
    assert only.names == ["mine"]
    assert only.renewed(sources("one")).names == ["mine", "one"]


def test_a_scenario_is_switched_off_and_on_again() -> None:
    off = BEGUN.switching("two", on=False)
    assert (in_play(off), off.names) == (["one", "three"], ["one", "two", "three"])
    assert in_play(off.switching("two", on=True)) == ["one", "two", "three"]


def test_a_scenario_that_is_taken_away_is_on_when_it_comes_again() -> None:
    again = BEGUN.switching("two", on=False).without("two").with_first(sources("two"))
    assert in_play(again) == ["two", "one", "three"]


def test_an_unknown_name_is_refused_with_the_nearest() -> None:
    for change in (lambda: BEGUN.without("tow"), lambda: BEGUN.switching("tow", on=False)):
        with pytest.raises(UnknownError, match="Did you mean 'two'"):
            change()


def test_a_set_never_changes() -> None:
    BEGUN.with_first(sources("new")).without("one").switching("two", on=False)
    assert (BEGUN.names, BEGUN.added, BEGUN.switched_off) == (["one", "two", "three"], frozenset(), frozenset())
