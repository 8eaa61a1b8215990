"""Faults of a disk: a connection to the journal whose calls raise what a test wants, before or after their work is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

from mockbw.journal.sqlite import SqliteStore


class FaultyConnection:
    """Passes every call on to a real connection; ``faults`` are used up in order, one a call.

    A fault is an exception, raised instead of the call, or a pair of it and True: raised after the call was made.
    """

    def __init__(self, real: sqlite3.Connection, faults: Iterable[Any] = ()) -> None:
        self.real = real
        self.faults = list(faults)
        self.always: BaseException | None = None

    def _call(self, name: str, *arguments: Any) -> Any:
        fault = self.faults.pop(0) if self.faults else self.always
        error, late = fault if isinstance(fault, tuple) else (fault, False)
        if error is not None and not late:
            raise error
        result = getattr(self.real, name)(*arguments)
        if error is not None:
            result.close()  # the error's traceback keeps it alive, and a statement that is not finished keeps the file locked
            raise error
        return result

    def execute(self, *arguments: Any) -> Any:
        return self._call("execute", *arguments)

    def executemany(self, *arguments: Any) -> Any:
        return self._call("executemany", *arguments)

    @property
    def in_transaction(self) -> bool:
        return self.real.in_transaction

    def close(self) -> None:
        self.real.close()


def break_disk(store: SqliteStore, *faults: Any) -> FaultyConnection:
    """Put a faulty connection into a store that has not written yet."""
    store._file._database = connection = FaultyConnection(store._file._database, faults)
    return connection
