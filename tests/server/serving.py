"""The running server as an HTTP client of the platform's API sees it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.engine.runner import AccountRunner
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import APPLICATION, RECIPIENT, SENDER, START

ACCOUNT = "9900000"
WHOLE = {"applicationId": APPLICATION, "to": [RECIPIENT], "from": SENDER, "text": "Your table is ready"}


def as_written(url: str) -> URL:
    """Return a URL that goes out as it is, percent signs and all."""
    return URL(url, encoded=True)


@dataclass
class Answer:
    """An HTTP answer, read whole."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Platform:
    """The server, a client session, and the one account that tests use."""

    double: MockBandwidth
    session: aiohttp.ClientSession
    prefix: str = "/api/v2"

    @property
    def account(self) -> AccountRunner:
        """The account's runner."""
        return self.double.account(ACCOUNT)

    async def request(self, method: str, path: str, **rest: Any) -> Answer:
        """Make a request below ``/users/{account}``; a path that begins with a slash is taken whole."""
        whole = path if path.startswith("/") else f"{self.prefix}/users/{ACCOUNT}/{path}"
        async with self.session.request(method, as_written(f"{self.double.url}{whole}"), **rest) as response:
            return Answer(response.status, response.headers, await response.read())

    async def post(self, headers: Mapping[str, str] | None = None, **changes: Any) -> Answer:
        """Post a message that is right but for ``changes``."""
        return await self.request("POST", "messages", json={**WHOLE, **changes}, headers=headers)


@asynccontextmanager
async def platform(edition: str = "2026", account: AccountSettings | None = None, **settings: Any) -> AsyncIterator[Platform]:
    """Run a server whose clock is manual and begins at ``START``."""
    usual: dict[str, Any] = {"port": 0, "clock": ClockMode.MANUAL, "start": START, "seed": "1", "magic_numbers": False}
    chosen = Settings(**{**usual, "edition": edition, "account": account or AccountSettings(), **settings})
    async with MockBandwidth(chosen) as double, aiohttp.ClientSession() as session:
        yield Platform(double, session)
