"""A ``Sender`` that does only what a callback needs: HTTP/1.1 over keep-alive connections, parsed by httptools.

Following redirects is left to ``HttpSender``, which the setting ``sender: aiohttp`` selects for everything.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from base64 import b64encode
from functools import lru_cache
from typing import NamedTuple, cast

import httptools
from yarl import URL

from mockbw.core.callbacks import SendAttempt
from mockbw.core.model import Fault, Outcome
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.delivery.outcomes import (
    ANSWER_LIMIT,
    KEPT_BODY,
    Headers,
    answered,
    authorized,
    failed,
    kept_headers,
    secrets_in,
    too_long,
)
from mockbw.delivery.shortage import own_shortage
from mockbw.wallclock import monotonic_ms

__all__ = ["LeanSender"]

MOST_HEADERS = 256
"""How many headers of an answer are read."""

MOST_ORIGINS = 1_000
"""How many origins without a resting connection are remembered; then all such are forgotten."""

CACHED_HEAD = 4_096
"""The size up to which an answer's headers are cached, since most answers repeat those of the previous one."""

KEPT_OPEN = 15_000
"""How long an idle connection is kept for the next request, in wall milliseconds."""

KEEP_ALIVE = 1_000
"""After this many idle wall milliseconds a peer may close a connection just as a request is being sent: then that does not count
as an answer, and the request is sent again on a new connection. If a peer closes one sooner, the attempt has failed."""

_RawHeaders = tuple[tuple[bytes, bytes], ...]


