"""What a program hands over is checked as what people write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockbw.config.account import ACCOUNT
from mockbw.config.load import load
from mockbw.config.schema import read_values
from mockbw.config.settings import NamedAccount, ServerLimits, Settings
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.errors import SettingsError

NONE = Settings(magic_numbers=False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": "abc"}, "port: 'port' must be a whole number from 0 to 65535, not 'abc'"),
        ({"limits": ServerLimits(streams=0)}, "limits: 'streams' must be a whole number from 1 to 1000000, not '0'"),
        ({"callback_url": "app"}, "callback_url: 'app' is not a URL to call: write it as http://localhost:5000/callbacks"),
        (
            {"account": AccountSettings(list_limit=5_000_000, retry=[0])},  # type: ignore[arg-type]
            "retry: a duration is written as 500ms, 2s, 10m, 24h or 1d\n"
            "list_limit: 'list-limit' must be a whole number from 1 to 1000000, not '5000000'",
        ),
        (
            {"accounts": {"a": NamedAccount(AccountSettings(), day=1)}},
            "accounts.a.day: 'day' must be a duration of at least 864ms, not '1ms'",
        ),
        (
            {"accounts": {"a": NamedAccount(AccountSettings(keep_for=0))}},
            "accounts.a.keep_for: 'keep-for' must be a duration of at least 1s, not '0s'",
        ),
        (
            {"accounts": {"a b": NamedAccount(AccountSettings())}},
            "accounts: 'a b' is not a valid name for an account: use letters, digits and _ . @ : + -, at most 100 of them, "
            "starting with a letter or digit",
        ),
    ],
)
def test_settings_that_a_program_has_made_are_refused_in_the_same_words(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as raised:
        load(replace(NONE, **changes))
    assert str(raised.value) == said


def test_settings_may_be_written_by_a_program_too() -> None:
    written: dict[str, Any] = {"clock": "manual", "day": "2s", "grace": "1m", "account": AccountSettings(keep_for="1h")}  # type: ignore[arg-type]
    loaded = load(replace(NONE, **written))
    assert (loaded.setup.mode, loaded.setup.rate, loaded.settings.grace) == (ClockMode.MANUAL, 43_200, 60)
    assert loaded.setup.settings.keep_for == 3_600_000


def test_a_value_back_at_its_default_is_none() -> None:
    assert read_values(ACCOUNT, {"rate": ("", None)}) == {"rate": None}
