"""What every request to the platform's API goes through before its own handler: account, outage, credentials."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from aiohttp import web

from mockbw.core.validation import FieldError
from mockbw.engine.runner import AccountRunner
from mockbw.journal import Journal
from mockbw.server.json_body import parse
from mockbw.server.keys import ENGINE
from mockbw.server.platform.auth import TOKENS, check_access
from mockbw.server.platform.contents import BODY, contents_of
from mockbw.server.platform.errors import PlatformError
from mockbw.server.platform.scripted import send_scripted

__all__ = ["authorize", "check_accept", "check_content_type", "check_journal", "gate", "read_json"]

LONGEST_HOST = 260
"""How many characters a Host header may have: a name and a port."""

_HOST = re.compile(r"([\w.-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?", re.ASCII)

AccountHandler = Callable[[web.Request, AccountRunner], Awaitable[web.StreamResponse]]


def gate(handler: AccountHandler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Return an aiohttp handler that authorizes a request before it calls ``handler``."""

    async def enter(request: web.Request) -> web.StreamResponse:
        account = request.app[ENGINE].account(request.match_info["account"])
        return await authorize(request, request.app, account) or await handler(request, account)

    return enter


async def authorize(request: web.Request, app: web.Application, account: AccountRunner) -> web.StreamResponse | None:
    """Return None when the request may pass, or the response of an outage.

    Raises:
        PlatformError: ``unauthorized``, ``forbidden``.
    """
    outage = account.outage() if account.records.outage is not None else None
    if outage is not None and outage.merely_late:
        await asyncio.sleep(outage.delay / 1000)
    elif outage is not None:
        account.record_request(
            request.method,
            request.path,
            outage.status or 0,
            because="an outage of the API",
            scripted=True,
            contents=contents_of(request),
        )
        return await send_scripted(request, account, outage, None)
    check_access(request, account, app[TOKENS])
    _check_host(request)
    # Only now: an unauthorized client must not decide where media URLs point.
    account.reached_at(f"{request.scheme}://{request.host}")
    return None


def _check_host(request: web.Request) -> None:
    """Refuse a Host that URLs cannot begin with."""
    if not _is_host(request.host):
        problem = f"The header 'Host' is not valid: {request.host!r}"
        raise PlatformError("invalid", problem, [FieldError("Host", problem)])


@lru_cache(maxsize=256)
def _is_host(host: str) -> bool:
    return len(host) <= LONGEST_HOST and _HOST.fullmatch(host) is not None


def check_content_type(request: web.Request) -> None:
    """Refuse a body whose Content-Type is not JSON.

    Raises:
        PlatformError: ``unsupported-type``.
    """
    given = request.headers.get("Content-Type", "")
    if given != "application/json" and (not given or request.content_type != "application/json"):
        raise PlatformError(
            "unsupported-type", f"Content-Type is {given!r}, expected application/json", type=given, header="Content-Type"
        )


def check_accept(request: web.Request) -> None:
    """Refuse a client that does not accept JSON.

    Raises:
        PlatformError: ``not-acceptable``.
    """
    accepted = request.headers.get("Accept", "*/*")
    if "*/*" not in accepted and "application/json" not in accepted and "application/*" not in accepted:
        raise PlatformError("not-acceptable", f"Accept is {accepted!r}, but the response is application/json")


def check_journal(journal: Journal) -> None:
    """Refuse a message that could not be written to the journal.

    Raises:
        PlatformError: ``internal``: the journal cannot be written.
    """
    if (failure := journal.failure) is not None:
        raise PlatformError("internal", failure)


async def read_json(request: web.Request) -> Any:
    """Return the request's JSON.

    Raises:
        PlatformError: ``invalid`` when it is not valid JSON, ``too-large`` when it is longer than the server accepts.
    """
    limit = request.client_max_size
    try:
        # A body that came with the head is available without waiting.
        raw = request.content.read_nowait() if request.content.is_eof() else await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise _too_large(limit) from None
    if len(raw) > limit:
        raise _too_large(limit)
    request[BODY] = raw
    try:
        return parse(raw)
    except ValueError as error:
        problem = f"The request body is not valid JSON: {error}"
        raise PlatformError("invalid", problem, [FieldError("body", problem)]) from None


def _too_large(limit: int) -> PlatformError:
    return PlatformError("too-large", f"the body is larger than {limit} bytes", limit=limit)
