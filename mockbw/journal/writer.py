"""The thread that writes a journal to disk: in order, many entries at a time, and with every failure reported.

A store gives it a ``Backend``, which stores a batch completely or not at all. Every exception of the backend is a failure: the
server is not ready, waiting tasks get the reason, and the same batch is retried until it is stored. The backlog is bounded:
beyond that the writer gives up permanently, so that the journal on disk has no gap.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from mockbw.errors import JournalError, LostEntriesError
from mockbw.journal import Stamped
from mockbw.journal.weight import weigh
from mockbw.supervision import Health, described, start_thread

__all__ = ["Backend", "BackgroundWriter"]

log = logging.getLogger("mockbw")

GATHER = 0.02
"""The maximum delay in seconds before entries are committed that no task waits for."""

RETRY = 1.0
"""The delay before a retry after a failure, in seconds."""

IDLE = 1.0
"""The interval at which the backend is verified, and at which waiting tasks check that the thread is alive, in seconds."""

BACKLOG = 64_000_000
"""The maximum bytes of entries in memory while they cannot be written; beyond that, the writer gives up."""

PATIENCE = 30.0
"""How long ``close`` waits for a disk that does not respond, in seconds."""

PART = "journal"


class Backend(Protocol):
    """Where entries are stored. All methods are called in the writer's thread, and may raise any exception.

    ``expected`` are the exceptions whose message is sufficient: no traceback is logged for them.
    """

    expected: tuple[type[Exception], ...]

    def commit(self, batch: Sequence[Stamped], clocks: Mapping[str, int]) -> None:
        """Store entries, and the times of clocks by account, all or none. A batch that failed is passed again."""
        ...

    def verify(self) -> None:
        """Verify that what was stored is still there; called about once a second while nothing is committed."""
        ...


@dataclass(slots=True)
class _Waiting:
    number: int
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


@dataclass(slots=True)
class _Lost:
    """The lost entries: how many of which type, and the first one."""

    first: Stamped | None = None
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, entries: Sequence[Stamped]) -> None:
        if entries and (self.first is None or entries[0].number < self.first.number):
            self.first = entries[0]
        self.kinds.update(type(stamped.entry).__name__ for stamped in entries)


class BackgroundWriter:
    """Passes entries to a backend. ``name`` is what it writes, for messages: the journal /data/journal.sqlite3."""

    def __init__(self, name: str, backend: Backend, health: Health) -> None:
        self._name, self._backend, self._health = name, backend, health
        self._pending: list[Stamped] = []
        self._clocks: dict[str, int] = {}
        self._waiting: list[_Waiting] = []
        self._newest = self._committed = 0
        self._failure: str | None = None
        self._backlog = 0
        """The bytes that are waiting since the failure."""
        self._over = False
        """Nothing more will be written: the writer has given up, or was closed."""
        self._closing = False
        self._lost = _Lost()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._watching: asyncio.AbstractEventLoop | None = None

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        return self._failure

    def start(self, last: int = 0) -> None:
        """Start the thread, after the entry numbered ``last``."""
        self._newest = self._committed = max(last, self._newest)
        with self._changed:
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self._over:
            try:
                self._thread = start_thread(PART, self._run, self._ended)
            except RuntimeError as error:
                self._fail(f"{self._name} cannot be written: {error}", error)

    def write(self, entries: Sequence[Stamped]) -> None:
        """Keep the entries soon; return at once."""
        with self._changed:
            if self._over:  # the failure has been reported
                self._lost.add(entries)
                return
            first = not self._pending
            self._pending += entries
            self._newest = entries[-1].number
            if self._failure is not None and self._overflows(entries):
                return
            if self._thread is None:
                self._start()
            elif first:
                self._changed.notify()

    def save_clock(self, account: str, time: int | None) -> None:
        """Keep where an account's clock stands, None: the account was removed; within a second, return at once."""
        with self._changed:
            if time is None:
                self._clocks.pop(account, None)
            elif not self._over:
                self._clocks[account] = time
                self._start()

    async def flushed(self) -> None:
        """Return when everything written so far is stored.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        loop = asyncio.get_running_loop()
        with self._changed:
            if self._failure is not None:
                raise JournalError(self._failure)
            if self._committed >= self._newest:
                return
            waiting = _Waiting(self._newest, loop, loop.create_future())
            self._waiting.append(waiting)
            self._changed.notify()
            if self._watching is not loop:
                self._watching = loop
                loop.call_later(IDLE, self._watch, loop)
        await waiting.future

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Check that the thread is alive while tasks wait for it: one timer for all of them."""
        with self._changed:
            self._watching = None
            if not self._waiting:
                return
            if self._thread is not None and self._thread.is_alive():
                self._watching = loop
                loop.call_later(IDLE, self._watch, loop)
                return
        self._give_up(f"{self._name} is no longer written: its thread has ended, which is a bug in mockbw")

    def close(self) -> None:
        """Write what is left and end the thread.

        Raises:
            LostEntriesError: some of it could not be written; says what.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                self._fail(f"{self._name} cannot be written: the disk has not responded for {PATIENCE:g} seconds")
        with self._changed:
            self._over = True
            self._lost.add(self._pending)
            self._pending = []
            well = self._failure is None
            self._failure = self._failure or f"{self._name} is closed"
        if not well:
            raise LostEntriesError(self._loss_report(self._failure))

    def _loss_report(self, why: str) -> str:
        first, kinds = self._lost.first, self._lost.kinds
        if first is None:
            return why
        at = datetime.fromtimestamp(first.wall / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        what = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        return f"{why}. Lost: {kinds.total()} entries, from entry {first.number} on ({at}): {what}"

    # -- the thread ---------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Write the pending entries; return False when there will be no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._pending or self._closing, timeout=IDLE)
            if self._pending and self._failure is None:
                self._changed.wait_for(lambda: self._waiting or self._closing, timeout=GATHER)
            batch, self._pending = self._pending, []
            clocks, self._clocks = self._clocks, {}
            last = self._closing
        if self._tried(batch, clocks) and (not last or self._tried([], {})):  # at the end, nothing may be missing
            if batch:
                self._committed_up_to(batch[-1].number)
            return not (last or self._over)
        with self._changed:
            self._pending = batch + self._pending
            self._clocks = clocks | self._clocks
            self._backlog = 0
            if not self._overflows(self._pending):
                self._changed.wait_for(lambda: self._closing, timeout=RETRY)
            return not (last or self._over)

    def _tried(self, batch: Sequence[Stamped], clocks: Mapping[str, int]) -> bool:
        try:
            if batch or clocks:
                self._backend.commit(batch, clocks)
            else:
                self._backend.verify()
        except BaseException as error:  # noqa: BLE001 - no exception may end the thread
            expected = isinstance(error, self._backend.expected)
            why = str(error) if expected else described(error)
            self._fail(f"{self._name} cannot be written: {why}", None if expected else error)
            return False
        if self._failure is not None and not self._over:
            self._failure, self._backlog = None, 0
            self._health.recovered(PART)
            log.warning("%s can be written again", self._name)
        return True

    def _committed_up_to(self, number: int) -> None:
        with self._changed:
            self._committed = number
            done = [waiting for waiting in self._waiting if waiting.number <= number]
            self._waiting = [waiting for waiting in self._waiting if waiting.number > number]
        for waiting in done:
            _notify(waiting, None)

    def _ended(self, error: BaseException) -> None:
        self._give_up(f"{self._name} is no longer written, which is a bug in mockbw: {described(error)}", error)

    # -- failures -----------------------------------------------------------------------------------------------------------

    def _overflows(self, entries: Sequence[Stamped]) -> bool:
        """Count entries that have to wait, and give up when they are too many."""
        self._backlog += sum(weigh(stamped.entry) for stamped in entries)
        if self._backlog <= BACKLOG:
            return False
        self._give_up(f"{self._failure}. More than {BACKLOG / 1e6:g} MB are waiting: nothing is written until a restart")
        return True

    def _give_up(self, why: str, error: BaseException | None = None) -> None:
        with self._changed:
            self._over = True
            self._lost.add(self._pending)
            self._pending, self._clocks = [], {}
            self._changed.notify_all()
        self._fail(why, error)

    def _fail(self, why: str, error: BaseException | None = None) -> None:
        with self._changed:
            self._failure = why
            failed, self._waiting = self._waiting, []
        self._health.failed(PART, f"{why}; no message is accepted until it can" if not self._over else why, error)
        for waiting in failed:
            _notify(waiting, JournalError(why))


def _notify(waiting: _Waiting, error: JournalError | None) -> None:
    def notify() -> None:
        if waiting.future.done():
            return
        if error is None:
            waiting.future.set_result(None)
        else:
            waiting.future.set_exception(error)

    with suppress(RuntimeError):  # the loop is closed: no task waits
        waiting.loop.call_soon_threadsafe(notify)
