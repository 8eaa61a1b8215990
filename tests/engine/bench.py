"""An engine with a real sender and a journal in memory, for the tests of how accounts run."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from mockbw.core.clock import ClockMode
from mockbw.core.entries import Entry
from mockbw.core.settings import AccountSettings
from mockbw.delivery.lean_sender import LeanSender
from mockbw.engine.account_setup import AccountSetup
from mockbw.engine.engine import Engine
from mockbw.engine.runner import AccountRunner
from mockbw.journal.memory import MemoryJournal
from tests.support import START, draft

ACCOUNT = "9900000"


@dataclass
class EngineBench:
    """The engine, and the journal that its accounts write."""

    engine: Engine
    journal: MemoryJournal

    @property
    def account(self) -> AccountRunner:
        """The account that most tests use."""
        return self.engine.account(ACCOUNT)

    def post(self, **changes: Any) -> str:
        """Have a message accepted and its client answered; return its id."""
        submission = self.account.submit(draft(**changes))
        assert submission.message is not None, submission
        self.account.record_request("POST", "/", 202, submission.message.id)
        return submission.message.id

    def entries(self, *kinds: type[Entry]) -> list[Any]:
        """Return the entries in the journal, of these kinds if any are given."""
        return [stamped.entry for stamped in self.journal.read() if not kinds or isinstance(stamped.entry, kinds)]


@asynccontextmanager
async def running(url: str | None = None, mode: ClockMode = ClockMode.MANUAL, **setup: Any) -> AsyncIterator[EngineBench]:
    """Run an engine whose accounts begin at ``START``."""
    journal = MemoryJournal()
    begun = AccountSetup(**{"mode": mode, "start": START, "seed": "1", "settings": AccountSettings(callback_url=url), **setup})
    engine = Engine(begun, LeanSender(), journal)
    try:
        yield EngineBench(engine, journal)
    finally:
        await engine.close(0)
