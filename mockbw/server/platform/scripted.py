"""Responses that a scenario defines instead of the platform's own: another status, a delay, a broken connection."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from aiohttp import web

from mockbw.core.timeline import ApiAnswer, Connection
from mockbw.engine.runner import AccountRunner
from mockbw.server.platform.errors import PlatformError, content_type, error_body, fallback_reason

__all__ = ["queue_full", "send_scripted"]


def queue_full(account: AccountRunner) -> PlatformError:
    """Return the error for a message that does not fit into the send queue, with the numbers in its text (P5)."""
    settings = account.settings
    rate, seconds = settings.rate or 1, settings.queue_seconds
    return PlatformError(
        "queue-full",
        "the send queue is full",
        per_minute=f"{60 * rate:g}",
        capacity=int(rate * seconds),
        minutes=f"{seconds / 60:g}",
    )


async def send_scripted(request: web.Request, account: AccountRunner, scripted: ApiAnswer, accepted: Any) -> web.StreamResponse:
    """Respond as a scenario defines; ``accepted`` is the body of the 202 if the message was accepted."""
    if scripted.delay:
        await asyncio.sleep(scripted.delay / 1000)
    if scripted.connection is Connection.RESET:
        _cut(request)
        return web.Response()
    if scripted.connection is Connection.SILENT:
        await _until_gone(request)
        return web.Response()
    status = scripted.status or 202
    if scripted.body is not None:
        body = scripted.body
    elif status < 300:
        body = accepted
    else:
        reason = fallback_reason(status)
        edition = account.edition
        full = queue_full(account).fields if reason == "queue-full" else {"method": request.method, "type": request.content_type}
        body = error_body(edition, reason, status=status, path=request.path, now=account.now(), **full)
    headers = {"Content-Type": content_type(status), **dict(scripted.headers)}
    response = web.Response(body=b"" if body is None else orjson.dumps(body), status=status, headers=headers)
    if scripted.connection is Connection.TRUNCATED:
        return await _truncated(request, response)
    await response.prepare(request)
    await response.write_eof()
    return response


async def _truncated(request: web.Request, whole: web.Response) -> web.StreamResponse:
    """Announce the whole body, send half of it, and close the connection."""
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
    """Wait until the client gives up."""
    while request.protocol.connected:  # noqa: ASYNC110 - aiohttp has no notification for a client that disconnects
        await asyncio.sleep(0.2)
