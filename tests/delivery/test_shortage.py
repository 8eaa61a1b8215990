"""A machine that is short of descriptors or ports: attempts wait, and the endpoint is not blamed."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from mockbw.core.callbacks import CALLBACK_HEADERS, SendAttempt
from mockbw.core.model import Fault
from mockbw.core.settings import AccountSettings
from mockbw.delivery.aiohttp_sender import HttpSender
from mockbw.delivery.lean_sender import LeanSender
from mockbw.delivery.shortage import SHORTAGES, ShortageError, own_shortage, patiently
from mockbw.media.fetcher import MediaFaultError, MediaFetcher
from tests.server.serving import platform
from tests.support import Endpoint

SENDERS = pytest.mark.parametrize("kind", [LeanSender, HttpSender])


def attempt(url: str) -> SendAttempt:
    return SendAttempt("cb-1", 0, url, b"[{}]", CALLBACK_HEADERS, 5_000)


@contextmanager
def descriptors(count: int) -> Iterator[None]:
    """Leave this process so many file descriptors."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = sum(1 for _ in Path("/proc/self/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, used + count + 64), hard))
    held = []
    try:
        while True:
            try:
                held.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
        for _ in range(count):
            os.close(held.pop())
        yield
    finally:
        for each in held:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@asynccontextmanager
async def waiting() -> AsyncIterator[None]:
    """Return as soon as something waits for what is short."""
    before = SHORTAGES.counts.total()
    yield
    while SHORTAGES.counts.total() == before:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0)


