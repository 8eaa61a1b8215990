"""The journal in memory: a bounded row of entries, what each message's are, and a way to wait for the next one.

With a ``Store`` behind it everything is also kept for good.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from mockbw.core.entries import AccountRemoved, AccountReset, CallbackCreated, Entry, about
from mockbw.journal import Stamped, Store
from mockbw.wallclock import now_ms

__all__ = ["MemoryJournal", "Stamped"]


@dataclass(slots=True)
class _Index:
    """Which entries of one account are about which message, and which message a callback tells of."""

    entries: dict[str, list[Stamped]] = field(default_factory=dict)
    message_of: dict[str, str] = field(default_factory=dict)

    def forget(self, stamped: Stamped) -> None:
        known = self.entries.get(stamped.message or "")
        if known and known[0] is stamped:
            del known[0]
            if not known and stamped.message is not None:
                del self.entries[stamped.message]
        if type(stamped.entry) is CallbackCreated:
            self.message_of.pop(stamped.entry.callback, None)


class MemoryJournal:
    """Keeps the last ``most`` entries of all accounts. ``counts`` counts every entry there ever was, by its type."""

    def __init__(self, most: int = 200_000) -> None:
        self.counts: Counter[type[Entry]] = Counter()
        self._most = most
        self._kept: deque[Stamped] = deque()
        self._number = 0
        self._indexes: dict[str, _Index] = {}
        self._waiting: list[asyncio.Future[None]] = []
        self._store: Store | None = None

    def keep_in(self, store: Store) -> None:
        """Keep every entry from now on in a store, too."""
        self._store = store

    def restore(self, stamped: Stamped) -> None:
        """Take in an entry that a store has kept, numbered and stamped as it was."""
        self._number = stamped.number - 1
        self._keep(stamped.account, stamped.wall, (stamped.entry,))

    def append(self, account: str, *entries: Entry) -> None:
        """Keep entries in their order, each numbered and stamped, and wake whoever waits for news."""
        kept = self._keep(account, now_ms(), entries)
        if self._store is not None:
            self._store.write(kept)
        if self._waiting:
            self.wake()

    def _keep(self, account: str, wall: int, entries: Iterable[Entry]) -> list[Stamped]:
        """Number and index entries. Every fact passes here, so this is one loop without calls."""
        index, counts, all_kept, kept = self._index_of(account), self.counts, self._kept, []
        for entry in entries:
            kind = type(entry)
            counts[kind] += 1
            if kind is AccountReset or kind is AccountRemoved:
                self._indexes.pop(account, None)
                index = self._index_of(account)
            message, callback = about(entry)
            if message is None and callback is not None:
                message = index.message_of.get(callback)
            self._number += 1
            stamped = Stamped(self._number, account, wall, entry, message)
            kept.append(stamped)
            all_kept.append(stamped)
            if message is not None:
                known = index.entries.get(message)
                if known is None:
                    index.entries[message] = [stamped]
                else:
                    known.append(stamped)
                if kind is CallbackCreated and callback is not None:
                    index.message_of[callback] = message
        while len(all_kept) > self._most:
            oldest = all_kept.popleft()
            if (old := self._indexes.get(oldest.account)) is not None:
                old.forget(oldest)
        return kept

    def _index_of(self, account: str) -> _Index:
        index = self._indexes.get(account)
        if index is None:
            index = self._indexes[account] = _Index()
        return index

    @property
    def failure(self) -> str | None:
        """Why the store cannot keep entries at the moment, or None when all is well."""
        return None if self._store is None else self._store.failure

    async def flushed(self) -> None:
        """Return when every entry so far is kept as well as this journal can.

        Raises:
            JournalError: the store cannot keep it, and why.
        """
        if self._store is not None:
            await self._store.flushed()

    def wake(self) -> None:
        """Wake whoever waits for news, though there may be none: they have something else to look at."""
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

    def read(self, after: int = 0, account: str | None = None, up_to: int | None = None) -> list[Stamped]:
        """Return the kept entries numbered above ``after`` and not above ``up_to``, of one account or of all, oldest first.

        What is older than ``after`` costs nothing.
        """
        newest = islice(reversed(self._kept), max(0, self._number - after))
        found = [
            stamped
            for stamped in newest
            # Numbers have gaps where a store has dropped some, so a number is not a place in the row.
            if stamped.number > after
            and (account is None or stamped.account == account)
            and (up_to is None or stamped.number <= up_to)
        ]
        found.reverse()
        return found

    def about(self, account: str, message: str) -> list[Stamped]:
        """Return the kept entries about one message since the account's last reset, oldest first."""
        index = self._indexes.get(account)
        return list(index.entries.get(message, ())) if index is not None else []

    async def changed(self, after: int) -> None:
        """Return as soon as there is an entry numbered above ``after``, or somebody calls ``wake``."""
        if self._number > after:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        finally:
            if future in self._waiting:
                self._waiting.remove(future)
