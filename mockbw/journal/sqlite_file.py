"""The file of a journal on disk: how it is opened, what is checked before anything in it is changed, and how its rows are read.

Next to ``journal.sqlite3`` are its write-ahead log (``-wal``), which SQLite maintains, and the mark (``journal.mark``) with the
number of the last committed entry. When the log was removed or is damaged, committed entries are missing without an error of
SQLite, and the mark is ahead. Every row has a checksum, and ``progress`` has the number of rows. So damage is found at start.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from mockbw.core.entries import about
from mockbw.errors import JournalError, StartError
from mockbw.journal import LAST_NUMBER, Stamped
from mockbw.journal.codec import decode
from mockbw.journal.mark import Mark, MarkFile

__all__ = ["Files", "checksum", "damaged", "inspect", "open_database", "progress_of", "read_only", "rows_of"]

FILE_NAME = "journal.sqlite3"
APPLICATION_ID = 0x6D6B6277
"""``mkbw``: identifies the files of mockbw."""

FORMAT = 2
"""The version of the file's format. 1, of mockbw 0.1.0, had neither checksums nor ``progress`` nor ``clocks``."""

_ENTRIES = """
CREATE TABLE entries (
  number INTEGER PRIMARY KEY, account TEXT NOT NULL, wall INTEGER NOT NULL, kind TEXT NOT NULL, subject TEXT, body BLOB NOT NULL,
  checksum INTEGER
);
CREATE INDEX entries_by_subject ON entries (account, subject);
"""
_SINCE_2 = """
CREATE TABLE progress (last INTEGER NOT NULL, count INTEGER NOT NULL);
INSERT INTO progress SELECT coalesce(max(number), 0), count(*) FROM entries;
CREATE TABLE clocks (account TEXT PRIMARY KEY, time INTEGER NOT NULL);
"""
_NEW = f"BEGIN; {_ENTRIES} {_SINCE_2} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {FORMAT}; COMMIT;"
_FROM_1 = f"BEGIN; ALTER TABLE entries ADD COLUMN checksum INTEGER; {_SINCE_2} PRAGMA user_version = {FORMAT}; COMMIT;"


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the journal in a folder."""

    folder: Path

    @property
    def database(self) -> Path:
        """The journal file itself."""
        return self.folder / FILE_NAME

    @property
    def log(self) -> Path:
        """Committed entries that are not in the journal file itself yet."""
        return self.folder / f"{FILE_NAME}-wal"

    @property
    def shared(self) -> Path:
        """The index of the log, which SQLite recreates for every first reader."""
        return self.folder / f"{FILE_NAME}-shm"

    @property
    def mark(self) -> Path:
        """The number of the last committed entry."""
        return self.folder / "journal.mark"

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file that belongs to the journal."""
        return (self.database, self.log, self.shared, self.mark)


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a journal: the number of its last entry, and how many entries it has now."""

    last: int
    count: int


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


# -- before anything is changed -----------------------------------------------------------------------------------------------


def inspect(files: Files) -> Mark | None:
    """Check that a journal can be used and has every committed entry, without changing anything; return its mark.

    Raises:
        StartError: it is not a mockbw journal, damaged, incomplete, or in use, and what to do.
    """
    if files.folder.exists() and not files.folder.is_dir():
        raise StartError(f"--data must be a folder, but {files.folder} is a file")
    mark = MarkFile.read(files.mark)
    path = files.database
    if not _size(path):
        left = next((each for each in (files.log, files.mark) if _size(each)), None)
        if left is not None and (left is files.log or (mark is not None and mark.last)):
            state = "is empty" if path.exists() else "is missing"
            raise StartError(
                f"{path} {state}, but its {left.name} is there: the journal was removed. "
                f"Nothing was changed. Restore it, or start in another folder"
            )
        return mark
    _check_complete(files, mark)
    return mark


def _check_complete(files: Files, mark: Mark | None) -> None:
    """Check that a journal has every committed entry, through a connection that changes neither it nor its log.

    Raises:
        StartError: some are missing, or it cannot be read.
    """
    lent = files.shared.exists()
    try:
        with closing(_open_read_only(files)) as database:
            known = _check_owner(database, files.database)
            if mark is not None and not known:
                check_mark(files, Progress(0, 0), mark)
            elif mark is not None and _version(database) >= 2:
                check_mark(files, progress_of(database), mark)
    except (sqlite3.Error, JournalError, *_UNREADABLE) as error:
        raise StartError(why_not(files.database, error)) from None
    finally:
        if not lent:
            files.shared.unlink(missing_ok=True)


def _open_read_only(files: Files) -> sqlite3.Connection:
    # Without a log no lock and no other file is needed.
    how = "mode=ro" if _size(files.log) else "immutable=1"
    return sqlite3.connect(f"{files.database.absolute().as_uri()}?{how}", uri=True, isolation_level=None, timeout=0)


def check_mark(files: Files, progress: Progress, mark: Mark) -> None:
    """Compare the progress of a journal with its mark.

    Raises:
        StartError: entries are missing.
    """
    if mark.last > progress.last:
        raise StartError(
            f"{files.database} ends at entry {progress.last}, but entry {mark.last} had been committed: "
            f"the entries between are missing, because the file or its {files.log.name} was removed, replaced or damaged. "
            f"Nothing was changed. Restore both; to continue without those entries, remove {files.mark.name}"
        )


def _version(database: sqlite3.Connection) -> int:
    return int(database.execute("PRAGMA user_version").fetchone()[0])


def _check_owner(database: sqlite3.Connection, path: Path) -> bool:
    """Check that a file is a journal that this version supports; return False when it is empty.

    Raises:
        StartError: it is not.
    """
    application = database.execute("PRAGMA application_id").fetchone()[0]
    version = _version(database)
    tables = database.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if tables and application != APPLICATION_ID:
        raise StartError(f"{path} is a database of another program: it was not changed. Choose another folder")
    if tables and version > FORMAT:
        raise StartError(
            f"{path} was written by a newer mockbw (format {version}; this one supports {FORMAT}): it was not changed. "
            "Use that version, or another folder"
        )
    return bool(tables)


@contextmanager
def read_only(folder: Path, *, thorough: bool = False) -> Iterator[Iterator[Stamped]]:
    """Open a journal that no server uses for reading; ``thorough`` verifies its structure first.

    Raises:
        JournalError: there is none.
        StartError: it cannot be read, or is damaged; nothing was changed.
    """
    files = Files(folder)
    if not any(_size(path) for path in files.all):
        raise JournalError(f"there is no journal in {folder}" if folder.is_dir() else f"there is no data folder {folder}")
    inspect(files)
    lent = files.shared.exists()
    try:
        with closing(_open_read_only(files)) as database:
            yield _read(files, database, thorough=thorough)
    finally:
        if not lent:
            files.shared.unlink(missing_ok=True)


def _read(files: Files, database: sqlite3.Connection, *, thorough: bool) -> Iterator[Stamped]:
    try:
        if thorough and (damage := _damage(database, "integrity_check")):
            raise JournalError(damage)
        yield from rows_of(database)
    except JournalError as error:
        raise damaged(files.database, error) from None
    except (sqlite3.Error, *_UNREADABLE) as error:
        raise StartError(why_not(files.database, error)) from None


# -- opening --------------------------------------------------------------------------------------------------------------------


def open_database(files: Files) -> sqlite3.Connection:
    """Open the journal of a folder for this process only, after ``inspect``; create or convert it if needed.

    Raises:
        StartError: the file cannot be used, and why.
    """
    path = files.database
    try:
        files.folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"the folder {files.folder} cannot be created: {error.strerror}") from None
    try:
        database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
    except sqlite3.Error as error:
        raise StartError(f"{path} cannot be opened: {error}. May this user write to {files.folder}?") from None
    try:
        _claim(database, path)
    except BaseException:
        database.close()
        raise
    return database


def _claim(database: sqlite3.Connection, path: Path) -> None:
    """Check that the file is a mockbw journal before anything in it is changed, then lock it and set it up."""
    try:
        # The lock lasts as long as the connection, and ends with the process, however that ends.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        known = _check_owner(database, path)
        if known and (damage := _damage(database, "quick_check")):
            raise damaged(path, damage)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")  # a 202 survives a power cut, not only a crash
        if not known:
            database.executescript(_NEW)
        elif _version(database) < FORMAT:
            database.executescript(_FROM_1)
        database.execute("BEGIN IMMEDIATE")
        database.execute("COMMIT")
    except (sqlite3.Error, *_UNREADABLE) as error:
        raise StartError(why_not(path, error)) from None


def _damage(database: sqlite3.Connection, how: str) -> str:
    """Return the first problem that SQLite finds in the file's structure; empty when there is none."""
    (said,) = database.execute(f"PRAGMA {how}(1)").fetchone()
    return "" if said == "ok" else " ".join(str(said).replace("***", "").split())


