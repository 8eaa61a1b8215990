"""Every account of one server: who there is, how they begin, and what becomes of them when the settings change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mockbw.delivery.outcomes import Sender
from mockbw.engine.account_setup import AccountSetup, RestoredAccount
from mockbw.engine.runner import AccountRunner
from mockbw.errors import UnknownError
from mockbw.journal import Journal, Stamped
from mockbw.journal.fold import fold
from mockbw.media.store import SPACE, MediaStore, Space
from mockbw.scenario.playbook import ScenarioPlaybook
from mockbw.supervision import Health

__all__ = ["Engine"]

log = logging.getLogger("mockbw")


class Engine:
    """Every account of one server. Accounts come to be when they are first named; with ``listed`` ones, only those exist.

    Raises:
        UnknownError: there is no such edition.
        ScenarioError: a scenario asks for what the edition does not have.
    """

    def __init__(
        self,
        setup: AccountSetup,
        sender: Sender,
        journal: Journal,
        listed: Mapping[str, AccountSetup] | None = None,
        most_accounts: int = 10_000,
        media_space: int = SPACE,
        health: Health | None = None,
    ) -> None:
        _check_fits(setup, *(listed or {}).values())  # now, not when an account is first named
        self._setup, self._listed = setup, dict(listed or {})
        self._sender, self._journal, self._health = sender, journal, health or Health()
        self._most = most_accounts
        self._media_space = Space(media_space)
        self._runners: dict[str, AccountRunner] = {}
        self._site: str | None = None

    @property
    def setup(self) -> AccountSetup:
        """How accounts begin that are not listed."""
        return self._setup

    @property
    def listed(self) -> Mapping[str, AccountSetup]:
        """How the listed accounts begin, by name."""
        return self._listed

    def setup_of(self, name: str) -> AccountSetup:
        """Return how an account of that name begins."""
        return self._listed.get(name, self._setup)

    def reached_at(self, site: str) -> None:
        """Tell every account the scheme and host under which the server is reached, until a request says otherwise."""
        self._site = site
        for runner in self._runners.values():
            runner.reached_at(site)

    def _begin(self, name: str, setup: AccountSetup, sender: Sender, kept: RestoredAccount | None = None) -> AccountRunner:
        if name in self._runners:
            self._runners[name].media.clear()  # it gives back the space that all share
        runner = AccountRunner(name, setup, sender, self._journal, MediaStore(self._media_space), kept, self._health)
        self._runners[name] = runner
        if self._site is not None:
            runner.reached_at(self._site)
        return runner

    def account(self, name: str) -> AccountRunner:
        """Return the account, which begins now if it was never named before.

        Raises:
            UnknownError: it is not among the listed ones, or there are too many accounts already.
        """
        runner = self._runners.get(name)
        if runner is None:
            if (self._listed and name not in self._listed) or self.full:
                raise UnknownError("account", name, self._listed)
            runner = self._begin(name, self.setup_of(name), self._sender)
        return runner

    def renew_scenarios(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Let every account that began with the scenarios of the settings have those of these settings instead.

        Raises:
            ScenarioError: a scenario asks for what an edition does not have; nothing has changed then.
        """
        self.reconfigure(
            replace(self._setup, sources=setup.sources),
            {name: replace(begun, sources=listed[name].sources) for name, begun in self._listed.items()},
        )

    def reconfigure(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Let every account that goes by the settings go by these instead; clocks go on as they do.

        What was set for an account while the server ran stays.

        Raises:
            UnknownError: there is no such edition; nothing has changed then.
            ScenarioError: a scenario asks for what an edition does not have; nothing has changed then.
        """
        _check_fits(setup, *listed.values())
        changes = [
            runner.prepare_to_follow(self.setup_of(name), listed.get(name, setup)) for name, runner in self._runners.items()
        ]
        for change in changes:
            change()
        self._setup, self._listed = setup, dict(listed)

    @property
    def media_space(self) -> Space:
        """The room that the media stores of all accounts share."""
        return self._media_space

    @property
    def full(self) -> bool:
        """True when there are as many accounts as the server takes."""
        return len(self._runners) >= self._most

    def restore(self, entries: Iterable[Stamped], clocks: Mapping[str, int] | None = None, alive: int = 0) -> None:
        """Read accounts back from the entries of a journal; ``resume`` sets them going.

        ``clocks``: where clocks stood, by account, if that is after the last entry. ``alive``: until when the server lived that
        wrote the entries, in wall milliseconds; 0: unknown.

        Raises:
            JournalError: an entry does not follow from those before it.
        """
        for name, folded in fold(entries, clocks).items():
            if self._listed and name not in self._listed:
                log.warning("account %s is in the journal but not in the configuration: it rests", name)
                continue
            kept = RestoredAccount(folded.records, folded.wall, 0 if folded.stopped else alive)
            self._begin(name, self.setup_of(name), self._sender, kept)

    def resume(self) -> None:
        """Set every account going that was read back."""
        for runner in self._runners.values():
            runner.resume()

    def create(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Begin an account with a setup of its own, in place of one of that name that has done nothing yet.

        A ``sender`` of its own is the caller's to close.
        """
        return self._begin(name, setup, sender or self._sender)

    async def begin_anew(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Begin an account with a setup of its own; one of that name is reset and forgotten.

        A ``sender`` of its own is the caller's to close.

        Raises:
            ScenarioError: the setup does not fit together; nothing has changed then.
        """
        _check_fits(setup)
        before = self._runners.get(name)
        if before is not None:
            self._take_leave(before)
        runner = self.create(name, setup, sender)
        if before is not None:
            await before.close(grace=0)
        return runner

    def known(self, name: str) -> AccountRunner:
        """Return an account that has been named before.

        Raises:
            UnknownError: it has not.
        """
        runner = self._runners.get(name)
        if runner is None:
            raise UnknownError("account", name, self._runners)
        return runner

    @property
    def accounts(self) -> tuple[AccountRunner, ...]:
        """All accounts in the order in which they began."""
        return tuple(self._runners.values())

    async def remove(self, name: str) -> None:
        """Reset an account and forget it.

        Raises:
            UnknownError: there is no such account.
        """
        runner = self.known(name)
        del self._runners[name]
        self._take_leave(runner)
        await runner.close(grace=0)

    def _take_leave(self, runner: AccountRunner) -> None:
        runner.leave()
        if runner.failed and not any(other.failed for other in self._runners.values() if other is not runner):
            self._health.recovered("accounts")

    async def close(self, grace: float = 3.0) -> None:
        """Stop every account and the sender; attempts in flight get ``grace`` seconds."""
        await asyncio.gather(*(runner.close(grace) for runner in self._runners.values()))
        await self._sender.close()


def _check_fits(*setups: AccountSetup) -> None:
    """Raise what is wrong with setups whose scenarios ask for what their edition does not have."""
    for setup in setups:
        ScenarioPlaybook(setup.edition, setup.sources, setup.settings.mms_receipts)
