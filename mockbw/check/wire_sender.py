"""The ways in which a drill sends a callback. Every one is a ``delivery.Sender``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from enum import StrEnum

import aiohttp
from msgspec.structs import replace
from yarl import URL

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import Credentials, CredentialsMode, Outcome
from mockbw.delivery.aiohttp_sender import HttpSender

__all__ = ["Wire", "WireSender"]

PIECES = 4
"""In how many pieces a split body is sent."""

PAUSE = 0.03
"""Wall seconds between the pieces: enough that each is a packet of its own."""


class Wire(StrEnum):
    """How the HTTP request of a callback is made. ``fresh``: over a connection of its own, and otherwise plain."""

    FRESH = "fresh"
    KEPT = "kept"
    SPLIT = "split"
    CHUNKED = "chunked"
    TEXT_PLAIN = "text-plain"
    GET = "get"
    HEAD = "head"
    BATCH = "batch"
    NO_CREDENTIALS = "no-credentials"
    WRONG_CREDENTIALS = "wrong-credentials"


class WireSender(HttpSender):
    """Makes the request of an attempt in one of these ways."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self.wire = wire

    def _connector(self) -> aiohttp.TCPConnector:
        return super()._connector() if self.wire is Wire.KEPT else aiohttp.TCPConnector(limit=0, force_close=True)

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Make the request."""
        return await super().send(self._changed(attempt))

    def _changed(self, attempt: SendAttempt) -> SendAttempt:
        match self.wire:
            case Wire.TEXT_PLAIN:
                return replace(attempt, headers=_with_type(attempt.headers, "text/plain; charset=utf-8"))
            case Wire.NO_CREDENTIALS:
                return replace(attempt, credentials=None)
            case Wire.WRONG_CREDENTIALS:
                user = attempt.credentials.user if attempt.credentials is not None else "somebody"
                wrong = Credentials(user, "not-the-password")
                return replace(attempt, credentials=wrong, credentials_mode=CredentialsMode.UPFRONT)
            case Wire.BATCH:
                return replace(attempt, body=b"[" + attempt.body[1:-1] + b"," + attempt.body[1:-1] + b"]")
        return attempt

    async def _call(
        self, session: aiohttp.ClientSession, attempt: SendAttempt, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        url = URL(attempt.url)
        match self.wire:
            case Wire.GET | Wire.HEAD:
                return await session.request(self.wire.value, url, headers=headers, allow_redirects=False)
            case Wire.CHUNKED:
                return await session.post(url, data=_pieces(attempt.body, 0), headers=headers, allow_redirects=False)
            case Wire.SPLIT:
                sized = {**headers, "Content-Length": str(len(attempt.body))}
                return await session.post(url, data=_pieces(attempt.body, PAUSE), headers=sized, allow_redirects=False)
        return await super()._call(session, attempt, headers)


def _with_type(headers: tuple[tuple[str, str], ...], content_type: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, content_type if name.lower() == "content-type" else value) for name, value in headers)


async def _pieces(body: bytes, pause: float) -> AsyncIterator[bytes]:
    size = len(body) // PIECES + 1
    for start in range(0, len(body), size):
        await asyncio.sleep(pause)
        yield body[start : start + size]
