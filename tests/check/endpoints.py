"""Endpoints to check: a correct one, and ones with one fault each."""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web

Event = dict[str, Any]
Handler = Callable[["Application", web.Request], Awaitable[web.StreamResponse]]

USER, PASSWORD = "bandwidth", "let-me-in"
"""The credentials that every endpoint here requires."""

FORWARD = ["message-sending", "message-sent", "message-delivered", "message-failed"]


class Application:
    """An application that handles callbacks correctly. Subclasses have one fault each."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self.received: set[str] = set()
        self.posts: list[Event] = []
        self.url = ""
        self.port = 0
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self.port}/callbacks"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not self.authorized(request):
            return self.challenge()
        if request.method != "POST":
            return web.Response(status=405)
        try:
            events = json.loads(await request.read())
            assert isinstance(events, list)
            assert all(isinstance(event, dict) and "type" in event for event in events)
        except (ValueError, AssertionError):
            return web.Response(status=400)
        for event in events:
            response = await self.take(event)
            if response is not None:
                return response
        return web.Response(status=200)

    def authorized(self, request: web.Request) -> bool:
        scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
        return scheme == "Basic" and b64decode(pair).decode() == f"{USER}:{PASSWORD}"

    def challenge(self) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="callbacks"'})

    async def take(self, event: Event) -> web.StreamResponse | None:
        """Process one event; an answer other than 200 is returned."""
        message = event["message"]
        if event["type"] == "message-received":
            self.received.add(message["id"])
            return None
        key = f"{message['id']} {event.get('to')}"
        known = self.statuses.get(key)
        if known is None or self.rank(event["type"]) > self.rank(known):
            self.statuses[key] = event["type"]
        return None

    @staticmethod
    def rank(kind: str) -> int:
        return FORWARD.index(kind) if kind in FORWARD else -1


class Slow(Application):
    """Its fault is the wall time it takes, which is what the drill measures; nothing waits for it."""

    async def take(self, event: Event) -> web.StreamResponse | None:
        await asyncio.sleep(1.1)
        return await super().take(event)


class NeverAnswers(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        await asyncio.Event().wait()
        return None


class Redirects(Application):
    async def handle(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": "/login"})


class TrustsOrder(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        known = self.statuses.get(f"{event['message']['id']} {event.get('to')}")
        if event["type"] in ("message-sent", "message-sending") and known in ("message-delivered", "message-failed"):
            return web.Response(status=500, text="InvalidTransition: delivered -> sent")
        return await super().take(event)


class KnowsAllTypes(Application):
    known = frozenset({*FORWARD, "message-received", "message-read", "suggestion-response", "requested-location-response"})

    async def take(self, event: Event) -> web.StreamResponse | None:
        if event["type"] not in self.known:
            return web.Response(status=500, text=f"KeyError: '{event['type']}'")
        return await super().take(event)


class KnowsAllCodes(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        return web.Response(status=500) if event.get("errorCode") == 4899 else await super().take(event)


class KnowsAllFields(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        extra = event.keys() - {"type", "time", "eventTime", "description", "to", "errorCode", "message"}
        return web.Response(status=422, text=f"extra fields not permitted: {extra}") if extra else await super().take(event)


class NeedsTheSegmentCount(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if "segmentCount" not in event["message"]:
            return web.Response(status=500)
        return await super().take(event)


class NoEmoji(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if any(ord(character) > 0xFFFF for character in event["message"].get("text", "")):
            return web.Response(status=500, text="Incorrect string value: '\\xF0\\x9F'")
        return await super().take(event)


class ShortTexts(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if len(event["message"].get("text", "")) > 160:
            return web.Response(status=500, text="value too long for type character varying(160)")
        return await super().take(event)


class LatinOnly(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if any(0x0370 < ord(character) <= 0xFFFF for character in event["message"].get("text", "")):
            return web.Response(status=500) if "שלום" in event["message"]["text"] else None
        return await super().take(event)


class NoText(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        sms = event["type"] == "message-received" and not event["message"].get("media")
        return web.Response(status=400) if sms and not event["message"].get("text") else await super().take(event)


class OpenToAll(Application):
    def authorized(self, request: web.Request) -> bool:
        return True


class NoChallenge(Application):
    """Requires credentials, up front, without the header that makes the platform send them."""

    def challenge(self) -> web.Response:
        return web.Response(status=401)


class NotIdempotent(Application):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    async def take(self, event: Event) -> web.StreamResponse | None:
        key = f"{event['type']} {event['message']['id']} {event.get('to')}"
        if key in self.seen:
            return web.Response(status=500, text="IntegrityError: UNIQUE constraint failed: events.id")
        self.seen.add(key)
        return await super().take(event)


class OneAtATime(Application):
    """Its fault is the wall time that its callbacks take one after another, which is what the drill measures."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = asyncio.Lock()

    async def take(self, event: Event) -> web.StreamResponse | None:
        async with self.lock:
            await asyncio.sleep(0.055)
            return await super().take(event)


class OnlyItsOwnMessages(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if event["type"] in (*FORWARD, "message-read"):
            return web.Response(status=404, text="no such message")
        return await super().take(event)


class SinglesOnly(Application):
    async def take(self, event: Event) -> web.StreamResponse | None:
        if len(event["message"]["to"]) > 1:
            return web.Response(status=500, text="ValueError: too many values to unpack")
        return await super().take(event)


class ShowsItsInternals(Application):
    async def handle(self, request: web.Request) -> web.StreamResponse:
        response = await super().handle(request)
        if response.status == 400:
            return web.Response(status=500, text="Traceback (most recent call last):\n  File 'app.py', line 1\nJSONDecodeError")
        return response


class ReadsAtOnce(Application):
    """Treats what has arrived with the headers as the whole body."""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if self.authorized(request) and request.method == "POST":
            body = await request.content.readany()
            length = request.content_length
            request._read_bytes = body + await request.content.read()
            if length is not None and len(body) < length:
                return web.Response(status=500, text="Unexpected end of JSON input")
        return await super().handle(request)
