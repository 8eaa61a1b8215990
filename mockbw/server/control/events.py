"""The journal, live, as server-sent events.

Only a client's position is kept here: entries are read from the journal when the client can receive them. One that falls behind
by more than the journal keeps is notified of the gap.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from aiohttp import web
from pydantic import Field

from mockbw.errors import UnknownError
from mockbw.server.control.filters import Filter
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable
from mockbw.server.control.serialize.messages import serialize_entry
from mockbw.server.keys import JOURNAL, SETTINGS

__all__ = ["CLOSING", "EVENT_STREAM", "TABLE", "set_up"]

EVENT_STREAM = "text/event-stream"

CLOSING = web.AppKey("closing", asyncio.Event)
"""Set when the server stops, so that waiting streams end."""

HEARTBEAT = 15.0
"""Wall seconds without an entry after which a comment is sent, so that proxies and clients know the stream is alive."""

CHUNK = 100
"""The maximum number of entries written at once."""

_TURN = web.AppKey("turn", asyncio.Lock)
"""Held by the stream that reads entries: however many have to catch up, other requests wait for one chunk at a time."""

_LISTENING = web.AppKey("listening", dict[object, web.Request])

TABLE = RouteTable()


class EventQuery(Filter):
    """Which entries."""

    account: Annotated[str, Field(max_length=200)] | None = None
    """Of this account only."""
    after: Annotated[int, Field(ge=0)] | None = None
    """Start after the entry with this number; 0 for all that are kept. `Last-Event-ID` overrides it. Default: new ones only."""


@TABLE.route("GET", "events", media_type=EVENT_STREAM, refusals=(404, 503))
async def events(call: ControlRequest, query: EventQuery) -> web.StreamResponse:
    """Stream the journal as server-sent events: the id of each is the entry's number, its data the entry.

    A client that reconnects with `Last-Event-ID` continues where it was. Where entries are no longer kept, an event named
    `gap` says which. A comment is sent when nothing happens for 15 seconds.
    """
    request = call.request
    if query.account is not None and not any(account.name == query.account for account in call.engine.accounts):
        raise UnknownError("account", query.account, (account.name for account in call.engine.accounts))
    journal = call.journal
    after = _place(request, query, journal.last)
    listening = request.app[_LISTENING]
    most = request.app[SETTINGS].limits.streams
    for other, theirs in list(listening.items()):
        if theirs.transport is None or theirs.transport.is_closing():
            del listening[other]  # it has disconnected; its stream will notice at the next heartbeat
    if len(listening) >= most:
        raise ControlError(503, f"the limit of open event streams is reached ({most})", "Close one of them")
    me = object()
    listening[me] = request
    response = web.StreamResponse(headers={"Content-Type": EVENT_STREAM, "Cache-Control": "no-store"})
    try:
        await response.prepare(request)
        await response.write(b": mockbw\nretry: 1000\n\n")
        await _follow(response, request, query.account, after)
    except ConnectionError:
        pass  # the client has disconnected
    finally:
        listening.pop(me, None)
    return response


async def _follow(response: web.StreamResponse, request: web.Request, account: str | None, after: int) -> None:
    """Write entries as they come until the server stops."""
    loop = asyncio.get_running_loop()
    spoke = loop.time()
    while not request.app[CLOSING].is_set():
        after, wrote = await _write_news(response, request, account, after)
        if wrote:
            spoke = loop.time()
        try:
            async with asyncio.timeout_at(spoke + HEARTBEAT):
                await request.app[JOURNAL].changed(after)
        except TimeoutError:
            await response.write(b": still here\n\n")
            spoke = loop.time()


def _place(request: web.Request, query: EventQuery, last: int) -> int:
    """Return the number after which the client continues; one that does not exist yet means that the server was restarted."""
    given = request.headers.get("Last-Event-ID", "")
    if given.isascii() and given.isdigit() and len(given) < 19:
        wanted = int(given)
    elif query.after is not None:
        wanted = query.after
    else:
        return last
    return wanted if wanted <= last else 0


async def _write_news(response: web.StreamResponse, request: web.Request, account: str | None, after: int) -> tuple[int, bool]:
    """Write the entries after a number; return the number of the last one, and whether anything was written."""
    journal = request.app[JOURNAL]
    wrote = False
    while after < journal.last and not request.app[CLOSING].is_set():
        text = ""
        if after + 1 < journal.first:
            text = f'event: gap\ndata: {{"from":{after + 1},"to":{journal.first - 1}}}\n\n'
            after = journal.first - 1
        last = min(journal.last, after + CHUNK)
        async with request.app[_TURN]:
            for stamped in journal.read(after, account, last):
                text += f"id: {stamped.number}\ndata: {serialize_entry(stamped).model_dump_json(by_alias=True)}\n\n"
            await asyncio.sleep(0)
        after = last
        if text:
            await response.write(text.encode())
            wrote = True
    return after, wrote


def set_up(app: web.Application) -> None:
    """End the waiting streams when the application stops."""
    app[CLOSING] = asyncio.Event()
    app[_TURN] = asyncio.Lock()
    app[_LISTENING] = {}
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[CLOSING].set()
    app[JOURNAL].wake()
