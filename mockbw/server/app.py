"""The web application: its routes, and the middleware that turns errors into responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from mockbw.config.settings import Settings
from mockbw.engine.engine import Engine
from mockbw.journal.memory import MemoryJournal
from mockbw.server import page
from mockbw.server.control import routes as control
from mockbw.server.control.access import add_security_headers, guard
from mockbw.server.control.routing import ControlError, error_answer
from mockbw.server.keys import ENGINE, HEALTH, JOURNAL, SETTINGS
from mockbw.server.platform import media, messages, multichannel, oauth
from mockbw.server.platform.error_handling import answer_error, answer_malformed
from mockbw.server.platform.errors import PlatformError
from mockbw.server.platform.fast_path import fast_path
from mockbw.supervision import Health

__all__ = ["create_app", "first_handler", "refuse_request"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
AnyHandler = Callable[[Any], Awaitable[web.StreamResponse]]
"""A handler as aiohttp's server holds it: what it is called with, the application has made."""


def create_app(engine: Engine, journal: MemoryJournal, health: Health, settings: Settings) -> web.Application:
    """Return the application that serves an engine."""
    app = web.Application(middlewares=[handle_errors, guard], client_max_size=settings.limits.body)
    app.on_response_prepare.append(add_security_headers)
    app[ENGINE], app[JOURNAL], app[HEALTH], app[SETTINGS] = engine, journal, health, settings
    messages.add_routes(app)
    media.add_routes(app)
    multichannel.add_routes(app)
    oauth.add_routes(app)
    control.add_routes(app)
    page.add_routes(app)
    app.router.add_route("*", "/{rest:.*}", _not_found)
    return app


@web.middleware
async def handle_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every exception into a response."""
    if request.path.startswith(control.ROOT):
        return await control.guarded(request, handler)
    try:
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - answer_error distinguishes them
        return answer_error(error, request, request.app)


def first_handler(app: web.Application, usual: AnyHandler) -> AnyHandler:
    """Return the handler of every request, before aiohttp's router: ``usual`` is the application's own."""

    async def checked(request: web.Request) -> web.StreamResponse:
        expected = request.headers.get("Expect", "100-continue")
        if expected.lower() != "100-continue":  # aiohttp would answer it in a form of its own
            return refuse_request(app, request.method, request.path, "the header Expect may only be 100-continue", 417)
        return await usual(request)

    return fast_path(app, checked)


def refuse_request(app: web.Application, method: str, path: str, problem: str, status: int = 400) -> web.Response:
    """Return the answer to what no handler sees, as it is no valid HTTP: in the form of the API that the path is of."""
    if path.startswith(control.ROOT):
        return error_answer(ControlError(status, f"the request is not valid HTTP: {problem}"))
    return answer_malformed(app, method, path, problem)


async def _not_found(request: web.Request) -> web.StreamResponse:
    raise PlatformError("not-found", "there is no such path; messages are posted to /api/v2/users/{account}/messages")
