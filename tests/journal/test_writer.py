"""Whatever the disk does, nobody waits for ever, the failure is seen, and what can be kept is kept."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbw.core.entries import AnswerWaived, AttemptFinished, RequestAnswered
from mockbw.core.model import Outcome
from mockbw.errors import JournalError, LostEntriesError
from mockbw.journal import Stamped
from mockbw.journal.sqlite import SqliteStore
from mockbw.supervision import Health
from tests.journal.faults import break_disk
from tests.support import examples


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr("mockbw.journal.writer.RETRY", 0.001)
    monkeypatch.setattr("mockbw.journal.writer.IDLE", 0.01)
    monkeypatch.setattr("mockbw.journal.writer.GATHER", 0.001)


def waived(number: int) -> Stamped:
    return Stamped(number, "1", 1000, AnswerWaived(number, f"m-{number}"))


def kept(folder: Path) -> list[Stamped]:
    store = SqliteStore(folder)
    try:
        return list(store.read())
    finally:
        store.close()


async def recovered(health: Health) -> None:
    while health.failure is not None:  # noqa: ASYNC110 - a thread tells no loop
        await asyncio.sleep(0.001)


ERRORS = (
    sqlite3.OperationalError("database or disk is full"),
    OSError(5, "Input/output error"),
    TypeError("Encoding objects of type istr is unsupported"),
    MemoryError(),
    RecursionError("maximum recursion depth exceeded"),
    KeyError("number"),
    SystemExit(1),
    KeyboardInterrupt(),
    GeneratorExit(),
)
FAULTS = st.none() | st.sampled_from(ERRORS) | st.tuples(st.sampled_from(ERRORS), st.just(True))


@settings(max_examples=examples(20))
@given(faults=st.lists(FAULTS, max_size=40), batches=st.lists(st.integers(1, 3), min_size=1, max_size=8))
async def test_whatever_any_call_of_the_disk_raises_nobody_waits_for_ever_and_all_is_kept_in_the_end(
    tmp_path_factory, faults, batches
):
    folder = tmp_path_factory.mktemp("faults")
    health = Health()
    store = SqliteStore(folder, health)
    store.start()
    break_disk(store, *faults)
    number, written = 0, []
    for size in batches:
        batch = [waived(number + place) for place in range(1, size + 1)]
        number += size
        written += batch
        store.write(batch)
        async with asyncio.timeout(20):
            with suppress(JournalError):
                await store.flushed()
    async with asyncio.timeout(20):
        await recovered(health)
        await store.flushed()
    store.close()
    assert kept(folder) == written


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_a_failure_that_lasts_is_reported_to_health_and_to_all_who_wait_and_recovers(tmp_path, error, caplog):
    health = Health()
    store = SqliteStore(tmp_path, health)
    store.start()
    disk = break_disk(store)
    disk.always = error
    store.write([waived(1)])
    waiting = [asyncio.ensure_future(store.flushed()) for _ in range(3)]
    done, late = await asyncio.wait(waiting, timeout=20)
    assert not late
    assert {type(task.exception()) for task in done} == {JournalError}
    assert f"the journal {store.path} cannot be written: " in str(health.failure)
    assert store.failure in str(health.failure)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    disk.always = None
    async with asyncio.timeout(20):
        await recovered(health)
        await store.flushed()
    store.close()
    assert kept(tmp_path) == [waived(1)]


async def test_a_thread_that_is_gone_is_a_failure_for_those_who_wait_and_for_whoever_comes_later(tmp_path, monkeypatch):
    """Not even a bug in the thread's own loop, at a place where nothing is caught, lets anybody wait for ever."""
    health = Health()
    store = SqliteStore(tmp_path, health)
    writer = store._writer
    monkeypatch.setattr(writer, "_turn", lambda: 1 // 0)
    store.write([waived(1)])
    async with asyncio.timeout(20):
        with pytest.raises(JournalError, match="is no longer written, which is a bug in mockbw: ZeroDivisionError"):
            await store.flushed()
        with pytest.raises(JournalError, match="ZeroDivisionError"):
            await store.flushed()
    assert "ZeroDivisionError" in str(health.failure)
    store.write([waived(2)])
    with pytest.raises(LostEntriesError, match=r"Lost: 2 entries, from entry 1 on .*: 2 AnswerWaived"):
        store.close()


async def test_whoever_waits_looks_whether_the_thread_lives(tmp_path, monkeypatch):
    """The thread's end is reported by the thread; when even that fails, those who wait find out by themselves."""
    monkeypatch.setattr("mockbw.journal.writer.BackgroundWriter._ended", lambda self, error: None)
    store = SqliteStore(tmp_path)
    monkeypatch.setattr(store._writer, "_turn", lambda: 1 // 0)
    store.write([waived(1)])
    async with asyncio.timeout(20):
        with pytest.raises(JournalError, match="its thread has ended"):
            await store.flushed()
    with pytest.raises(LostEntriesError):
        store.close()


async def test_what_could_not_be_written_is_said_when_the_store_is_closed(tmp_path):
    store = SqliteStore(tmp_path)
    store.start()
    store.write([waived(1)])
    await store.flushed()
    break_disk(store).always = sqlite3.OperationalError("database or disk is full")
    store.write([waived(2), Stamped(3, "1", 1_516_809_600_000, AttemptFinished(3, "cb-1", 1, Outcome(status=200)))])
    with pytest.raises(LostEntriesError) as raised:
        store.close()
    assert str(raised.value) == (
        f"the journal {store.path} cannot be written: database or disk is full. Lost: 2 entries, from entry 2 on "
        "(1970-01-01T00:00:01Z): 1 AnswerWaived, 1 AttemptFinished"
    )
    assert kept(tmp_path) == [waived(1)]


async def test_what_gathers_while_the_disk_is_full_is_bounded_and_what_is_on_disk_has_no_gap(tmp_path, monkeypatch):
    monkeypatch.setattr("mockbw.journal.writer.BACKLOG", 100_000)
    health = Health()
    store = SqliteStore(tmp_path, health)
    store.start()
    store.write([waived(1)])
    await store.flushed()
    disk = break_disk(store)
    disk.always = OSError(28, "No space left on device")
    store.write([waived(2)])
    with pytest.raises(JournalError, match="No space left"):
        await store.flushed()
    for number in range(3, 1000):
        store.write([Stamped(number, "1", 1000, RequestAnswered(number, "GET", "x" * 500, 404))])
    disk.always = None
    with pytest.raises(JournalError, match=r"More than 0\.1 MB are waiting: nothing is written until a restart"):
        await store.flushed()
    assert store._writer._pending == []
    store.write([waived(1000)])
    with pytest.raises(LostEntriesError, match=r"Lost: 999 entries, from entry 2 on .*: 997 RequestAnswered, 2 AnswerWaived"):
        store.close()
    assert kept(tmp_path) == [waived(1)]
