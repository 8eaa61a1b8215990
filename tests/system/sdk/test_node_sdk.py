"""Bandwidth's SDK for Node, where there is a node and the SDK has been fetched."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest

from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from tests.server.serving import ACCOUNT, platform

NODE = shutil.which("node")
FOLDER = os.environ.get("MOCKBW_NODE_SDK")


@pytest.mark.skipif(NODE is None, reason="there is no node")
@pytest.mark.skipif(FOLDER is None, reason="needs MOCKBW_NODE_SDK, a folder of: npm install --prefix FOLDER bandwidth-sdk")
async def test_the_sdk_for_node_creates_lists_and_keeps_media():
    settings = AccountSettings(api_credentials=(Credentials("user", "secret"),), bearer_tokens=("preset",))
    async with platform("2026", settings) as server:
        script = Path(__file__).with_name("node_client.cjs")
        process = await asyncio.create_subprocess_exec(
            str(NODE),
            str(script),
            str(FOLDER),
            server.double.base_url,
            ACCOUNT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    assert json.loads(output) == {
        "sms": [202, 29, 1, "t"],
        "group": 2,
        "multiChannel": [202, "ExampleAgent"],
        "media": ["a/menu.txt", "soup", 204],
        "list": 3,
        "invalid": [400, "request-validation"],
        "token": 202,
        "wrong": [401, "unauthorized"],
    }
