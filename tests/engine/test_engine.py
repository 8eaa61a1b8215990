"""All accounts of one server: how they begin, how they follow changed settings, how they are read back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockbw.core.clock import ClockMode
from mockbw.core.settings import AccountSettings
from mockbw.delivery.lean_sender import LeanSender
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.engine import Engine
from mockbw.errors import JournalError, ScenarioError, UnknownError
from mockbw.journal.memory import MemoryJournal
from mockbw.scenario.loader import ScenarioSource, load_text
from tests.engine.bench import ACCOUNT, EngineBench, running
from tests.support import Endpoint

SENT = "timeline: [callback: message-sent]"
"""Fits no edition but 2018-01 and 2026: in 2023 there is no such event."""


def sources(text: str) -> tuple[ScenarioSource, ...]:
    return tuple(load_text(text))


def names(bench: EngineBench, account: str = ACCOUNT) -> list[str]:
    return [source.name for source in bench.engine.account(account).sources]


async def test_with_listed_accounts_only_those_exist_and_each_begins_as_listed() -> None:
    setup = AccountSetup(mode=ClockMode.MANUAL)
    engine = Engine(setup, LeanSender(), MemoryJournal(), {"one": replace(setup, edition="2026")})
    assert engine.account("one").edition.name == "2026"
    assert (engine.setup_of("one").edition, engine.setup_of("two").edition) == ("2026", "2018-01")
    with pytest.raises(UnknownError, match=r"There is no account 'ones'\. Did you mean 'one'\?"):
        engine.account("ones")
    await engine.close()


async def test_a_setup_that_does_not_fit_together_is_refused_before_any_account_is_named() -> None:
    setup = AccountSetup(edition="2023", sources=sources(f"name: x\n{SENT}"))
    with pytest.raises(ScenarioError, match="edition 2023 has no event 'message-sent'"):
        Engine(setup, LeanSender(), MemoryJournal())


async def test_accounts_follow_the_settings_in_what_they_have_from_them_and_keep_what_was_set() -> None:
    async with running() as bench:
        plain, edition, settings = (bench.engine.account(name) for name in ("plain", "edition", "settings"))
        edition.use_edition("2023")
        settings.configure(AccountSettings(carrier_name="Own"))
        changed = replace(bench.engine.setup, edition="2026", settings=AccountSettings(carrier_name="New"))
        bench.engine.reconfigure(changed, {})
        found = [(account.edition.name, account.settings.carrier_name) for account in (plain, edition, settings)]
        assert found == [("2026", "New"), ("2023", "New"), ("2026", "Own")]
        begun = bench.engine.account("begun-later")
        assert (begun.edition.name, begun.settings.carrier_name) == ("2026", "New")


async def test_a_listed_account_follows_its_own_entry() -> None:
    async with running() as bench:
        account, other = bench.account, bench.engine.account("other")
        bench.engine.reconfigure(bench.engine.setup, {ACCOUNT: replace(bench.engine.setup, edition="2026")})
        assert (account.edition.name, other.edition.name) == ("2026", "2018-01")
        assert list(bench.engine.listed) == [ACCOUNT]


async def test_what_does_not_fit_one_account_changes_nothing_in_any() -> None:
    async with running(sources=sources("name: one")) as bench:
        first, second = bench.engine.account("first"), bench.engine.account("second")
        second.add_scenarios(load_text(f"name: added\n{SENT}"))
        before = bench.engine.setup
        with pytest.raises(ScenarioError, match="edition 2023 has no event 'message-sent'"):
            bench.engine.reconfigure(replace(before, edition="2023", sources=sources("name: two")), {})
        assert bench.engine.setup is before
        assert (first.edition.name, second.edition.name) == ("2018-01", "2018-01")
        assert (names(bench, "first"), names(bench, "second")) == (["one"], ["added", "one"])


async def test_an_account_that_began_with_the_scenarios_of_the_settings_follows_them_however_it_began() -> None:
    async with running(sources=sources("name: one")) as bench:
        setup = bench.engine.setup
        await bench.engine.recreate("copied", replace(setup, sources=(*setup.sources,)))
        await bench.engine.recreate("own", replace(setup, sources=(*sources("name: own"), *setup.sources)))
        bench.engine.renew_scenarios(replace(setup, sources=sources("name: two")), {})
        assert (names(bench, "copied"), names(bench, "own")) == (["two"], ["own", "one"])
        assert names(bench, "begun-later") == ["two"]


async def test_what_was_replaced_in_an_account_stays_when_the_files_are_read_again() -> None:
    async with running(sources=sources("name: one\n---\nname: two")) as bench:
        [mine] = sources("name: one\nresponse: {status: 500}")
        bench.account.replace_scenario(mine)
        bench.engine.renew_scenarios(replace(bench.engine.setup, sources=sources("name: one\n---\nname: three")), {})
        assert names(bench) == ["one", "three"]
        assert bench.account.sources[0] is mine


async def test_an_account_that_begins_anew_is_another_and_has_nothing_of_the_first(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        first, message = bench.account, bench.post()
        second = await bench.engine.recreate(ACCOUNT, replace(bench.engine.setup, edition="2026"))
        assert second is bench.account is not first
        assert second.edition.name == "2026"
        assert message not in second.records.messages
        assert first.idle


async def test_accounts_are_read_back_from_a_journal_and_go_on(endpoint: Endpoint) -> None:
    async with running(endpoint.url) as bench:
        bench.post()
        await bench.account.step()
        kept = bench.journal.read()
    async with running(endpoint.url) as bench:
        bench.engine.restore(kept)
        bench.engine.resume()
        await bench.account.settle()
    assert endpoint.types == ["message-sent", "message-delivered"]


async def test_a_journal_that_contradicts_itself_is_refused_with_the_entry() -> None:
    async with running() as bench:
        bench.post()
        await bench.account.settle()
        kept = [stamped for stamped in bench.journal.read() if type(stamped.entry).__name__ != "MessageAccepted"]
    async with running() as bench:
        with pytest.raises(JournalError, match=f"entry 3, CallbackWithheld of account {ACCOUNT}, does not follow"):
            bench.engine.restore(kept)
