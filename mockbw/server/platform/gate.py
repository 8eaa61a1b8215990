"""What every request of the platform's API goes through before its own handler: account, outage, credentials."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from mockbw.core.validation import FieldError
from mockbw.engine.runner import AccountRunner
from mockbw.journal import Journal
from mockbw.server.json_body import parse
from mockbw.server.keys import ENGINE
from mockbw.server.platform.auth import TOKENS, check_access
from mockbw.server.platform.errors import PlatformError
from mockbw.server.platform.scripted import send_scripted

__all__ = ["authorize", "check_accept", "check_content_type", "check_journal", "gate", "read_json"]

AccountHandler = Callable[[web.Request, AccountRunner], Awaitable[web.StreamResponse]]


def gate(handler: AccountHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return the aiohttp handler that lets a request through to ``handler``."""

    async def enter(request: web.Request) -> web.StreamResponse:
        account = request.app[ENGINE].account(request.match_info["account"])
        return await authorize(request, request.app, account) or await handler(request, account)

    return enter


async def authorize(request: web.Request, app: web.Application, account: AccountRunner) -> web.StreamResponse | None:
    """Let a request pass, or answer it as an outage wants it.

    Raises:
        RefusedError: ``unauthorized``, ``forbidden``.
    """
    outage = account.outage() if account.records.outage is not None else None
    if outage is not None and outage.merely_late:
        await asyncio.sleep(outage.delay / 1000)
    elif outage is not None:
        account.record_request(request.method, request.path, outage.status or 0, because="the scenario's outage", scripted=True)
        return await send_scripted(request, account, outage, None)
    check_access(request, account, app[TOKENS])
    account.reached_at(f"{request.scheme}://{request.host}")  # not before: a stranger must not say where media URLs lead
    return None


def check_content_type(request: web.Request) -> None:
    """Refuse a body that is not called JSON.

    Raises:
        RefusedError: ``unsupported-type``.
    """
    given = request.headers.get("Content-Type", "")
    if given != "application/json" and (not given or request.content_type != "application/json"):
        raise PlatformError(
            "unsupported-type", f"Content-Type is {given!r}, wants application/json", type=given, header="Content-Type"
        )


def check_accept(request: web.Request) -> None:
    """Refuse a client that takes no JSON.

    Raises:
        RefusedError: ``not-acceptable``.
    """
    accepted = request.headers.get("Accept", "*/*")
    if "*/*" not in accepted and "application/json" not in accepted and "application/*" not in accepted:
        raise PlatformError("not-acceptable", f"Accept is {accepted!r}, the answer is application/json")


def check_journal(journal: Journal) -> None:
    """Refuse a message that could not be kept.

    Raises:
        RefusedError: ``internal``: the journal cannot write.
    """
    if (failure := journal.failure) is not None:
        raise PlatformError("internal", failure)


async def read_json(request: web.Request) -> Any:
    """Return the request's JSON.

    Raises:
        RefusedError: ``invalid`` when it is none, ``too-large`` when it is longer than the server takes.
    """
    limit = request.client_max_size
    try:
        # What came with the head needs no waiting for.
        raw = request.content.read_nowait() if request.content.is_eof() else await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limit) from None
    if len(raw) > limit:
        raise _too_large(limit)
    try:
        return parse(raw)
    except ValueError as error:
        problem = f"The request body is not valid JSON: {error}"
        raise PlatformError("invalid", problem, [FieldError("body", problem)]) from None


def _too_large(limit: int) -> PlatformError:
    return PlatformError("too-large", f"the body is larger than {limit} bytes", limit=limit)
