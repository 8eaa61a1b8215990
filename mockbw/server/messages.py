"""``/users/{account}/messages``: where an application posts its messages (P2, P4)."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from mockbw.core.account import Submission
from mockbw.core.payload import answer
from mockbw.core.timeline import ApiAnswer, Connection
from mockbw.core.validation import validate_create
from mockbw.errors import JournalError
from mockbw.runner import AccountRunner
from mockbw.server.entrance import check_accept, check_content_type, check_journal, entrance, read_json
from mockbw.server.errors import RefusedError, json_response
from mockbw.server.keys import JOURNAL, PREFIXES
from mockbw.server.listing import REQUEST_TIMES, list_messages
from mockbw.server.media import media_fault
from mockbw.server.scripted import answer_as_wished, queue_full

__all__ = ["add_routes", "answer_submission"]

EARLY_HEAD_START = 0.5
"""How long, in wall seconds, the 202 waits for callbacks that a scenario sends before it."""


def add_routes(app: web.Application) -> None:
    """Serve the messages below every prefix."""
    app[REQUEST_TIMES] = {}
    for prefix in PREFIXES:
        app.router.add_route("*", f"{prefix}/users/{{account}}/messages", entrance(messages))


async def messages(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    """Answer any method on the messages of an account."""
    if request.method == "POST":
        return await _create(request, account)
    if request.method == "GET":
        return await list_messages(request, account)
    raise RefusedError("method-not-allowed", f"{request.method} is no method of messages", method=request.method)


async def _create(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    check_content_type(request)
    check_accept(request)
    check_journal(request)
    draft = validate_create(await read_json(request), account.core.edition.limits, account.now())
    if isinstance(draft, list):
        raise RefusedError("invalid", "; ".join(error.description for error in draft), draft)
    submission = account.submit(draft, await media_fault(request, account, draft))
    body = answer(account.core.edition, submission.message) if submission.message else None
    return await answer_submission(request, account, submission, body)


async def answer_submission(
    request: web.Request, account: AccountRunner, submission: Submission, body: Any
) -> web.StreamResponse:
    """Answer a create request as the platform, or the scenario, wants it; ``body`` is that of the 202.

    Raises:
        RefusedError: ``queue-full``.
    """
    message, scripted = submission.message, submission.answer
    if submission.queue_full:
        raise queue_full(account)
    if message is None:
        wish = scripted or ApiAnswer()
        account.record_request("POST", request.path, wish.status or 0, because="the scenario refuses it", scripted=True)
        return await answer_as_wished(request, account, wish, None)
    try:
        account.record_request(
            "POST", request.path, (scripted and scripted.status) or 202, message.id, scripted=scripted is not None
        )
        if submission.early:
            await _early_callbacks(account, message.id)
        await _keep(request, account, message.id)
        if scripted is not None:
            if scripted.connection is Connection.SILENT:
                account.answered(message.id)  # there is no answer for its callbacks to wait for
            return await answer_as_wished(request, account, scripted, body)
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
