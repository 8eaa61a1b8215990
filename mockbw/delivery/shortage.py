"""Shortages of this machine: no file descriptor, port or memory is left. That is no fault of the endpoint.

A sender raises ``ShortageError`` instead of returning an outcome. The dispatcher lets the attempt wait, which is counted here.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import aiohttp

__all__ = ["SHORTAGES", "SHORTAGE_PAUSE", "ShortageError", "Shortages", "client_shortage", "own_shortage", "patiently"]

SHORTAGE_PAUSE = 0.05
"""How long to wait at first before something is tried again, in wall seconds; twice as long each time, up to a second."""

T = TypeVar("T")

log = logging.getLogger("mockbw")

_SHORT_OF = {
    errno.EMFILE: ("file descriptors", "this process has no file descriptors left: raise its limit (ulimit -n)"),
    errno.ENFILE: ("file descriptors", "this machine has no file descriptors left"),
    errno.ENOMEM: ("memory", "this machine has no memory left"),
    errno.ENOBUFS: ("memory", "this machine has no memory left for sockets"),
    errno.EADDRNOTAVAIL: ("ports", "this machine has no ports left to connect from"),
}


class ShortageError(Exception):
    """The machine cannot make the request now. ``short_of`` is what it lacks, in a word or two."""

    def __init__(self, short_of: str, sentence: str) -> None:
        super().__init__(sentence)
        self.short_of = short_of


async def own_shortage(error: BaseException, host: str = "", port: int = 0) -> ShortageError | None:
    """Return what this machine was short of, where that is why a connection could not be made; else None.

    Looking up a name and reading certificates need descriptors too, and do not say so when there are none.
    """
    if isinstance(error, MemoryError):
        return ShortageError(*_SHORT_OF[errno.ENOMEM])
    if not isinstance(error, OSError):
        return None
    number = error.errno
    if isinstance(error, (socket.gaierror, ssl.SSLError)) or number is None:
        number = _descriptor_error()
    if number == errno.EADDRNOTAVAIL and not await _exists(host, port):
        return None
    return ShortageError(*_SHORT_OF[number]) if number in _SHORT_OF else None


async def client_shortage(error: Exception) -> ShortageError | None:
    """Return what this machine was short of, if that is why aiohttp's client has no connection."""
    if isinstance(error, aiohttp.ClientConnectorError):
        return await own_shortage(error.os_error, error.host, error.port or 0)
    return await own_shortage(error) if isinstance(error, aiohttp.ClientSSLError) else None


def _descriptor_error() -> int | None:
    """Return the error with which the system refuses a descriptor now; None when it gives one."""
    try:
        socket.socket().close()
    except OSError as error:
        return error.errno
    return None


async def _exists(host: str, port: int) -> bool:
    """Return True when there is a way to the address: where an address family is off, connecting fails with the same error.

    Nothing is sent: a datagram socket is merely told its peer.
    """
    try:
        addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        for family, kind, protocol, _, address in addresses:
            with socket.socket(family, kind, protocol) as probe:
                probe.connect(address)
    except OSError:
        return False
    return True


class Shortages:
    """What attempts have waited for. There is one for the process, as descriptors and ports are the process's."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.waiting = 0

    @contextmanager
    def noted(self, shortage: ShortageError) -> Iterator[None]:
        """Count an attempt that waits; the log says when the first begins to, and when none does any more."""
        self.counts[shortage.short_of] += 1
        self.waiting += 1
        if self.waiting == 1:
            log.error("callbacks have to wait: %s", shortage)
        try:
            yield
        finally:
            self.waiting -= 1
            if not self.waiting:
                log.info("callbacks have to wait no longer")


SHORTAGES = Shortages()


async def patiently(make: Callable[[], Awaitable[T]], shortage: ShortageError, patience: float) -> T:
    """Try again what has failed for a ``shortage`` until the machine can do it, for ``patience`` wall seconds.

    Raises:
        ShortageError: it still cannot.
    """
    pause = SHORTAGE_PAUSE
    with SHORTAGES.noted(shortage):
        while patience > 0:
            await asyncio.sleep(pause)
            try:
                return await make()
            except ShortageError as error:
                shortage = error
            patience -= pause
            pause = min(2 * pause, 1.0)
    raise shortage
