"""``/users/{account}/messages``: where an application posts its messages (P2, P4)."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web

from mockbw.core.account import Submission
from mockbw.core.payload import answer
from mockbw.core.timeline import ApiAnswer, Connection
from mockbw.core.validation import FieldError, validate_create
from mockbw.engine import AccountRunner
from mockbw.errors import JournalError
from mockbw.server.auth import check_access
from mockbw.server.errors import ERROR_TYPE, RefusedError, error_body, fallback_reason, json_response
from mockbw.server.keys import ENGINE, JOURNAL, PREFIXES
from mockbw.wall import monotonic_ms

__all__ = ["add_routes"]

EARLY_HEAD_START = 0.5
"""How long, in wall seconds, the 202 waits for callbacks that a scenario sends before it."""


def add_routes(app: web.Application) -> None:
    """Serve the messages below every prefix."""
    for prefix in PREFIXES:
        app.router.add_route("*", f"{prefix}/users/{{account}}/messages", messages)


async def messages(request: web.Request) -> web.StreamResponse:
    """Answer any method on the messages of an account."""
    account = request.app[ENGINE].account(request.match_info["account"])
    if (outage := account.core.outage(account.now())) is not None:
        account.record_request(request.method, request.path, outage.status or 0, because="the scenario's outage", scripted=True)
        return await _answer(request, account, outage, None)
    check_access(request, account, monotonic_ms())
    if request.method == "POST":
        return await _create(request, account)
    raise RefusedError("method-not-allowed", _no_method(request.method), method=request.method)


def _no_method(method: str) -> str:
    if method == "GET":
        return "this edition keeps no records: there is no list of messages (the journal is at /_mockbw)"
    return f"{method} is no method of messages"


async def _create(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    check_media_types(request)
    if (trouble := request.app[JOURNAL].trouble) is not None:
        raise RefusedError("internal", trouble)
    draft = validate_create(await read_json(request), account.core.edition.limits, account.now())
    if isinstance(draft, list):
        raise RefusedError("invalid", "; ".join(error.description for error in draft), draft)
    submission = account.submit(draft)
    if submission.queue_full:
        raise _queue_full(account)
    if submission.message is None:
        scenario_answer = submission.answer or ApiAnswer()
        account.record_request(
            "POST", request.path, scenario_answer.status or 0, because="the scenario refuses it", scripted=True
        )
        return await _answer(request, account, scenario_answer, None)
    return await _accepted(request, account, submission)


async def _accepted(request: web.Request, account: AccountRunner, submission: Submission) -> web.StreamResponse:
    message = submission.message
    assert message is not None, "an accepted submission has its message"
    scripted = submission.answer
    try:
        account.record_request(
            "POST", request.path, (scripted and scripted.status) or 202, message.id, scripted=scripted is not None
        )
        if submission.early:
            await _early_callbacks(account, message.id)
        body = answer(account.core.edition, message)
        await _keep(request, account, message.id)
        if scripted is not None:
            return await _answer(request, account, scripted, body)
        response = json_response(body, 202)
        await response.prepare(request)
        await response.write_eof()
        return response
    finally:
        account.answered(message.id)


async def _keep(request: web.Request, account: AccountRunner, message: str) -> None:
    """Return when the message is in the journal for good: a 202 promises that it will not be lost."""
    try:
        await request.app[JOURNAL].flushed()
    except JournalError as error:
        account.cancel_message(message)
        raise RefusedError("internal", str(error)) from None


async def _early_callbacks(account: AccountRunner, message: str) -> None:
    try:
        async with asyncio.timeout(EARLY_HEAD_START):
            await account.callbacks_ended(message)
    except TimeoutError:
        pass  # an endpoint that answers only after its own POST has returned: the 202 must not wait for it


def check_media_types(request: web.Request) -> None:
    """Refuse a body that is not called JSON, and a client that takes none.

    Raises:
        RefusedError: ``unsupported-type`` or ``not-acceptable``.
    """
    if request.content_type != "application/json" or "Content-Type" not in request.headers:
        given = request.headers.get("Content-Type", "")
        raise RefusedError("unsupported-type", f"Content-Type is {given!r}, wants application/json", type=given)
    accepted = request.headers.get("Accept", "*/*")
    if not any(word in accepted for word in ("*/*", "application/json", "application/*")):
        raise RefusedError("not-acceptable", f"Accept is {accepted!r}, the answer is application/json")


async def read_json(request: web.Request) -> Any:
    """Return the request's JSON.

    Raises:
        RefusedError: ``invalid`` when it is none, ``too-large`` when it is longer than the server takes.
    """
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        limit = request.client_max_size
        raise RefusedError("too-large", f"the body is larger than {limit} bytes", limit=limit) from None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        problem = f"The request body is not valid JSON: {error}"
        raise RefusedError("invalid", problem, [FieldError("body", problem)]) from None


def _queue_full(account: AccountRunner) -> RefusedError:
    settings = account.core.settings
    rate, seconds = settings.rate or 1, settings.queue_seconds
    return RefusedError(
        "queue-full",
        "the send queue is full",
        per_minute=f"{60 * rate:g}",
        capacity=int(rate * seconds),
        minutes=f"{seconds / 60:g}",
    )


async def _answer(request: web.Request, account: AccountRunner, wish: ApiAnswer, accepted: Any) -> web.StreamResponse:
    """Answer as a scenario wishes; ``accepted`` is the body of the 202 if the message was taken."""
    if wish.delay:
        await asyncio.sleep(wish.delay / 1000)
    if wish.connection is Connection.RESET:
        _cut(request)
        return web.Response()
    if wish.connection is Connection.SILENT:
        await _until_gone(request)
        return web.Response()
    status = wish.status or 202
    if wish.body is not None:
        body = wish.body
    elif status < 300:
        body = accepted
    else:
        reason = fallback_reason(status)
        edition = account.core.edition
        full = _queue_full(account).fields if reason == "queue-full" else {"method": request.method, "type": request.content_type}
        body = error_body(edition, reason, status=status, path=request.path, now=account.now(), **full)
    headers = {"Content-Type": ERROR_TYPE, **dict(wish.headers)}
    response = web.Response(body=b"" if body is None else orjson.dumps(body), status=status, headers=headers)
    if wish.connection is Connection.TRUNCATED:
        return await _truncated(request, response)
    await response.prepare(request)
    await response.write_eof()
    return response


async def _truncated(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Promise the whole body, send half of it, and cut the connection."""
    body = whole.body if isinstance(whole.body, bytes) else b""
    half = web.StreamResponse(status=whole.status, headers={**whole.headers, "Content-Length": str(max(2, len(body)))})
    await half.prepare(request)
    await half.write(body[: len(body) // 2] or b"{")
    if request.transport is not None:
        request.transport.close()
    return half


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()


async def _until_gone(request: web.Request) -> None:
    """Keep quiet until the client gives up."""
    while request.protocol.connected:  # noqa: ASYNC110 - aiohttp tells nobody when a client goes
        await asyncio.sleep(0.2)
