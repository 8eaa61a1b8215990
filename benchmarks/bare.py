"""The limit of what we stand on: an aiohttp handler that parses and answers, and one that also sends two callbacks.

``python -m benchmarks.bare [CALLBACK_URL]``. The sender is the cheapest that works at all with one endpoint on this machine.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from urllib.parse import urlsplit

import httptools
import orjson
import uvloop
from aiohttp import web

WORKERS = 64


class CheapSender(asyncio.Protocol):
    """One keep-alive connection; the next body goes out when the last was answered."""

    def __init__(self, head: bytes, bodies: deque[bytes], idle: list[CheapSender]) -> None:
        self._head, self._bodies, self._idle = head, bodies, idle
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._idle.append(self)

    def go(self) -> None:
        if self._bodies:
            body = self._bodies.popleft()
            self._transport.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        else:
            self._idle.append(self)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.go()


async def main(url: str | None) -> None:
    bodies: deque[bytes] = deque()
    idle: list[CheapSender] = []
    if url is not None:
        parts = urlsplit(url)
        head = (
            f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
        )
        for _ in range(WORKERS):
            await asyncio.get_running_loop().create_connection(
                lambda: CheapSender(head, bodies, idle), parts.hostname, parts.port
            )

    async def accept(request: web.Request) -> web.Response:
        message = orjson.loads(await request.read())
        message["id"] = "1516809600000abcdefghijklmnop"
        if url is not None:
            for kind in ("message-sent", "message-delivered"):
                bodies.append(orjson.dumps([{"type": kind, "time": "2018-01-24T16:00:00.000Z", "message": message}]))
            while idle and bodies:
                idle.pop().go()
        return web.Response(body=orjson.dumps(message), status=202, content_type="application/json")

    app = web.Application()
    app.router.add_post("/api/v2/users/{account}/messages", accept)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"ready at http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1] if len(sys.argv) > 1 else None))
