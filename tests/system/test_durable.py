"""A server with a data folder: what it keeps, how it goes on, and that SIGKILL loses nothing."""

from __future__ import annotations

import asyncio
import shutil
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import ClientError, ClientSession

from mockbw.config.settings import Settings
from mockbw.core.account import InboundDraft
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.errors import AccountEndedError, StartError
from mockbw.journal.mark import MarkFile
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.process import ServeProcess
from tests.support import APPLICATION, RECIPIENT, SENDER, Endpoint, draft

BODY = {"from": SENDER, "to": RECIPIENT, "text": "Your table is ready", "applicationId": APPLICATION}


def kept(tmp_path: Path, endpoint: Endpoint, **rest: object) -> Settings:
    return Settings(port=0, data=tmp_path, callback_url=endpoint.url, clock=ClockMode.MANUAL, **rest)  # type: ignore[arg-type]


async def post(double: MockBandwidth) -> str:
    async with ClientSession() as client, client.post(f"{double.base_url}/users/1/messages", json=BODY) as response:
        assert response.status == 202
        return str((await response.json())["id"])


async def test_after_a_restart_messages_are_there_and_pending_callbacks_go_on_where_they_stood(
    tmp_path: Path, endpoint: Endpoint
) -> None:
    endpoint.always = 500
    settings = kept(tmp_path, endpoint)
    async with MockBandwidth(settings) as double:
        message = await post(double)
        await double.account("1").advance(20_000)
        stood, due = double.account("1").now(), double.account("1").next_deadline()
    endpoint.always = 200
    async with MockBandwidth(settings) as double:
        account = double.account("1")
        assert (account.now(), account.next_deadline()) == (stood, due)
        await account.settle()
        assert account.records.messages[message].message.text == "Your table is ready"
        assert account.records.pending == 0
    assert endpoint.types == ["message-sent", "message-delivered", "message-sent", "message-delivered"]
    assert endpoint.bodies[0] == endpoint.bodies[2]


async def test_what_finished_before_a_restart_is_not_told_again(tmp_path: Path, endpoint: Endpoint) -> None:
    settings = kept(tmp_path, endpoint)
    async with MockBandwidth(settings) as double:
        await post(double)
        double.account("1").receive(InboundDraft(RECIPIENT, (SENDER,), "yes"))
        await double.account("1").settle()
    async with MockBandwidth(settings) as double:
        await double.account("1").settle()
        assert len(double.account("1").records.messages) == 2
    assert sorted(endpoint.types) == ["message-delivered", "message-received", "message-sent"]


@pytest.mark.parametrize(("counted", "least"), [(False, 0), (True, 1440 * 3_600_000)])
async def test_a_scaled_clock_counts_the_time_the_server_was_down_only_when_asked(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch, counted: bool, least: int
) -> None:
    endpoint.always = 500  # a clock hurries while callbacks are pending
    settings = Settings(port=0, data=tmp_path, callback_url=endpoint.url, count_downtime=counted)
    async with MockBandwidth(settings) as double:
        await post(double)
        while not endpoint.bodies:
            await double.account("1").changed()
    stood = list(double.journal.read())[-1]
    monkeypatch.setattr("mockbw.engine.account_setup.now_ms", lambda: stood.wall + 3_600_000)
    async with MockBandwidth(settings) as double:
        passed = double.account("1").now() - stood.entry.time
    assert least <= passed < least + 1440 * 60_000


async def killed(double: MockBandwidth, copy: Path) -> None:
    """Copy what a kill at this moment would leave of the data folder."""
    assert double._store is not None
    assert double.settings.data is not None
    while double._store._writer._clocks:  # noqa: ASYNC110 - a thread tells no loop
        await asyncio.sleep(0.01)
    await double.journal.flushed()
    shutil.copytree(double.settings.data, copy)


