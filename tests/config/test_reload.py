"""Scenario files that change while the server runs are read again, and a broken one changes nothing."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from mockbw.config.reload import Reloader
from mockbw.config.settings import NamedAccount, Settings
from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.engine.runner import AccountRunner
from mockbw.scenario.loader import load_text
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import draft


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "one.yaml").write_text("name: one")
    return tmp_path


def settings(folder: Path, **more: object) -> Settings:
    usual = {"port": 0, "clock": ClockMode.MANUAL, "scenarios": (folder,), "magic_numbers": False}
    return Settings(**{**usual, **more})  # type: ignore[arg-type]


def names(account: AccountRunner) -> list[str]:
    return [source.name for source in account.sources]


async def test_a_changed_file_is_in_force_for_accounts_old_and_new(folder):
    chosen = settings(folder)
    async with MockBandwidth(chosen) as double:
        old = double.account("old")
        reloader = Reloader(double.engine, chosen)
        (folder / "one.yaml").write_text("name: uno\nresponse: {status: 500}")
        (folder / "two.yaml").write_text("name: two")
        assert reloader.reload().scenarios == 2
        assert names(old) == names(double.account("new")) == ["uno", "two"]
        assert old.submit(draft()).message is None


async def test_a_broken_file_is_told_and_the_last_good_version_stays(folder):
    chosen = settings(folder)
    async with MockBandwidth(chosen) as double:
        account = double.account("a")
        reloader = Reloader(double.engine, chosen)
        (folder / "two.yaml").write_text("name: two\ntimline: []")
        reload = reloader.reload()
        assert [(problem.line, problem.message) for problem in reload.problems] == [(2, "unknown key 'timline'")]
        assert names(account) == names(double.account("new")) == ["one"]
        (folder / "two.yaml").write_text("name: two")
        assert reloader.reload().problems == ()
        assert names(account) == ["one", "two"]


async def test_a_scenario_that_does_not_fit_an_accounts_edition_changes_nothing_anywhere(folder):
    chosen = settings(folder)
    async with MockBandwidth(chosen) as double:
        recent, old = double.account("recent"), double.account("old")
        old.use_edition("2023")
        reloader = Reloader(double.engine, chosen)
        (folder / "two.yaml").write_text("name: two\ntimeline: [callback: message-sent]")
        assert [problem.message for problem in reloader.reload().problems] == ["edition 2023 has no event 'message-sent'"]
        assert names(recent) == names(old) == ["one"]


async def test_scenarios_added_to_an_account_meanwhile_stay_and_stay_first(folder):
    chosen = settings(folder)
    async with MockBandwidth(chosen) as double:
        account = double.account("a")
        account.add_scenarios(load_text("name: added"))
        (folder / "two.yaml").write_text("name: two\n---\nname: added")
        Reloader(double.engine, chosen).reload()
        assert names(account) == ["added", "one", "two"]


async def test_a_listed_account_has_its_own_files_read_again(folder, tmp_path_factory):
    own = tmp_path_factory.mktemp("own") / "own.yaml"
    own.write_text("name: own")
    chosen = settings(folder, accounts={"listed": NamedAccount(AccountSettings(), scenarios=(own,))})
    async with MockBandwidth(chosen) as double:
        account = double.account("listed")
        own.write_text("name: changed")
        assert Reloader(double.engine, chosen).reload().scenarios == 2
        assert names(account) == ["changed", "one"]


async def test_a_message_under_way_keeps_the_plan_it_was_accepted_with(folder, endpoint):
    chosen = settings(folder, callback_url=endpoint.url)
    async with MockBandwidth(chosen) as double:
        account = double.account("a")
        message = account.submit(draft()).message
        assert message is not None
        (folder / "one.yaml").write_text("name: one\ntimeline: []")
        Reloader(double.engine, chosen).reload()
        account.waive_answer(message.id)
        await account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]


def write_whole(path, text):
    """Let the file appear with all its text at once, so that it is one change."""
    beside = path.with_suffix(".part")
    beside.write_text(text)
    beside.rename(path)


async def test_a_change_is_noticed_by_itself_and_only_a_change(folder):
    chosen = settings(folder)
    async with MockBandwidth(chosen) as double:
        reloads = asyncio.Queue()
        watching = asyncio.create_task(Reloader(double.engine, chosen).run(reloads.put_nowait, every=0.005))
        write_whole(folder / "two.yaml", "name: two")
        assert (await reloads.get()).scenarios == 2
        (folder / "one.yaml").unlink()
        assert (await reloads.get()).scenarios == 1
        (folder / "two.yaml").unlink()
        [problem] = (await reloads.get()).problems
        assert problem.message == "no *.yaml file in this folder"
        assert names(double.account("a")) == ["two"]
        watching.cancel()
        assert reloads.empty()
