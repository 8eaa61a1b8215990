"""The lean sender over real sockets, against peers that keep, bend and break HTTP."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pytest
import trustme

from mockbw.core.callbacks import CALLBACK_HEADERS, SendAttempt
from mockbw.core.model import Credentials, CredentialsMode, Fault
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.delivery.lean_sender import LeanSender
from mockbw.delivery.outcomes import Sender

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG_HEAD = "the answer is longer than 262144 bytes, and its head has not ended"
BODY = b'[{"type":"message-sent"}]'


@dataclass
class Turn:
    """What a peer does about one request: it writes, and then ``keep``s the connection, ``close``s, ``reset``s or ``hang``s."""

    answer: bytes = b""
    then: str = "keep"


@dataclass
class Peer:
    """A server that takes its turns in order, over whatever connections come; after the last it answers 200."""

    turns: list[Turn] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        self.news = asyncio.Condition()
        self.ended = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self.tls)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def closed(self, count: int) -> None:
        """Return when so many connections have ended."""
        async with self.news:
            await self.news.wait_for(lambda: self.ended >= count)

    async def asked(self) -> None:
        """Return when there is a request."""
        async with self.news:
            await self.news.wait_for(lambda: self.requests)

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    @property
    def url(self) -> str:
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.port}/callbacks"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            await self._talk(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            self.ended += 1
            await self._tell()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            self.requests.append(head + await reader.readexactly(length))
            await self._tell()
            turn = self.turns.pop(0) if self.turns else Turn(OK)
            writer.write(turn.answer)
            if turn.then == "reset":
                writer.transport.abort()
            if turn.then in ("close", "reset"):
                return
            if turn.then == "hang":
                await reader.read()
                return


def attempt(url: str, **rest: object) -> SendAttempt:
    return SendAttempt(
        **{"callback": "cb-1", "due": 0, "url": url, "body": BODY, "headers": CALLBACK_HEADERS, "timeout": 5000, **rest}
    )


@pytest.fixture
async def sender() -> AsyncIterator[LeanSender]:
    lean = LeanSender()
    yield lean
    await lean.close()


async def outcome_of(sender: Sender, *turns: Turn, **rest: object) -> tuple[int | Fault | None, str]:
    """Return the status or fault of one attempt, and the body or detail."""
    async with Peer(list(turns)) as peer:
        outcome = await sender.send(attempt(peer.url, **rest))
        return outcome.status or outcome.fault, outcome.body or outcome.detail


async def test_the_request_is_what_the_platform_sends(sender):
    async with Peer() as peer:
        outcome = await sender.send(attempt(f"http://127.0.0.1:{peer.port}/a%20b?c=d#e"))
    assert (outcome.status, outcome.body, outcome.headers) == (200, "ok", (("Content-Length", "2"),))
    assert peer.requests == [
        b"POST /a%20b?c=d HTTP/1.1\r\n"
        b"Host: 127.0.0.1:" + str(peer.port).encode() + b"\r\n"
        b"Content-Type: application/json; charset=utf-8\r\n"
        b"User-Agent: BandwidthAPI/v2\r\n"
        b"Content-Length: 25\r\n\r\n" + BODY
    ]


async def test_one_connection_serves_request_after_request(sender):
    async with Peer() as peer:
        for _ in range(3):
            assert (await sender.send(attempt(peer.url))).status == 200
    assert (peer.connections, len(peer.requests)) == (1, 3)


async def test_requests_at_the_same_time_have_connections_of_their_own(sender):
    async with Peer() as peer:
        await asyncio.gather(*(sender.send(attempt(peer.url)) for _ in range(5)))
    assert (peer.connections, len(peer.requests)) == (5, 5)


async def test_connections_go_from_hand_to_hand_under_load(sender):
    async def work(url: str) -> set[int | None]:
        return {(await sender.send(attempt(url))).status for _ in range(50)}

    async with Peer() as peer:
        assert await asyncio.gather(*(work(peer.url) for _ in range(8))) == [{200}] * 8
    assert (peer.connections, len(peer.requests)) == (8, 400)


@pytest.mark.parametrize(
    ("answer", "then", "expected"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", "keep", (204, "")),
        (CHUNKED + b"2\r\nab\r\n1;x=y\r\nc\r\n0\r\nTrailer: t\r\n\r\n", "keep", (200, "abc")),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", "close", (200, "until the end")),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nold", "close", (200, "old")),
        (b"HTTP/1.0 503 Down\r\n\r\nold and down", "close", (503, "old and down")),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + OK, "keep", (200, "ok")),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "keep", (101, "")),
        (b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n", "keep", (302, "")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nbroken off", "close", (200, "broken off")),
        (CHUNKED + b"zz\r\n", "keep", (200, "")),
        (b"HTTP/1.1 500 \r\nContent-Length: 0\r\n\r\n", "keep", (500, "")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("pieces", [False, True])
async def test_an_answer_counts_by_its_status_whatever_its_form(sender, answer, then, expected, pieces):
    async with Peer([Turn(b"" if pieces else answer, "hang" if pieces else then)]) as peer:
        if not pieces:
            outcome = await sender.send(attempt(peer.url))
        else:
            outcome = await in_pieces(sender, answer, then)
    assert (outcome.status, outcome.body) == expected


async def in_pieces(sender, answer, then):
    """Let a peer write its answer byte by byte."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(BODY))
        for index in range(len(answer)):
            writer.write(answer[index : index + 1])
            await writer.drain()
            await asyncio.sleep(0)
        if then == "close":
            writer.close()
        else:
            await reader.read()
            writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        outcome = await sender.send(attempt(f"http://127.0.0.1:{port}/"))
        await sender.close()
        return outcome


