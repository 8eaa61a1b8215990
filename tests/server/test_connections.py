"""Connections that are many, slow, silent or do not read: they are counted from the moment they are accepted, and cut in time."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import pytest
import uvloop
from yarl import URL

from mockbw.config.settings import ServerLimits, Settings, Tls
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.server.serving import ACCOUNT, platform

READY = b"GET /_mockbw/readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
LARGE = 40_000_000
"""In bytes: more than two sockets hold that nobody reads."""


class Client:
    """One connection, byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def at(cls, port: int | None, tls: ssl.SSLContext | None = None) -> Self:
        name = "localhost" if tls else None
        return cls(*await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname=name, limit=10_000))

    async def ask(self, request: bytes = READY) -> int:
        """Make a request and return the status of its answer, once it is here."""
        self.writer.write(request)
        return await self.answer()

    async def answer(self) -> int:
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await self.reader.readexactly(sum(length))
        return int(head.split(b" ")[1])

    async def cut(self) -> bool:
        """Return True as soon as the server has ended the connection."""
        try:
            while await self.reader.read(65_536):
                pass
        except ConnectionError:
            pass
        return True

    def close(self) -> None:
        self.writer.transport.abort()


@asynccontextmanager
async def serving(tls: Path | None = None, **limits: Any) -> AsyncIterator[MockBandwidth]:
    settings = Settings(port=0, tls=Tls(port=0, folder=tls) if tls else None, limits=ServerLimits(**limits))
    async with MockBandwidth(settings) as double:
        yield double


def port(double: MockBandwidth) -> int | None:
    return URL(double.url).port


def trusted(folder: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=folder / "ca.pem")


async def left(double: MockBandwidth, count: int = 0) -> None:
    """Return as soon as so many connections are open."""
    while double.connections.count != count:  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


async def test_connections_that_rest_make_room_for_one_more_the_longest_at_rest_first(caplog):
    """Fifty clients that made one request each once locked everybody else out."""
    async with serving(connections=3) as double:
        clients = [await Client.at(port(double)) for _ in range(3)]
        assert [await client.ask() for client in clients] == [200, 200, 200]
        assert await clients[0].ask() == 200
        another = await Client.at(port(double))
        assert await another.ask() == 200
        assert await clients[1].cut()
        assert [await client.ask() for client in (clients[2], clients[0], another)] == [200, 200, 200]
        assert double.connections.cut == {"idle": 1}
        for client in (*clients, another):
            client.close()
    assert caplog.text == ""


async def test_where_none_rests_one_more_is_refused_and_the_log_says_why_once(caplog):
    async with serving(connections=2) as double:
        clients = [await Client.at(port(double)) for _ in range(2)]
        for client in clients:
            client.writer.write(READY[:10])
        refused = [await Client.at(port(double)) for _ in range(3)]
        assert [await client.cut() for client in refused] == [True] * 3
        assert [await client.ask(READY[10:]) for client in clients] == [200, 200]
        for client in (*clients, *refused):
            client.close()
    assert [record.message for record in caplog.records] == [
        "all 2 connections are in use: more are refused (limits: {connections: …})"
    ]


async def test_connections_that_rest_are_cut_sooner_when_the_limit_is_near(monkeypatch):
    monkeypatch.setattr("mockbw.server.connections.IDLE_SECONDS_NEAR_LIMIT", 0)
    async with serving(connections=4) as double:
        resting = [await Client.at(port(double)) for _ in range(4)]
        for client in resting[:3]:
            assert await client.ask() == 200
        assert await resting[3].ask() == 200
        await left(double, 4)
        another = await Client.at(port(double))
        assert await another.ask() == 200
        assert await resting[0].cut()
        await left(double, 4)
        for client in (*resting, another):
            client.close()


async def test_a_connection_at_rest_has_its_time():
    async with serving(idle_seconds=0.05) as double:
        client = await Client.at(port(double))
        assert await client.ask() == 200
        assert await client.cut()
        assert double.connections.cut == {"idle": 1}
        client.close()


