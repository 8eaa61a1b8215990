"""Connections: so many and no more, from the moment each is accepted, and none that holds its place without using it.

A ``Connection`` is aiohttp's protocol, and watches itself. It is always in one of four phases, and each but the handling of a
request has its time, as has a TLS handshake before them (``header_seconds``):

=========  ==========================================================  =======================
phase      until                                                       its time
=========  ==========================================================  =======================
``HEAD``   the head of a request has come, whole                       ``header_seconds``
``BUSY``   the request was answered                                    ``body_seconds``, its body
``DRAIN``  the rest of a body has come that the answer did not need    ``header_seconds``
``REST``   the next request begins                                     ``idle_seconds``
=========  ==========================================================  =======================

Besides, in any phase, a client must read what it is sent: what it leaves unread has ``write_seconds``, and all clients together
leave no more than ``UNSENT_LIMIT``. Where connections run out, those that rest make room, the longest at rest first.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable
from enum import Enum, auto
from ssl import SSLContext
from typing import Any, cast

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from mockbw.config.settings import ServerLimits
from mockbw.redaction import plain

__all__ = [
    "ACCEPT_PAUSE",
    "BACKLOG",
    "HEAD_LINES",
    "IDLE_SECONDS_NEAR_LIMIT",
    "UNSENT_LIMIT",
    "Connection",
    "ConnectionLimits",
    "Refuse",
]

IDLE_SECONDS_NEAR_LIMIT = 5.0
"""How long a connection may rest, in wall seconds, where over three quarters of all are in use. Where all are, the one that
rests longest goes at once."""

UNSENT_LIMIT = 64_000_000
"""How many bytes may wait for all clients together that do not read, in full buffers; beyond, the slowest are cut."""

BACKLOG = 1_024
"""How many connections the system keeps that were not accepted yet."""

ACCEPT_PAUSE = 0.2
"""How long to wait, in wall seconds, before connections are accepted again when this process lacks the means."""

HEAD_LINES = 4
"""How many times the longest header the head of a request may have in all."""

FIRST_LINE = 500
"""How much of the first line of what is no HTTP is looked at for its answer, in bytes."""

log = logging.getLogger("mockbw")

Refuse = Callable[[str, str, str], web.Response]
"""Returns the answer to what is no HTTP; called with its method and path, as far as they can be told, and the problem."""


class _Phase(Enum):
    HEAD = auto()
    BUSY = auto()
    DRAIN = auto()
    REST = auto()


_HEAD, _BUSY, _DRAIN, _REST = _Phase


class _Deadlines:
    """Connections that all have the same time for something, in the order in which it is up."""

    def __init__(self, seconds: float, up: Callable[[Connection], None]) -> None:
        self._seconds, self._up = seconds, up
        self._since: dict[Connection, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, connection: Connection) -> None:
        """Let the time of a connection begin."""
        loop = asyncio.get_running_loop()
        self._since.pop(connection, None)
        self._since[connection] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(self._seconds, self._look)

    def discard(self, connection: Connection) -> None:
        """The connection has done it in time."""
        self._since.pop(connection, None)

    def oldest(self) -> tuple[Connection, float] | None:
        """Return the connection whose time is up first, and for how many seconds it runs already."""
        for connection, since in self._since.items():
            return connection, asyncio.get_running_loop().time() - since
        return None

    def close(self) -> None:
        """Look at nothing any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        while (oldest := self.oldest()) is not None:
            connection, age = oldest
            if age < self._seconds:
                self._timer = asyncio.get_running_loop().call_later(self._seconds - age, self._look)
                return
            del self._since[connection]
            self._up(connection)


