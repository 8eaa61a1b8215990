"""A server with a data folder whose disk fails: clients, probes and whoever stops it get errors, and nothing hangs."""

from __future__ import annotations

import asyncio
import re
import shutil
import signal
from contextlib import suppress
from dataclasses import replace

import pytest
from aiohttp import ClientSession, web

from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.errors import AccountEndedError, LostEntriesError
from mockbw.server.mock_bandwidth import MockBandwidth
from mockbw.supervision import Health, start_task
from tests.journal.faults import break_disk
from tests.process import ServeProcess
from tests.support import APPLICATION, RECIPIENT, SENDER

BODY = {"from": SENDER, "to": RECIPIENT, "text": "Your table is ready", "applicationId": APPLICATION}


@pytest.fixture
def kept(tmp_path, endpoint):
    return Settings(port=0, data=tmp_path / "data", callback_url=endpoint.url, clock=ClockMode.MANUAL)


@pytest.fixture
async def client():
    async with ClientSession() as session, asyncio.timeout(30):
        yield session


async def post(client, double) -> tuple[int, dict]:
    async with client.post(f"{double.base_url}/users/1/messages", json=BODY) as response:
        return response.status, await response.json()


async def ready(client, url) -> tuple[int, str]:
    async with client.get(f"{url}/_mockbw/readyz") as response:
        return response.status, (await response.json()).get("error", "")


@pytest.mark.parametrize("sender", ["lean", "aiohttp"])
@pytest.mark.parametrize("redirects", ["fail", "follow", "accept"])
async def test_what_an_endpoint_answers_is_kept_whichever_sender_carries_the_callback(
    tmp_path, endpoint, client, sender, redirects
):
    """The headers of aiohttp's client are of a type of its own, which the journal could not write."""

    async def react(*_):
        return web.Response(headers={"X-Answered-By": "us"})

    endpoint.react = react
    account = AccountSettings(redirects=redirects)
    settings = Settings(port=0, data=tmp_path, callback_url=endpoint.url, clock=ClockMode.MANUAL, sender=sender, account=account)
    async with MockBandwidth(settings) as double:
        for _ in range(5):
            assert (await post(client, double))[0] == 202
            await double.account("1").settle()
        before = dict(double.account("1").records.callbacks)
    async with MockBandwidth(settings) as double:
        assert double.account("1").records.callbacks == before
        assert all(("X-Answered-By", "us") in record.attempts[0].outcome.headers for record in before.values())
    assert len(endpoint.bodies) == 10


@pytest.mark.parametrize("error", [TypeError("not JSON"), MemoryError(), SystemExit(1), OSError(28, "No space left on device")])
async def test_whatever_breaks_the_journal_clients_probes_and_metrics_see_it(kept, client, error):
    double = MockBandwidth(kept)
    await double.start()
    break_disk(double._store).always = error
    status, body = await post(client, double)
    assert (status, body["error"]) == (500, "Internal Server Error")
    status, why = await ready(client, double.url)
    assert status == 503
    assert why.startswith(f"the journal {kept.data}/journal.sqlite3 cannot be written: ")
    async with client.get(f"{double.url}/_mockbw/metrics") as response:
        metrics = await response.text()
    assert 'mockbw_failures_total{part="journal"} 1\n' in metrics
    assert 'mockbw_failing{part="journal"} 1\n' in metrics
    assert (await post(client, double))[0] == 500
    with pytest.raises(LostEntriesError, match=r"Lost: [0-9]+ entries, from entry 1 on"):
        await double.stop()


async def test_a_data_folder_that_is_removed_while_the_server_runs_is_noticed_without_a_request(kept, client, monkeypatch):
    monkeypatch.setattr("mockbw.journal.writer.IDLE", 0.01)
    double = MockBandwidth(kept)
    await double.start()
    assert (await post(client, double))[0] == 202
    shutil.rmtree(kept.data)
    while (await ready(client, double.url))[0] == 200:  # noqa: ASYNC110 - a probe has nothing to wait on
        await asyncio.sleep(0.01)
    _, why = await ready(client, double.url)
    assert f"{kept.data}/journal.sqlite3 was removed while the server was using it" in why
    assert (await post(client, double))[0] == 500
    with pytest.raises(LostEntriesError, match="was removed while the server was using it"):
        await double.stop()


async def test_a_data_folder_that_was_removed_right_before_a_stop_is_noticed(kept, client):
    double = MockBandwidth(kept)
    await double.start()
    assert (await post(client, double))[0] == 202
    shutil.rmtree(kept.data)
    with pytest.raises(LostEntriesError, match="was removed while the server was using it"):
        await double.stop()


