"""The thread that writes a journal to disk: in order, many entries at a time, and with every failure reported.

A store gives it a ``Backend``, which keeps a batch whole or not at all. Whatever the backend raises is a failure: the server is
not ready, whoever waits gets the reason, and the same batch is retried until it is kept. What gathers meanwhile is bounded: past
that bound the writer gives up for good, so that what is on disk stays a journal without a gap.
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
"""How long entries that nobody waits for may gather before they are committed, in seconds."""

RETRY = 1.0
"""How long to wait before writing is tried again after a failure, in seconds."""

IDLE = 1.0
"""How often the backend is verified, and how often those who wait check that the thread is alive, in seconds."""

BACKLOG = 64_000_000
"""How many bytes of entries may gather in memory while they cannot be written; beyond, the writer gives up."""

PATIENCE = 30.0
"""How long ``close`` waits for a disk that does not answer, in seconds."""

PART = "journal"


class Backend(Protocol):
    """Where entries are kept for good. All of it is called in the writer's thread, and may raise anything.

    ``expected`` are the exceptions whose own words say what is wrong: no traceback is logged for them.
    """

    expected: tuple[type[Exception], ...]

    def commit(self, batch: Sequence[Stamped], clocks: Mapping[str, int]) -> None:
        """Keep entries, and where clocks stand by account, all or none. A batch that it has raised for is given again."""
        ...

    def verify(self) -> None:
        """Verify that what was kept is still there; called about once a second while nothing is committed."""
        ...


@dataclass(slots=True)
class _Waiting:
    number: int
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]


@dataclass(slots=True)
class _Lost:
    """What was given up: how many entries of which type, from which one on."""

    first: Stamped | None = None
    kinds: Counter[str] = field(default_factory=Counter)

    def add(self, entries: Sequence[Stamped]) -> None:
        if entries and (self.first is None or entries[0].number < self.first.number):
            self.first = entries[0]
        self.kinds.update(type(stamped.entry).__name__ for stamped in entries)


class BackgroundWriter:
    """Hands what is written to a backend. ``name`` is what it writes, for messages: the journal /data/journal.sqlite3."""

    def __init__(self, name: str, backend: Backend, health: Health) -> None:
        self._name, self._backend, self._health = name, backend, health
        self._gathered: list[Stamped] = []
        self._clocks: dict[str, int] = {}
        self._waiting: list[_Waiting] = []
        self._newest = self._committed = 0
        self._failure: str | None = None
        self._backlog = 0
        """The bytes that have gathered since the failure."""
        self._over = False
        """Nothing will ever be written again: the writer has given up, or was closed."""
        self._closing = False
        self._lost = _Lost()
        self._news = threading.Condition()
        self._thread: threading.Thread | None = None
        self._watching: asyncio.AbstractEventLoop | None = None

    @property
    def failure(self) -> str | None:
        """Why entries cannot be kept at the moment, or None when all is well."""
        return self._failure

    def start(self, last: int = 0) -> None:
        """Start the thread, behind the entry numbered ``last``."""
        self._newest = self._committed = max(last, self._newest)
        with self._news:
            self._start()

    def _start(self) -> None:
        if self._thread is None and not self._over:
            try:
                self._thread = start_thread(PART, self._run, self._ended)
            except RuntimeError as error:
                self._fail(f"{self._name} cannot be written: {error}", error)

    def write(self, entries: Sequence[Stamped]) -> None:
        """Keep the entries soon; return at once."""
        with self._news:
            if self._over:  # the failure says so
                self._lost.add(entries)
                return
            first = not self._gathered
            self._gathered += entries
            self._newest = entries[-1].number
            if self._failure is not None and self._overflows(entries):
                return
            if self._thread is None:
                self._start()
            elif first:
                self._news.notify()

    def save_clock(self, account: str, time: int | None) -> None:
        """Keep where an account's clock stands, None: the account was removed; within a second, return at once."""
        with self._news:
            if time is None:
                self._clocks.pop(account, None)
            elif not self._over:
                self._clocks[account] = time
                self._start()

    async def flushed(self) -> None:
        """Return when everything written so far is kept.

        Raises:
            JournalError: it cannot be kept, and why.
        """
        loop = asyncio.get_running_loop()
        with self._news:
            if self._failure is not None:
                raise JournalError(self._failure)
            if self._committed >= self._newest:
                return
            waiting = _Waiting(self._newest, loop, loop.create_future())
            self._waiting.append(waiting)
            self._news.notify()
            if self._watching is not loop:
                self._watching = loop
                loop.call_later(IDLE, self._watch, loop)
        await waiting.future

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """See that the thread lives while somebody waits for it: one timer for all of them."""
        with self._news:
            self._watching = None
            if not self._waiting:
                return
            if self._thread is not None and self._thread.is_alive():
                self._watching = loop
                loop.call_later(IDLE, self._watch, loop)
                return
        self._give_up(f"{self._name} is not written any more: its thread is gone, which is a bug in mockbw")

    def close(self) -> None:
        """Write what is left and end the thread.

        Raises:
            LostEntriesError: some of it could not be written; says what.
        """
        with self._news:
            self._closing = True
            self._news.notify_all()
        if self._thread is not None:
            self._thread.join(PATIENCE)
            if self._thread.is_alive():
                self._fail(f"{self._name} cannot be written: the disk has not answered for {PATIENCE:g} seconds")
        with self._news:
            self._over = True
            self._lost.add(self._gathered)
            self._gathered = []
            well = self._failure is None
            self._failure = self._failure or f"{self._name} is closed"
        if not well:
            raise LostEntriesError(self._farewell(self._failure))

    def _farewell(self, why: str) -> str:
        first, kinds = self._lost.first, self._lost.kinds
        if first is None:
            return why
        at = datetime.fromtimestamp(first.wall / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        what = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
        return f"{why}. Lost is what happened from entry {first.number} on ({at}): {kinds.total()} entries ({what})"

    # -- the thread ---------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while self._turn():
            pass

    def _turn(self) -> bool:
        """Write what has gathered; return False when there will be no more."""
        with self._news:
            self._news.wait_for(lambda: self._gathered or self._closing, timeout=IDLE)
            if self._gathered and self._failure is None:
                self._news.wait_for(lambda: self._waiting or self._closing, timeout=GATHER)
            batch, self._gathered = self._gathered, []
            clocks, self._clocks = self._clocks, {}
            last = self._closing
        if self._tried(batch, clocks):
            if batch:
                self._committed_up_to(batch[-1].number)
            return not (last or self._over)
        with self._news:
            self._gathered = batch + self._gathered
            self._clocks = clocks | self._clocks
            self._backlog = 0
            if not self._overflows(self._gathered):
                self._news.wait_for(lambda: self._closing, timeout=RETRY)
            return not (last or self._over)

    def _tried(self, batch: Sequence[Stamped], clocks: Mapping[str, int]) -> bool:
        try:
            if batch or clocks:
                self._backend.commit(batch, clocks)
            else:
                self._backend.verify()
        except BaseException as error:  # noqa: BLE001 - whatever it is, it must not end the thread
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
        with self._news:
            self._committed = number
            done = [waiting for waiting in self._waiting if waiting.number <= number]
            self._waiting = [waiting for waiting in self._waiting if waiting.number > number]
        for waiting in done:
            _notify(waiting, None)

    def _ended(self, error: BaseException) -> None:
        self._give_up(f"{self._name} is not written any more, which is a bug in mockbw: {described(error)}", error)

    # -- failures -----------------------------------------------------------------------------------------------------------

    def _overflows(self, entries: Sequence[Stamped]) -> bool:
        """Count entries that have to wait, and give up when they are too many."""
        self._backlog += sum(weigh(stamped.entry) for stamped in entries)
        if self._backlog <= BACKLOG:
            return False
        self._give_up(f"{self._failure}. More than {BACKLOG / 1e6:g} MB have gathered: nothing is written until a restart")
        return True

    def _give_up(self, why: str, error: BaseException | None = None) -> None:
        with self._news:
            self._over = True
            self._lost.add(self._gathered)
            self._gathered, self._clocks = [], {}
            self._news.notify_all()
        self._fail(why, error)

    def _fail(self, why: str, error: BaseException | None = None) -> None:
        with self._news:
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

    with suppress(RuntimeError):  # the loop is closed: nobody waits any more
        waiting.loop.call_soon_threadsafe(notify)
