"""The inputs of an account: each is taken whole or refused whole, and none is written past them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockbw.core import entries as j
from mockbw.core.settings import AccountSettings
from mockbw.engine.account_setup import AccountSetup
from mockbw.errors import ScenarioError, UnknownError
from mockbw.scenario.loader import load_text
from tests.engine.bench import running
from tests.support import Endpoint, draft

SENT = "name: added\ntimeline: [{callback: message-sent, after: 1s}]"


async def test_a_setup_that_does_not_fit_changes_nothing_at_all() -> None:
    async with running() as bench:
        account = bench.account
        account.add_scenarios(load_text(SENT))
        before = account.setup
        wanted = AccountSetup(edition="2023", settings=AccountSettings(carrier_name="New"), concurrency=7)
        with pytest.raises(ScenarioError, match="edition 2023 has no event 'message-sent'"):
            account.use_setup(wanted)
        assert (account.setup, account.edition.name, account.settings.carrier_name) == (before, "2018-01", None)


async def test_of_a_setup_only_what_can_change_is_taken_over() -> None:
    async with running(seed="1") as bench:
        account = bench.account
        account.use_setup(AccountSetup(edition="2026", concurrency=7, seed="2", sources=tuple(load_text("name: x"))))
        assert (account.edition.name, account.setup.concurrency) == ("2026", 7)
        assert (account.setup.seed, account.sources) == ("1", ())


async def test_an_unknown_edition_is_refused_with_the_nearest() -> None:
    async with running() as bench:
        with pytest.raises(UnknownError, match="Did you mean '2018-01'"):
            bench.account.use_edition("2018-1")
        assert bench.account.edition.name == "2018-01"


async def test_a_seed_that_is_set_again_repeats_ids() -> None:
    async def ids(account: str) -> list[str]:
        async with running(seed=None) as bench:
            runner = bench.engine.account(account)
            runner.reseed("7")
            taken = [runner.submit(draft()).message for _ in range(3)]
            return [message.id for message in taken if message is not None]

    assert await ids("a") == await ids("a")
    assert await ids("a") != await ids("b")


async def test_a_message_plays_the_scenarios_of_when_it_was_accepted(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        bench.account.set_scenarios(load_text(SENT))
        first = bench.post()
        bench.account.remove_scenario("added")
        second = bench.post()
        plans = [bench.account.records.messages[message].plan for message in (first, second)]
        assert [plan.scenario for plan in plans if plan is not None] == ["added", None]
        await bench.account.settle()
    assert endpoint.types == ["message-sent", "message-sent", "message-delivered"]


async def test_a_scenario_out_of_play_matches_nothing() -> None:
    async with running() as bench:
        bench.account.set_scenarios(load_text("name: refuses\nresponse: {status: 500}"))
        assert bench.account.submit(draft()).message is None
        bench.account.switch_scenario("refuses", on=False)
        assert bench.account.submit(draft()).message is not None
        bench.account.switch_scenario("refuses", on=True)
        assert bench.account.submit(draft()).message is None


async def test_a_reset_forgets_what_waits_to_be_sent_and_keeps_settings_and_scenarios(endpoint: Endpoint) -> None:
    async with running(endpoint.url, sources=tuple(load_text(SENT))) as bench:
        bench.post()
        bench.account.configure(replace(bench.account.settings, carrier_name="Own"))
        bench.account.reset()
        await bench.account.advance(10_000)
        assert (bench.account.records.messages, endpoint.bodies) == ({}, [])
        assert [source.name for source in bench.account.sources] == ["added"]
        assert bench.account.settings.carrier_name == "Own"


async def test_a_callback_is_cancelled_and_redelivered_by_hand(endpoint: Endpoint) -> None:
    endpoint.answers = [503]
    async with running(endpoint.url) as bench:
        bench.post(media=("https://media.example.com/menu.png",))
        await bench.account.step()
        bench.account.cancel_callback("cb-1")
        assert bench.account.next_deadline() is None
        bench.account.redeliver("cb-1")
        await bench.account.settle()
        attempts = [(entry.number, entry.by_hand) for entry in bench.entries(j.AttemptStarted)]
        assert attempts == [(1, False), (2, True)]
    assert endpoint.bodies[0] == endpoint.bodies[1]