class ConnectionLimits:
    """Makes the protocols of new connections, and cuts those that take too long."""

    def __init__(self, limits: ServerLimits) -> None:
        self.limits = limits
        self.open: set[Connection] = set()
        self.handshakes: set[Connection] = set()
        self.unsent = 0
        self.cut: Counter[str] = Counter()
        """How many connections were cut or refused, by the reason."""
        self.heads = _Deadlines(limits.header_seconds, lambda connection: connection.cut("slow-head"))
        self.bodies = _Deadlines(limits.body_seconds, Connection.body_is_late)
        self.resting = _Deadlines(limits.idle_seconds, Connection.rest_is_over)
        """Those at rest, and some that are busy again: they are put at the end when they rest again."""
        self.writing = _Deadlines(limits.write_seconds, lambda connection: connection.cut("slow-reader"))
        self._full = self._starved = False
        self._opening: set[asyncio.Task[None]] = set()

    async def serve(self, sock: socket.socket, protocol: Callable[[], Connection], tls: SSLContext | None = None) -> None:
        """Accept connections at a listening socket until cancelled. TLS is agreed on here, so that a handshake counts too."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                accepted, _ = await loop.sock_accept(sock)
            except OSError as error:
                await self._cannot_accept(error)
                continue
            if self._has_room():
                self._begin(accepted, protocol(), tls)
            else:
                accepted.close()

    async def _cannot_accept(self, error: OSError) -> None:
        """Let the connection wait in the socket's queue: mostly this process has no file descriptor left for it."""
        self.cut["not-accepted"] += 1
        if not self._starved:
            self._starved = True
            log.error("connections cannot be accepted and have to wait: %s", error.strerror or error)
        if (oldest := self._oldest_at_rest()) is not None:
            oldest[0].cut("idle")
        await asyncio.sleep(ACCEPT_PAUSE)

    def _oldest_at_rest(self) -> tuple[Connection, float] | None:
        while (oldest := self.resting.oldest()) is not None and not oldest[0].at_rest:
            self.resting.discard(oldest[0])
        return oldest

    def _begin(self, accepted: socket.socket, connection: Connection, tls: SSLContext | None) -> None:
        self._starved = False
        task = asyncio.get_running_loop().create_task(self._open(connection, accepted, tls))
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open(self, connection: Connection, accepted: socket.socket, tls: SSLContext | None) -> None:
        seconds = None if tls is None else self.limits.header_seconds
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: connection, accepted, ssl=tls, ssl_handshake_timeout=seconds)
        except Exception:  # noqa: BLE001 - whatever is wrong with a handshake, it ends the connection
            self.cut["handshake"] += 1
            accepted.close()
        finally:
            self.handshakes.discard(connection)

    @property
    def count(self) -> int:
        """How many connections are open."""
        return len(self.open) + len(self.handshakes)

    def _has_room(self) -> bool:
        most, count = self.limits.connections, self.count
        while count > most * 3 // 4 and (oldest := self._oldest_at_rest()) is not None:
            connection, age = oldest
            if age < IDLE_SECONDS_NEAR_LIMIT and count < most:
                break
            connection.cut("idle")
            count = self.count
        if count < most:
            self._full = False
            return True
        self.cut["refused"] += 1
        if not self._full:
            self._full = True
            log.warning("all %s connections are in use: more are refused (limits: {connections: …})", most)
        return False

    def close(self) -> None:
        """Cut what is still open, handshakes too."""
        for task in self._opening:
            task.cancel()
        for connection in list(self.open):
            connection.cut("stopped")
        for deadlines in (self.heads, self.bodies, self.resting, self.writing):
            deadlines.close()


