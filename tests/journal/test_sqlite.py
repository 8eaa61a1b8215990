from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from mockbw.core.entries import (
    AccountRemoved,
    AccountReset,
    AttemptFinished,
    ClockChanged,
    Entry,
    MessagesForgotten,
    RequestAnswered,
    RequestContents,
)
from mockbw.core.model import Outcome
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.errors import JournalError, StartError
from mockbw.journal import Stamped
from mockbw.journal.codec import decode, encode
from mockbw.journal.sqlite import SqliteStore
from tests.support import URL, CoreBench


def stamp(entries: list[Entry], account: str = "9900000") -> list[Stamped]:
    return [Stamped(number, account, 1000 + number, entry) for number, entry in enumerate(entries, 1)]


def story(messages: int = 3, keep: int = 1000) -> list[Entry]:
    scenario = """\
match: {to: "+19195550107"}
response: {status: 503, body: {a: [1, 2.5, null, true]}, taken: true, headers: {Retry-After: "1"}}
retry: [1s, 5s]
timeline:
  - callback: message-failed
    error: 4770
    set: {message.tag: {deep: [1]}}
    headers: {X-A: b}
  - set-state: busy
  - outage: 1m
  - reply: "ok"
"""
    bench = CoreBench(scenarios=scenario, settings=AccountSettings(callback_url=URL, keep_messages=keep))
    for number in range(messages):
        bench.post(to=f"+191955501{number % 10:02d}", tag="t", text="half a pair \U0001f600 ü")
        bench.run()
    return bench.entries


def reopened(folder: Path) -> list[Stamped]:
    store = SqliteStore(folder)
    try:
        return list(store.read())
    finally:
        store.close()


@pytest.mark.parametrize("entry", story(10), ids=lambda entry: type(entry).__name__)
def test_every_entry_comes_back_as_it_was(entry: Entry) -> None:
    assert decode(*encode(entry)) == entry


def test_half_a_surrogate_pair_from_an_endpoint_does_not_stop_the_journal() -> None:
    entry = AttemptFinished(1, "cb-1", 1, Outcome(status=200, headers=(("X-\udcff", "\udcff"),)))
    assert decode(*encode(entry)) == AttemptFinished(1, "cb-1", 1, Outcome(status=200, headers=(("X-?", "?"),)))


async def test_what_was_flushed_is_there_after_reopening(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "new" / "folder")
    written = stamp(story())
    for stamped in written:
        store.write([stamped])
    await store.flushed()
    store._database.interrupt()
    store.close()
    assert reopened(tmp_path / "new" / "folder") == written


def test_closing_writes_what_nobody_waited_for(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    written = stamp(story())
    for stamped in written:
        store.write([stamped])
    store.close()
    assert reopened(tmp_path) == written


def test_what_an_account_forgot_is_gone_from_the_disk_too(tmp_path: Path) -> None:
    written = stamp(story(40, keep=10))
    assert [stamped for stamped in written if isinstance(stamped.entry, MessagesForgotten)]
    store = SqliteStore(tmp_path)
    for stamped in written:
        store.write([stamped])
    store.close()
    kept = reopened(tmp_path)
    assert len(kept) < len(written) / 2
    assert sum(isinstance(stamped.entry, MessagesForgotten) for stamped in kept) == 1


@pytest.mark.parametrize(("last", "left"), [(AccountReset(9), ["ClockChanged", "AccountReset"]), (AccountRemoved(9), [])])
def test_a_reset_and_a_removal_clear_the_disk(tmp_path: Path, last: Entry, left: list[str]) -> None:
    store = SqliteStore(tmp_path)
    clocks: list[Entry] = [ClockChanged(1, "manual", 1.0), ClockChanged(2, "scaled", 2.0)]
    for stamped in stamp([*story(), *clocks, last]):
        store.write([stamped])
    store.close()
    assert [type(stamped.entry).__name__ for stamped in reopened(tmp_path)] == left


def refused(folder: Path) -> str:
    with pytest.raises(StartError) as raised:
        SqliteStore(folder)
    return str(raised.value)


def test_a_second_server_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path)
    assert "is in use by another mockbw" in refused(tmp_path)
    first.close()


def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    file.write_bytes(b"my diary " * 1000)
    assert "is not a mockbw journal: it was not changed" in refused(tmp_path)
    assert file.read_bytes() == b"my diary " * 1000


def test_a_database_of_another_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    with sqlite3.connect(file) as other:
        other.execute("CREATE TABLE friends (name)")
    other.close()
    before = file.read_bytes()
    assert "is a database of another program: it was not changed" in refused(tmp_path)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite3"]


