"""The control API under ``/_mockbw``: everything that the platform itself does not expose."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import cache

import orjson
from aiohttp import web

from mockbw._version import __version__
from mockbw.errors import AccountEndedError, ClockError, LimitError, ScenarioError, UnknownError
from mockbw.scenario.edition import edition_names
from mockbw.server.control import accounts, clock, events, inbound, media, messages, scenarios, wait
from mockbw.server.control.events import EVENT_STREAM
from mockbw.server.control.metrics import measure
from mockbw.server.control.openapi import describe
from mockbw.server.control.routing import (
    JSON_TYPE,
    ControlError,
    ControlRequest,
    Route,
    RouteTable,
    error_answer,
    nearest_path,
    serialize_problem,
    unknown,
)
from mockbw.server.control.schemas.views import View
from mockbw.server.control.serialize.accounts import HOLDS_SHOWN
from mockbw.server.keys import CA_PEM, CONNECTIONS, HEALTH

__all__ = ["ROOT", "ROUTES", "add_routes", "guarded"]

ROOT = "/_mockbw"

log = logging.getLogger("mockbw")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TABLE = RouteTable()


class ReadyView(View):
    """Whether the server accepts messages."""

    ready: bool


class VersionView(View):
    """The version of mockbw."""

    version: str
    editions: list[str]
    """The editions it supports."""


@TABLE.route("GET", "readyz")
async def readyz(call: ControlRequest) -> ReadyView:
    """Respond with 200 while messages are accepted."""
    failure = call.request.app[HEALTH].failure
    if failure is not None:
        raise ControlError(503, failure)
    return ReadyView(ready=True)


@TABLE.route("GET", "ca.pem", media_type="application/x-pem-file", refusals=(404,))
async def certificate_authority(call: ControlRequest) -> web.StreamResponse:
    """Return the certificate that HTTPS clients must trust; no token is needed."""
    pem = call.request.app.get(CA_PEM)
    if pem is None:
        raise ControlError(404, "HTTPS is not served", "Start it with `mockbw serve --tls`")
    return web.Response(body=pem, content_type="application/x-pem-file")


@TABLE.route("GET", "version")
async def version(call: ControlRequest) -> VersionView:
    """Return the version of mockbw."""
    return VersionView(version=__version__, editions=list(edition_names()))


@TABLE.route("GET", "metrics", media_type="text/plain")
async def metrics(call: ControlRequest) -> web.Response:
    """Return metrics in the text format of Prometheus."""
    text = measure(call.engine, call.journal, call.request.app[HEALTH], call.request.app.get(CONNECTIONS))
    return web.Response(body=text.encode(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


@TABLE.route("GET", "openapi.json", media_type="application/openapi+json")
async def openapi(call: ControlRequest) -> web.Response:
    """Return this document."""
    return web.Response(body=_document(), content_type=JSON_TYPE)


@cache
def _document() -> bytes:
    return orjson.dumps(describe(ROUTES, ROOT))


ROUTES: tuple[Route, ...] = tuple(
    route
    for table in (
        TABLE,
        accounts.TABLE,
        messages.TABLE,
        inbound.TABLE,
        media.TABLE,
        clock.TABLE,
        scenarios.TABLE,
        wait.TABLE,
        events.TABLE,
    )
    for route in table.routes
)
"""All routes of the control API."""


def add_routes(app: web.Application) -> None:
    """Serve the control API. Other routes below ``ROOT`` must be added before."""
    events.set_up(app)
    for route in ROUTES:
        if route.method == "GET":  # probes use HEAD; but a stream without a body would never end
            app.router.add_get(f"{ROOT}/{route.resource}", route.serve, allow_head=route.media_type != EVENT_STREAM)
        else:
            app.router.add_route(route.method, f"{ROOT}/{route.resource}", route.serve)
    for path in (ROOT, f"{ROOT}/{{rest:.*}}"):
        app.router.add_route("*", path, _nowhere)


async def _nowhere(request: web.Request) -> web.StreamResponse:
    path = request.match_info.get("rest", "")
    if allowed := {route.method for route in ROUTES if route.matches(path)}:
        raise web.HTTPMethodNotAllowed(request.method, allowed)
    raise ControlError(404, f"There is no path {path[:200]!r} in the control API.", nearest_path(path, ROUTES))


async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the errors of the control API into responses in its own form, never a traceback."""
    try:
        return await handler(request)
    except ControlError as error:
        return error_answer(error)
    except UnknownError as error:
        return error_answer(unknown(error))
    except ClockError as error:
        return error_answer(ControlError(409, str(error), holds=list(error.holds[:HOLDS_SHOWN])))
    except LimitError as error:
        return error_answer(ControlError(503, f"the limit of {error.what} is reached ({error.limit})", error.hint))
    except AccountEndedError as error:
        return error_answer(ControlError(409, str(error)))
    except ScenarioError as error:
        return error_answer(_wrong_scenario(error))
    except web.HTTPException as error:
        allow = error.headers.get("Allow")
        hint = f"It supports {allow}" if allow else ""
        return error_answer(ControlError(error.status, error.reason, hint), {"Allow": allow} if allow else None)
    except web.RequestPayloadError as error:
        return error_answer(ControlError(400, f"the body cannot be read: {' '.join(str(error).split())}"))
    except ConnectionError:
        raise  # the client has disconnected: there is nobody to respond to
    except Exception:
        log.exception("%s %s failed inside mockbw", request.method, request.path)
        return error_answer(ControlError(500, "a bug in mockbw: see its log"))


def _wrong_scenario(error: ScenarioError) -> ControlError:
    problems = [serialize_problem(problem) for problem in error.problems]
    count = len(problems)
    said = str(error.problems[0]) if count == 1 else f"{count} problems in the scenarios"
    return ControlError(422, said, problems=problems)