@pytest.mark.parametrize(
    ("answer", "then", "fault", "detail"),
    [
        (b"", "close", Fault.RESET, "the endpoint closed the connection without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-", "close", Fault.RESET, "the connection broke in the middle of the answer's head"),
        (b"220 smtp.example.com ESMTP\r\n", "keep", Fault.PROTOCOL, "the answer is not valid HTTP: "),
        (b"HTTP/1.1 two OK\r\n\r\n", "keep", Fault.PROTOCOL, "the answer is not valid HTTP: "),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 44_000, "hang", Fault.PROTOCOL, LONG_HEAD),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 270_000, "hang", Fault.PROTOCOL, LONG_HEAD),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 11_000, "hang", Fault.PROTOCOL, LONG_HEAD),
    ],
)  # fmt: skip
async def test_what_is_no_answer_says_why(sender, answer, then, fault, detail):
    status, text = await outcome_of(sender, Turn(answer, then))
    assert (status, text[: len(detail)]) == (fault, detail)


async def test_a_reset_without_an_answer_is_a_reset(sender):
    status, text = await outcome_of(sender, Turn(then="reset"))
    assert status is Fault.RESET
    assert "connection" in text


async def test_an_endpoint_that_says_nothing_times_out(sender):
    assert await outcome_of(sender, Turn(then="hang"), timeout=30) == (Fault.TIMEOUT, "no answer within 0.03 s")


async def test_an_endpoint_that_stops_in_its_head_times_out(sender):
    assert await outcome_of(sender, Turn(b"HTTP/1.1 200 OK\r\n", "hang"), timeout=30) == (
        Fault.TIMEOUT,
        "no answer within 0.03 s",
    )


async def test_an_endpoint_that_stops_in_its_body_has_answered(sender):
    assert await outcome_of(sender, Turn(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "hang"), timeout=30) == (
        200,
        "half",
    )


async def test_a_shorter_timeout_counts_on_a_connection_that_had_a_longer_one(sender):
    async with Peer([Turn(OK), Turn(then="hang")]) as peer:
        assert (await sender.send(attempt(peer.url, timeout=60_000))).status == 200
        assert (await sender.send(attempt(peer.url, timeout=30))).fault is Fault.TIMEOUT
    assert peer.connections == 1


async def test_a_timed_out_connection_is_not_used_again(sender):
    async with Peer([Turn(then="hang")]) as peer:
        assert (await sender.send(attempt(peer.url, timeout=30))).fault is Fault.TIMEOUT
        assert (await sender.send(attempt(peer.url))).status == 200
    assert peer.connections == 2


@pytest.fixture
def rested(monkeypatch):
    """Every connection counts as one that rested long."""
    monkeypatch.setattr("mockbw.delivery.lean_sender.KEEP_ALIVE", -1)


