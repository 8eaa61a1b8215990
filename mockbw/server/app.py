"""The web application: its routes, and the middleware that turns errors into responses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from mockbw.config.settings import Settings
from mockbw.engine.engine import Engine
from mockbw.journal.memory import MemoryJournal
from mockbw.server import page
from mockbw.server.control import routes as control
from mockbw.server.control.access import add_security_headers, guard
from mockbw.server.keys import ENGINE, HEALTH, JOURNAL, SETTINGS
from mockbw.server.platform import media, messages, multichannel, oauth
from mockbw.server.platform.error_handling import answer_error
from mockbw.server.platform.errors import PlatformError
from mockbw.supervision import Health

__all__ = ["create_app"]

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(engine: Engine, journal: MemoryJournal, health: Health, settings: Settings) -> web.Application:
    """Return the application that serves an engine."""
    app = web.Application(middlewares=[guard, handle_errors], client_max_size=settings.limits.body)
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


async def _not_found(request: web.Request) -> web.StreamResponse:
    raise PlatformError("not-found", "there is no such path; messages are posted to /api/v2/users/{account}/messages")
