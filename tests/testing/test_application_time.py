"""Whose clock a test's application writes its instants by: that of the wall, and the account's own while time is frozen."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from mockbw.testing import MockAccount

pytestmark = pytest.mark.mockbw(edition="2026")


def send_for_ten_minutes(mockbw: MockAccount) -> int:
    """Be the application: send a message that is worth nothing ten minutes from now."""
    body = {
        "to": ["+19195550100"],
        "from": "+19195550199",
        "text": "Your table is ready",
        "applicationId": "app",
        "expiration": (datetime.now(UTC) + timedelta(minutes=10)).isoformat(),
    }
    request = urllib.request.Request(
        f"{mockbw.base_url}/users/{mockbw.account_id}/messages",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def test_an_application_on_the_wall_clock_may_send_after_its_test_has_advanced_the_account(mockbw: MockAccount) -> None:
    mockbw.callback_url = None
    mockbw.advance("48h")
    assert send_for_ten_minutes(mockbw) == 202


def test_frozen_time_is_the_accounts_own_so_what_it_writes_is_taken_as_it_is(mockbw: MockAccount) -> None:
    with freeze_time("2030-01-01 12:00:00"):
        mockbw.advance("1h")
        assert send_for_ten_minutes(mockbw) == 202
        sent = mockbw.assert_sent(to="+19195550100")
        assert sent.time == datetime(2030, 1, 1, 13, tzinfo=UTC)
    mockbw.advance("48h")  # nothing is frozen any more, and the wall has not come that far
    assert send_for_ten_minutes(mockbw) == 202
