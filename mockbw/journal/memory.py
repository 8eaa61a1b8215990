"""The journal in memory: the last entries of all accounts, an index by message, and a way to wait for the next entry.

It is bounded in entries and in bytes; the index is bounded with the entries. With a ``Store`` everything is also stored
durably.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from operator import attrgetter

from mockbw.core.entries import ABOUT, AccountRemoved, AccountReset, CallbackCreated, Entry
from mockbw.journal import Stamped, Store
from mockbw.journal.weight import PLAIN, WEIGHTS
from mockbw.wallclock import now_ms

__all__ = ["MOST_BYTES", "MOST_ENTRIES", "MemoryJournal", "Stamped"]

MOST_ENTRIES = 200_000
MOST_BYTES = 128_000_000
"""The default bounds of the journal in memory. With plain messages, the first one applies first."""

SLACK = 64
"""When a bound is exceeded, this fraction of it (one in so many) is dropped in addition."""


@dataclass(slots=True)
class _Index:
    """Which entries of one account are about which message, and which message a callback is about."""

    entries: dict[str, list[Stamped]] = field(default_factory=dict)
    message_of: dict[str, str] = field(default_factory=dict)

    def drop(self, stamped: Stamped) -> None:
        """Remove an entry that was dropped."""
        message = stamped.message
        if message is None:
            return
        known = self.entries.get(message)
        if known is not None and known[0] is stamped:
            if len(known) > 1:
                del known[0]
            else:
                del self.entries[message]
        if type(stamped.entry) is CallbackCreated:
            self.message_of.pop(stamped.entry.callback, None)


class MemoryJournal:
    """Keeps the last ``most_entries`` of all accounts, and no more than ``most_bytes`` of them.

    ``counts`` counts all entries so far, by type; ``size`` is the approximate number of bytes in memory.
    """

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.counts: Counter[type[Entry]] = Counter()
        self.most_entries, self.most_bytes = most_entries, most_bytes
        self.size = 0
        self._kept: list[Stamped] = []
        self._weights: list[int] = []
        """The size of each of them, in the same order."""
        self._number = 0
        self._indexes: dict[str, _Index] = {}
        self._waiting: set[asyncio.Future[None]] = set()
        self._store: Store | None = None

    def keep_in(self, store: Store, last: int) -> None:
        """Also store every entry from now on in a store, which has had entries up to the number ``last``."""
        self._number = max(self._number, last)
        self._store = store

    def restore(self, stamped: Stamped) -> None:
        """Add an entry from a store, with its number and wall time."""
        self._number = stamped.number - 1
        self._keep(stamped.account, stamped.wall, (stamped.entry,))

    def append(self, account: str, *entries: Entry) -> None:
        """Append entries in their order, each with a number and the wall time, and wake the waiting tasks."""
        if not entries:
            return
        kept = self._keep(account, now_ms(), entries)
        if self._store is not None:
            self._store.write(kept)
        if self._waiting:
            self.wake()

    def save_clock(self, account: str, time: int) -> None:
        """Record that an account's manual or auto clock was advanced to ``time`` although nothing has happened there."""
        if self._store is not None:
            self._store.save_clock(account, time)

    def _keep(self, account: str, wall: int, entries: Iterable[Entry]) -> list[Stamped]:
        """Number and index entries. This runs for every entry, so it is one loop with few calls."""
        index, counts, size, weights, kept = self._index_of(account), self.counts, self.size, self._weights, []
        for entry in entries:
            kind = type(entry)
            counts[kind] += 1
            if kind is AccountReset or kind is AccountRemoved:
                index = self._indexes[account] = _Index()
                if kind is AccountRemoved and self._store is not None:
                    self._store.save_clock(account, None)
            message, callback = ABOUT[kind](entry)
            if message is None and callback is not None:
                message = index.message_of.get(callback)
            self._number += 1
            stamped = Stamped(self._number, account, wall, entry, message)
            kept.append(stamped)
            if message is not None:
                known = index.entries.get(message)
                if known is None:
                    index.entries[message] = [stamped]
                else:
                    known.append(stamped)
                if kind is CallbackCreated and callback is not None:
                    index.message_of[callback] = message
            more = WEIGHTS.get(kind)
            weight = PLAIN if more is None else PLAIN + more(entry)
            weights.append(weight)
            size += weight
        self.size = size
        self._kept += kept
        if size > self.most_bytes or len(self._kept) > self.most_entries:
            self._shorten()
        return kept

    def _shorten(self) -> None:
        """Drop the oldest entries and their index: more than the bounds require, so that this is rare."""
        most_bytes = self.most_bytes - self.most_bytes // SLACK
        most_entries = self.most_entries - self.most_entries // SLACK
        gone, left = 0, len(self._kept)
        size, indexes = self.size, self._indexes
        for stamped, weight in zip(self._kept, self._weights, strict=True):
            if size <= most_bytes and left - gone <= most_entries:
                break
            gone += 1
            size -= weight
            if (index := indexes.get(stamped.account)) is not None:
                index.drop(stamped)
                if not index.entries:
                    del indexes[stamped.account]
        self.size = size
        del self._kept[:gone], self._weights[:gone]

    def _index_of(self, account: str) -> _Index:
        index = self._indexes.get(account)
        if index is None:
            index = self._indexes[account] = _Index()
        return index

    @property
    def failure(self) -> str | None:
        """Why the store currently cannot store entries, or None when it can."""
        return None if self._store is None else self._store.failure

    async def flushed(self) -> None:
        """Return when every entry so far is stored as durably as this journal can.

        Raises:
            JournalError: it cannot be stored, and why.
        """
        if self._store is not None:
            await self._store.flushed()

    def wake(self) -> None:
        """Wake the waiting tasks even without a new entry: something else that they check has changed."""
        waiting, self._waiting = self._waiting, set()
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

    @property
    def count(self) -> int:
        """The number of entries in memory."""
        return len(self._kept)

    def read(
        self, after: int = 0, account: str | None = None, up_to: int | None = None, most: int | None = None
    ) -> list[Stamped]:
        """Return the kept entries numbered above ``after`` and not above ``up_to``, of one account or of all, oldest first.

        ``most``: only the first so many of them. Entries outside the range cost nothing.
        """
        # Numbers have gaps where a store has dropped entries, so a number is not an index of the list.
        begin = bisect_right(self._kept, after, key=_NUMBER)
        end = len(self._kept) if up_to is None else bisect_right(self._kept, up_to, begin, key=_NUMBER)
        if account is None:
            return self._kept[begin : end if most is None else min(end, begin + most)]
        found = []
        for place in range(begin, end):
            if self._kept[place].account == account:
                found.append(self._kept[place])
                if len(found) == most:
                    break
        return found

    def about(self, account: str, message: str) -> list[Stamped]:
        """Return the kept entries about one message since the account's last reset, oldest first."""
        index = self._indexes.get(account)
        return list(index.entries.get(message, ())) if index is not None else []

    async def changed(self, after: int) -> None:
        """Return as soon as there is an entry numbered above ``after``, or ``wake`` is called."""
        if self._number > after:
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)


_NUMBER = attrgetter("number")
