"""Stores of journal entries. The stores never import each other; the other modules here are shared by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mockbw.core.base import Value
from mockbw.core.entries import Entry

__all__ = ["LAST_NUMBER", "Journal", "Stamped", "Store"]

LAST_NUMBER = 2**53 - 1
"""The highest number of an entry: every JSON parser reads it exactly."""


class Journal(Protocol):
    """What records entries. Implemented by the stores in ``mockbw.journal``."""

    def append(self, account: str, *entries: Entry) -> None:
        """Append entries in their order, each with a number and the wall time."""
        ...

    def save_clock(self, account: str, time: int) -> None:
        """Record that an account's manual or auto clock was advanced to ``time`` although nothing has happened there."""
        ...

    @property
    def failure(self) -> str | None:
        """Why entries currently cannot be stored, or None when they can."""
        ...

    async def flushed(self) -> None:
        """Return when every entry so far is stored as durably as this journal can.

        Raises:
            JournalError: it cannot be stored, and why.
        """
        ...


class Stamped(Value, frozen=True):
    """A stored entry: numbered from 1, with its account and the wall time in milliseconds.

    ``message`` is the id of the message that it is about, if any.
    """

    number: int
    account: str
    wall: int
    entry: Entry
    message: str | None = None


class Store(Protocol):
    """Where a journal stores its entries durably."""

    @property
    def failure(self) -> str | None:
        """Why entries currently cannot be stored, or None when they can."""
        ...

    def write(self, entries: Sequence[Stamped]) -> None:
        """Store the entries in the background; return at once."""
        ...

    def save_clock(self, account: str, time: int | None) -> None:
        """Store the time of an account's clock in the background, None: the account was removed; return at once."""
        ...

    async def flushed(self) -> None:
        """Return when everything written so far is on disk.

        Raises:
            JournalError: it cannot be stored, and why.
        """
        ...
