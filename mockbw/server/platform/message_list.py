"""``GET /users/{account}/messages``: the list of messages (P12)."""

from __future__ import annotations

from collections import deque
from typing import Any

from aiohttp import web
from yarl import URL

from mockbw.core.message_list import Page, find, parse_query
from mockbw.engine.runner import AccountRunner
from mockbw.server.platform.errors import PlatformError, json_response

__all__ = ["REQUEST_TIMES", "list_messages"]

REQUEST_TIMES = web.AppKey("list_request_times", dict[tuple[str, str], deque[int]])
"""The times of each address's last requests for an account's list, in virtual milliseconds."""

LIMIT_WINDOW = 300_000
"""The window in which the requests of one address are counted, in virtual milliseconds."""


async def list_messages(request: web.Request, account: AccountRunner) -> web.StreamResponse:
    """Respond to a list request.

    Raises:
        PlatformError: ``method-not-allowed`` where the edition keeps no records, ``list-limit``, ``invalid``.
    """
    edition = account.edition
    if not edition.features.records:
        because = f"edition {edition.name} keeps no records: there is no list of messages (the journal is at /_mockbw)"
        raise PlatformError("method-not-allowed", because, method=request.method)
    present = account.present()
    _check_rate(request, account, present.now)
    query = parse_query(dict(request.query), present)
    if isinstance(query, list):
        raise PlatformError("invalid", "; ".join(error.description for error in query), query)
    page = find(account.records, account.name, query)
    account.record_request("GET", request.path, 200)
    return json_response({"totalCount": page.total, "pageInfo": _page_info(request, account, page), "messages": page.rows})


def _page_info(request: web.Request, account: AccountRunner, page: Page) -> dict[str, Any]:
    here = URL(account.site).with_path(request.path).with_query(request.query)
    info: dict[str, Any] = {}
    if page.previous is not None:
        info |= {"prevPage": str(here.update_query(pageToken=page.previous)), "prevPageToken": page.previous}
    if page.next is not None:
        info |= {"nextPage": str(here.update_query(pageToken=page.next)), "nextPageToken": page.next}
    return info


def _check_rate(request: web.Request, account: AccountRunner, now: int) -> None:
    most = account.settings.list_limit
    if most is None or "list-limit" not in account.edition.errors:
        return
    times = request.app[REQUEST_TIMES].setdefault((account.name, request.remote or ""), deque())
    while times and (now - times[0] >= LIMIT_WINDOW or now < times[0]):
        times.popleft()
    if len(times) >= most:
        wait = -(-(times[0] + LIMIT_WINDOW - now) // 1000)
        raise PlatformError("list-limit", f"{most} list requests in 5 minutes from {request.remote}", retry_after=wait)
    times.append(now)
