"""Counts what aiohttp's client reads: its parser limits a line and a header, but not a whole answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import ClassVar, Self, cast

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection

__all__ = ["AnswerTooLongError", "CountedResponse", "counted_response"]


class AnswerTooLongError(aiohttp.ClientError):
    """The answer is longer than allowed."""


class _Counter(asyncio.Protocol):
    """Wraps aiohttp's protocol for the lifetime of a connection, also while it is idle in the pool."""

    def __init__(self, protocol: ResponseHandler, limit: int) -> None:
        self._protocol, self.left = protocol, limit

    def data_received(self, data: bytes) -> None:
        self.left -= len(data)
        self._protocol.data_received(data)
        if self.left < 0 and (transport := self._protocol.transport) is not None:
            self._protocol.set_exception(AnswerTooLongError("the answer is too long"))
            transport.abort()

    def eof_received(self) -> None:
        self._protocol.eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._protocol.connection_lost(exc)

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()


class CountedResponse(aiohttp.ClientResponse):
    """An answer that is cut after ``limit`` bytes of any kind. See ``counted_response``."""

    limit: ClassVar[int]
    _counter: _Counter | None = None

    async def start(self, connection: Connection) -> Self:
        """Read the head of the answer."""
        transport = cast("asyncio.Transport", connection.transport)
        counter, protocol = transport.get_protocol(), connection.protocol
        if not isinstance(counter, _Counter) and protocol is not None:
            counter = _Counter(protocol, self.limit)
            transport.set_protocol(counter)
        if isinstance(counter, _Counter):
            counter.left, self._counter = self.limit, counter
        await super().start(connection)
        return self

    async def pieces(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes.

        Raises:
            AnswerTooLongError: the answer was cut.
            aiohttp.ClientError: the answer is incomplete.
        """
        try:
            async for piece in self.content.iter_any():
                yield piece
        except aiohttp.ClientError:
            self._check()
            raise
        self._check()  # where the end of the connection ends the body, a cut looks like its regular end

    def _check(self) -> None:
        if self._counter is not None and self._counter.left < 0:
            raise AnswerTooLongError("the answer is too long")


def counted_response(most: int) -> type[CountedResponse]:
    """Return a class of responses for aiohttp's ``response_class``, each of which ends in an error after ``most`` bytes."""

    class Response(CountedResponse):
        limit = most

    return Response
