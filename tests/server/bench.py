"""A running server and a client of its control API, joined for the tests."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, RECIPIENT, SENDER, START

ACCOUNT = "9900000"


@dataclass
class Answer:
    """What the server said."""

    status: int
    json: Any
    headers: Any
    text: str


@dataclass
class Bench:
    """The server, and requests to it."""

    double: MockBandwidth
    session: aiohttp.ClientSession

    async def call(self, method: str, path: str, **rest: Any) -> Answer:
        """Make a request to the control API; ``path`` is below its root."""
        async with self.session.request(method, f"{self.double.url}/_mockbw/{path}", **rest) as response:
            text = await response.text()
            is_json = "json" in response.content_type and bool(text)
            return Answer(response.status, json.loads(text) if is_json else None, response.headers, text)

    async def get(self, path: str, **parameters: Any) -> Any:
        """Ask, and return the JSON of the answer, which must be a 200."""
        answer = await self.call("GET", path, params=parameters)
        assert answer.status == 200, answer.text
        return answer.json

    async def post(self, to: str | list[str] = RECIPIENT, text: str | None = "Your table is ready", **rest: Any) -> str:
        """Post a message as the application and return its id."""
        body = {"to": to, "from": SENDER, "text": text, "applicationId": APPLICATION, **rest}
        async with self.session.post(f"{self.double.base_url}/users/{ACCOUNT}/messages", json=body) as response:
            assert response.status == 202, await response.text()
            return str((await response.json())["id"])


@asynccontextmanager
async def serving(callback_url: str | None = None, **settings: Any) -> AsyncIterator[Bench]:
    """Run a server on a manual clock that begins at ``START``, with everything drawn by lot the same in every run."""
    chosen = {"port": 0, "clock": ClockMode.MANUAL, "start": START, "seed": "1", "grace": 0.5, **settings}
    async with MockBandwidth(Settings(callback_url=callback_url, **chosen)) as double, aiohttp.ClientSession() as session:
        yield Bench(double, session)
