"""From settings to accounts: values are checked and scenario files are read here, each file once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from mockbw.config.account import ACCOUNT, applied
from mockbw.config.schema import CONFIGURATION, checked
from mockbw.config.settings import NamedAccount, Settings
from mockbw.core.clock import rate_for_day
from mockbw.engine.account_setup import AccountSetup, account_name
from mockbw.errors import SettingsError
from mockbw.scenario.loader import load_files, read_file
from mockbw.scenario.shipped import default_sources

__all__ = ["Loaded", "load"]


@dataclass(frozen=True, slots=True)
class Loaded:
    """The checked settings, and the setup of accounts: of any account, and of those that are listed, by name."""

    settings: Settings
    setup: AccountSetup
    listed: Mapping[str, AccountSetup]

    @property
    def own_scenarios(self) -> int:
        """The number of scenarios that are not shipped."""
        setups = (self.setup, *self.listed.values())
        return len({(source.file, source.name) for setup in setups for source in setup.sources if not source.shipped})


def load(settings: Settings) -> Loaded:
    """Check the settings and read their scenario files; the shipped magic numbers come after the user's scenarios.

    Raises:
        SettingsError: a value is not valid.
        ScenarioError: with every problem of a list of files.
    """
    settings = checked(settings, CONFIGURATION)
    read = cache(read_file)
    shipped = default_sources() if settings.magic_numbers else ()
    account = replace(
        settings.account,
        callback_url=settings.callback_url or settings.account.callback_url,
        api_credentials=settings.credentials or settings.account.api_credentials,
    )
    setup = AccountSetup(
        edition=settings.edition,
        mode=settings.clock,
        rate=rate_for_day(settings.day),
        start=settings.start,
        seed=settings.seed,
        settings=checked(account, ACCOUNT),
        sources=(*load_files(settings.scenarios, read), *shipped),
        concurrency=settings.concurrency,
        count_downtime=settings.count_downtime,
    )

    def listed(name: str, named: NamedAccount) -> AccountSetup:
        try:
            place = f"accounts.{account_name(name)}."
        except ValueError as error:
            raise SettingsError(f"accounts: {error}") from None
        own = checked(named, ACCOUNT, place)
        values = {one.key: value for one in ACCOUNT.of(NamedAccount) if (value := getattr(own, one.target)) is not None}
        sources = (*load_files(values.pop("scenarios"), read), *setup.sources)
        return replace(applied(setup, values), settings=checked(named.settings, ACCOUNT, place), sources=sources)

    return Loaded(settings, setup, {name: listed(name, named) for name, named in settings.accounts.items()})
