"""Fetches the media URLs of an outbound message, as the platform does before it sends an MMS (P11)."""

from __future__ import annotations

import asyncio

import aiohttp
from yarl import URL

from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.delivery.counted_response import AnswerTooLongError, CountedResponse, counted_response
from mockbw.delivery.outcomes import ANSWER_LIMIT
from mockbw.delivery.shortage import ShortageError, client_shortage, patiently
from mockbw.media.store import MEDIA_TYPES
from mockbw.redaction import hide, hide_url

__all__ = ["INVALID", "TOO_LARGE", "UNAVAILABLE", "MediaFaultError", "MediaFetcher"]

UNAVAILABLE, TOO_LARGE, INVALID = 4410, 4411, 4412
"""The error codes of media that are unavailable, too large, or of a type that cannot be sent."""

TIMEOUT = 10
"""How long fetching one file may take, in wall seconds."""


class MediaFaultError(Exception):
    """A file cannot be sent; ``code`` is the error code for it."""

    def __init__(self, code: int, because: str) -> None:
        super().__init__(because)
        self.code = code


def check_type(content_type: str) -> None:
    """Refuse a type that cannot be sent.

    Raises:
        MediaFaultError: with code 4412.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in MEDIA_TYPES:
        raise MediaFaultError(INVALID, f"{kind or 'no type'} is not a type of media that can be sent")


class MediaFetcher:
    """Fetches each file over a connection of its own. Follows redirects, unless only ``allowed`` hosts may be called."""

    def __init__(self, allowed: AllowedHosts | None = None) -> None:
        self._allowed = allowed or AllowedHosts()

    async def size(self, url: str, limit: int) -> int:
        """Fetch a file and return its length in bytes; it is not kept.

        Raises:
            MediaFaultError: it is unavailable (4410), longer than ``limit`` (4411) or of a wrong type (4412).
            ShortageError: this machine cannot fetch anything now.
        """
        try:
            return await self._attempt(url, limit)
        except ShortageError as error:
            return await patiently(lambda: self._attempt(url, limit), error, TIMEOUT)

    async def _attempt(self, url: str, limit: int) -> int:
        try:
            host = URL(url).host
            if not self._allowed.allows(host):
                raise MediaFaultError(UNAVAILABLE, f"{host} may not be called: see callback-hosts")
            async with asyncio.timeout(TIMEOUT), self._session(limit) as session:
                return await self._size(session, url, limit)
        except AnswerTooLongError:
            raise MediaFaultError(TOO_LARGE, f"{hide_url(url)} is longer than {limit} bytes") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # TimeoutError is an OSError
            if (shortage := await client_shortage(error)) is not None:
                raise shortage from None
            because = hide(str(error) or type(error).__name__)
            raise MediaFaultError(UNAVAILABLE, f"{hide_url(url)} cannot be fetched: {because}") from None

    @staticmethod
    def _session(limit: int) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            response_class=counted_response(
                limit + ANSWER_LIMIT
            ),  # everything counts, also what is not the file: heads, framing, trailers
            auto_decompress=False,
            skip_auto_headers=["Accept-Encoding"],
        )

    async def _size(self, session: aiohttp.ClientSession, url: str, limit: int) -> int:
        async with session.get(URL(url), allow_redirects=self._allowed.everyone) as response:
            if response.status != 200:
                raise MediaFaultError(UNAVAILABLE, f"{hide_url(url)} answers {response.status}")
            check_type(response.headers.get("Content-Type", ""))
            assert isinstance(response, CountedResponse), "the session's own"
            length = 0
            async for piece in response.pieces():
                length += len(piece)
                if length > limit:
                    raise MediaFaultError(TOO_LARGE, f"{hide_url(url)} is longer than {limit} bytes")
            return length
