"""The other side: a load of messages over keep-alive connections, and an endpoint that counts the callbacks it answers.

Both are as cheap as Python makes them, so that on two cores the process under test is what limits. While they wait they do not
sleep: to wake a sleeper can cost the process under test more than the request, and a slow one would pay it for every answer.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httptools

SENDER, RECIPIENT, APPLICATION = "+19195550199", "+19195550100", "93de2206-9669-4e07-948d-329f4b722ee2"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
FAILURE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


def message_request(path: str, body: bytes | None = None) -> bytes:
    """Return the bytes of one ``POST /messages``."""
    body = body or (
        b'{"from":"%s","to":["%s"],"text":"Your table is ready","applicationId":"%s","tag":"benchmark"}'
        % (SENDER.encode(), RECIPIENT.encode(), APPLICATION.encode())
    )
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@dataclass
class Endpoint:
    """Answers every request at once with ``answer`` and counts; ``reached`` waits for a number of them."""

    answer: bytes = ANSWER
    count: int = 0
    port: int = 0
    _wanted: int = 0
    _reached: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.get_running_loop().create_server(lambda: _EndpointConnection(self), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/callbacks"

    def tick(self) -> None:
        self.count += 1
        if self.count >= self._wanted:
            self._reached.set()

    async def reached(self, wanted: int, patience: float = 60.0) -> None:
        """Return when so many callbacks have come."""
        self._wanted = wanted
        if self.count < wanted:
            self._reached.clear()
            with awake():
                async with asyncio.timeout(patience):
                    await self._reached.wait()

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()


class _EndpointConnection(asyncio.Protocol):
    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._parser = httptools.HttpRequestParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._transport.write(self._endpoint.answer)
        self._endpoint.tick()


@contextmanager
def awake() -> Iterator[None]:
    """Keep the event loop from going to sleep."""
    loop, spinning = asyncio.get_running_loop(), True

    def spin() -> None:
        if spinning:
            loop.call_soon(spin)

    spin()
    try:
        yield
    finally:
        spinning = False


@dataclass
class Load:
    """How a load went: wall and CPU seconds of the server while it ran, and every latency in milliseconds."""

    count: int
    latencies: list[float]
    statuses: set[int]

    def percentile(self, share: float) -> float:
        """Return the latency that ``share`` of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Client(asyncio.Protocol):
    def __init__(self, request: bytes, next_: Callable[[], bool], done: Callable[[], None], load: Load) -> None:
        self._request, self._next, self._done, self._load = request, next_, done, load
        self._parser = httptools.HttpResponseParser(self)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self._go_on()

    def _go_on(self) -> None:
        if self._next():
            self._began = time.perf_counter()
            self._transport.write(self._request)
        else:
            self._transport.close()
            self._done()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        self._load.latencies.append((time.perf_counter() - self._began) * 1000)
        self._load.statuses.add(self._parser.get_status_code())
        self._parser = httptools.HttpResponseParser(self)
        self._go_on()


async def post(port: int, request: bytes, count: int, connections: int = 32) -> Load:
    """Send the request ``count`` times, one after another on each of so many connections."""
    load = Load(count, [], set())
    left, open_ = count, connections
    finished = asyncio.Event()

    def next_() -> bool:
        nonlocal left
        left -= 1
        return left >= 0

    def done() -> None:
        nonlocal open_
        open_ -= 1
        if not open_:
            finished.set()

    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: _Client(request, next_, done, load), "127.0.0.1", port)
    with awake():
        async with asyncio.timeout(60):
            await finished.wait()
    if not load.statuses <= {200, 201, 202}:
        raise RuntimeError(f"answered {sorted(load.statuses)}")
    return load