@pytest.mark.parametrize("sender", ["lean", "aiohttp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_attempt_waits_for_a_descriptor_and_uses_no_retry(endpoint, sender, host, caplog):
    url = endpoint.url.replace("127.0.0.1", host)
    async with platform("2026", AccountSettings(callback_url=url), sender=sender) as server:
        assert (await server.request("GET", "media")).status == 200  # its connection is there from now on
        with descriptors(0):
            async with waiting():
                await server.post()
                advancing = asyncio.ensure_future(server.account.advance(3_000))
            assert endpoint.bodies == []
            text = (await server.request("GET", "/_mockbw/metrics")).body.decode()
            assert "mockbw_shortage_waiting 1\n" in text
        await advancing
        (callback, *_) = server.account.records.callbacks.values()
        assert [each.outcome.status for each in callback.attempts] == [200]
    assert [record.message for record in caplog.records if record.message.startswith("callbacks have")] == [
        "callbacks have to wait: this process has no file descriptors left: raise its limit (ulimit -n)"
    ]


@SENDERS
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_sender_without_descriptors_blames_nobody(kind, host, endpoint):
    sender = kind()
    with descriptors(0), pytest.raises(ShortageError, match="no file descriptors left"):
        await sender.send(attempt(endpoint.url.replace("127.0.0.1", host)))
    assert (await sender.send(attempt(endpoint.url))).status == 200
    await sender.close()


async def test_what_waits_too_long_is_interrupted_and_starts_again_without_using_a_retry(endpoint, monkeypatch):
    monkeypatch.setattr("mockbw.delivery.dispatcher.SHORTAGE_PATIENCE", 0.01)
    async with platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        assert (await server.request("GET", "media")).status == 200
        with descriptors(0):
            async with waiting():
                await server.post()
                advancing = asyncio.ensure_future(server.account.advance(3_000))
            (callback,) = server.account.records.callbacks.values()
            while not callback.attempts or callback.attempts[0].outcome is None:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
        await advancing
        *interrupted, last = [each.outcome for each in callback.attempts]
    assert {(outcome.fault, outcome.detail[:46]) for outcome in interrupted} == {
        (Fault.INTERRUPTED, "this process has no file descriptors left: rai")
    }
    assert (last.status, callback.scheduled) == (200, 1)


async def test_resting_connections_make_room_when_descriptors_run_out():
    sender = LeanSender()
    async with Endpoint() as one, Endpoint() as other:
        assert (await sender.send(attempt(one.url))).status == 200
        with descriptors(0):
            with pytest.raises(ShortageError) as caught:
                await sender.send(attempt(other.url))
            assert (await patiently(lambda: sender.send(attempt(other.url)), caught.value, 5)).status == 200
        await sender.close()


class ShortLoop(asyncio.SelectorEventLoop):
    """A loop that connects to nobody, for a reason."""

    error: BaseException

    async def create_connection(self, *_: object, **__: object) -> object:
        raise self.error

    async def sock_connect(self, *_: object) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("number", "short_of"),
    [
        (errno.EMFILE, "file descriptors"),
        (errno.ENFILE, "file descriptors"),
        (errno.ENOMEM, "memory"),
        (errno.ENOBUFS, "memory"),
        (errno.EADDRNOTAVAIL, "ports"),
    ],
)
@SENDERS
def test_whatever_the_machine_is_short_of_is_no_fault_of_the_endpoint(kind, number, short_of):
    async def main() -> None:
        sender = kind()
        ShortLoop.error = OSError(number, os.strerror(number))
        try:
            await sender.send(attempt("http://127.0.0.1:9/"))
        finally:
            await sender.close()

    with asyncio.Runner(loop_factory=ShortLoop) as runner, pytest.raises(ShortageError) as caught:
        runner.run(main())
    assert caught.value.short_of == short_of


@pytest.mark.parametrize(
    ("number", "fault"),
    [(errno.ECONNREFUSED, Fault.REFUSED), (errno.EHOSTUNREACH, Fault.REFUSED), (errno.ENETUNREACH, Fault.REFUSED)],
)
@SENDERS
def test_what_is_the_networks_or_the_endpoints_fails_the_attempt(kind, number, fault):
    async def main() -> Fault | None:
        sender = kind()
        ShortLoop.error = OSError(number, os.strerror(number))
        try:
            return (await sender.send(attempt("http://127.0.0.1:9/"))).fault
        finally:
            await sender.close()

    with asyncio.Runner(loop_factory=ShortLoop) as runner:
        assert runner.run(main()) is fault


async def test_an_address_of_a_family_that_is_off_is_no_shortage_of_ports():
    """Where IPv6 is off, connecting to ::1 fails with the error that a lack of ports has."""
    error = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    assert await own_shortage(error, "203.0.113.256", 80) is None
    assert (await own_shortage(error, "127.0.0.1", 80)).short_of == "ports"


async def test_a_lookup_and_certificates_fail_for_want_of_descriptors_without_saying_so():
    for error in (socket.gaierror(-3, "try again"), ssl.SSLError("unable to get local issuer certificate")):
        assert await own_shortage(error, "app.test", 80) is None
        with descriptors(0):
            assert (await own_shortage(error, "app.test", 80)).short_of == "file descriptors"


async def test_media_that_cannot_be_fetched_now_are_waited_for(endpoint):
    fetching = None
    with descriptors(0):
        async with waiting():
            fetching = asyncio.ensure_future(MediaFetcher().size(endpoint.url, 1_000))
    with pytest.raises(MediaFaultError) as caught:  # it was fetched, and is of no type
        await fetching
    assert str(caught.value) == "no type is not a type of media that can be sent"


async def test_connections_that_cannot_be_accepted_wait_and_the_log_says_so_once(endpoint, caplog):
    async with platform("2026", AccountSettings(callback_url=endpoint.url)) as server:
        with socket.socket() as client, descriptors(0):
            client.setblocking(False)
            await asyncio.get_running_loop().sock_connect(client, ("127.0.0.1", int(server.double.url.rsplit(":", 1)[1])))
            while not server.double.connections.cut["not-accepted"]:  # noqa: ASYNC110 - it has no event
                await asyncio.sleep(0)
        assert (await server.post()).status == 202
    assert [record.message for record in caplog.records] == [
        "connections cannot be accepted and have to wait: Too many open files"
    ]
