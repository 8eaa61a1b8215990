"""Where journal entries are kept. The stores never import each other; the other modules here serve them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mockbw.core.base import Value
from mockbw.core.entries import Entry

__all__ = ["LAST_NUMBER", "Journal", "Stamped", "Store"]

LAST_NUMBER = 2**53 - 1
"""The highest number of an entry: every reader of JSON takes it for what it is."""


class Journal(Protocol):
    """Where entries go. Implemented by the stores in ``mockbw.journal``."""

    def append(self, account: str, *entries: Entry) -> None:
        """Keep entries in their order, each numbered and stamped with wall time."""
        ...

    def save_clock(self, account: str, time: int) -> None:
        """Keep that an account's clock, which stands, was moved to ``time`` though nothing has happened there."""
        ...

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        ...

    async def flushed(self) -> None:
        """Return when every entry so far is kept as well as this journal can.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        ...


class Stamped(Value, frozen=True):
    """An entry as the journal keeps it: numbered from 1, with its account and the wall time in milliseconds.

    ``message`` is the id of the message it is about, if it is about one.
    """

    number: int
    account: str
    wall: int
    entry: Entry
    message: str | None = None


class Store(Protocol):
    """Where a journal keeps its entries for good."""

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        ...

    def write(self, entries: Sequence[Stamped]) -> None:
        """Keep the entries soon; return at once."""
        ...

    def save_clock(self, account: str, time: int | None) -> None:
        """Keep where an account's clock stands, None: the account was removed; soon, return at once."""
        ...

    async def flushed(self) -> None:
        """Return when everything written so far is on disk.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        ...
