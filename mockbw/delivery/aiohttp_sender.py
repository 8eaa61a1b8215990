"""A ``Sender`` on aiohttp's client. It never raises for anything that an endpoint or a network can do."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Mapping

import aiohttp
from yarl import URL

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import Fault, Outcome
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.delivery.counted_response import AnswerTooLongError, counted_response
from mockbw.delivery.outcomes import ANSWER_LIMIT, KEPT_BODY, answered, authorized, failed, kept_headers, secrets_in, too_long
from mockbw.delivery.shortage import client_shortage
from mockbw.wallclock import monotonic_ms

__all__ = ["HttpSender"]


class _ForbiddenError(Exception):
    """The configuration does not allow callbacks to this host."""


class HttpSender:
    """Sends over a pool of keep-alive connections. The time-out is wall time and covers everything up to the status line.

    Nothing is sent to a host that is not ``allowed``, also after a redirect.
    """

    def __init__(self, allowed: AllowedHosts | None = None) -> None:
        self._allowed = allowed or AllowedHosts()
        self._session: aiohttp.ClientSession | None = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            redirects = aiohttp.TraceConfig()
            redirects.on_request_redirect.append(self._check_redirect)
            self._session = aiohttp.ClientSession(
                trace_configs=[redirects],
                connector=self._connector(),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                trust_env=False,
                response_class=counted_response(ANSWER_LIMIT),
                max_line_size=ANSWER_LIMIT,
                max_field_size=ANSWER_LIMIT,
                # A few bytes can decompress to gigabytes, so compression is neither requested nor decoded.
                auto_decompress=False,
                skip_auto_headers=["Accept-Encoding"],
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        """Return the pool, without a limit per origin: that is up to the pump, which knows the order of the attempts."""
        return aiohttp.TCPConnector(limit=0, limit_per_host=0)

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Make the request; answer a Basic challenge when the application has credentials (P10).

        Raises:
            ShortageError: this machine cannot make the request now.
        """
        started = monotonic_ms()
        try:
            self._check(URL(attempt.url))
            return await self._exchange(attempt, started)
        except (aiohttp.ClientError, OSError, ValueError, _ForbiddenError) as error:  # TimeoutError is an OSError
            if (shortage := await client_shortage(error)) is not None:
                raise shortage from None
            fault, detail = _explained(error, attempt)
            return failed(fault, started, detail, secrets_in(attempt))

    def _check(self, url: URL) -> None:
        if not self._allowed.allows(url.host):
            raise _ForbiddenError(url.host)

    async def _check_redirect(self, _: object, __: object, params: aiohttp.TraceRequestRedirectParams) -> None:
        target = params.response.headers.get("Location") or params.response.headers.get("URI") or ""
        self._check(params.url.join(URL(target)))

    async def _exchange(self, attempt: SendAttempt, started: float) -> Outcome:
        return await authorized(attempt, lambda headers: self._request(attempt, headers, started))

    async def _request(self, attempt: SendAttempt, headers: Mapping[str, str], started: float) -> Outcome:
        deadline = asyncio.get_running_loop().time() + (started + attempt.timeout - monotonic_ms()) / 1000
        async with asyncio.timeout_at(deadline):
            response = await self._call(self._open(), attempt, headers)
        async with response:
            latency = monotonic_ms() - started
            body = await self._read(response, deadline)
            kept = kept_headers(response.headers.items(), secrets_in(attempt))
            return answered(attempt, response.status, kept, body, latency)

    async def _call(
        self, session: aiohttp.ClientSession, attempt: SendAttempt, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Make the request and return as soon as the status line has arrived."""
        follow = attempt.redirects == "follow"
        return await session.post(URL(attempt.url), data=attempt.body, headers=headers, allow_redirects=follow)

    @staticmethod
    async def _read(response: aiohttp.ClientResponse, deadline: float) -> bytes:
        """Read the answer's body; an error in it does not matter, since the status line has decided already (P20 row 22)."""
        read = bytearray()
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in response.content.iter_any():
                    if len(read) < KEPT_BODY:
                        read += chunk
        except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
            response.close()
        return bytes(read)


def _explained(error: Exception, attempt: SendAttempt) -> tuple[Fault, str]:
    """Return why an attempt got no answer."""
    match error:
        case _ForbiddenError():
            return Fault.FORBIDDEN, f"callbacks to {error} are not allowed: see callback-hosts"
        case AnswerTooLongError():
            return Fault.PROTOCOL, too_long()
        case TimeoutError():
            return Fault.TIMEOUT, f"no answer within {attempt.timeout / 1000:g} s"
        case aiohttp.InvalidURL():
            return Fault.PROTOCOL, f"{attempt.url!r} is not a URL that can be called"
        case aiohttp.ClientConnectorDNSError():
            return Fault.DNS, f"host {error.host} is not known"
        case aiohttp.ClientSSLError() | aiohttp.ClientConnectorCertificateError():
            return Fault.TLS, str(error)
        case aiohttp.ClientConnectorError():
            refused = isinstance(error.os_error, ConnectionRefusedError) or error.errno == errno.ECONNREFUSED
            reason = "nothing listens" if refused else str(error.os_error)
            return Fault.REFUSED, f"{reason} at {error.host}:{error.port}"
        case aiohttp.ServerDisconnectedError():
            return Fault.RESET, "the endpoint closed the connection without an answer"
        case aiohttp.ClientOSError() | ConnectionError():
            return Fault.RESET, f"the connection broke: {error}"
        case _:
            return Fault.PROTOCOL, f"{type(error).__name__}: {error}"
