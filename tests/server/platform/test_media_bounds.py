"""What media may take: room at rest and under way, names, and what is left of those that were deleted (P11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from io import BytesIO

from yarl import URL

from mockbw.config.settings import ServerLimits
from mockbw.core.account import InboundDraft
from mockbw.core.settings import AccountSettings
from mockbw.media.store import MediaFile, MediaStore, Space
from tests.server.serving import ACCOUNT, Platform, platform
from tests.support import RECIPIENT, SENDER

PNG = {"Content-Type": "image/png"}
ROOM = 20_000


async def test_a_file_that_is_said_to_be_too_long_to_fit_costs_the_old_one_of_its_name_nothing():
    async with platform(limits=ServerLimits(media=ROOM)) as server:
        await server.request("PUT", "media/a.png", data=b"old", headers=PNG)
        assert (await server.request("PUT", "media/a.png", data=b"a" * 30_000, headers=PNG)).status == 400
        assert (await server.request("GET", "media/a.png")).body == b"old"


async def test_an_empty_file_takes_room_too():
    async with platform(limits=ServerLimits(media=10_500)) as server:
        statuses = [(await server.request("PUT", f"media/{number}.png", headers=PNG)).status for number in range(12)]
    assert statuses == [204] * 10 + [400] * 2


async def test_a_name_has_a_bound_and_the_answer_says_so():
    async with platform() as server:
        assert (await server.request("PUT", f"media/{'n' * 255}", data=b"1", headers=PNG)).status == 204
        refused = [await server.request(method, f"media/{'n' * 256}", headers=PNG) for method in ("PUT", "DELETE")]
        assert (await server.request("GET", f"media/{'n' * 256}")).status == 404
    assert [answer.status for answer in refused] == [400, 400]
    assert refused[0].json["fieldErrors"] == [
        {"fieldName": "mediaName", "description": "The media name must not have more than 255 characters, and has 256"}
    ]


async def test_what_is_deleted_is_gone_from_memory():
    """20,000 names of 8 kB once took 375 MB: each was remembered as deleted."""
    async with platform() as server:
        store = server.account.media
        before = store.space.used
        for number in range(100):
            path = f"media/{number:03d}{'n' * 200}.png"
            await server.request("PUT", path, data=b"1", headers=PNG)
            await server.request("DELETE", path)
            await server.request("DELETE", f"media/never-{number}.png")
        assert store.space.used == before
        assert sum(len(container) for container in (store._files, store._names, store._received_deleted)) == 0


async def test_a_received_file_that_was_deleted_stays_so(endpoint):
    async with platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        server.account.receive(InboundDraft(RECIPIENT, (SENDER,), "Look", ("photo.jpg", "other.jpg")))
        (message,) = server.account.records.messages
        assert (await server.request("DELETE", f"media/{message}/0/photo.jpg")).status == 204
        left = [(await server.request("GET", f"media/{message}/{name}")).status for name in ("0/photo.jpg", "1/other.jpg")]
    assert left == [404, 200]


def test_that_a_received_file_was_deleted_is_remembered_as_long_as_its_message_is_kept():
    store = MediaStore()
    for number in range(3_000):
        kept = {f"m{number - back}" for back in range(100)}
        store.delete_received(f"m{number}", 0, kept)
        assert all(store.was_deleted(message, 0) for message in (f"m{number}", f"m{max(0, number - 99)}"))
    assert len(store._received_deleted) <= 1_000


# -- what is under way ----------------------------------------------------------------------------------------------------


@asynccontextmanager
async def stalled(server: Platform, head: str, body: bytes = b"") -> AsyncIterator[asyncio.StreamWriter]:
    """Make a request on a connection of its own, and neither go on with it nor read."""
    reader, writer = await asyncio.open_connection("127.0.0.1", URL(server.double.url).port, limit=1_000)
    writer.transport.pause_reading()
    writer.write(head.replace("\n", "\r\n").encode() + body)
    await writer.drain()
    try:
        yield writer
    finally:
        writer.transport.abort()
        del reader


def put(name: str, length: int) -> str:
    return f"PUT /api/v2/users/{ACCOUNT}/media/{name} HTTP/1.1\nHost: x\nContent-Type: image/png\nContent-Length: {length}\n\n"


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as it is so; the test's time limit ends it else."""
    while not condition():  # noqa: ASYNC110 - what is waited for has no event
        await asyncio.sleep(0)


