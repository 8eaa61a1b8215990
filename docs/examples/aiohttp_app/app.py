"""A parcel service that tells its customers by text message: aiohttp, and plain HTTP to the platform."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import UTC, datetime

from aiohttp import ClientSession, web

NUMBER = "+19195550199"
APPLICATION_ID = "93de2206-9669-4e07-948d-329f4b722ee2"
FINAL = ("delivered", "failed")

STATUS = web.AppKey("status", dict)
SESSION = web.AppKey("session", ClientSession)
MESSAGES_URL = web.AppKey("messages_url", str)
WORKS = web.AppKey("works", asyncio.Event)


async def session(app: web.Application) -> AsyncIterator[None]:
    """Keep one session to the platform for as long as the application runs."""
    pair = f"{os.environ.get('BANDWIDTH_USER', 'user')}:{os.environ.get('BANDWIDTH_PASSWORD', 'password')}"
    async with ClientSession(headers={"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}) as opened:
        app[SESSION] = opened
        yield


async def notify(request: web.Request) -> web.Response:
    """Notify a customer: ``POST /notifications {"customer": …, "text": …}``."""
    wanted = await request.json()
    body = {"applicationId": APPLICATION_ID, "from": NUMBER, "to": wanted.pop("customer"), **wanted}
    async with request.app[SESSION].post(request.app[MESSAGES_URL], json=body) as answer:
        if answer.status != 202:
            return web.json_response(await answer.json(), status=502)
        message = await answer.json()
    request.app[STATUS][message["id"]] = {"status": "accepted", "at": datetime.now(UTC)}
    return web.json_response({"id": message["id"]}, status=201)


async def callbacks(request: web.Request) -> web.Response:
    """Process events. They arrive at least once and in any order: a final status is kept."""
    if not request.app[WORKS].is_set():
        raise web.HTTPServiceUnavailable
    for event in await request.json():
        kind = event["type"].removeprefix("message-")
        key = event["message"]["from"] if kind == "received" else event["message"]["id"]
        known = request.app[STATUS].get(key)
        if known is None or known["status"] not in FINAL:
            request.app[STATUS][key] = {"status": kind, "at": datetime.now(UTC), "error": event.get("errorCode")}
            if kind == "received":
                request.app[STATUS][key]["text"] = event["message"]["text"]
    return web.Response(status=204)


def create_app(base_url: str, account_id: str) -> web.Application:
    """Return the application; ``base_url`` is the platform's."""
    app = web.Application()
    app[STATUS], app[WORKS] = {}, asyncio.Event()
    app[WORKS].set()
    app[MESSAGES_URL] = f"{base_url}/users/{account_id}/messages"
    app.cleanup_ctx.append(session)
    app.add_routes([web.post("/notifications", notify), web.post("/callbacks", callbacks)])
    return app
