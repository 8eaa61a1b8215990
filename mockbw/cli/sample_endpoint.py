"""A sample application's endpoint that can be made to fail: used by ``mockbw endpoint`` and ``mockbw demo``."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

import orjson
from aiohttp import web

from mockbw.scenario.values import EndpointAnswer

__all__ = ["Received", "SampleEndpoint", "Script", "in_order"]

Script: TypeAlias = Callable[[bytes], EndpointAnswer]
"""Chooses the answer to a request by its body."""

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


def in_order(answers: Iterable[EndpointAnswer], then: EndpointAnswer = 200) -> Script:
    """Return a script that answers the first requests as listed, whatever they contain, and all others with ``then``."""
    left = list(answers)
    return lambda body: left.pop(0) if left else then


@dataclass(frozen=True, slots=True)
class Received:
    """One request that the endpoint received, and its answer."""

    path: str
    events: list[dict[str, Any]]
    answer: EndpointAnswer


@dataclass(slots=True)
class SampleEndpoint:
    """Answers callbacks as the script says, each after ``delay`` wall seconds; ``on_received`` is called with every request."""

    script: Script
    delay: float = 0.0
    on_received: Callable[[Received], None] = lambda received: None

    def application(self) -> web.Application:
        """Return the aiohttp application."""
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request."""
        raw = await request.read()
        answer = self.script(raw)
        self.on_received(Received(request.path, _events(raw), answer))
        if self.delay:
            await asyncio.sleep(self.delay)
        if answer == "timeout":
            while request.protocol.connected:  # noqa: ASYNC110 - aiohttp has no notification for a client that disconnects
                await asyncio.sleep(0.1)
        if isinstance(answer, str):
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        redirect = {"Location": "/elsewhere"} if answer in _REDIRECTS else None
        return web.Response(status=answer, headers=redirect)


def _events(raw: bytes) -> list[dict[str, Any]]:
    try:
        data = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return []
    return [event for event in data if isinstance(event, dict)] if isinstance(data, list) else []