async def test_sigterm_on_a_full_disk_says_what_is_lost_and_exits_with_1(tmp_path, endpoint, client):
    data = tmp_path / "data"
    server = ServeProcess("--data", str(data), "--callback-url", endpoint.url, "--log", "json", largest=300_000)
    await server.start()
    accepted = 0
    while (await _posted(client, server)) == 202:
        accepted += 1
    assert accepted > 10
    status, why = await ready(client, server.url)
    assert status == 503
    assert "cannot be written" in why
    assert await server.kill(signal.SIGTERM) == 1
    assert "cannot be written" in server.errors
    assert re.search("Lost: [0-9]+ entries, from entry [0-9]+ on", server.errors)
    async with MockBandwidth(Settings(port=0, data=data, clock=ClockMode.MANUAL)) as double:
        assert len(double.account("1").records.messages) >= accepted


async def _posted(client, server) -> int:
    async with client.post(f"{server.url}/api/v2/users/1/messages", json=BODY) as response:
        await response.read()
        return response.status


async def test_a_server_that_stops_well_exits_with_0(tmp_path, client):
    server = ServeProcess("--data", str(tmp_path / "data"))
    await server.start()
    assert await _posted(client, server) == 202
    assert await server.kill(signal.SIGTERM) == 0
    assert server.errors == ""


def broken(*_: object, **__: object) -> None:
    raise KeyError("a bug")


@pytest.mark.parametrize(
    ("where", "mode"),
    [
        ("timeline_player.TimelinePlayer.step_due", ClockMode.AUTO),
        ("timeline_player.TimelinePlayer.step_due", ClockMode.SCALED),
        ("account.Account.attempt_finished", ClockMode.AUTO),
    ],
)
async def test_an_exception_where_nobody_called_ends_the_account_and_everybody_is_told(kept, client, monkeypatch, where, mode):
    """Time would stand in the account for ever, while the server says that it is ready."""
    kept = replace(kept, clock=mode)
    async with MockBandwidth(kept) as double:
        account = double.account("1")
        waiting = asyncio.ensure_future(account.changed())
        with monkeypatch.context() as patched:
            patched.setattr(f"mockbw.core.{where}", broken)
            assert (await post(client, double))[0] == 202
            with suppress(AccountEndedError):
                await waiting
            while double.health.failure is None:
                with suppress(AccountEndedError):
                    await account.changed()
        because = "account 1 has ended: it has failed, which is a bug in mockbw: KeyError: 'a bug'"
        assert await ready(client, double.url) == (503, because)
        with pytest.raises(AccountEndedError, match="it has failed"):
            await account.changed()
        with pytest.raises(AccountEndedError, match="it has failed"):
            await account.settle()
        status, body = await post(client, double)
        assert (status, body["error"]) == (500, "Internal Server Error")
        async with client.post(f"{double.base_url}/users/2/messages", json=BODY) as response:
            assert response.status == 202
        async with client.delete(f"{double.url}/_mockbw/accounts/1") as response:
            assert response.status == 204
        assert await ready(client, double.url) == (200, "")
        assert (await post(client, double))[0] == 202


async def test_an_account_that_failed_goes_on_after_a_restart(kept, client, endpoint, monkeypatch):
    async with MockBandwidth(kept) as double:
        with monkeypatch.context() as patched:
            patched.setattr("mockbw.core.account.Account.attempt_finished", broken)
            assert (await post(client, double))[0] == 202
            with pytest.raises(AccountEndedError):
                await double.account("1").settle()
    async with MockBandwidth(kept) as double:
        await double.account("1").settle()
        assert double.account("1").records.pending == 0
    assert {"message-sent", "message-delivered"} <= set(endpoint.types)


async def test_a_task_that_an_exception_ends_is_a_failure_and_one_that_is_cancelled_is_none():
    health = Health()

    async def works() -> None:
        raise ValueError("no such file")

    async def waits() -> None:
        await asyncio.Event().wait()

    failing, waiting = start_task("reload", works(), health), start_task("log", waits(), health)
    await asyncio.wait([failing])
    waiting.cancel()
    await asyncio.wait([waiting])
    await asyncio.sleep(0)
    assert health.failures == {"reload": "the reload has stopped, which is a bug in mockbw: ValueError: no such file"}
    assert health.counts == {"reload": 1}
    assert health.recovered("reload")
    assert not health.recovered("reload")
    assert health.failure is None


async def test_when_an_account_cannot_be_closed_the_journal_is_kept_all_the_same(kept, client, monkeypatch):
    double = MockBandwidth(kept)
    await double.start()
    assert (await post(client, double))[0] == 202
    monkeypatch.setattr("mockbw.engine.runner.AccountRunner.close", broken)
    with pytest.raises(KeyError):
        await double.stop()
    monkeypatch.undo()
    async with MockBandwidth(kept) as double:
        assert len(double.account("1").records.messages) == 1
