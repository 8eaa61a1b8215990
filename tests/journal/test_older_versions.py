"""A journal on disk that an older version wrote is read, and every reader shows what that version showed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import aiohttp
import pytest

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.server.mock_bandwidth import MockBandwidth

WRITTEN = Path(__file__).parent / "from_0_1_0"
"""A journal of version 0.1.0, and what its control API answered after a restart with it."""


@pytest.fixture
def shown(tmp_path):
    shutil.copy(WRITTEN / "journal.sqlite3", tmp_path)
    return Settings(port=0, clock=ClockMode.MANUAL, seed="old", data=tmp_path, edition="2026")


async def test_the_control_api_shows_what_it_showed_before(shown):
    before = json.loads((WRITTEN / "api.json").read_text())
    async with MockBandwidth(shown) as double, aiohttp.ClientSession(f"{double.url}/_mockbw/") as client:

        async def get(path: str) -> dict:
            async with client.get(path) as response:
                return await response.json()

        for message in before["messages"]:
            assert await get(f"accounts/9900000/messages/{message['id']}") == message
        numbered = [{"number": 9 - place, **request} for place, request in enumerate(before["requests"]["requests"])]
        assert await get("accounts/9900000/requests?limit=100") == {"requests": numbered, "matching": 9}
        assert (await get("journal?account=9900000&limit=159"))["entries"] == before["entries"]


async def test_what_was_unfinished_goes_on(shown):
    async with MockBandwidth(shown) as double:
        account = double.engine.account("9900000")
        (waiting,) = [record for record in account.records.messages.values() if record.message.text == "waits"]
        before = len(waiting.notified)
        await account.advance(10_000)
        assert len(waiting.notified) > before
