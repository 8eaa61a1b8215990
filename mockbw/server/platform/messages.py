"""``/users/{account}/messages``: where an application posts its messages (P2, P4)."""

from __future__ import annotations

import asyncio
from email.utils import formatdate
from functools import lru_cache
from typing import Any

import orjson
from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import SERVER_SOFTWARE

from mockbw.core.account import SubmitResult
from mockbw.core.payload import answer
from mockbw.core.timeline import ApiAnswer, Connection
from mockbw.core.validation import validate_create
from mockbw.engine.runner import AccountRunner
from mockbw.errors import AccountEndedError, JournalError
from mockbw.journal import Journal
from mockbw.server.keys import JOURNAL, PREFIXES
from mockbw.server.platform.contents import contents_of
from mockbw.server.platform.errors import PlatformError, content_type, json_response
from mockbw.server.platform.gate import check_accept, check_content_type, check_journal, gate, read_json
from mockbw.server.platform.media import FETCHER, media_fault
from mockbw.server.platform.message_list import REQUEST_TIMES, list_messages
from mockbw.server.platform.scripted import queue_full, send_scripted
from mockbw.wallclock import now_ms

__all__ = ["add_routes", "answer_submission", "create"]

EARLY_HEAD_START = 0.5
"""How long the 202 waits for callbacks that a scenario sends before it, in wall seconds."""


def add_routes(app: web.Application) -> None:
    """Serve the messages below every prefix."""
    app[REQUEST_TIMES] = {}
    for prefix in PREFIXES:
        app.router.add_route("*", f"{prefix}/users/{{account}}/messages", gate(messages))


async def messages(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    """Respond to any method on the messages of an account."""
    if request.method == "POST":
        return await create(request, request.app, account)
    if request.method == "GET":
        return await list_messages(request, account)
    raise PlatformError("method-not-allowed", f"{request.method} is not supported for messages", method=request.method)


async def create(request: web.Request, app: web.Application, account: AccountRunner) -> web.StreamResponse:
    """Respond to a create request.

    Raises:
        PlatformError: the request is refused.
    """
    journal = app[JOURNAL]
    check_content_type(request)
    check_accept(request)
    check_journal(journal)
    draft = validate_create(await read_json(request), account.edition.limits, account.present())
    if isinstance(draft, list):
        raise PlatformError("invalid", "; ".join(error.description for error in draft), draft)
    fault = await media_fault(request, account, draft, app[FETCHER]) if draft.media else None
    submission = account.submit(draft, fault)
    body = answer(account.edition, submission.message) if submission.message else None
    return await answer_submission(request, account, journal, submission, body)


async def answer_submission(
    request: web.Request, account: AccountRunner, journal: Journal, submission: SubmitResult, body: Any
) -> web.StreamResponse:
    """Respond to a create request as the platform or the scenario does; ``body`` is that of the 202.

    Raises:
        PlatformError: ``queue-full``, ``internal``.
    """
    message, scripted = submission.message, submission.answer
    if submission.queue_full:
        raise queue_full(account)
    if message is None:
        refusal = scripted or ApiAnswer()
        contents = contents_of(request)
        because = "refused by the scenario"
        account.record_request("POST", request.path, refusal.status or 0, because=because, scripted=True, contents=contents)
        return await send_scripted(request, account, refusal, None)
    silent = scripted is not None and scripted.connection is Connection.SILENT
    try:
        if submission.early:
            await _early_callbacks(account, message.id)
        await _keep(account, journal, message.id)
        if scripted is None:
            response = await _answer_accepted(request, body)
        elif not silent:
            response = await send_scripted(request, account, scripted, body)
    except ConnectionError:
        account.record_request("POST", request.path, 0, message.id, because="the client disconnected before it was answered")
        raise
    except BaseException:
        account.waive_answer(message.id)
        raise
    status = (scripted and scripted.status) or 202
    account.record_request("POST", request.path, status, message.id, scripted=scripted is not None)
    if scripted is not None and silent:  # there is no answer that its callbacks could wait for
        return await send_scripted(request, account, scripted, body)
    return response


async def _answer_accepted(request: web.Request, body: Any) -> web.StreamResponse:
    """Write the 202 in one piece: building it header by header takes as long as all the rest of accepting a message."""
    if request.version != HttpVersion11 or not request.keep_alive:
        response = json_response(body, 202)
        await response.prepare(request)
        await response.write_eof()
        return response
    written = orjson.dumps(body)
    await request.writer.write(b"%b%d\r\nDate: %b\r\n\r\n%b" % (_HEAD, len(written), _date(now_ms() // 1000), written))
    return _WRITTEN


_HEAD = f"HTTP/1.1 202 Accepted\r\nContent-Type: {content_type(202)}\r\nServer: {SERVER_SOFTWARE}\r\nContent-Length: ".encode()


@lru_cache(maxsize=2)
def _date(seconds: int) -> bytes:
    return formatdate(seconds, usegmt=True).encode()


class _Written(web.StreamResponse):
    """Returned to aiohttp when the whole response has already been written."""

    @property
    def keep_alive(self) -> bool:
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Everything has been written."""


_WRITTEN = _Written(status=202)


async def _keep(account: AccountRunner, journal: Journal, message: str) -> None:
    """Return when the message is durably in the journal: a 202 guarantees that it will not be lost."""
    try:
        await journal.flushed()
    except JournalError as error:
        account.cancel_message(message)
        raise PlatformError("internal", str(error)) from None


async def _early_callbacks(account: AccountRunner, message: str) -> None:
    try:
        async with asyncio.timeout(EARLY_HEAD_START):
            await account.callbacks_ended(message)
    except TimeoutError:
        pass  # an endpoint that answers only after its own POST has returned: the 202 must not wait for it
    except AccountEndedError:
        pass  # the message was accepted before
