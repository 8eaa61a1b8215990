"""One frozen ``Settings`` for a server."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from mockbw.core.clock import ClockMode, rate_for_day
from mockbw.core.model import Credentials
from mockbw.core.settings import AccountSettings
from mockbw.engine import AccountSetup
from mockbw.scenario.edition import DEFAULT_EDITION
from mockbw.scenario.loader import Source, load_files
from mockbw.scenario.shipped import default_sources

__all__ = ["Settings"]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a server runs. ``day`` is how long 24 virtual hours take in wall milliseconds on a scaled clock.

    ``body_limit`` is the longest request body in bytes; ``grace`` the wall seconds that attempts in flight get at a stop.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    callback_url: str | None = None
    edition: str = DEFAULT_EDITION
    clock: ClockMode = ClockMode.SCALED
    day: int = 60_000
    start: int | None = None
    seed: str | None = None
    scenarios: tuple[Path, ...] = ()
    credentials: tuple[Credentials, ...] = ()
    magic_numbers: bool = True
    concurrency: int | None = None
    body_limit: int = 1_000_000
    grace: float = 3.0
    account: AccountSettings = field(default_factory=AccountSettings)

    def sources(self) -> tuple[Source, ...]:
        """Read the scenarios that every account begins with: the user's, then the shipped magic numbers.

        Raises:
            ScenarioError: with every problem in every file.
        """
        shipped = default_sources() if self.magic_numbers else []
        return (*load_files(self.scenarios), *shipped)

    def setup(self) -> AccountSetup:
        """Return how accounts begin under these settings.

        Raises:
            ScenarioError: a scenario file is wrong.
            ClockError: ``day`` is no time at all.
        """
        return AccountSetup(
            edition=self.edition,
            mode=self.clock,
            rate=rate_for_day(self.day),
            start=self.start,
            seed=self.seed,
            settings=replace(
                self.account,
                callback_url=self.callback_url or self.account.callback_url,
                api_credentials=self.credentials or self.account.api_credentials,
            ),
            sources=self.sources(),
            concurrency=self.concurrency,
        )