_TOO_LONG = b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Connection(web.RequestHandler):
    """The protocol of one connection.

    What is no HTTP is answered by ``refuse``: aiohttp's own answer is of no API's form, and it logs a traceback for each.
    """

    __slots__ = ("_body", "_end", "_head", "_left", "_limits", "_phase", "_refuse", "_resting", "_started", "_unsent", "_wire")

    def __init__(self, limits: ConnectionLimits, server: web.Server, refuse: Refuse, **options: Any) -> None:
        super().__init__(server, loop=asyncio.get_running_loop(), **options)
        self._limits, self._refuse = limits, refuse
        self._resting = limits.resting
        self._wire: asyncio.Transport | None = None
        self._left = False
        self._phase = _HEAD
        self._started = b""
        """What came of a request before its handler began; its first line is the beginning."""
        self._head = 0
        """How many bytes of a head that comes in pieces are here."""
        self._end = b""
        """The last of them, where the end of the head may begin."""
        self._body: StreamReader | None = None
        """The body of the request in hand, while it was not whole when the request began."""
        self._unsent = 0
        limits.handshakes.add(self)

    # -- the transport's calls ------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open, and TLS agreed on."""
        self._wire = cast("asyncio.Transport", transport)  # uvloop's has all its methods, but another base
        self._limits.handshakes.discard(self)
        self._limits.open.add(self)
        self._limits.heads.add(self)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """A client has sent something."""
        if self._phase is _REST and b"\r\n\r\n" in data:
            self._phase, self._started = _BUSY, data  # a handler has it in a moment
        elif self._phase is not _BUSY and not self._comes_in_pieces(data):
            self._refuse_head()
            return
        super().data_received(data)

    def _comes_in_pieces(self, data: bytes) -> bool:
        """Take a piece of a head, or of a body that the answer did not wait for; return False when the head is too long."""
        if self._phase is _DRAIN and self._body is not None and self._body.is_eof():
            self._limits.heads.discard(self)
            self._phase = _REST
        if self._phase is _REST:
            self._phase, self._started = _HEAD, b""
            self._limits.heads.add(self)
        if self._phase is _HEAD and len(self._started) < FIRST_LINE:
            self._started += data[:FIRST_LINE]
        if self._phase is _HEAD and b"\r\n\r\n" in self._end + data:
            self._limits.heads.discard(self)
            self._phase, self._head, self._end = _BUSY, 0, b""
        elif self._phase is _HEAD:
            self._head += len(data)
            self._end = (self._end + data)[-3:]
        return self._head <= HEAD_LINES * self._limits.limits.header

    def _refuse_head(self) -> None:
        self._limits.cut["long-head"] += 1
        if self._wire is not None:
            self._wire.write(_TOO_LONG)
            self._wire.close()
        self._leave()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The connection has ended."""
        self._leave()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """The buffer is full: the client does not read."""
        limits = self._limits
        limits.writing.add(self)
        self._unsent = self._wire.get_write_buffer_size() if self._wire is not None else 0
        limits.unsent += self._unsent
        super().pause_writing()
        while limits.unsent > UNSENT_LIMIT and (oldest := limits.writing.oldest()) is not None:
            oldest[0].cut("slow-reader")

    def resume_writing(self) -> None:
        """The client has read."""
        self._all_sent()
        super().resume_writing()

    def _all_sent(self) -> None:
        self._limits.writing.discard(self)
        self._limits.unsent -= self._unsent
        self._unsent = 0

    # -- the requests -----------------------------------------------------------------------------------------------------

    @property
    def at_rest(self) -> bool:
        """True between two requests."""
        return self._phase is _REST

    def rest_is_over(self) -> None:
        """The time between two requests is up."""
        if self.at_rest:
            self.cut("idle")

    def request_begins(self) -> None:
        """A handler has the head of a request; ``request_ends`` must follow."""
        self._started = b""
        if self._phase is not _BUSY:  # it came together with the one before
            self._limits.heads.discard(self)
            self._phase = _BUSY

    def expects(self, body: StreamReader) -> None:
        """The body of the request is still on its way."""
        self._body = body
        if not self._left:
            self._limits.bodies.add(self)

    def request_ends(self) -> None:
        """The request was answered, or its answer is being written."""
        if self._left:
            return
        if self._body is not None:
            self._limits.bodies.discard(self)
            if not self._body.is_eof():
                self._phase = _DRAIN
                self._limits.heads.add(self)
                return
            self._body = None
        self._phase = _REST
        self._resting.add(self)

    def body_is_late(self) -> None:
        """The time for the body of a request is up."""
        if self._body is not None and not self._body.is_eof():
            self.cut("slow-body")

    def handle_error(
        self, request: web.BaseRequest, status: int = 500, exc: BaseException | None = None, message: str | None = None
    ) -> web.StreamResponse:
        """Return the answer to what could not be parsed, or to a request that failed outside of its handler."""
        if not isinstance(exc, HttpProcessingError) or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        line = self._started[:FIRST_LINE].partition(b"\r\n")[0].split(b" ")
        method, path, *_ = (plain(word) for word in (*line, b"", b""))
        response = self._refuse(method, path, plain(" ".join((exc.message or "").split())))
        response.force_close()
        return response

    # -- the end ----------------------------------------------------------------------------------------------------------

    def cut(self, why: str) -> None:
        """End the connection now; its place is free at once."""
        self._limits.cut[why] += 1
        self._leave()
        if self._wire is not None:
            self._wire.abort()

    def _leave(self) -> None:
        limits, self._left = self._limits, True
        limits.open.discard(self)
        for deadlines in (limits.heads, limits.bodies, limits.resting):
            deadlines.discard(self)
        self._all_sent()
