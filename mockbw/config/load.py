"""How accounts begin under the settings of a server: the scenario files are read here, each of them once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from mockbw.config.settings import NamedAccount, Settings
from mockbw.core.clock import rate_for_day
from mockbw.engine.account_setup import AccountSetup
from mockbw.scenario.loader import load_files, read_file
from mockbw.scenario.shipped import default_sources

__all__ = ["Loaded", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """How an account begins: any account, and those that the settings list, by name."""

    setup: AccountSetup
    listed: Mapping[str, AccountSetup]

    @property
    def own_scenarios(self) -> int:
        """How many scenarios of the user's own there are."""
        setups = (self.setup, *self.listed.values())
        return len({(source.file, source.name) for setup in setups for source in setup.sources if not source.shipped})


def load(settings: Settings) -> Loaded:
    """Read the scenario files of the settings: the user's come first, then the shipped magic numbers.

    Raises:
        ScenarioError: with every problem of a list of files.
        ClockError: a ``day`` is no time at all.
    """
    read = cache(read_file)
    shipped = default_sources() if settings.magic_numbers else ()
    setup = AccountSetup(
        edition=settings.edition,
        mode=settings.clock,
        rate=rate_for_day(settings.day),
        start=settings.start,
        seed=settings.seed,
        settings=replace(
            settings.account,
            callback_url=settings.callback_url or settings.account.callback_url,
            api_credentials=settings.credentials or settings.account.api_credentials,
        ),
        sources=(*load_files(settings.scenarios, read), *shipped),
        concurrency=settings.concurrency,
        count_downtime=settings.count_downtime,
    )

    def listed(account: NamedAccount) -> AccountSetup:
        return replace(
            setup,
            edition=account.edition or setup.edition,
            mode=account.clock or setup.mode,
            rate=setup.rate if account.day is None else rate_for_day(account.day),
            start=setup.start if account.start is None else account.start,
            seed=setup.seed if account.seed is None else account.seed,
            settings=account.settings,
            sources=(*load_files(account.scenarios, read), *setup.sources),
        )

    return Loaded(setup, {name: listed(account) for name, account in settings.accounts.items()})
