"""Every pair of values of the settings that meet on the way of a message, through the main job: settings also fail in pairs."""

from __future__ import annotations

from base64 import b64encode
from itertools import combinations, product
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.core.model import CallbackStatus, Credentials
from mockbw.core.retry import RetrySchedule
from mockbw.core.settings import AccountSettings
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint

VALUES: dict[str, tuple[Any, ...]] = {
    "sender": ("lean", "aiohttp"),
    "redirects": ("fail", "follow", "accept"),
    "data": (False, True),
    "clock": (ClockMode.AUTO, ClockMode.MANUAL, ClockMode.SCALED),
    "edition": ("2018-01", "2023", "2026"),
    "credentials": (False, True),
    "retry": (RetrySchedule(), RetrySchedule(delays=(1000,), jitter=0.5)),
    "rate": (None, 1.0),
}


def covering() -> list[dict[str, Any]]:
    """Return combinations in which every pair of values occurs: always the one next that has most of those that are left."""
    names = list(VALUES)

    def pairs(row: tuple[int, ...]) -> set[tuple[int, int, int, int]]:
        return {(a, row[a], b, row[b]) for a, b in combinations(range(len(names)), 2)}

    every = list(product(*(range(len(VALUES[name])) for name in names)))
    left, rows = set().union(*map(pairs, every)), []
    while left:
        best = max(every, key=lambda row: len(pairs(row) & left))
        left -= pairs(best)
        rows.append({name: VALUES[name][place] for name, place in zip(names, best, strict=True)})
    return rows


@pytest.mark.parametrize("row", covering(), ids=lambda row: "-".join(str(value)[:8] for value in row.values()))
async def test_a_message_is_accepted_and_its_callbacks_arrive_after_a_retry(
    row: dict[str, Any], endpoint: Endpoint, tmp_path: Path
) -> None:
    user = (Credentials("user", "password"),) if row["credentials"] else ()
    account = AccountSettings(redirects=row["redirects"], retry=row["retry"], api_credentials=user)
    if row["rate"] is not None:
        account = AccountSettings(redirects=row["redirects"], retry=row["retry"], api_credentials=user, rate=row["rate"])
    settings = Settings(
        port=0,
        callback_url=endpoint.url,
        sender=row["sender"],
        data=tmp_path if row["data"] else None,
        clock=row["clock"],
        day=1000,
        edition=row["edition"],
        account=account,
    )
    endpoint.answers = [500]
    headers = {"Authorization": f"Basic {b64encode(b'user:password').decode()}"} if user else {}
    body = {"applicationId": APPLICATION, "from": SENDER, "to": [RECIPIENT], "text": "Your table is ready"}
    async with MockBandwidth(settings) as double, aiohttp.ClientSession(headers=headers) as session:
        async with session.post(f"{double.base_url}/users/9900000/messages", json=body) as response:
            assert response.status == 202
        await double.account("9900000").settle()
        callbacks = list(double.account("9900000").records.callbacks.values())
    assert callbacks
    assert {callback.status for callback in callbacks} == {CallbackStatus.DELIVERED}
    assert sum(len(callback.attempts) for callback in callbacks) == len(callbacks) + 1
    assert len(endpoint.types) == len(callbacks) + 1
    assert {callback.event.type for callback in callbacks} == set(endpoint.types) >= {"message-delivered"}
