"""The journal on disk: one SQLite file in a folder, written by one thread that commits what has gathered in one go.

The file is locked while it is open, so that two servers never share it; it is refused, and left as it is, when it is not
ours, damaged, or of a newer version.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mockbw.core.entries import AccountRemoved, AccountReset, ClockChanged, MessagesForgotten, about
from mockbw.errors import JournalError, StartError
from mockbw.journal import Stamped
from mockbw.journal.codec import decode, encode

__all__ = ["FILE_NAME", "SqliteStore"]

log = logging.getLogger("mockbw")

FILE_NAME = "journal.sqlite3"
APPLICATION_ID = 0x6D6B6277
"""``mkbw``: tells our files from everybody else's."""

FORMAT = 1
"""The version of the file's format."""

GATHER = 0.02
"""How long entries that nobody waits for may gather before they are committed, in seconds."""

RETRY = 1.0
"""How long to wait before writing is tried again after a failure, in seconds."""

_SCHEMA = f"""
BEGIN;
CREATE TABLE entries (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, wall INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT, body BLOB NOT NULL
);
CREATE INDEX entries_by_subject ON entries (account, subject);
PRAGMA application_id = {APPLICATION_ID};
PRAGMA user_version = {FORMAT};
COMMIT;
"""
_INSERT = "INSERT INTO entries (number, account, wall, kind, subject, body) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(slots=True)
class _Waiting:
    number: int
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


class SqliteStore:
    """Keeps entries in ``journal.sqlite3`` below ``folder``, which is made if need be.

    Raises:
        StartError: the file cannot be used, and why; nothing was changed then.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME
        self._database = _open(folder, self.path)
        self._gathered: list[Stamped] = []
        self._waiting: list[_Waiting] = []
        self._newest = self._committed = 0
        self._trouble: str | None = None
        self._closing = False
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        return self._trouble

    def read(self) -> Iterator[Stamped]:
        """Yield every entry in order; only before the first ``write``.

        Raises:
            StartError: the file is damaged; it was left as it is.
        """
        number = 0
        try:
            rows = self._database.execute("SELECT number, account, wall, kind, body FROM entries ORDER BY number")
            for number, account, wall, kind, body in rows:
                yield Stamped(number, account, wall, decode(kind, body))
        except JournalError as error:
            raise StartError(f"{self.path} is damaged: entry {number} cannot be read: {error}. {_ADVICE}") from None
        except sqlite3.DatabaseError as error:
            raise StartError(f"{self.path} is damaged after entry {number}: {error}. {_ADVICE}") from None
        self._newest = self._committed = number

    def fill(self, entries: Iterable[Stamped]) -> int:
        """Write all entries into an empty file at once, as they are; return how many.

        Raises:
            JournalError: the file has entries already, or two have the same number.
        """
        if self._database.execute("SELECT 1 FROM entries LIMIT 1").fetchone():
            raise JournalError(f"{self.path} has entries already: import into an empty folder")
        count = 0
        try:
            with self._database:
                self._database.execute("BEGIN")
                for stamped in entries:
                    self._put([stamped])
                    count += 1
        except sqlite3.Error as error:
            raise JournalError(f"{self.path} cannot be written: {error}") from None
        return count

    def write(self, entries: Sequence[Stamped]) -> None:
        """Keep the entries soon; return at once."""
        with self._news:
            began = not self._gathered
            self._gathered += entries
            self._newest = entries[-1].number
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="mockbw-journal", daemon=True)
                self._thread.start()
            elif began:
                self._news.notify()

    async def flushed(self) -> None:
        """Return when everything written so far is on disk.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        if self._trouble is not None:
            raise JournalError(self._trouble)
        loop = asyncio.get_running_loop()
        with self._news:
            if self._committed >= self._newest:
                return
            waiting = _Waiting(self._newest, loop, loop.create_future())
            self._waiting.append(waiting)
            self._news.notify()
        await waiting.future

    def close(self) -> None:
        """Write what is left and close the file."""
        with self._news:
            self._closing = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join()
        self._database.close()

    # -- the writer's thread ------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        last = False
        while not last:
            with self._news:
                self._news.wait_for(lambda: self._gathered or self._closing)
                self._news.wait_for(lambda: self._waiting or self._closing, timeout=GATHER)
                batch, self._gathered, last = self._gathered, [], self._closing
            if batch and not self._commit(batch):
                with self._news:
                    self._gathered = batch + self._gathered
                    self._news.wait_for(lambda: self._closing, timeout=RETRY)

    def _commit(self, batch: list[Stamped]) -> bool:
        try:
            self._database.execute("BEGIN IMMEDIATE")
            self._put(batch)
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            if self._database.in_transaction:
                self._database.execute("ROLLBACK")
            self._fail(f"the journal {self.path} cannot be written: {error}")
            return False
        if self._trouble is not None:
            log.warning("the journal %s can be written again", self.path)
        self._trouble = None
        with self._news:
            self._committed = batch[-1].number
            done = [waiting for waiting in self._waiting if waiting.number <= self._committed]
            self._waiting = [waiting for waiting in self._waiting if waiting.number > self._committed]
        for waiting in done:
            _tell(waiting, None)
        return True

    def _put(self, batch: Iterable[Stamped]) -> None:
        rows: list[tuple[int, str, int, str, str | None, bytes]] = []
        for stamped in batch:
            kind, body = encode(stamped.entry)
            message, callback = about(stamped.entry)
            rows.append((stamped.number, stamped.account, stamped.wall, kind, callback or message, body))
            if isinstance(stamped.entry, (MessagesForgotten, AccountReset, AccountRemoved, ClockChanged)):
                self._database.executemany(_INSERT, rows)
                rows.clear()
                self._forget(stamped)
        self._database.executemany(_INSERT, rows)

    def _forget(self, stamped: Stamped) -> None:
        """Delete the entries that this one makes superfluous."""
        account, number, delete = stamped.account, stamped.number, self._database.execute
        match stamped.entry:
            case MessagesForgotten(_, messages, callbacks):
                subjects = [(account, subject) for subject in (*messages, *callbacks)]
                self._database.executemany("DELETE FROM entries WHERE account = ? AND subject = ?", subjects)
                delete(
                    "DELETE FROM entries WHERE account = ? AND subject IS NULL AND number < ? AND kind != 'ClockChanged'",
                    (account, number),
                )
            case AccountReset():
                delete("DELETE FROM entries WHERE account = ? AND number < ? AND kind != 'ClockChanged'", (account, number))
            case AccountRemoved():
                delete("DELETE FROM entries WHERE account = ?", (account,))
            case ClockChanged():
                delete(
                    "DELETE FROM entries WHERE account = ? AND subject IS NULL AND number < ? AND kind = 'ClockChanged'",
                    (account, number),
                )

    def _fail(self, failure: str) -> None:
        if self._trouble is None:
            log.error("%s; no message is accepted until it can", failure)
        with self._news:
            self._trouble = failure
            failed, self._waiting = self._waiting, []
        for waiting in failed:
            _tell(waiting, JournalError(failure))