def damaged(path: Path, how: object) -> StartError:
    """Return the error for a damaged journal."""
    return StartError(f"{path} is damaged: {how}. Nothing was changed. Restore a copy, or start in another folder")


def why_not(path: Path, error: Exception) -> str:
    """Return the message for an error of SQLite."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code == sqlite3.SQLITE_BUSY:
        return f"{path} is in use by another mockbw: stop it, or choose another folder with --data"
    if code == sqlite3.SQLITE_NOTADB:
        return f"{path} is not a mockbw journal: it was not changed. Choose another folder"
    if code == sqlite3.SQLITE_FULL:
        return f"the disk of {path} is full"
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return f"{path} cannot be written: {error}. May this user write to {path.parent}?"
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR) or not isinstance(error, sqlite3.Error):
        return str(damaged(path, error))
    return f"{path} cannot be used: {error}"


# -- rows -----------------------------------------------------------------------------------------------------------------------

_UNREADABLE = (ValueError, TypeError, OverflowError)
"""What Python raises besides ``sqlite3.Error`` for an invalid value in a damaged row."""


def checksum(number: int, account: str, wall: int, kind: str, body: bytes) -> int:
    """Return the checksum of a row. Every entry gets one, so this is a sum of few steps; the subject follows from the body."""
    numbers = number ^ wall
    return zlib.crc32(body, (_seed(account, kind) ^ numbers ^ (numbers >> 32)) & 0xFFFFFFFF)


@lru_cache(maxsize=1024)
def _seed(account: str, kind: str) -> int:
    return zlib.crc32(f"{account} {kind}".encode())


def progress_of(database: sqlite3.Connection) -> Progress:
    """Return the progress of a journal.

    Raises:
        JournalError: it cannot be read.
    """
    rows = database.execute("SELECT last, count FROM progress").fetchall()
    if len(rows) != 1 or not all(type(value) is int for value in rows[0]):
        raise JournalError("its progress cannot be read")
    return Progress(*rows[0])


_ROWS = "SELECT number, account, wall, kind, body, subject, checksum FROM entries ORDER BY number"


def rows_of(database: sqlite3.Connection) -> Iterator[Stamped]:
    """Yield every entry in order, each checked, and check their number.

    Raises:
        JournalError: one cannot be read, or some are missing; says which.
    """
    number = count = 0
    try:
        checked = _version(database) >= 2
        progress = progress_of(database) if checked else None
        for row in database.execute(_ROWS if checked else _ROWS.replace("checksum", "NULL")):
            yield _entry(row, number)
            number, count = row[0], count + 1
    except sqlite3.Error as error:
        raise JournalError(f"after entry {number}: {error}") from None
    except _UNREADABLE as error:
        raise JournalError(f"the entry after {number} cannot be read: {error}") from None
    if progress is not None and (number > progress.last or count != progress.count):
        raise JournalError(f"it has {count} entries up to {number}, but should have {progress.count} up to {progress.last}")


def _entry(row: tuple[Any, ...], before: int) -> Stamped:
    number, account, wall, kind, body, subject, check = row
    if not before < number <= LAST_NUMBER:
        raise JournalError(f"entry {number} comes after entry {before}")
    try:
        entry = decode(kind, body)
    except JournalError as error:
        raise JournalError(f"entry {number} cannot be read: {error}") from None
    if check is not None and check != checksum(number, account, wall, kind, body):
        raise JournalError(f"entry {number}, {kind}, does not match its checksum")
    message, callback = about(entry)
    if subject != (callback or message):
        raise JournalError(f"entry {number}, {kind}, does not match its subject")
    return Stamped(number, account, wall, entry)
