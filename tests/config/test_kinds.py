"""A value in force is written as people would write it, so that it can be read again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockbw.config import kinds
from mockbw.config.account import ACCOUNT
from mockbw.config.schema import CONFIGURATION, read_values
from tests.config.samples import right


@pytest.mark.parametrize("key", [key for key in CONFIGURATION if key != "accounts"])
def test_what_is_in_force_is_written_so_that_it_is_read_as_the_same(key: str) -> None:
    for written in right(CONFIGURATION[key]):
        value = read_values(CONFIGURATION, {key: ("", written)})[key]
        assert read_values(CONFIGURATION, {key: ("", CONFIGURATION[key].kind.written(value))})[key] == value


@pytest.mark.parametrize("key", ["credentials", "bearer-tokens", "control-token", "barred-credentials"])
def test_what_is_shown_has_no_secret_in_it(key: str) -> None:
    setting = CONFIGURATION[key]
    for written in right(setting):
        value = read_values(CONFIGURATION, {key: ("", written)})[key]
        assert "pass" not in str(setting.kind.shown(value)).replace("password", "")
        assert setting.kind.secret


@pytest.mark.parametrize(
    ("key", "given", "value"),
    [
        ("start", datetime(2018, 1, 24, 16, tzinfo=UTC), 1_516_809_600_000),
        ("start", datetime(2018, 1, 24, 16), 1_516_809_600_000),  # noqa: DTZ001 - without an offset it is UTC
        ("keep-for", timedelta(hours=1), 3_600_000),
        ("keep-for", 5_000, 5_000),
        ("queue", timedelta(minutes=1), 60),
    ],
)
def test_a_program_may_hand_over_its_own_times(key: str, given: Any, value: int) -> None:
    assert read_values(ACCOUNT, {key: ("", given)}) == {key: value}


def test_a_size_is_written_with_the_unit_that_divides_it() -> None:
    assert [kinds.size().written(value) for value in (16_384, 5_000, 256_000_000, 0)] == ["16384", "5kB", "256MB", "0"]