class _FailedError(Exception):
    """The attempt got no answer."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault, self.detail = fault, detail


class _Origin(NamedTuple):
    host: str
    port: int
    tls: bool


class _Head(NamedTuple):
    """The head of a request up to the length of its body, and its destination; ``host`` as written in the URL."""

    origin: _Origin
    host: str
    start: bytes


class _Answer(NamedTuple):
    status: int
    headers: _RawHeaders
    body: bytes
    latency: float
    length: int


@lru_cache(maxsize=1024)
def _head(url: str, headers: Headers) -> _Head:
    """Return the head of a request.

    Raises:
        _FailedError: the URL cannot be called, or a header would break the request.
    """
    try:
        parts = URL(url)
        host, port = parts.raw_host, parts.port
    except ValueError:
        parts, host, port = URL(), None, None
    if parts.scheme not in ("http", "https") or not host or not port:
        raise _FailedError(Fault.PROTOCOL, f"{url!r} is not a URL that can be called")
    given = {name.lower() for name, _ in headers}
    sent = [header for header in headers if header[0].lower() not in ("content-length", "transfer-encoding")]
    if "host" not in given:
        shown = f"[{host}]" if ":" in host else host
        sent.insert(0, ("Host", shown if parts.is_default_port() else f"{shown}:{port}"))
    if (parts.user or parts.password) and "authorization" not in given:
        pair = b64encode(f"{parts.user or ''}:{parts.password or ''}".encode())
        sent.append(("Authorization", f"Basic {pair.decode()}"))
    for name, value in sent:
        if any(character in name + value for character in "\r\n\0"):
            raise _FailedError(Fault.PROTOCOL, f"header {name!r} has a character that is not allowed in a header")
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent)
    start = f"POST {parts.raw_path_qs} HTTP/1.1\r\n{lines}Content-Length: ".encode(errors="replace")
    return _Head(_Origin(host, port, parts.scheme == "https"), parts.host or host, start)


_cached_headers = lru_cache(maxsize=256)(kept_headers)


class _Connection(asyncio.Protocol):
    """One connection: one request at a time. ``idle`` is the list where it waits for the next."""

    def __init__(self, idle: list[_Connection], every: set[_Connection]) -> None:
        self._idle, self._every = idle, every
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[_Answer | None] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._timer: asyncio.TimerHandle | None = None
        self._unasked: select.poll | None = None
        """Reports whether there is something to read, even if the loop has not noticed it yet."""
        self._until = 0.0
        self._rests = 0.0
        """The deadline of the answer, or of the idle connection, in ``monotonic_ms``."""
        self._fires = 0.0
        """When the timer fires, in ``monotonic_ms``."""
        self.lost: Exception | None = None
        self._clear()

    def _clear(self) -> None:
        self._began = monotonic_ms()
        self._received = 0
        self._status = 0
        self._raw: list[tuple[bytes, bytes]] = []
        self._body = bytearray()
        self._latency = 0.0

    async def ask(self, request: bytes, deadline: float) -> _Answer | None:
        """Send a request and return its answer, or None when the connection was closed before the first byte of it.

        Raises:
            TimeoutError: the head of the answer has not arrived by ``deadline``, in ``monotonic_ms``.
            _FailedError: what arrived is not a valid answer.
        """
        if self._transport is None or self._transport.is_closing():
            return None
        self._clear()
        waiter: asyncio.Future[_Answer | None] = asyncio.get_running_loop().create_future()
        self._waiter = waiter
        self._watch_until(deadline)
        self._transport.write(request)
        try:
            return await waiter
        finally:
            # Once answered, the connection may serve another request before this coroutine runs again.
            if self._waiter is waiter:  # cancelled
                self._waiter = None
                self._transport.abort()

    def close(self) -> None:
        """Close immediately."""
        if self._transport is not None:
            self._transport.abort()

    @property
    def rested(self) -> float:
        """How long the connection has been idle, in wall milliseconds; 0 before its first request."""
        return monotonic_ms() - self._rests if self._rests else 0.0

    def hung_up(self) -> bool:
        """Return True when the peer has closed the idle connection or sent unrequested data, noticed by the loop or not."""
        if self._transport is None or self._transport.is_closing():
            return True
        return self._unasked is not None and bool(self._unasked.poll(0))

    @property
    def usable(self) -> bool:
        """True while the peer has not closed the connection."""
        return self._transport is not None and not self._transport.is_closing()

    # -- time -----------------------------------------------------------------------------------------------------------

    def _watch_until(self, instant: float) -> None:
        """Make sure that ``_check`` is called by then: one timer serves many requests, since most are answered long before."""
        self._until = instant
        if self._timer is not None:
            if self._fires <= instant:
                return
            self._timer.cancel()
        self._set_timer()

    def _set_timer(self) -> None:
        self._fires = self._until
        wait = max(0.0, self._until - monotonic_ms()) / 1000
        self._timer = asyncio.get_running_loop().call_later(wait, self._check)

    def _check(self) -> None:
        self._timer = None
        if monotonic_ms() < self._until:
            self._set_timer()
        elif self._waiter is None:
            self.close()
        elif self._status:
            self._finish(keep=False)
        else:
            self._fail(TimeoutError())

    # -- the transport's calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's has all its methods, but another base
        if hasattr(select, "poll"):  # not on Windows
            self._unasked = select.poll()
            self._unasked.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
        self._every.add(self)

    def data_received(self, data: bytes) -> None:
        if self._waiter is None:  # no request is in progress: this data would be mistaken for the next answer
            self.close()
            return
        self._received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._finish(keep=False)
        except httptools.HttpParserError as error:
            self._spoiled(f"the answer is not valid HTTP: {error}")
        if self._received > ANSWER_LIMIT and self._waiter is not None:
            self._spoiled(too_long())

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = exc
        self._every.discard(self)
        if self in self._idle:
            self._idle.remove(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._waiter is None:
            return
        if self._status:
            self._finish(keep=False)
        elif self._received:
            self._fail(_FailedError(Fault.RESET, "the connection broke in the middle of the answer's head"))
        else:
            self._settle(None)

    # -- the parser's calls ---------------------------------------------------------------------------------------------

    def on_message_begin(self) -> None:
        if self._waiter is None:  # a second answer directly after the first
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._status and len(self._raw) < MOST_HEADERS:  # what comes after the status is a trailer
            self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200 and status != 101:  # an interim answer; after a 101 the connection is no longer HTTP
            self._raw.clear()
            return
        self._status, self._latency = status, monotonic_ms() - self._began

    def on_body(self, body: bytes) -> None:
        if len(self._body) < KEPT_BODY:
            self._body += body[:KEPT_BODY]

    def on_message_complete(self) -> None:
        if self._status and self._waiter is not None:
            self._finish(keep=self._parser.should_keep_alive())

    # -- the end of an answer -------------------------------------------------------------------------------------------

    def _finish(self, *, keep: bool) -> None:
        if self._waiter is None:
            return
        answer = _Answer(self._status, tuple(self._raw), bytes(self._body), self._latency, self._received)
        if keep and self.usable:
            self._rests = monotonic_ms()
            self._until = self._rests + KEPT_OPEN
            self._idle.append(self)
        else:
            self.close()
        self._settle(answer)

    def _spoiled(self, why: str) -> None:
        """The answer is invalid; if the status line has arrived, that has already decided (P20 row 22)."""
        if self._status:
            self._finish(keep=False)
        else:
            self._fail(_FailedError(Fault.PROTOCOL, why))
        self.close()

    def _settle(self, answer: _Answer | None) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(answer)

    def _fail(self, error: Exception) -> None:
        waiter, self._waiter = self._waiter, None
        self.close()
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)


class LeanSender:
    """Sends over a pool of keep-alive connections. The time-out is wall time and covers everything up to the status line.

    Nothing is sent to a host that is not ``allowed``, also after a redirect.
    """

    def __init__(self, allowed: AllowedHosts | None = None) -> None:
        self._allowed = allowed or AllowedHosts()
        self._idle: dict[_Origin, list[_Connection]] = {}
        self._open: set[_Connection] = set()
        self._following = HttpSender(allowed)
        self._tls: ssl.SSLContext | None = None

    async def close(self) -> None:
        """Close every connection."""
        for connection in list(self._open):
            connection.close()
        self._idle.clear()
        await self._following.close()

    async def send(self, attempt: SendAttempt) -> Outcome:
        """Make the request; answer a Basic challenge when the application has credentials (P10)."""
        if attempt.redirects == "follow":
            return await self._following.send(attempt)
        started = monotonic_ms()
        try:
            if attempt.credentials is None:
                return await self._exchange(attempt, attempt.headers, started)
            return await authorized(attempt, lambda headers: self._exchange(attempt, tuple(headers.items()), started))
        except TimeoutError:
            return failed(Fault.TIMEOUT, started, f"no answer within {attempt.timeout / 1000:g} s")
        except _FailedError as error:
            return failed(error.fault, started, error.detail, secrets_in(attempt))

    async def _exchange(self, attempt: SendAttempt, headers: Headers, started: float) -> Outcome:
        origin, host, start = _head(attempt.url, headers)
        if not self._allowed.allows(host):
            raise _FailedError(Fault.FORBIDDEN, f"callbacks to {host} are not allowed: see callback-hosts")
        request = b"%b%d\r\n\r\n%b" % (start, len(attempt.body), attempt.body)
        deadline = started + attempt.timeout
        idle = self._idle.get(origin)
        if idle is None:
            if len(self._idle) >= MOST_ORIGINS:
                self._idle = {known: resting for known, resting in self._idle.items() if resting}
            idle = self._idle[origin] = []
        while idle and idle[-1].hung_up():
            idle.pop().close()
        connection = idle.pop() if idle else await self._connect(origin, idle, deadline)
        crossed = connection.rested > KEEP_ALIVE
        answer = await connection.ask(request, deadline)
        if answer is None and crossed:
            connection = await self._connect(origin, idle, deadline)
            answer = await connection.ask(request, deadline)
        if answer is None:
            why = f"the connection broke: {connection.lost}" if connection.lost else _HUNG_UP
            raise _FailedError(Fault.RESET, why)
        keep = _cached_headers if answer.length <= CACHED_HEAD else kept_headers
        return answered(attempt, answer.status, keep(answer.headers, secrets_in(attempt)), answer.body, answer.latency)

    async def _connect(self, origin: _Origin, idle: list[_Connection], deadline: float) -> _Connection:
        host, port, tls = origin
        try:
            if tls and self._tls is None:
                self._tls = ssl.create_default_context()
                self._tls.set_alpn_protocols(["http/1.1"])
            async with asyncio.timeout(max(0.0, deadline - monotonic_ms()) / 1000):
                _, connection = await asyncio.get_running_loop().create_connection(
                    lambda: _Connection(idle, self._open), host, port, ssl=self._tls if tls else None
                )
        except TimeoutError:
            raise
        except (OSError, MemoryError) as error:
            if (shortage := await own_shortage(error, host, port)) is not None:
                self._make_room()
                raise shortage from None
            raise _not_connected(error, origin) from None
        except ValueError as error:  # a host that cannot be looked up at all
            raise _FailedError(Fault.DNS, f"host {host} cannot be looked up: {error}") from None
        return connection

    def _make_room(self) -> None:
        """Close every resting connection: each has a descriptor and a port that others need now."""
        self._tls = None  # without a descriptor it was made without certificates, in silence
        for idle in self._idle.values():
            while idle:
                idle.pop().close()


def _not_connected(error: Exception, origin: _Origin) -> _FailedError:
    """Return why no connection could be made."""
    host, port, tls = origin
    if isinstance(error, socket.gaierror):
        return _FailedError(Fault.DNS, f"host {host} is not known")
    if isinstance(error, ssl.SSLError):
        return _FailedError(Fault.TLS, str(error))
    if tls and isinstance(error, (ConnectionResetError, ConnectionAbortedError)):
        return _FailedError(Fault.RESET, f"the connection broke: {error}")
    reason = "nothing listens" if _refused(error) else str(error)
    return _FailedError(Fault.REFUSED, f"{reason} at {host}:{port}")


_HUNG_UP = "the endpoint closed the connection without an answer"


def _refused(error: Exception) -> bool:
    """Return True when every address of the host has refused; asyncio puts several into one text."""
    return isinstance(error, ConnectionRefusedError) or "Connect call failed" in str(error)
