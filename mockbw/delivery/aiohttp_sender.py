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
from mockbw.delivery.outcomes import DRAINED_BODY, answered, authorized, failed
from mockbw.wallclock import monotonic_ms

__all__ = ["HttpSender"]


class _ForbiddenError(Exception):
    """The configuration does not allow callbacks to this host."""


class HttpSender:
    """Sends over a pool of keep-alive connections. The time-out is wall time and covers everything up to the status line.

    Nothing is sent to a host that is not ``allowed``, also where a redirect leads.
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
            )
        return self._session

    def _connector(self) -> aiohttp.TCPConnector:
        """Return the pool. How many requests an origin gets at once is the pump's affair: it alone knows their order."""
        return aiohttp.TCPConnector(limit=0, limit_per_host=0)

    async def close(self) -> None:
        """Close the pool."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Make the request; answer a Basic challenge when the application has credentials (P10)."""
        began = monotonic_ms()
        try:
            self._check(URL(attempt.url))
            return await self._exchange(attempt, began)
        except _ForbiddenError as error:
            return failed(Fault.FORBIDDEN, began, f"callbacks to {error} are not allowed: see callback-hosts")
        except TimeoutError:
            return failed(Fault.TIMEOUT, began, f"no answer within {attempt.timeout / 1000:g} s")
        except aiohttp.InvalidURL:
            return failed(Fault.PROTOCOL, began, f"{attempt.url!r} is not a URL that can be called")
        except aiohttp.ClientConnectorDNSError as error:
            return failed(Fault.DNS, began, f"host {error.host} is not known")
        except (aiohttp.ClientSSLError, aiohttp.ClientConnectorCertificateError) as error:
            return failed(Fault.TLS, began, str(error))
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, ConnectionRefusedError) or error.errno == errno.ECONNREFUSED
            reason = "nobody listens" if refused else str(error.os_error)
            return failed(Fault.REFUSED, began, f"{reason} at {error.host}:{error.port}")
        except aiohttp.ServerDisconnectedError:
            return failed(Fault.RESET, began, "the endpoint closed the connection without an answer")
        except (aiohttp.ClientOSError, ConnectionError) as error:
            return failed(Fault.RESET, began, f"the connection broke: {error}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return failed(Fault.PROTOCOL, began, f"{type(error).__name__}: {error}")

    def _check(self, url: URL) -> None:
        if not self._allowed.allows(url.host):
            raise _ForbiddenError(url.host)

    async def _check_redirect(self, _: object, __: object, params: aiohttp.TraceRequestRedirectParams) -> None:
        target = params.response.headers.get("Location") or params.response.headers.get("URI") or ""
        self._check(params.url.join(URL(target)))

    async def _exchange(self, attempt: SendAttempt, began: float) -> Outcome:
        return await authorized(attempt, lambda headers: self._request(attempt, headers, began))

    async def _request(self, attempt: SendAttempt, headers: Mapping[str, str], began: float) -> Outcome:
        deadline = asyncio.get_running_loop().time() + (began + attempt.timeout - monotonic_ms()) / 1000
        async with asyncio.timeout_at(deadline):
            response = await self._call(self._open(), attempt, headers)
        async with response:
            latency = monotonic_ms() - began
            body = await self._read(response, deadline)
            return answered(attempt, response.status, response.headers.items(), body, latency)

    async def _call(
        self, session: aiohttp.ClientSession, attempt: SendAttempt, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Make the request and return as soon as its status line is there."""
        follow = attempt.redirects == "follow"
        return await session.post(URL(attempt.url), data=attempt.body, headers=headers, allow_redirects=follow)

    @staticmethod
    async def _read(response: aiohttp.ClientResponse, deadline: float) -> bytes:
        """Read the answer's body; whatever is wrong with it, the status line has decided already (P20 row 22)."""
        read = bytearray()
        try:
            async with asyncio.timeout_at(deadline):
                async for chunk in response.content.iter_chunked(65536):
                    read += chunk
                    if len(read) > DRAINED_BODY:
                        response.close()
                        break
        except (aiohttp.ClientError, OSError):  # TimeoutError is an OSError
            response.close()
        return bytes(read)
