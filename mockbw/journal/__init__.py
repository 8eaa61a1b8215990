"""Where journal entries are kept. The stores here are siblings that never import each other; ``codec`` serves them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mockbw.core.base import Value
from mockbw.core.entries import Entry

__all__ = ["Journal", "Stamped", "Store"]


class Journal(Protocol):
    """Where entries go. Implemented by the siblings in ``mockbw.journal``."""

    def append(self, account: str, *entries: Entry) -> None:
        """Keep entries in their order, each numbered and stamped with wall time."""
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

    async def flushed(self) -> None:
        """Return when everything written so far is on disk.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        ...