@pytest.mark.parametrize("before", [0, 1, 3])
async def test_a_head_has_its_time_on_every_request(before):
    """Only the first once had: the second could drip for ever."""
    async with serving(header_seconds=0.05) as double:
        client = await Client.at(port(double))
        assert [await client.ask() for _ in range(before)] == [200] * before
        client.writer.write(READY[:30])
        assert await client.cut()
        assert double.connections.cut == {"slow-head": 1}
        client.close()


async def test_a_head_that_comes_in_pieces_in_time_is_answered_and_so_are_requests_that_come_together():
    async with serving() as double:
        client = await Client.at(port(double))
        for _ in range(2):
            for place in range(len(READY)):
                client.writer.write(READY[place : place + 1])
                await client.writer.drain()
                await asyncio.sleep(0)
            assert await client.answer() == 200
        client.writer.write(READY * 3 + READY[:20])
        assert [await client.answer() for _ in range(3)] == [200] * 3
        assert await client.ask(READY[20:]) == 200
        client.close()
        await left(double)


@pytest.mark.parametrize("before", [0, 1])
async def test_a_head_has_a_bound_as_a_whole(before):
    async with serving(header=2_000) as double:
        client = await Client.at(port(double))
        assert [await client.ask() for _ in range(before)] == [200] * before
        assert await client.ask(READY[:-2] + b"".join(b"X-%d: %s\r\n" % (n, b"v" * 1_000) for n in range(20))) == 431
        assert await client.cut()
        client.close()
        await left(double)


@pytest.mark.parametrize("length", [b"Content-Length: 100", b"Transfer-Encoding: chunked"])
async def test_a_body_has_its_time_also_when_nobody_wants_it(length):
    async with serving(header_seconds=0.05, body_seconds=0.05) as double:
        for path in (f"/api/v2/users/{ACCOUNT}/messages", "/nowhere"):
            client = await Client.at(port(double))
            head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n".encode()
            client.writer.write(head + length + b"\r\n\r\n1")
            assert await client.cut()
            client.close()
        await left(double)


async def test_a_client_that_does_not_read_is_cut():
    async with platform("2018-01", limits=ServerLimits(write_seconds=0.05)) as server:
        path = f"/v1/users/{ACCOUNT}/media/a.png"
        assert (await server.request("PUT", path, data=BytesIO(b"a" * LARGE))).status == 200
        used = server.account.media.space.used
        client = await Client.at(port(server.double))
        client.writer.transport.pause_reading()
        client.writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while server.double.connections.cut != {"slow-reader": 1}:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
        assert (await server.request("DELETE", path)).status == 200
        while server.account.media.space.used:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
        assert used > LARGE
        client.close()


async def test_clients_that_do_not_read_have_a_bound_together(monkeypatch):
    monkeypatch.setattr("mockbw.server.connections.UNSENT_LIMIT", 300_000)
    async with platform("2018-01") as server:
        path = f"/v1/users/{ACCOUNT}/media/a.png"
        assert (await server.request("PUT", path, data=BytesIO(b"a" * LARGE))).status == 200
        clients = [await Client.at(port(server.double)) for _ in range(6)]
        for client in clients:
            client.writer.transport.pause_reading()
            client.writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while not server.double.connections.cut["slow-reader"]:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)
        assert server.double.connections.unsent <= 300_000
        for client in clients:
            client.close()
        while server.double.connections.unsent:  # noqa: ASYNC110 - it has no event
            await asyncio.sleep(0)


# -- TLS ------------------------------------------------------------------------------------------------------------------


