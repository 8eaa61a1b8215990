"""What endpoints may answer, with every sender: whatever it is, and however much, it ends, and little of it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import msgspec
import pytest

from mockbw.check.wire_sender import Wire, WireSender
from mockbw.core.callbacks import CALLBACK_HEADERS, SendAttempt
from mockbw.core.entries import AttemptFinished
from mockbw.core.model import Credentials, Fault, Outcome
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.lean_sender import LeanSender
from mockbw.delivery.outcomes import ANSWER_LIMIT, KEPT_BODY, KEPT_HEADERS
from mockbw.journal.codec import encode

WRITTEN = 64_000_000
"""How much an endpoint writes that is never cut."""

IN_BETWEEN = 16_000_000
"""How much the two sockets may hold that nobody has read."""

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass
class Torrent:
    """An endpoint that writes ``start`` and then ``piece`` without end, and knows how much of it has left."""

    start: bytes
    piece: bytes
    written: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        block = self.piece * (65_536 // len(self.piece) + 1)
        writer.write(self.start)
        try:
            while self.written < WRITTEN:
                writer.write(block)
                self.written += len(block)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()
            self.ended.set()


@asynccontextmanager
async def torrent(start: bytes, piece: bytes) -> AsyncIterator[Torrent]:
    peer = Torrent(start, piece)
    async with await asyncio.start_server(peer.serve, "127.0.0.1", 0) as server:
        peer.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callbacks"
        yield peer


@asynccontextmanager
async def answering(answer: bytes) -> AsyncIterator[str]:
    """Run an endpoint that gives every request the same answer, and hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await reader.readexactly(sum(length))
        writer.write(answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


def attempt(url: str, **rest: object) -> SendAttempt:
    return SendAttempt(
        **{"callback": "cb-1", "due": 0, "url": url, "body": b"[{}]", "headers": CALLBACK_HEADERS, "timeout": 60_000, **rest}
    )


@dataclass
class Kind:
    """A sender, and what makes an attempt use it."""

    make: object
    rest: dict[str, str] = field(default_factory=dict)


SENDERS = {
    "lean": Kind(LeanSender),
    "aiohttp": Kind(HttpSender),
    "following redirects": Kind(LeanSender, {"redirects": "follow"}),
    "check, one connection each": Kind(lambda: WireSender(Wire.FRESH)),
    "check, in pieces": Kind(lambda: WireSender(Wire.SPLIT)),
}


@pytest.fixture(params=SENDERS)
def kind(request: pytest.FixtureRequest) -> Kind:
    return SENDERS[request.param]


async def sent(kind: Kind, url: str, **rest: object) -> Outcome:
    sender = kind.make()
    try:
        return await sender.send(attempt(url, **kind.rest, **rest))
    finally:
        await sender.close()


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("start", "piece", "ends"),
    [
        (CHUNKED + b"2\r\nok\r\n0\r\n", b"X-Trailer: " + b"t" * 100 + b"\r\n", 200),
        (CHUNKED, b"1;" + b"e" * 200 + b"\r\nx\r\n", 200),
        (CHUNKED + b"1;", b"e", 200),
        (OK + b"\r\n", b"x" * 1000, 200),
        (OK, b"X-Header: " + b"h" * 100 + b"\r\n", Fault.PROTOCOL),
        (OK, b"X: y\r\n", Fault.PROTOCOL),
        (OK + b"X-Header: ", b"h", Fault.PROTOCOL),
        (b"HTTP/1.1 200 ", b"OK", Fault.PROTOCOL),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", Fault.PROTOCOL),
    ],
    ids=["trailers", "small chunks", "chunk extension", "body", "headers", "small headers", "one header", "reason", "hints"],
)
async def test_an_answer_without_end_is_cut(kind, start, piece, ends):
    async with torrent(start, piece) as peer:
        outcome = await sent(kind, peer.url)
        await peer.ended.wait()
    # aiohttp's parser refuses many trailers before it has told the status that came in the same bytes.
    refused = b"Trailer" in piece and kind is not SENDERS["lean"]
    assert (outcome.status or outcome.fault) == (Fault.PROTOCOL if refused else ends)
    assert peer.written < IN_BETWEEN


async def test_what_comes_unasked_on_a_resting_connection_ends_it():
    """aiohttp would keep whole answers that nobody has asked for, for as long as the connection rests."""
    answer = OK + b"Content-Length: 2\r\n\r\nok"
    sender = HttpSender()
    async with torrent(answer, answer) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        await peer.ended.wait()
    await sender.close()
    assert peer.written < IN_BETWEEN


def test_the_bound_is_the_same_for_all_and_said():
    assert (ANSWER_LIMIT, KEPT_BODY, KEPT_HEADERS) == (262_144, 4_096, 4_096)


async def test_of_many_headers_some_are_kept_and_among_them_what_outcomes_are_judged_by(kind):
    many = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 500) for number in range(60))
    answer = b"HTTP/1.1 503 Down\r\n" + many + b"Retry-After: 5\r\nContent-Length: 4\r\n\r\ndown"
    async with answering(answer) as host:
        outcome = await sent(kind, f"http://{host}/")
    assert (outcome.status, outcome.body) == (503, "down")
    first, *others, last = outcome.headers
    assert (first, last) == (("Connection", "close"), ("Retry-After", "5"))
    assert [name for name, _ in others] == [f"X-{number}" for number in range(len(others))]
    assert 3_500 < sum(len(name) + len(value) for name, value in outcome.headers) <= KEPT_HEADERS


async def test_a_challenge_behind_many_headers_is_heeded(kind):
    many = b"".join(b"X-%d: %s\r\n" % (number, b"v" * 500) for number in range(60))
    answer = b"HTTP/1.1 401 No\r\n" + many + b'WWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
    async with answering(answer) as host:
        outcome = await sent(kind, f"http://{host}/", credentials=Credentials("user", "password"))
    assert (outcome.status, outcome.challenged) == (401, True)


@pytest.mark.parametrize(
    "header",
    [b"X-Name: caf\xe9", b"X-Name: \xed\xa0\x80", b"X-Name: \xff\xfe", b"ETag: plain"],
    ids=["latin", "half", "none", "plain"],
)
async def test_whatever_bytes_a_header_has_it_is_kept_as_plain_text(kind, header):
    """Text of a library's own type, or with halves of characters, once ended the journal (``istr``)."""
    async with answering(OK + header + b"\r\nContent-Length: 0\r\n\r\n") as host:
        outcome = await sent(kind, f"http://{host}/")
    assert outcome.status == 200
    assert {type(text) for pair in outcome.headers for text in pair} == {str}
    entry = AttemptFinished(0, "cb-1", 1, outcome)
    assert msgspec.json.decode(msgspec.json.encode(entry), type=AttemptFinished) == entry
    assert encode(entry)[0] == "AttemptFinished"


async def test_a_packed_body_is_not_unpacked(kind):
    """A kilobyte of gzip can be a megabyte of zeros."""
    async with answering(OK + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz") as host:
        outcome = await sent(kind, f"http://{host}/")
    assert (outcome.status, outcome.body) == (200, "zzzz")
