"""The line in which everything that starts a platform says which one, and what today's does otherwise."""

from __future__ import annotations

import pytest

from mockbw.errors import UnknownError
from mockbw.scenario.edition import edition_names
from mockbw.scenario.edition_differences import describe_edition


def test_an_old_edition_says_what_an_application_would_see_of_todays_platform() -> None:
    line = describe_edition("2018-01")
    assert line.startswith("2018-01. Today's platform (2026) sends message-sent only on request, sends ")
    for difference in ("message-sending", "receipts for MMS", "only after a 401", "lists messages", "multi-channel", "OAuth"):
        assert difference in line
    assert "\n" not in line


def test_what_an_edition_has_already_is_no_difference() -> None:
    line = describe_edition("2023")
    assert "multi-channel" in line
    assert "lists messages" not in line
    assert "receipts" not in line


def test_the_newest_is_todays() -> None:
    assert describe_edition(edition_names()[-1]) == "2026, today's platform"


def test_an_edition_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UnknownError):
        describe_edition("2019")