async def test_a_connection_that_never_shakes_hands_counts_and_is_cut_in_time(tmp_path):
    """A thousand of them were once kept for a minute, at a limit of fifty."""
    async with serving(tmp_path, connections=2, header_seconds=0.2) as double:
        silent = [await Client.at(double.tls_port) for _ in range(2)]
        await left(double, 2)
        refused = await Client.at(port(double))
        assert await refused.cut()
        assert double.connections.cut == {"refused": 1}
        assert [await client.cut() for client in silent] == [True, True]
        await left(double)
        client = await Client.at(double.tls_port, trusted(tmp_path))
        assert [await client.ask(), await client.ask()] == [200, 200]
        for each in (*silent, refused, client):
            each.close()


@pytest.mark.parametrize("said", [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b""])
async def test_a_handshake_that_fails_gives_its_place_back_at_once_and_says_nothing(tmp_path, said, caplog):
    async with serving(tmp_path, connections=1) as double:
        for _ in range(3):
            client = await Client.at(double.tls_port)
            client.writer.write(said)
            if not said:
                client.close()
            assert await client.cut()
            client.close()
            await left(double)
        client = await Client.at(double.tls_port, trusted(tmp_path))
        assert await client.ask() == 200
        client.close()
    assert caplog.text == ""


async def test_a_request_that_comes_with_the_handshakes_last_bytes_is_answered(tmp_path):
    async with serving(tmp_path) as double:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        session = trusted(tmp_path).wrap_bio(incoming, outgoing, server_hostname="localhost")
        client = await Client.at(double.tls_port)
        while True:
            try:
                session.do_handshake()
                break
            except ssl.SSLWantReadError:
                client.writer.write(outgoing.read())
                incoming.write(await client.reader.read(65_536))
        session.write(READY)
        client.writer.write(outgoing.read())
        answer = b""
        while b"ready" not in answer:
            incoming.write(await client.reader.read(65_536))
            try:
                answer += session.read(65_536)
            except ssl.SSLWantReadError:
                continue
        assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
        client.close()


def test_all_of_it_holds_on_uvloop_too(tmp_path):
    """Which ``mockbw serve`` runs on, where there is one."""

    async def main() -> dict[str, int]:
        async with serving(tmp_path, connections=2, header_seconds=0.3) as double:
            silent = [await Client.at(double.tls_port), await Client.at(port(double))]
            await left(double, 2)
            refused = await Client.at(port(double))
            assert await refused.cut()
            assert [await client.cut() for client in silent] == [True, True]
            broken = await Client.at(double.tls_port)
            broken.writer.write(b"nonsense\r\n\r\n")
            assert await broken.cut()
            clients = [await Client.at(double.tls_port, trusted(tmp_path)), await Client.at(port(double))]
            assert [await client.ask() for client in clients * 2] == [200] * 4
            another = await Client.at(double.tls_port, trusted(tmp_path))
            assert await another.ask() == 200
            assert await clients[0].cut()
            for client in (*silent, refused, broken, *clients, another):
                client.close()
            await left(double)
            return dict(double.connections.cut)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(main()) == {"refused": 1, "slow-head": 1, "idle": 1, "handshake": 2}


async def test_metrics_show_how_full_bounds_are_and_what_was_cut():
    async with platform(limits=ServerLimits(connections=7, idle_seconds=0.05)) as server:
        await server.request("PUT", "media/a.png", data=b"1" * 500)
        client = await Client.at(port(server.double))
        assert await client.ask() == 200
        assert await client.cut()
        lines = (await server.request("GET", "/_mockbw/metrics")).body.decode().splitlines()
        client.close()
    used = server.account.media.space.used
    assert {
        'mockbw_connections_cut_total{reason="idle"} 2',
        f'mockbw_bound_used{{bound="media_bytes"}} {used}',
        'mockbw_bound_used{bound="connections"} 1',
        'mockbw_bound_used{bound="unsent_bytes"} 0',
        'mockbw_bound_limit{bound="media_bytes"} 256000000',
        'mockbw_bound_limit{bound="connections"} 7',
        'mockbw_bound_limit{bound="unsent_bytes"} 64000000',
    } <= set(lines)
