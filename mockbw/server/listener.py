"""Listening: the socket, and connections: so many and no more, and none that is held open without a request."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Middleware

from mockbw.config.settings import ServerLimits
from mockbw.errors import StartError

__all__ = ["ConnectionLimits", "open_socket"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Refusal(asyncio.Protocol):
    """A connection too many: it is closed as soon as it is made."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.close()


class ConnectionLimits:
    """Makes the protocols of new connections; ``middleware`` tells it which have made a request."""

    def __init__(self, limits: ServerLimits) -> None:
        self._limits = limits
        self._silent: set[asyncio.BaseProtocol] = set()

    def factory(self, server: web.Server) -> Callable[[], asyncio.BaseProtocol]:
        """Return what ``loop.create_server`` calls for every connection."""

        def connect() -> asyncio.BaseProtocol:
            if len(server.connections) >= self._limits.connections:
                return _Refusal()
            protocol = server()
            self._silent.add(protocol)
            asyncio.get_running_loop().call_later(self._limits.header_seconds, self._look, protocol)
            return protocol

        return connect

    def _look(self, protocol: web.RequestHandler) -> None:
        if protocol in self._silent:
            self._silent.discard(protocol)
            if protocol.transport is not None:
                protocol.transport.abort()

    def seen(self, request: web.Request) -> None:
        """The connection has made a request."""
        self._silent.discard(request.protocol)

    def middleware(self) -> Middleware:
        """Return the middleware that sees every request."""

        @web.middleware
        async def see(request: web.Request, handler: Handler) -> web.StreamResponse:
            self.seen(request)
            if not request.can_read_body or request.content.is_eof():
                return await handler(request)
            loop = asyncio.get_running_loop()
            slow = loop.call_later(self._limits.body_seconds, _cut_if_unread, request)
            try:
                return await handler(request)
            finally:
                slow.cancel()

        return see


def _cut_if_unread(request: web.Request) -> None:
    if not request.content.is_eof() and request.transport is not None:
        request.transport.abort()


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 takes a free one.

    Raises:
        StartError: it cannot be listened on, and why.
    """
    try:
        return _bound(host, port)
    except OSError as error:
        raise StartError(_why_not(host, port, error)) from None


def _bound(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    sock = socket.socket(family, kind, protocol)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
    except OSError:
        sock.close()
        raise
    return sock


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use by another program: stop it, or choose another with --port (0 takes a free one)"
    if error.errno == errno.EACCES:
        return f"port {port} needs rights this user does not have: choose one above 1023"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return f"{host!r} is no address of this machine"
    return f"cannot listen on {host}:{port}: {error.strerror or error}"
