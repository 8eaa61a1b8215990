"""The server in a thread, for scripts without pytest."""

from __future__ import annotations

import asyncio
import threading

import pytest

import mockbw
from mockbw import AsyncMockAccount, MockAccount, ServerThread, Settings
from mockbw.errors import MockbwError, StartError
from tests.testing.support import Asgi, Wsgi, post


def threads():
    return [thread.name for thread in threading.enumerate() if thread.name == "mockbw"]


def test_a_script_has_an_account_and_leaves_nothing_behind():
    before = threads()
    app = Wsgi()
    with ServerThread() as server, MockAccount(server, callback_url="http://app.test/callbacks") as account:
        account.application = app
        post(account)
        account.settle()
        assert (account.account_id, account.clock, account.assert_delivered().status) == ("9900000", "manual", "delivered")
        assert threads() == [*before, "mockbw"]
    assert threads() == before
    assert app.types == ["message-sent", "message-delivered"]


def test_an_async_script_has_one_too():
    app = Asgi()

    async def script(server):
        async with AsyncMockAccount(server, "5551234", clock="auto") as account:
            account.application, account.callback_url = app, "/callbacks"
            await asyncio.to_thread(post, account)
            await account.settle()
            account.check()

    with ServerThread() as server:
        asyncio.run(script(server))
        assert [account.name for account in server.double.engine.accounts] == []
    assert app.types == ["message-sent", "message-delivered"]


def test_two_accounts_of_one_server_are_apart():
    with ServerThread() as server, MockAccount(server, "1") as one, MockAccount(server, "2") as other:
        post(one)
        one.advance("1h")
        assert other.messages == []
        assert other.now < one.now


def test_an_account_of_the_same_name_begins_anew():
    with ServerThread() as server, MockAccount(server, "1") as one:
        post(one)
        with MockAccount(server, "1") as again:
            assert again.messages == []


def test_a_port_in_use_is_said_and_no_thread_is_left():
    before = threads()
    with ServerThread() as server:
        port = int(server.double.url.rpartition(":")[2])
        with pytest.raises(StartError, match=rf"port {port} on 127\.0\.0\.1 is in use by another program"):
            ServerThread(Settings(port=port)).start()
    assert threads() == before


def test_check_raises_what_the_plugin_would_say():
    with ServerThread() as server, MockAccount(server) as account:
        post(account, text=None)
        with pytest.raises(AssertionError, match=r"^1 API request was refused:\n  POST .* → 400: 'text' is required"):
            account.check()


def test_public_names_are_there_and_others_are_not():
    assert all(getattr(mockbw, name) is not None for name in mockbw.__all__)
    with pytest.raises(AttributeError, match=r"^module 'mockbw' has no attribute 'MockBandwith'$"):
        _ = mockbw.MockBandwith


def test_whoever_waits_for_a_server_whose_thread_has_ended_gets_an_error() -> None:
    server = ServerThread()
    server.start()
    server.run(server.double.stop())
    server.loop.call_soon_threadsafe(server.loop.stop)
    server._thread.join()
    with pytest.raises(MockbwError, match="the server's thread has ended"):
        server.call(int)
    with pytest.raises(MockbwError, match="the server's thread has ended"):
        server.run(asyncio.sleep(0))
    server.loop.run_until_complete(asyncio.sleep(0))  # what was left for it
    server.loop.close()
