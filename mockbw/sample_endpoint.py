"""A sample application's endpoint that can be told to fail: behind ``mockbw endpoint`` and ``mockbw demo``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

__all__ = ["Received", "SampleEndpoint"]


@dataclass(frozen=True, slots=True)
class Received:
    """One request the endpoint got, and its answer (0: it cut the connection)."""

    number: int
    path: str
    events: list[dict[str, Any]]
    status: int


@dataclass(slots=True)
class SampleEndpoint:
    """Answers callbacks as told: first ``answers`` in order, then ``status``; each after ``delay`` wall seconds.

    An answer of 0 cuts the connection. ``on_received`` hears of every request after its answer was chosen.
    """

    answers: Iterable[int] = ()
    status: int = 200
    delay: float = 0.0
    on_received: Callable[[Received], None] = lambda received: None
    _left: list[int] = field(default_factory=list)
    _number: int = 0

    def __post_init__(self) -> None:
        self._left = list(self.answers)

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        return app

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        self._number += 1
        status = self._left.pop(0) if self._left else self.status
        self.on_received(Received(self._number, request.path, _events(raw), status))
        if self.delay:
            await asyncio.sleep(self.delay)
        if status == 0:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return web.Response(status=status)


def _events(raw: bytes) -> list[dict[str, Any]]:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return []
    return [event for event in data if isinstance(event, dict)] if isinstance(data, list) else []