def _tell(waiting: _Waiting, error: JournalError | None) -> None:
    def tell() -> None:
        if waiting.future.done():
            return
        if error is None:
            waiting.future.set_result(None)
        else:
            waiting.future.set_exception(error)

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        waiting.loop.call_soon_threadsafe(tell)


# -- opening ------------------------------------------------------------------------------------------------------------

_ADVICE = "Nothing was changed. Put a copy back, or begin anew in another folder"


def _open(folder: Path, path: Path) -> sqlite3.Connection:
    if folder.exists() and not folder.is_dir():
        raise StartError(f"--data wants a folder, and {folder} is a file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"the folder {folder} cannot be made: {error.strerror}") from None
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    except sqlite3.Error as error:
        raise StartError(f"{path} cannot be opened: {error}. May this user write to {folder}?") from None
    try:
        _claim(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _claim(database: sqlite3.Connection, path: Path) -> None:
    """See that the file is ours before anything in it is changed, then lock it and set it up."""
    try:
        # The lock stands for as long as the connection and falls with the process, however that ends.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        application = database.execute("PRAGMA application_id").fetchone()[0]
        version = database.execute("PRAGMA user_version").fetchone()[0]
        tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if tables and application != APPLICATION_ID:
            raise StartError(f"{path} is a database of another program: it was left as it is. Choose another folder")
        if tables and version > FORMAT:
            raise StartError(
                f"{path} was written by a newer mockbw (format {version}; this one knows {FORMAT}): it was left as it is. "
                "Use that version, or another folder"
            )
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")  # a 202 outlives a power cut, not only a crash
        if not tables:
            database.executescript(_SCHEMA)
        database.execute("BEGIN IMMEDIATE")
        database.execute("COMMIT")
    except sqlite3.Error as error:
        raise StartError(_why_not(path, error)) from None


def _why_not(path: Path, error: sqlite3.Error) -> str:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return f"{path} is in use by another mockbw: stop it, or choose another folder with --data"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is no journal of mockbw: it was left as it is. Choose another folder"
    if code == sqlite3.SQLITE_CORRUPT:
        return f"{path} is damaged: {error}. {_ADVICE}"
    if code == sqlite3.SQLITE_FULL:
        return f"the disk of {path} is full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path} cannot be written: {error}. May this user write to {path.parent}?"
    return f"{path} cannot be used: {error}"