async def test_a_peer_that_hangs_up_on_a_request_right_after_an_answer_has_failed_the_attempt(sender):
    async with Peer([Turn(OK), Turn(then="close"), Turn(OK)]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        assert (await sender.send(attempt(peer.url))).fault is Fault.RESET
        assert (await sender.send(attempt(peer.url))).status == 200
    assert len(peer.requests) == 3


async def test_a_peer_that_closes_a_rested_connection_as_the_next_request_comes_gets_it_once_more(sender, rested):
    async with Peer([Turn(OK), Turn(then="close"), Turn(OK)]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        assert (await sender.send(attempt(peer.url))).status == 200
    assert (peer.connections, len(peer.requests)) == (2, 3)


async def test_it_is_sent_once_more_only_once(sender, rested):
    async with Peer([Turn(OK), Turn(then="close"), Turn(then="close"), Turn(OK)]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        assert (await sender.send(attempt(peer.url))).fault is Fault.RESET
    assert len(peer.requests) == 3


async def test_it_is_not_sent_once_more_when_a_byte_of_the_answer_came(sender, rested):
    async with Peer([Turn(OK), Turn(b"H", "close"), Turn(OK)]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        assert (await sender.send(attempt(peer.url))).fault is Fault.RESET
    assert len(peer.requests) == 2


async def test_a_connection_that_the_peer_closed_while_it_rested_is_not_asked(sender):
    async with Peer([Turn(OK, "close")]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        await peer.closed(1)
        assert (await sender.send(attempt(peer.url))).status == 200
    assert (peer.connections, len(peer.requests)) == (2, 2)


async def test_connection_close_is_heeded(sender):
    async with Peer([Turn(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]) as peer:
        await sender.send(attempt(peer.url))
        await peer.closed(1)
        await sender.send(attempt(peer.url))
    assert peer.connections == 2


async def test_an_answer_nobody_asked_for_is_not_taken_for_the_next(sender):
    async with Peer([Turn(OK + b"HTTP/1.1 500 Not Asked\r\nContent-Length: 0\r\n\r\n")]) as peer:
        assert (await sender.send(attempt(peer.url))).status == 200
        await peer.closed(1)
        assert (await sender.send(attempt(peer.url))).status == 200
    assert peer.connections == 2


async def test_no_more_than_4096_bytes_of_a_body_are_kept(sender):
    async with Peer([Turn(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000)]) as peer:
        outcome = await sender.send(attempt(peer.url))
        assert (outcome.status, outcome.body) == (200, "x" * 4096)
        await sender.send(attempt(peer.url))
    assert peer.connections == 1


async def test_an_endless_body_costs_the_connection_and_no_more(sender):
    async with Peer([Turn(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2_000_000, "hang")]) as peer:
        outcome = await sender.send(attempt(peer.url))
        assert (outcome.status, outcome.body) == (200, "x" * 4096)
        await peer.closed(1)


async def test_text_that_is_no_text_is_shown_as_well_as_it_can_be(sender):
    async with Peer([Turn(b"HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 2\r\n\r\n\xff!")]) as peer:
        outcome = await sender.send(attempt(peer.url))
    assert (outcome.headers, outcome.body) == ((("X-Name", "caf\ufffd"), ("Content-Length", "2")), "\ufffd!")


async def test_credentials_follow_on_a_challenge(sender):
    challenge = b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm="x"\r\nContent-Length: 0\r\n\r\n'
    async with Peer([Turn(challenge)]) as peer:
        outcome = await sender.send(attempt(peer.url, credentials=Credentials("user", "secret")))
    assert (outcome.status, outcome.challenged) == (200, True)
    assert [b"Authorization: Basic dXNlcjpzZWNyZXQ=" in request for request in peer.requests] == [False, True]


async def test_credentials_go_up_front_where_that_is_wanted(sender):
    async with Peer() as peer:
        await sender.send(attempt(peer.url, credentials=Credentials("user", "secret"), credentials_mode=CredentialsMode.UPFRONT))
    assert [b"Authorization: Basic dXNlcjpzZWNyZXQ=" in request for request in peer.requests] == [True]


async def test_user_and_password_of_a_url_are_its_credentials(sender):
    async with Peer() as peer:
        await sender.send(attempt(f"http://user:secret@127.0.0.1:{peer.port}/"))
    assert b"\r\nAuthorization: Basic dXNlcjpzZWNyZXQ=\r\n" in peer.requests[0]


async def test_redirects_are_followed_where_that_is_wanted(sender):
    there = b"HTTP/1.1 307 Moved\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n"
    async with Peer([Turn(there)]) as peer:
        outcome = await sender.send(attempt(peer.url, redirects="follow"))
    assert outcome.status == 200
    assert [request.split(b" ")[1] for request in peer.requests] == [b"/callbacks", b"/there"]


async def test_a_redirect_is_accepted_where_that_is_wanted(sender):
    async with Peer([Turn(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n")]) as peer:
        assert (await sender.send(attempt(peer.url, redirects="accept"))).delivered is True


@pytest.mark.parametrize(
    ("url", "fault", "detail"),
    [
        ("http://127.0.0.1:1/", Fault.REFUSED, "nothing listens at 127.0.0.1:1"),
        ("http://nobody.invalid/", Fault.DNS, "host nobody.invalid is not known"),
        ("ftp://127.0.0.1/", Fault.PROTOCOL, "'ftp://127.0.0.1/' is not a URL that can be called"),
        ("nonsense", Fault.PROTOCOL, "'nonsense' is not a URL that can be called"),
        ("http://127.0.0.1:99999/", Fault.PROTOCOL, "'http://127.0.0.1:99999/' is not a URL that can be called"),
        ("http:///path", Fault.PROTOCOL, "'http:///path' is not a URL that can be called"),
    ],
)
async def test_a_url_that_leads_nowhere_says_so(sender, url, fault, detail):
    outcome = await sender.send(attempt(url))
    assert (outcome.fault, outcome.detail) == (fault, detail)


async def test_a_header_cannot_break_out_of_its_line(sender):
    outcome = await sender.send(attempt("http://127.0.0.1:1/", headers=(("X-Name", "a\r\nContent-Length: 0"),)))
    assert (outcome.fault, outcome.detail) == (Fault.PROTOCOL, "header 'X-Name' has a character that is not allowed in a header")


async def test_headers_that_frame_the_body_are_the_senders_own(sender):
    async with Peer() as peer:
        headers = (("content-length", "3"), ("Transfer-Encoding", "chunked"), ("Host", "elsewhere"))
        await sender.send(attempt(peer.url, headers=headers))
    assert peer.requests == [b"POST /callbacks HTTP/1.1\r\nHost: elsewhere\r\nContent-Length: 25\r\n\r\n" + BODY]


@pytest.mark.parametrize("kind", [LeanSender, HttpSender])
async def test_a_host_that_is_not_allowed_is_not_called(kind):
    sender = kind(AllowedHosts(["app.test"]))
    async with Peer() as peer:
        outcome = await sender.send(attempt(peer.url))
    await sender.close()
    assert (outcome.fault, outcome.detail) == (Fault.FORBIDDEN, "callbacks to 127.0.0.1 are not allowed: see callback-hosts")
    assert peer.requests == []


async def test_a_cancelled_attempt_costs_its_connection(sender):
    async with Peer([Turn(then="hang")]) as peer:
        task = asyncio.ensure_future(sender.send(attempt(peer.url)))
        await peer.asked()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await peer.closed(1)


async def test_closing_gives_every_connection_back(sender):
    async with Peer() as peer:
        await asyncio.gather(*(sender.send(attempt(peer.url)) for _ in range(3)))
        await sender.close()
        await peer.closed(3)


def server_side(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    made = trustme.CA()
    made.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return made


async def test_tls_with_a_certificate_that_is_trusted(sender, authority):
    async with Peer(tls=server_side(authority, "127.0.0.1")) as peer:
        for _ in range(2):
            assert (await sender.send(attempt(peer.url))).status == 200
    assert (peer.connections, len(peer.requests)) == (1, 2)


@pytest.mark.parametrize("names", [["elsewhere.test"]])
async def test_tls_with_a_certificate_for_another_host(sender, authority, names: Iterable[str]):
    async with Peer(tls=server_side(authority, *names)) as peer:
        outcome = await sender.send(attempt(peer.url))
    assert outcome.fault is Fault.TLS
    assert "certificate" in outcome.detail.lower()


async def test_tls_with_a_certificate_of_nobody_known(sender):
    async with Peer(tls=server_side(trustme.CA(), "127.0.0.1")) as peer:
        outcome = await sender.send(attempt(peer.url))
    assert outcome.fault is Fault.TLS
    assert "certificate" in outcome.detail.lower()


async def test_tls_to_one_who_speaks_none(sender):
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        outcome = await sender.send(attempt(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"))
    assert outcome.fault is Fault.TLS


async def test_tls_that_is_closed_without_an_answer(sender, authority):
    async with Peer([Turn(then="close")], tls=server_side(authority, "127.0.0.1")) as peer:
        assert (await sender.send(attempt(peer.url))).fault is Fault.RESET


async def test_a_connection_that_serves_another_request_at_once_does_not_forget_it(sender, endpoint):
    """Two answers that come at the same time: the connection of the one may be taken before its own request is told."""

    async def again_and_again():
        return [(await sender.send(attempt(endpoint.url))).status for _ in range(100)]

    async with asyncio.timeout(20):
        statuses = await asyncio.gather(*(again_and_again() for _ in range(4)))
    assert {status for each in statuses for status in each} == {200}
