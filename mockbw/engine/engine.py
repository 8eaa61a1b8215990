"""Every account of one server: who there is, how they begin, and what becomes of them when the settings change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from dataclasses import replace

from mockbw.core.entries import AccountRemoved
from mockbw.delivery.outcomes import Sender
from mockbw.engine.account_setup import AccountSetup, RestoredAccount
from mockbw.engine.runner import AccountRunner
from mockbw.errors import JournalError, LifecycleError, UnknownError
from mockbw.journal import Journal, Stamped
from mockbw.media.store import SPACE, MediaStore, Space
from mockbw.scenario.playbook import ScenarioPlaybook

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
    ) -> None:
        for begun in (setup, *(listed or {}).values()):  # what does not fit is refused now, not when an account is first named
            ScenarioPlaybook(begun.edition, begun.sources, begun.settings.mms_receipts)
        self.setup = setup
        self.listed = dict(listed or {})
        self.sender = sender
        self.journal = journal
        self._most = most_accounts
        self._media_space = Space(media_space)
        self._runners: dict[str, AccountRunner] = {}
        self._site: str | None = None

    def reached_at(self, site: str) -> None:
        """Tell every account the scheme and host under which the server is reached, until a request says otherwise."""
        self._site = site
        for runner in self._runners.values():
            runner.reached_at(site)

    def _begin(self, name: str, setup: AccountSetup, sender: Sender, kept: RestoredAccount | None = None) -> AccountRunner:
        if name in self._runners:
            self._runners[name].media.clear()  # it gives back the space that all share
        runner = self._runners[name] = AccountRunner(name, setup, sender, self.journal, kept)
        runner.media = MediaStore(self._media_space)
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
            if (self.listed and name not in self.listed) or self.full:
                raise UnknownError("account", name, self.listed)
            setup = self.listed.get(name, self.setup)
            runner = self._begin(name, setup, self.sender)
        return runner

    def renew_scenarios(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Let every account that began with the scenarios of the settings have those of these settings instead.

        Raises:
            ScenarioError: a scenario asks for what an edition does not have; nothing has changed then.
        """
        renewed = []
        for name, runner in self._runners.items():
            old = self.listed.get(name, self.setup)
            if runner.setup.sources is old.sources:
                renewed.append((runner, listed.get(name, setup).sources))
        begun = [(each.edition, each.sources) for each in (setup, *listed.values())]
        for edition, sources in (*begun, *((runner.setup.edition, sources) for runner, sources in renewed)):
            ScenarioPlaybook(edition, sources)
        for runner, sources in renewed:
            runner.renew_scenarios(sources)
        self.setup = replace(self.setup, sources=setup.sources)
        self.listed = {name: replace(begun, sources=listed[name].sources) for name, begun in self.listed.items()}

    def reconfigure(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Let every account that goes by the settings go by these instead; clocks go on as they do.

        What was set for an account while the server ran stays.

        Raises:
            ScenarioError: a scenario asks for what an edition does not have; nothing has changed then.
        """
        before = {name: self.listed.get(name, self.setup) for name in self._runners}
        self.renew_scenarios(setup, listed)
        for name, runner in self._runners.items():
            old, new = before[name], listed.get(name, setup)
            if runner.setup.edition == old.edition and new.edition != old.edition:
                runner.use_edition(new.edition)
            if runner.setup.settings == old.settings:
                runner.configure(new.settings)
        self.setup, self.listed = setup, dict(listed)

    @property
    def full(self) -> bool:
        """True when there are as many accounts as the server takes."""
        return len(self._runners) >= self._most

    def restore(self, entries: Iterable[Stamped]) -> None:
        """Read accounts back from the entries of a journal; ``resume`` sets them going.

        Raises:
            JournalError: an entry does not follow from those before it.
        """
        kept: dict[str, RestoredAccount] = {}
        for stamped in entries:
            if isinstance(stamped.entry, AccountRemoved):
                kept.pop(stamped.account, None)
                continue
            account = kept.setdefault(stamped.account, RestoredAccount())
            try:
                account.records.apply(stamped.entry)
            except (LifecycleError, LookupError) as error:
                what = f"entry {stamped.number}, {type(stamped.entry).__name__} of account {stamped.account},"
                raise JournalError(f"{what} does not follow from those before it: {error}") from None
            account.wall = stamped.wall
        for name, account in kept.items():
            if self.listed and name not in self.listed:
                log.warning("account %s is in the journal but not in the configuration: it rests", name)
                continue
            self._begin(name, self.listed.get(name, self.setup), self.sender, account)

    def resume(self) -> None:
        """Set every account going that was read back."""
        for runner in self._runners.values():
            runner.resume()

    def create(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Begin an account with a setup of its own, in place of one of that name that has done nothing yet.

        A ``sender`` of its own is the caller's to close.
        """
        return self._begin(name, setup, sender or self.sender)

    async def begin_anew(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Begin an account with a setup of its own; one of that name is reset and forgotten.

        A ``sender`` of its own is the caller's to close.

        Raises:
            ScenarioError: the setup does not fit together; nothing has changed then.
        """
        ScenarioPlaybook(setup.edition, setup.sources, setup.settings.mms_receipts)
        before = self._runners.get(name)
        if before is not None:
            before.leave()
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
        runner.leave()
        await runner.close(grace=0)

    async def close(self, grace: float = 3.0) -> None:
        """Stop every account and the sender; attempts in flight get ``grace`` seconds."""
        await asyncio.gather(*(runner.close(grace) for runner in self._runners.values()))
        await self.sender.close()