def test_a_journal_of_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    file = tmp_path / "journal.sqlite3"
    with sqlite3.connect(file) as newer:
        newer.execute("PRAGMA user_version = 7")
    newer.close()
    before = file.read_bytes()
    assert "was written by a newer mockbw (format 7; this one supports 2)" in refused(tmp_path)
    assert file.read_bytes() == before


def test_a_damaged_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path)
    for stamped in stamp(story(200)):
        store.write([stamped])
    store.close()
    file = tmp_path / "journal.sqlite3"
    damaged = bytearray(file.read_bytes())
    damaged[20_000:60_000] = b"\xff" * 40_000
    file.write_bytes(damaged)
    with pytest.raises(StartError, match="is damaged"):
        reopened(tmp_path)
    assert file.read_bytes() == damaged


def test_an_entry_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    SqliteStore(tmp_path).close()
    with sqlite3.connect(tmp_path / "journal.sqlite3") as database:
        row = (5, "1", 0, "AnswerWaived", "x", b'{"time":"soon","message":"x"}', None)
        database.execute("INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    database.close()
    with pytest.raises(StartError, match=r"entry 5 cannot be read: AnswerWaived: Expected `int`, got `str` - at `\$.time`"):
        reopened(tmp_path)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert refused(tmp_path / "data") == f"--data must be a folder, but {tmp_path}/data is a file"


def test_a_folder_that_cannot_be_made_is_refused() -> None:
    assert "cannot be created" in refused(Path("/proc/mockbw"))


async def test_on_a_full_disk_nothing_is_promised_and_all_is_written_when_there_is_room_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mockbw.journal.writer.RETRY", 0.01)
    store = SqliteStore(tmp_path)
    store._database.execute("PRAGMA max_page_count = 10")  # SQLite then fails just as on a full disk
    written = stamp(story(100))
    for stamped in written:
        store.write([stamped])
    with pytest.raises(JournalError, match=r"cannot be written: database or disk is full"):
        await store.flushed()
    assert store.failure is not None
    with pytest.raises(JournalError):
        await store.flushed()
    store._database.execute("PRAGMA max_page_count = 1000000")
    store.close()
    assert reopened(tmp_path) == written


def test_requests_that_belong_to_no_message_are_forgotten_on_disk_too(tmp_path: Path) -> None:
    """After a restart the account remembers the same requests as before."""
    bench = CoreBench()
    for number in range(50_000):
        path = f"/api/v2/users/1/media/{number}{'x' * 15_000}"
        bench.account.record_request(RequestAnswered(bench.now, "GET", path, 404, because="b" * 5_000))
    bench.perform()
    store = SqliteStore(tmp_path)
    store.start()
    store.write(stamp(bench.entries))
    store.close()
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 30_000 * 2_200
    kept = reopened(tmp_path)
    assert len(kept) < 25_000
    folded = Records()
    for stamped in kept:
        folded.apply(stamped.entry)
    assert folded.requests == bench.account.records.requests


def test_contents_of_refused_requests_are_forgotten_on_disk_too(tmp_path: Path) -> None:
    bench = CoreBench()
    held = RequestContents((("X", "v" * 4_000),), "b" * 4_000, (("Y", "w" * 4_000),), "a" * 4_000)
    for number in range(3_000):
        bench.account.record_request(RequestAnswered(bench.now, "POST", f"/{number}", 400, contents=held))
    bench.perform()
    store = SqliteStore(tmp_path)
    store.start()
    store.write(stamp(bench.entries))
    store.close()
    kept = reopened(tmp_path)
    folded = Records()
    for stamped in kept:
        folded.apply(stamped.entry)
    assert folded.requests == bench.account.records.requests
    with_contents = [each for each in kept if isinstance(each.entry, RequestAnswered) and each.entry.contents is not None]
    assert 200 <= len(with_contents) <= 1_000


def test_entries_of_forgotten_messages_are_gone_from_disk_with_the_next_snapshot(tmp_path: Path) -> None:
    bench = CoreBench(settings=AccountSettings(callback_url=URL, keep_messages=20))
    for number in range(1_000):
        bench.post(sender=f"+1919{number:07d}")
        bench.run()
    store = SqliteStore(tmp_path)
    store.start()
    store.write(stamp(bench.entries))
    store.close()
    kept = reopened(tmp_path)
    assert len(kept) < len(bench.entries) / 2
    folded = Records()
    for stamped in kept:
        folded.apply(stamped.entry)
    records = bench.account.records
    assert folded.messages == records.messages
    assert folded.own_numbers == records.own_numbers
