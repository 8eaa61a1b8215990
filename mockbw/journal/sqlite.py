"""The journal on disk: one SQLite file in a folder, written by one thread that commits all pending entries at once.

The file is locked while it is open, so that two servers never share it; it is refused, and not changed, when it is not a
mockbw journal, damaged, incomplete, or of a newer version.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from msgspec.structs import replace

from mockbw.core.entries import ABOUT, AccountRemoved, AccountReset, ClockChanged, MessagesForgotten, RequestAnswered
from mockbw.core.state import CONTENTS_KEPT, REQUESTS_KEPT
from mockbw.errors import JournalError, StartError
from mockbw.journal import Stamped
from mockbw.journal.codec import decode, encode
from mockbw.journal.mark import Mark, MarkFile
from mockbw.journal.sqlite_file import Files, Progress, checksum, damaged, inspect, open_database, progress_of, rows_of
from mockbw.journal.writer import BackgroundWriter
from mockbw.supervision import Health
from mockbw.wallclock import monotonic_ms, now_ms

__all__ = ["SqliteStore"]

_INSERT = "INSERT INTO entries (number, account, wall, kind, subject, body, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)"
_FORGETTING = {MessagesForgotten, AccountReset, AccountRemoved, ClockChanged}
"""Entries that make others superfluous."""

_KEPT_SO_MANY = ("RequestAnswered", "NetworkReplied")
"""Entries that belong to no message, of which the account keeps the last ``REQUESTS_KEPT``."""

_NEWEST = "SELECT number FROM entries WHERE account = ? AND subject IS NULL AND kind = ? ORDER BY number DESC LIMIT 1 OFFSET ?"
_WITH_CONTENTS = (
    "SELECT number, wall, body FROM entries WHERE account = ? AND subject IS NULL AND kind = 'RequestAnswered' "
    "AND instr(body, CAST('\"contents\":{' AS BLOB)) ORDER BY number DESC LIMIT -1 OFFSET ?"
)
_CLOCK = "INSERT OR REPLACE INTO clocks (account, time) VALUES (?, ?)"

VERIFIED = 250.0
"""For how many wall milliseconds the files need not be verified again."""

Row = tuple[int, str, int, str, str | None, bytes, int]


class SqliteStore:
    """Stores entries in ``journal.sqlite3`` in ``folder``, which is created if needed. Failures are reported to ``health``.

    Raises:
        StartError: the file cannot be used, and why; nothing was changed then.
    """

    def __init__(self, folder: Path, health: Health | None = None) -> None:
        files = Files(folder)
        mark = inspect(files)
        self.path = files.database
        self._database = open_database(files)
        try:
            self.last = progress_of(self._database).last
            self.alive = mark.alive if mark is not None else 0
            self.clocks: dict[str, int] = dict(self._database.execute("SELECT account, time FROM clocks"))
        except (sqlite3.Error, JournalError) as error:
            self._database.close()
            raise damaged(self.path, error) from None
        except BaseException:
            self._database.close()
            raise
        self._file = _File(files, self._database)
        self._writer = BackgroundWriter(f"the journal {self.path}", self._file, health or Health())

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        return self._writer.failure

    def read(self) -> Iterator[Stamped]:
        """Yield every entry in order; only before the first ``write``.

        ``last`` is the highest number of an entry so far, ``alive`` when the server last wrote, in wall milliseconds (0:
        unknown), and ``clocks`` the times of clocks, by account, if they are after the last entry.

        Raises:
            StartError: the file is damaged; it was not changed.
        """
        try:
            yield from rows_of(self._database)
        except JournalError as error:
            raise damaged(self.path, error) from None

    def fill(self, entries: Iterable[Stamped]) -> int:
        """Write all entries into an empty file in one transaction, unchanged; return how many.

        Raises:
            JournalError: the file has entries already, or they cannot be written; nothing was changed then.
        """
        if self.last:
            raise JournalError(f"{self.path} has entries already: import into an empty folder")
        try:
            return self._file.fill(entries)
        except sqlite3.Error as error:
            raise JournalError(f"{self.path} cannot be written: {error}") from None

    def start(self) -> None:
        """Start to write.

        Raises:
            StartError: the file cannot be written.
        """
        try:
            self._file.begin()
        except (sqlite3.Error, OSError) as error:
            raise StartError(f"{self.path} cannot be written: {error}") from None
        self._writer.start(self.last)

    def write(self, entries: Sequence[Stamped]) -> None:
        """Keep the entries soon; return at once."""
        self._writer.write(entries)

    def save_clock(self, account: str, time: int | None) -> None:
        """Store the time of an account's clock within a second, None: the account was removed; return at once."""
        self._writer.save_clock(account, time)

    async def flushed(self) -> None:
        """Return when everything written so far is on disk.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        await self._writer.flushed()

    def close(self) -> None:
        """Write what is left and close the file.

        Raises:
            LostEntriesError: some of it could not be written; says what.
        """
        try:
            self._writer.close()
        finally:
            self._file.close()


class _File:
    """The file in the writer's thread."""

    expected: tuple[type[Exception], ...] = (sqlite3.Error, OSError, JournalError)

    def __init__(self, files: Files, database: sqlite3.Connection) -> None:
        self._files, self._database = files, database
        self._mark = MarkFile(files.mark)
        self._last = 0
        self._progress: Progress | None = None
        """What the file says, or None when it has to be read: at first, and after a failure."""
        self._verified = -VERIFIED
        self._there = {path: _identity(path) for path in (files.database, files.log)}

    def begin(self) -> None:
        """Start with the file as it is."""
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            self._database.execute("DELETE FROM clocks WHERE account NOT IN (SELECT account FROM entries)")
        self._last = progress_of(self._database).last
        self._there = {path: _identity(path) for path in self._there}
        self._write_mark()

    def commit(self, batch: Sequence[Stamped], clocks: Mapping[str, int]) -> None:
        database = self._database
        if database.in_transaction:  # the failure of the last attempt has prevented its rollback, too
            database.execute("ROLLBACK")
        database.execute("BEGIN IMMEDIATE")
        try:
            before, self._progress = self._progress or progress_of(database), None
            # An attempt that failed may have failed after its commit.
            new = [stamped for stamped in batch if stamped.number > before.last]
            count = before.count + self._put(new)
            database.executemany(_CLOCK, clocks.items())
            progress = Progress(new[-1].number if new else before.last, count)
            database.execute("UPDATE progress SET last = ?, count = ?", (progress.last, progress.count))
            database.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                database.execute("ROLLBACK")
            raise
        self._progress, self._last = progress, progress.last
        if monotonic_ms() < self._verified + VERIFIED:
            self._write_mark()
        else:
            self.verify()

    def verify(self) -> None:
        """Check that the files are still the ones that were opened: removing them causes no error in SQLite."""
        self._verified = -VERIFIED
        for path, identity in self._there.items():
            found = _identity(path)
            if identity is None:  # the log is created by the first commit
                self._there[path] = found
            elif found != identity:
                what = "removed" if found is None else "replaced"
                raise JournalError(
                    f"{path} was {what} while the server was using it: everything since its start is lost. Restart it"
                )
        self._write_mark()
        self._verified = monotonic_ms()

    def _write_mark(self) -> None:
        self._mark.write(Mark(self._last, now_ms()))

    def fill(self, entries: Iterable[Stamped]) -> int:
        """Write all entries in one transaction; an exception of their generator leaves the file empty."""
        count = 0
        with self._database:
            self._database.execute("BEGIN IMMEDIATE")
            for stamped in entries:
                count += self._put([stamped])
                self._last = stamped.number
            self._database.execute("UPDATE progress SET last = ?, count = ?", (self._last, count))
        self._write_mark()
        return count

    def close(self) -> None:
        self._mark.close()
        self._database.close()

    def _put(self, batch: Iterable[Stamped]) -> int:
        """Insert entries, and delete those that they make obsolete; return how many more there are now."""
        rows: list[Row] = []
        more = 0
        for stamped in batch:
            number, account, wall, entry = stamped.number, stamped.account, stamped.wall, stamped.entry
            kind, body = encode(entry)
            message, callback = ABOUT[type(entry)](entry)
            subject = callback or message
            rows.append((number, account, wall, kind, subject, body, checksum(number, account, wall, kind, body)))
            if type(entry) in _FORGETTING:
                self._database.executemany(_INSERT, rows)
                more += len(rows) - self._forget(stamped)
                rows.clear()
        self._database.executemany(_INSERT, rows)
        return more + len(rows)

    def _forget(self, stamped: Stamped) -> int:
        """Delete the entries that this one makes obsolete; return how many there were."""
        account, number = stamped.account, stamped.number

        def delete(where: str, *values: object) -> int:
            statement = f"DELETE FROM entries WHERE account = ? AND {where}"  # noqa: S608 - written a few lines below
            return self._database.execute(statement, (account, *values)).rowcount

        match stamped.entry:
            case MessagesForgotten(snapshot=True):
                return self._forget_before_snapshot(account, number, delete)
            case AccountReset():
                return delete("number < ? AND kind != 'ClockChanged'", number)
            case AccountRemoved():
                self._database.execute("DELETE FROM clocks WHERE account = ?", (account,))
                return delete("TRUE")
            case ClockChanged():
                return delete("subject IS NULL AND number < ? AND kind = 'ClockChanged'", number)
        return 0

    def _forget_before_snapshot(self, account: str, number: int, delete: Callable[..., int]) -> int:
        """Delete the entries of deleted messages up to a snapshot, and those of none except the last requests and replies."""
        query = "SELECT body FROM entries WHERE account = ? AND subject IS NULL AND kind = 'MessagesForgotten'"
        subjects: list[tuple[str, str]] = []
        for (body,) in self._database.execute(query, (account,)).fetchall():
            forgotten = decode(MessagesForgotten.__name__, body)
            assert isinstance(forgotten, MessagesForgotten), "the kind says so"
            subjects += ((account, subject) for subject in (*forgotten.messages, *forgotten.callbacks))
        deleted = self._database.executemany("DELETE FROM entries WHERE account = ? AND subject = ?", subjects).rowcount
        deleted += delete("subject IS NULL AND number < ? AND kind NOT IN ('ClockChanged', ?, ?)", number, *_KEPT_SO_MANY)
        for kind in _KEPT_SO_MANY:
            deleted += delete(f"subject IS NULL AND kind = ? AND number <= ({_NEWEST})", kind, account, kind, REQUESTS_KEPT)
        self._strip_requests(account)
        return deleted

    def _strip_requests(self, account: str) -> None:
        """Remove the contents of all requests except those whose contents the account keeps."""
        rows: list[tuple[bytes, int, int]] = []
        for number, wall, body in self._database.execute(_WITH_CONTENTS, (account, CONTENTS_KEPT)).fetchall():
            request = decode(RequestAnswered.__name__, body)
            assert isinstance(request, RequestAnswered), "the kind says so"
            kind, short = encode(replace(request, contents=None))
            rows.append((short, checksum(number, account, wall, kind, short), number))
        self._database.executemany("UPDATE entries SET body = ?, checksum = ? WHERE number = ?", rows)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino
