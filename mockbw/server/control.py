"""The control API under ``/_mockbw``: everything the platform itself would never tell."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from mockbw import __version__
from mockbw.server.errors import json_response

__all__ = ["ROOT", "add_routes", "guarded"]

ROOT = "/_mockbw"

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def add_routes(app: web.Application) -> None:
    """Serve the control API."""
    app.router.add_get(f"{ROOT}/readyz", readyz)
    app.router.add_get(f"{ROOT}/version", version)


async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer errors of the control API in its own form."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        return json_response({"error": error.reason}, error.status)


async def readyz(request: web.Request) -> web.StreamResponse:
    """Answer 200 as soon as messages are accepted."""
    return json_response({"ready": True})


async def version(request: web.Request) -> web.StreamResponse:
    """Say which mockbw this is."""
    return json_response({"version": __version__})
