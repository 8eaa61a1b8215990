"""The accounts of one server: creating, restoring, reconfiguring and removing them."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from mockbw.delivery.outcomes import Sender
from mockbw.engine.account_setup import MOST_ACCOUNTS, AccountSetup, RestoredAccount, account_name
from mockbw.engine.runner import AccountRunner
from mockbw.errors import LimitError, UnknownError
from mockbw.journal import Journal, Stamped
from mockbw.journal.fold import fold
from mockbw.media.store import SPACE, MediaStore, Space
from mockbw.scenario.playbook import ScenarioPlaybook
from mockbw.supervision import Health

__all__ = ["Engine"]

log = logging.getLogger("mockbw")

LOOKED_AT = 50
"""How many accounts are looked at to find an idle one, so that a request for a new account takes bounded time."""


class Engine:
    """The accounts of one server. Accounts are created when they are first named; with ``listed`` ones, only those exist.

    ``late`` counts requests for accounts that were retired, by name.

    Raises:
        UnknownError: there is no such edition.
        ScenarioError: a scenario uses what the edition does not have.
    """

    def __init__(
        self,
        setup: AccountSetup,
        sender: Sender,
        journal: Journal,
        listed: Mapping[str, AccountSetup] | None = None,
        most_accounts: int = MOST_ACCOUNTS,
        media_space: int = SPACE,
        health: Health | None = None,
    ) -> None:
        _check_fits(setup, *(listed or {}).values())  # now, not when an account is first named
        self._setup, self._listed = setup, dict(listed or {})
        self._sender, self._journal, self._health = sender, journal, health or Health()
        self.most_accounts: Final = most_accounts
        self.late: Final = Counter[str]()
        self._evicted = 0
        self._retired: dict[str, str] = {}
        self._unasked: OrderedDict[str, None] = OrderedDict()
        """Accounts that exist only because they were named, those named last at the end: the first idle one makes room."""
        self._media_space = Space(media_space)
        self._runners: dict[str, AccountRunner] = {}
        self._site: str | None = None

    @property
    def setup(self) -> AccountSetup:
        """The setup of accounts that are not listed."""
        return self._setup

    @property
    def listed(self) -> Mapping[str, AccountSetup]:
        """The setups of the listed accounts, by name."""
        return self._listed

    def setup_of(self, name: str) -> AccountSetup:
        """Return the setup of an account with that name."""
        return self._listed.get(name, self._setup)

    def reached_at(self, site: str) -> None:
        """Set the scheme and host of the server for every account, until a request has others."""
        self._site = site
        for runner in self._runners.values():
            runner.reached_at(site)

    def _begin(self, name: str, setup: AccountSetup, sender: Sender, kept: RestoredAccount | None = None) -> AccountRunner:
        if name in self._runners:
            self._runners[name].media.clear()  # it releases the space that all share
        runner = AccountRunner(name, setup, sender, self._journal, MediaStore(self._media_space), kept, self._health)
        self._runners[name] = runner
        if self._site is not None:
            runner.reached_at(self._site)
        return runner

    def account(self, name: str) -> AccountRunner:
        """Return the account, created now if it does not exist.

        Raises:
            UnknownError: it is not among the listed ones, it was retired, or no account can have that name.
            LimitError: there are as many accounts as the server allows, and none is idle.
        """
        runner = self._runners.get(name)
        if runner is None:
            return self._first_named(name)
        if name in self._unasked:
            self._unasked.move_to_end(name)
        return runner

    def _first_named(self, name: str) -> AccountRunner:
        if (because := self._retired.get(name)) is not None:
            self.late[name] += 1
            raise UnknownError("account", name, because=because)
        if self._listed and name not in self._listed:
            raise UnknownError("account", name[:200], self._listed)
        try:
            account_name(name)
        except ValueError:
            raise UnknownError("account", name[:200]) from None
        self._make_room()
        runner = self._begin(name, self.setup_of(name), self._sender)
        if name not in self._listed:
            self._unasked[name] = None
        return runner

    def _make_room(self) -> None:
        """Remove the account that has been idle longest if there are as many as the server allows.

        Raises:
            LimitError: none is idle, or all were set up by somebody.
        """
        if len(self._runners) < self.most_accounts:
            return
        for name in list(islice(self._unasked, LOOKED_AT)):
            if self._is_dispensable(self._runners[name]):
                self._take_leave(self._forget(name))
                if not self._evicted:
                    log.warning(
                        "there are %d accounts, the limit: from now on the one idle longest makes room (limits: accounts)",
                        self.most_accounts,
                    )
                self._evicted += 1
                return
            self._unasked.move_to_end(name)  # the next request looks at others
        hint = "Raise accounts in limits:, or DELETE those that are done with"
        raise LimitError("accounts", self.most_accounts, hint)

    def _is_dispensable(self, runner: AccountRunner) -> bool:
        """Return True for an account that is idle and in which nobody has changed anything."""
        usual = self.setup_of(runner.name)
        changed = runner.setup != usual or runner.sources != usual.sources or runner.switched_off
        return runner.idle and runner.records.outage is None and not changed and runner.name not in self._listed

    def _forget(self, name: str) -> AccountRunner:
        self._unasked.pop(name, None)
        return self._runners.pop(name)

    def renew_scenarios(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Replace the configured scenarios of every account by those of these setups.

        Raises:
            ScenarioError: a scenario uses what an edition does not have; nothing has changed then.
        """
        self.reconfigure(
            replace(self._setup, sources=setup.sources),
            {name: replace(begun, sources=listed[name].sources) for name, begun in self._listed.items()},
        )

    def reconfigure(self, setup: AccountSetup, listed: Mapping[str, AccountSetup]) -> None:
        """Replace the configured settings of every account; clocks continue.

        What was set for an account while the server ran stays.

        Raises:
            UnknownError: there is no such edition; nothing has changed then.
            ScenarioError: a scenario uses what an edition does not have; nothing has changed then.
        """
        _check_fits(setup, *listed.values())
        changes = [
            runner.prepare_to_follow(self.setup_of(name), listed.get(name, setup)) for name, runner in self._runners.items()
        ]
        for change in changes:
            change()
        self._setup, self._listed = setup, dict(listed)

    @property
    def evicted(self) -> int:
        """How many accounts made room for others."""
        return self._evicted

    @property
    def retired(self) -> Mapping[str, str]:
        """Why accounts were retired, by name."""
        return self._retired

    @property
    def media_space(self) -> Space:
        """The space that the media stores of all accounts share."""
        return self._media_space

    def restore(self, entries: Iterable[Stamped], clocks: Mapping[str, int] | None = None, alive: int = 0) -> None:
        """Restore accounts from the entries of a journal; ``resume`` starts them.

        ``clocks``: where clocks were, by account, if that is after the last entry. ``alive``: until when the server that wrote
        the entries was alive, in wall milliseconds; 0: unknown.

        Raises:
            JournalError: an entry does not follow from those before it.
        """
        for name, folded in fold(entries, clocks).items():
            if self._listed and name not in self._listed:
                log.warning("account %s is in the journal but not in the configuration: it is not started", name)
                continue
            kept = RestoredAccount(folded.records, folded.wall, 0 if folded.stopped else alive)
            self._begin(name, self.setup_of(name), self._sender, kept)
            if name not in self._listed:
                self._unasked[name] = None

    def resume(self) -> None:
        """Start every restored account."""
        for runner in self._runners.values():
            runner.resume()

    def create(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Create an account with its own setup, replacing an unused one with that name.

        Its own ``sender`` must be closed by the caller.
        """
        return self._begin(name, setup, sender or self._sender)

    async def recreate(self, name: str, setup: AccountSetup, sender: Sender | None = None) -> AccountRunner:
        """Create an account with its own setup; an existing one with that name is reset and removed.

        Its own ``sender`` must be closed by the caller.

        Raises:
            ScenarioError: the setup does not fit together; nothing has changed then.
            LimitError: there are as many accounts as the server allows, and none is idle.
            ValueError: no account can have that name.
        """
        account_name(name)
        _check_fits(setup)
        before = self._runners.get(name)
        if before is not None:
            self._unasked.pop(name, None)
            self._take_leave(before)
        else:
            self._make_room()
        self._retired.pop(name, None)
        runner = self.create(name, setup, sender)
        if before is not None:
            await before.close(grace=0)
        return runner

    def known(self, name: str) -> AccountRunner:
        """Return an existing account.

        Raises:
            UnknownError: there is no such account.
        """
        runner = self._runners.get(name)
        if runner is None:
            raise UnknownError("account", name, self._runners)
        return runner

    @property
    def accounts(self) -> tuple[AccountRunner, ...]:
        """All accounts in the order in which they were created."""
        return tuple(self._runners.values())

    async def remove(self, name: str) -> None:
        """Reset and remove an account.

        Raises:
            UnknownError: there is no such account.
        """
        self.known(name)
        runner = self._forget(name)
        self._take_leave(runner)
        await runner.close(grace=0)

    async def retire(self, name: str, because: str) -> None:
        """Remove an account and refuse whoever names it from now on, until ``recreate``; ``because`` says why.

        Raises:
            UnknownError: there is no such account.
        """
        self._retired[name] = because
        await self.remove(name)

    def _take_leave(self, runner: AccountRunner) -> None:
        runner.leave()
        if runner.failed and not any(other.failed for other in self._runners.values() if other is not runner):
            self._health.recovered("accounts")

    async def close(self, grace: float = 3.0) -> None:
        """Stop every account and the sender; attempts in flight get ``grace`` seconds."""
        await asyncio.gather(*(runner.close(grace) for runner in self._runners.values()))
        await self._sender.close()


def _check_fits(*setups: AccountSetup) -> None:
    """Raise the problems of setups whose scenarios use what their edition does not have."""
    for setup in setups:
        ScenarioPlaybook(setup.edition, setup.sources, setup.settings.mms_receipts)
