"""Turns every error of a request to the platform's API into a response in the edition's form, never a traceback."""

from __future__ import annotations

import logging

from aiohttp import web

from mockbw.core.bounds import KEPT_PATH
from mockbw.core.entries import RequestContents
from mockbw.core.validation import FieldError
from mockbw.delivery.shortage import ShortageError
from mockbw.engine.runner import AccountRunner
from mockbw.errors import AccountEndedError, LimitError, UnknownError
from mockbw.scenario.edition import load_edition
from mockbw.server.keys import ENGINE, SETTINGS
from mockbw.server.platform.contents import contents_of
from mockbw.server.platform.errors import PlatformError, error_response, fallback_reason, json_response
from mockbw.wallclock import now_ms

__all__ = ["answer_error", "answer_malformed"]

log = logging.getLogger("mockbw")


def answer_error(error: Exception, request: web.Request, app: web.Application) -> web.Response:
    """Return the response to a request whose handler raised ``error``, and record the request.

    Raises:
        ConnectionError: that was the error: the client has disconnected, so there is nobody to respond to.
    """
    match error:
        case PlatformError():
            return _refused(request, app, error)
        case web.HTTPException():
            return _refused(request, app, PlatformError(fallback_reason(error.status), error.reason))
        case web.RequestPayloadError():
            problem = f"The request body cannot be read: {' '.join(str(error).split())}"
            return _refused(request, app, PlatformError("invalid", problem, [FieldError("body", problem)]))
        case LimitError() | ShortageError():
            log.warning("%s %s: 503 %s", request.method, request.path[:KEPT_PATH], error)
            return json_response({"type": "limit-reached", "description": f"mockbw: {error}"}, 503)
        case UnknownError():
            return _refused(request, app, PlatformError("forbidden", str(error)), begin=False)
        case AccountEndedError():
            return _refused(request, app, PlatformError("internal", str(error)))
        case ConnectionError():
            raise error
        case _:
            log.error("%s %s failed inside mockbw", request.method, request.path, exc_info=error)
            return _refused(request, app, PlatformError("internal", "a bug in mockbw: see its log"))


def answer_malformed(app: web.Application, method: str, path: str, problem: str) -> web.Response:
    """Return the response to what is no valid HTTP; it is recorded where its path names an account that exists."""
    account = next((runner for runner in app[ENGINE].accounts if runner.name == _account_in(path)), None)
    problem = f"The request is not valid HTTP: {problem}"
    refusal = PlatformError("invalid", problem, [FieldError("request", problem)])
    response = _response(refusal, app, account, path)
    if account is None:
        log.debug("%s %s: %s %s", method, path, response.status, refusal.because)
    else:
        _record(account, method, path, response.status, refusal.because)
    return response


def _account_of(request: web.Request, app: web.Application) -> AccountRunner | None:
    """Return the account that a path names, also for a path that does not exist."""
    name = _account_in(request.path)
    if name is None:
        return None
    try:
        return app[ENGINE].account(name)
    except (UnknownError, LimitError):
        return None


def _account_in(path: str) -> str | None:
    parts = path.split("/")
    where = parts.index("users") + 1 if "users" in parts else len(parts)
    return (parts[where] if where < len(parts) else None) or None


def _response(refusal: PlatformError, app: web.Application, account: AccountRunner | None, path: str) -> web.Response:
    edition = account.edition if account else load_edition(app[SETTINGS].edition).edition
    now = account.now() if account else now_ms()
    return error_response(edition, refusal.reason, path=path, now=now, field_errors=refusal.field_errors, **refusal.fields)


def _refused(request: web.Request, app: web.Application, refusal: PlatformError, *, begin: bool = True) -> web.Response:
    """Return the response, and record the request; without ``begin`` the account cannot exist, so only the log has it."""
    account = _account_of(request, app) if begin else None
    response = _response(refusal, app, account, request.path)
    if account is None:
        log.warning("%s %s: %s %s", request.method, request.path[:KEPT_PATH], response.status, refusal.because)
        return response
    _record(account, request.method, request.path, response.status, refusal.because, contents_of(request, response))
    return response


def _record(
    account: AccountRunner, method: str, path: str, status: int, because: str, contents: RequestContents | None = None
) -> None:
    try:
        account.record_request(method, path, status, because=because, contents=contents)
    except AccountEndedError as error:
        log.warning("%s %s: %s %s", method, path[:KEPT_PATH], status, error)
    except Exception:
        log.exception("%s %s could not be recorded, which is a bug in mockbw", method, path[:KEPT_PATH])