async def test_uploads_under_way_count_and_those_given_up_give_their_room_back():
    async with platform(limits=ServerLimits(media=1_000_000)) as server:
        space = server.account.media.space
        async with stalled(server, put("a.png", 700_000), b"a" * 600_000):
            await until(lambda: space.used == 600_000)
            over = await server.request("PUT", "media/b.png", data=BytesIO(b"a" * 500_000), headers=PNG)
            assert (over.status, space.used) == (400, 600_000)
            assert (await server.request("PUT", "media/b.png", data=b"a" * 300_000, headers=PNG)).status == 204
        await until(lambda: space.used < 310_000)
        assert (await server.request("PUT", "media/c.png", data=BytesIO(b"a" * 500_000), headers=PNG)).status == 204


async def test_what_is_beyond_the_limit_of_a_file_is_not_kept_while_the_rest_of_it_comes():
    """Ten uploads of 127 MB that stopped short once took 1.2 GB."""
    async with platform() as server:
        space = server.account.media.space
        async with stalled(server, put("a.png", 127_000_000), b"a" * 3_400_000) as writer:
            assert space.used == 0  # it says itself that it is too long
            head = put("b.png", 0).replace("Content-Length: 0", "Transfer-Encoding: chunked")
            async with stalled(server, head, b"%x\r\n" % 5_000_000 + b"b" * 3_400_000) as other:
                await until(lambda: space.used == 3_400_000)
                other.write(b"b" * 200_000)
                await until(lambda: space.used == 0)
            writer.write(b"a" * 1_000_000)
            await writer.drain()
            assert space.used == 0


FILE = f"/v1/users/{ACCOUNT}/media/a.png"
LARGE = 40_000_000
"""Of a file, in bytes: more than the two sockets hold that nobody reads."""


async def test_a_deleted_file_counts_until_nobody_reads_it():
    async with platform("2018-01") as server:
        space = server.account.media.space
        await server.request("PUT", FILE, data=BytesIO(b"a" * LARGE), headers=PNG)
        stored = space.used
        async with stalled(server, f"GET {FILE} HTTP/1.1\nHost: x\n\n"):
            await until(lambda: any(entry.method == "GET" for entry in server.account.records.requests))
            assert (await server.request("DELETE", FILE)).status == 200
            assert (await server.request("GET", FILE)).status == 404
            assert space.used == stored
        await until(lambda: space.used == 0)


def buffered(server: Platform) -> int:
    """Return how many bytes wait here for clients to read them."""
    connections = server.double._runner.server.connections
    return sum(connection.transport.get_write_buffer_size() for connection in connections if connection.transport)


async def test_a_download_that_is_not_read_holds_no_copy_of_the_file():
    """150 of them once took 268 MB."""
    async with platform("2018-01") as server:
        await server.request("PUT", FILE, data=BytesIO(b"a" * LARGE), headers=PNG)
        async with AsyncExitStack() as stack:
            for _ in range(6):
                await stack.enter_async_context(stalled(server, f"GET {FILE} HTTP/1.1\nHost: x\n\n"))
            await until(lambda: sum(entry.method == "GET" for entry in server.account.records.requests) == 6)
            unsent = 0
            for _ in range(500):
                unsent = max(unsent, buffered(server))
                await asyncio.sleep(0)
            assert 0 < unsent < 6 * 300_000


def test_neither_storing_nor_listing_looks_at_every_file():
    """Each PUT once walked all files, and each page of a list sorted them."""
    store = MediaStore(Space(10**9))
    looked = 0

    class File(MediaFile):
        def __getattribute__(self, name: str) -> object:
            nonlocal looked
            looked += 1
            return super().__getattribute__(name)

    for number in range(2_000):
        store.put(f"{number:05d}", File(b"", "image/png", number), 10_000)
    looked = 0
    store.put("new", MediaFile(b"", "image/png", 2_000), 10_000)
    page, more = store.page("01000", 5, 2_000, 10_000)
    assert ([name for name, _ in page], more) == (["01001", "01002", "01003", "01004", "01005"], True)
    assert looked < 10
    store.get("new", 10_005, 10_000)
    assert [name for name, _ in store.page("", 1, 10_005, 10_000)[0]] == ["00006"]
