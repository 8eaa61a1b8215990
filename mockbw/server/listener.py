"""Listening: the socket, or why there is none."""

from __future__ import annotations

import errno
import socket

from mockbw.errors import StartError

__all__ = ["open_socket"]


def open_socket(host: str, port: int) -> socket.socket:
    """Return a socket that is bound to the address and does not block; port 0 takes a free one.

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
        sock.setblocking(False)
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
