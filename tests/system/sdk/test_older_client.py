"""The SDK's major version 14, which applications of 2021 to 2023 use; it cannot be installed beside the current one."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from tests.server.serving import ACCOUNT, platform

FOLDER = os.environ.get("MOCKBW_SDK14")


@pytest.mark.skipif(FOLDER is None, reason="needs MOCKBW_SDK14, a folder of: pip install --target FOLDER 'bandwidth-sdk==14.*'")
@pytest.mark.parametrize("edition", ["2023", "2026"])
async def test_the_older_client_creates_lists_and_keeps_media(edition):
    async with platform(edition, AccountSettings(api_credentials=(Credentials("user", "secret"),))) as server:
        script = Path(__file__).with_name("older_client.py")
        arguments = ["-I", "-S", str(script), str(FOLDER), server.double.base_url, ACCOUNT]
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert json.loads(output) == {
        "created": [202, 29, ["+19195550100"], 1, "t"],
        "media": [["menu.png", 4]],
        "down": "\x89PNG",
        "deleted": 204,
        "listed": [1, "RECEIVED"],
        "invalid": ["MessagingException", 400, "Your request could not be accepted"],
        "wrong password": ["MessagingException", 401, "Authentication Failed"],
        "callback": "+19195550199",
    }
