"""The journal in memory: a bounded row of entries, and a way to wait for the next one."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from mockbw.core.journal import Entry
from mockbw.wall import now_ms

__all__ = ["MemoryJournal", "Stamped"]


@dataclass(frozen=True, slots=True)
class Stamped:
    """An entry as the journal keeps it: numbered from 1, with its account and the wall time in milliseconds."""

    number: int
    account: str
    wall: int
    entry: Entry


class MemoryJournal:
    """Keeps the last ``most`` entries of all accounts."""

    def __init__(self, most: int = 200_000) -> None:
        self._kept: deque[Stamped] = deque(maxlen=most)
        self._number = 0
        self._waiting: list[asyncio.Future[None]] = []

    def append(self, account: str, entry: Entry) -> None:
        """Keep the entry, numbered and stamped, and wake whoever waits for news."""
        self._number += 1
        self._kept.append(Stamped(self._number, account, now_ms(), entry))
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    @property
    def last(self) -> int:
        """The number of the newest entry; 0 when there is none."""
        return self._number

    @property
    def first(self) -> int:
        """The number of the oldest entry that is kept; one more than ``last`` when there is none."""
        return self._kept[0].number if self._kept else self._number + 1

    def read(self, after: int = 0, account: str | None = None) -> Iterator[Stamped]:
        """Yield the kept entries numbered above ``after``, of one account or of all."""
        for stamped in islice(self._kept, max(0, after + 1 - self.first), None):
            if account is None or stamped.account == account:
                yield stamped

    async def changed(self, after: int) -> None:
        """Return as soon as there is an entry numbered above ``after``."""
        while self._number <= after:
            future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            finally:
                if future in self._waiting:
                    self._waiting.remove(future)