@pytest.mark.parametrize(("answer", "pace"), [(200, 1), (500, 1440)])
async def test_after_a_kill_virtual_time_has_gone_on_for_as_long_as_the_server_lived(
    tmp_path: Path, endpoint: Endpoint, answer: int, pace: int
) -> None:
    """No entry says so when the hour before the kill was quiet: the mark does, which is rewritten every second."""
    endpoint.always = answer
    settings = Settings(port=0, data=tmp_path / "data", callback_url=endpoint.url)
    async with MockBandwidth(settings) as double:
        await post(double)
        account = double.account("1")
        while len(endpoint.bodies) < 2 or (answer == 200 and not account.idle):
            await account.changed()
        await killed(double, tmp_path / "copy")
    mark = MarkFile(tmp_path / "copy" / "journal.mark")
    before = MarkFile.read(mark.path)
    assert before is not None
    mark.write(replace(before, alive=before.alive + 3_600_000))
    mark.close()
    async with MockBandwidth(replace(settings, data=tmp_path / "copy")) as double:
        stood = max(stamped.entry.time for stamped in double.journal.read(up_to=before.last))
        passed = double.account("1").now() - stood
    assert pace * 3_600_000 <= passed < pace * 3_660_000


async def test_the_mark_says_that_the_server_lives_though_nothing_happens(
    tmp_path: Path, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockbw.journal.writer.IDLE", 0.01)
    async with MockBandwidth(kept(tmp_path, endpoint)), asyncio.timeout(20):
        before = MarkFile.read(tmp_path / "journal.mark")
        while MarkFile.read(tmp_path / "journal.mark") == before:  # noqa: ASYNC110 - a thread tells no loop
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("mode", [ClockMode.MANUAL, ClockMode.AUTO])
async def test_after_a_kill_a_clock_that_was_advanced_stands_where_it_was(
    tmp_path: Path, endpoint: Endpoint, mode: ClockMode
) -> None:
    settings = replace(kept(tmp_path / "data", endpoint), clock=mode)
    async with MockBandwidth(settings) as double:
        await post(double)
        account = double.account("1")
        await account.settle()
        await account.advance(86_400_000)
        stood = account.now()
        await killed(double, tmp_path / "copy")
        await account.advance(86_400_000)
        await double.engine.remove("1")
    async with MockBandwidth(replace(settings, data=tmp_path / "copy")) as double:
        assert double.account("1").now() == stood
    async with MockBandwidth(settings) as double:
        assert double._store is not None
        assert double._store.clocks == {}


async def test_a_removed_account_stays_removed(tmp_path: Path, endpoint: Endpoint) -> None:
    settings = kept(tmp_path, endpoint)
    async with MockBandwidth(settings) as double:
        await post(double)
        await double.engine.remove("1")
    async with MockBandwidth(settings) as double:
        assert double.engine.accounts == ()


async def test_an_account_that_begins_while_its_namesake_is_removed_loses_nothing(tmp_path: Path, endpoint: Endpoint) -> None:
    """To remove one takes a while: the attempts that are under way are cut."""
    called = asyncio.Event()

    async def never(_: object, __: object) -> None:
        called.set()
        await asyncio.Event().wait()

    endpoint.react = never
    settings = kept(tmp_path, endpoint)
    async with MockBandwidth(settings) as double:
        await post(double)
        stuck = asyncio.create_task(double.account("1").advance(1_000))
        await called.wait()
        removing = asyncio.create_task(double.engine.remove("1"))
        await asyncio.sleep(0)
        assert not removing.done()
        submission = double.account("1").submit(draft())
        assert submission.message is not None
        double.account("1").waive_answer(submission.message.id)
        await removing
        with pytest.raises(AccountEndedError, match="account 1 has ended: it was removed"):
            await stuck
    async with MockBandwidth(settings) as double:
        assert list(double.account("1").records.messages) == [submission.message.id]


async def test_a_reply_stays_when_the_message_it_answered_is_forgotten(tmp_path: Path, endpoint: Endpoint) -> None:
    scenario = tmp_path / "replies.yaml"
    scenario.write_text("name: replies\nmatch: {text: ask*}\ntimeline: [{callback: message-sent}, {reply: hello}]")
    settings = kept(tmp_path / "data", endpoint, scenarios=(scenario,))
    async with MockBandwidth(settings) as double:
        account = double.account("1")
        account.configure(replace(account.settings, keep_messages=5))
        for number in range(12):
            for text in ("ask", "tell") if number % 2 == 0 else ("ask",):
                submission = account.submit(draft(text=text))
                assert submission.message is not None
                account.waive_answer(submission.message.id)
                await account.settle()
        messages = account.records.messages
        orphans = [record.message.id for record in messages.values() if record.cause and record.cause.message not in messages]
        known = list(messages)
    assert orphans
    async with MockBandwidth(settings) as double:
        assert list(double.account("1").records.messages) == known


async def test_when_the_disk_is_full_messages_are_refused_and_none_is_told(tmp_path: Path, endpoint: Endpoint) -> None:
    async with MockBandwidth(kept(tmp_path, endpoint)) as double, ClientSession() as client:
        assert double._store is not None
        double._store._database.execute("PRAGMA max_page_count = 1")
        for _ in range(2):
            large = {**BODY, "text": "x" * 2000, "media": [f"https://example.com/{'m' * 1500}"] * 10}
            async with client.post(f"{double.base_url}/users/1/messages", json=large) as response:
                assert response.status == 500
        async with client.get(f"{double.url}/_mockbw/readyz") as response:
            assert response.status == 503
            assert "disk is full" in await response.text()
        await double.account("1").settle()
        double._store._database.execute("PRAGMA max_page_count = 100000")
    assert endpoint.bodies == []


async def test_two_servers_on_one_folder_the_second_says_why_it_does_not_start(tmp_path: Path, endpoint: Endpoint) -> None:
    settings = Settings(port=0, data=tmp_path, account=AccountSettings())
    async with MockBandwidth(settings):
        with pytest.raises(StartError, match="in use by another mockbw"):
            await MockBandwidth(settings).start()


async def test_sigkill_loses_no_accepted_message_and_no_callback(tmp_path: Path, endpoint: Endpoint) -> None:
    accepted: set[str] = set()
    news = asyncio.Event()
    server = ServeProcess("--data", str(tmp_path), "--callback-url", endpoint.url)

    async def client_posts(client: ClientSession) -> None:
        with suppress(ClientError):  # the server is killed under it
            while True:
                async with client.post(f"{server.url}/api/v2/users/1/messages", json=BODY) as response:
                    if response.status == 202:
                        accepted.add((await response.json())["id"])
                        news.set()

    async def hear(*_: object) -> None:
        news.set()

    endpoint.react = hear
    kills = 3
    async with ClientSession() as client:
        for round_ in range(1, kills + 1):
            await server.start()
            posting = [asyncio.ensure_future(client_posts(client)) for _ in range(4)]
            enough = len(accepted) + 20 * round_
            while len(accepted) < enough:
                news.clear()
                await news.wait()
            await server.kill()
            await asyncio.gather(*posting)
    await server.start()
    wanted = {(message, type_) for message in accepted for type_ in ("message-sent", "message-delivered")}
    while wanted - received_by(endpoint).keys():
        news.clear()
        await news.wait()
    assert await server.kill(signal.SIGTERM) == 0
    # At least once: only what was in flight, or not yet on disk, at a kill may come twice.
    assert sum(received_by(endpoint).values()) - len(received_by(endpoint)) <= 100 * kills


def received_by(endpoint: Endpoint) -> Counter[tuple[str, str]]:
    """Return how often each event of each message came."""
    return Counter((event["message"]["id"], event["type"]) for event in endpoint.events)
