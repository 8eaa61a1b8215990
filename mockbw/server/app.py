"""The web application: routes, and the frame around every request of the platform's API."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from mockbw.config import Settings
from mockbw.engine import Engine
from mockbw.errors import UnknownError
from mockbw.journal.memory import MemoryJournal
from mockbw.runner import AccountRunner
from mockbw.scenario.edition import load_edition
from mockbw.server import control, media, messages, multichannel, oauth, page
from mockbw.server.errors import RefusedError, error_response, fallback_reason
from mockbw.server.guard import dress, guard
from mockbw.server.keys import ENGINE, JOURNAL, SETTINGS
from mockbw.wall import now_ms

__all__ = ["create_app"]

log = logging.getLogger("mockbw")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def create_app(engine: Engine, journal: MemoryJournal, settings: Settings) -> web.Application:
    """Return the application that serves an engine."""
    app = web.Application(middlewares=[guard, frame], client_max_size=settings.limits.body)
    app.on_response_prepare.append(dress)
    app[ENGINE], app[JOURNAL], app[SETTINGS] = engine, journal, settings
    messages.add_routes(app)
    media.add_routes(app)
    multichannel.add_routes(app)
    oauth.add_routes(app)
    control.add_routes(app)
    page.add_routes(app)
    app.router.add_route("*", "/{rest:.*}", _nowhere)
    return app


@web.middleware
async def frame(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever goes wrong into an answer in the right form; nobody ever sees a traceback."""
    if request.path.startswith(control.ROOT):
        return await control.guarded(request, handler)
    try:
        return await handler(request)
    except RefusedError as refusal:
        return _refused(request, refusal)
    except web.HTTPException as error:
        return _refused(request, RefusedError(fallback_reason(error.status), error.reason))
    except UnknownError as error:
        return _refused(request, RefusedError("forbidden", str(error)))
    except ConnectionError:
        raise  # the client has gone: nobody is left to be told
    except Exception:
        log.exception("%s %s failed inside mockbw", request.method, request.path)
        return _refused(request, RefusedError("internal", "a bug in mockbw: see its log"))


async def _nowhere(request: web.Request) -> web.StreamResponse:
    raise RefusedError("not-found", "there is no such path; messages are posted to /api/v2/users/{account}/messages")


def _account_of(request: web.Request) -> AccountRunner | None:
    """Return the account a path names, also where nothing is served."""
    name = request.match_info.get("account")
    if name is None:
        parts = request.path.split("/")
        where = parts.index("users") + 1 if "users" in parts else len(parts)
        name = parts[where] if where < len(parts) else None
    if not name:
        return None
    try:
        return request.app[ENGINE].account(name)
    except UnknownError:
        return None


def _refused(request: web.Request, refusal: RefusedError) -> web.Response:
    account = _account_of(request)
    edition = account.core.edition if account else load_edition(request.app[SETTINGS].edition).edition
    now = account.now() if account else now_ms()
    response = error_response(
        edition, refusal.reason, path=request.path, now=now, field_errors=refusal.field_errors, **refusal.fields
    )
    if account is None:
        log.warning("%s %s: %s %s", request.method, request.path, response.status, refusal.because)
        return response
    account.record_request(request.method, request.path, response.status, because=refusal.because)
    return response
