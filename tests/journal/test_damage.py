"""A data folder that was damaged: the start is refused with a sentence that says what is wrong, and nothing in it is changed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from mockbw.errors import JournalError, StartError
from mockbw.journal import Stamped
from mockbw.journal.mark import Mark, MarkFile
from mockbw.journal.sqlite import SqliteStore
from tests.journal.test_sqlite import reopened, stamp, story

COUNT = 300


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path, Path]:
    """Write a journal; return what a kill leaves of its folder half way and in the end, and what a stop leaves."""
    folder = tmp_path_factory.mktemp("written")
    early, killed, stopped = folder / "early", folder / "killed", folder / "stopped"
    written = stamp(story(60))[:COUNT]

    async def write() -> None:
        store = SqliteStore(stopped)
        store.start()
        for stamped in written:
            store.write([stamped])
            if stamped.number == COUNT // 2:
                await store.flushed()
                shutil.copytree(stopped, early)
        await store.flushed()
        shutil.copytree(stopped, killed)
        store.close()

    asyncio.run(write())
    return early, killed, stopped


@pytest.fixture
def killed(folders, tmp_path) -> Path:
    return Path(shutil.copytree(folders[1], tmp_path / "killed"))


@pytest.fixture
def stopped(folders, tmp_path) -> Path:
    return Path(shutil.copytree(folders[2], tmp_path / "stopped"))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refused(folder: Path) -> str:
    """Return why the folder is refused, having seen that nothing in it was changed."""
    before = contents(folder)
    with pytest.raises(StartError) as raised:
        reopened(folder)
    assert contents(folder) == before
    return str(raised.value)


def test_what_a_kill_leaves_is_whole(killed):
    assert (killed / "journal.sqlite3-wal").stat().st_size > 0
    assert [stamped.number for stamped in reopened(killed)] == list(range(1, COUNT + 1))


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_a_journal_that_is_gone_with_its_log_left_is_not_begun_anew(killed, how):
    database = killed / "journal.sqlite3"
    database.unlink() if how == "removed" else database.write_bytes(b"")
    said = refused(killed)
    assert f"{database} is {'missing' if how == 'removed' else 'empty'}, but its journal.sqlite3-wal is there" in said
    assert "Nothing was changed. Restore it, or start in another folder" in said


def test_a_journal_that_is_gone_after_a_stop_is_not_begun_anew(stopped):
    (stopped / "journal.sqlite3").unlink()
    assert "journal.sqlite3 is missing, but its journal.mark is there: the journal was removed" in refused(stopped)


def test_a_log_that_is_gone_is_missed(killed):
    (killed / "journal.sqlite3-wal").unlink()
    said = refused(killed)
    assert f"but entry {COUNT} had been committed: the entries between are missing" in said
    assert "to continue without those entries, remove journal.mark" in said


def test_a_log_that_is_cut_is_missed(killed):
    log = killed / "journal.sqlite3-wal"
    log.write_bytes(log.read_bytes()[: log.stat().st_size // 2])
    assert f"but entry {COUNT} had been committed" in refused(killed)


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9])
def test_a_flipped_byte_in_the_log_is_found_before_the_rest_of_it_is_overwritten(killed, part):
    log = killed / "journal.sqlite3-wal"
    damaged = bytearray(log.read_bytes())
    damaged[int(len(damaged) * part)] ^= 0x10
    log.write_bytes(damaged)
    assert f"but entry {COUNT} had been committed" in refused(killed)


def test_an_older_copy_in_place_of_the_journal_is_noticed_and_can_be_taken_on_purpose(folders, killed):
    for name in ("journal.sqlite3", "journal.sqlite3-wal"):
        shutil.copy(folders[0] / name, killed / name)
    assert f"ends at entry {COUNT // 2}, but entry {COUNT} had been committed" in refused(killed)
    (killed / "journal.mark").unlink()
    assert len(reopened(killed)) == COUNT // 2


def test_a_journal_that_was_cut_is_refused(stopped):
    database = stopped / "journal.sqlite3"
    database.write_bytes(database.read_bytes()[: database.stat().st_size // 2])
    assert "is damaged" in refused(stopped)


@pytest.mark.parametrize("statement", ["DELETE FROM entries WHERE number = 7", "DELETE FROM entries WHERE number > 200"])
def test_entries_that_somebody_deleted_are_missed(stopped, statement):
    with sqlite3.connect(stopped / "journal.sqlite3") as database:
        database.execute(statement)
    database.close()
    assert "but should have 300 up to 300" in refused(stopped)


@pytest.mark.parametrize(
    ("column", "value"), [("body", b'{"time":1,"message":"m"}'), ("account", "2"), ("wall", 5), ("kind", "ClockStopped")]
)
def test_an_entry_that_somebody_changed_is_named(stopped, column, value):
    with sqlite3.connect(stopped / "journal.sqlite3") as database:
        (number,) = database.execute("SELECT max(number) FROM entries WHERE kind = 'AnswerWaived'").fetchone()
        database.execute(f"UPDATE entries SET {column} = ? WHERE number = ?", (value, number))
    database.close()
    assert f"entry {number}" in refused(stopped)


def test_wherever_a_byte_is_flipped_the_journal_is_refused_or_is_what_it_was(folders, tmp_path):
    whole = (folders[2] / "journal.sqlite3").read_bytes()
    written = reopened(Path(shutil.copytree(folders[2], tmp_path / "whole")))
    found = 0
    for place in range(0, len(whole), len(whole) // 150):
        folder = tmp_path / f"{place}"
        folder.mkdir()
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        (folder / "journal.sqlite3").write_bytes(damaged)
        try:
            assert reopened(folder) == written, f"byte {place} changed what is read"
        except StartError:
            found += 1
        shutil.rmtree(folder)
    assert found > 50


@pytest.mark.parametrize("content", [b"", b"{}", b"rubbish", b'{"last": 9, "alive": 1, "check": 3}', b'{"last": "x"}', b"[]"])
def test_a_damaged_mark_is_said_to_be_one(stopped, content):
    mark = stopped / "journal.mark"
    mark.write_bytes(content)
    said = refused(stopped)
    assert said == (
        f"{mark} is damaged: it has the number of the journal's last entry. Nothing was changed. "
        "To start without checking the journal against it, remove it"
    )
    mark.unlink()
    assert len(reopened(stopped)) == COUNT


def test_a_mark_comes_back_as_it_was_written(tmp_path):
    file = MarkFile(tmp_path / "journal.mark")
    for mark in (Mark(2**53 - 1, 2**53 - 1), Mark(7, 1000)):
        file.write(mark)
        assert MarkFile.read(file.path) == mark
    file.close()
    assert MarkFile.read(tmp_path / "none") is None


def test_a_store_that_is_refused_can_be_opened_by_somebody_else(killed):
    """Nothing of the refused attempt stays open or locked."""
    (killed / "journal.mark").write_bytes(b"")
    refused(killed)
    (killed / "journal.mark").unlink()
    assert len(reopened(killed)) == COUNT


def test_a_file_that_turns_out_damaged_only_while_it_is_filled_is_an_error_not_a_traceback(tmp_path):
    store = SqliteStore(tmp_path)

    def entries():
        yield Stamped(1, "1", 1, story(1)[0])
        raise JournalError("the rest is missing")

    with pytest.raises(JournalError, match="the rest is missing"):
        store.fill(entries())
    store.close()
    assert reopened(tmp_path) == []
