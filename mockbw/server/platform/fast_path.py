"""The short way in for ``POST …/messages``, of which a load test sends thousands a second: past aiohttp's router and middlewares.

It ends in the same handler as the long way, and whatever is not plain (a query, a body still on its way) takes the long one.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from aiohttp import web

from mockbw.server.connections import Connection
from mockbw.server.keys import ENGINE, PREFIXES
from mockbw.server.platform.error_handling import answer_error
from mockbw.server.platform.gate import authorize
from mockbw.server.platform.messages import create

__all__ = ["fast_path"]

_PATH = re.compile(f"(?:{'|'.join(PREFIXES)})/users/([^/?#%{{}}]+)/messages")

LONGEST = 200
"""No path of an account's messages is longer; longer ones are not cached."""

Handler = Callable[[Any], Awaitable[web.StreamResponse]]
"""A handler as aiohttp's server holds it: what it is called with, the application has made."""


def fast_path(app: web.Application, usual: Handler) -> Handler:
    """Return the handler of every request: it takes the short way or calls ``usual``."""
    engine = app[ENGINE]

    async def handle(request: web.Request) -> web.StreamResponse:
        connection = request.protocol
        assert isinstance(connection, Connection), "every connection is one"
        connection.request_begins()
        try:
            name = _account_in(request.raw_path) if request.method == "POST" and len(request.raw_path) < LONGEST else None
            if not (whole := request.content.is_eof()):
                connection.expects(request.content)
            if name is None or not whole or "Expect" in request.headers:
                return await usual(request)
            try:
                account = engine.account(name)
                return await authorize(request, app, account) or await create(request, app, account)
            except Exception as error:  # noqa: BLE001 - told apart where it is answered
                return answer_error(error, request, app)
        finally:
            connection.request_ends()

    return handle


@lru_cache(maxsize=4096)
def _account_in(path: str) -> str | None:
    found = _PATH.fullmatch(path)
    return found[1] if found is not None else None
