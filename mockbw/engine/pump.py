"""The pump: it alone performs the effects of an account, moves its clock, takes holds and writes its journal.

How it works:

*An input* to the account is three calls: ``catch_up`` fires every deadline that has passed, so that nothing is skipped; then the
method of the core; then ``done``, which performs the effects of both: entries go to the journal, requests to the dispatcher. A
request starts as soon as its origin has room for it, but its bytes are sent only when the event loop continues; by then the entry
that it has started is in the journal.

*The next deadline* has one wake-up (``_set_wake``). On a ``scaled`` or ``real`` clock it is a timer of the event loop. On an
``auto`` clock without holds it comes immediately and jumps to the deadline. A ``manual`` clock has none: it is moved by ``jump``.

*The pace.* A ``scaled`` clock runs at its rate up to the next deadline, and with the wall clock when nothing is due
(``_set_pace``): it is ahead of the wall clock by no more than the account's work required. A first attempt in flight does not
speed it up, since most are answered at once; a retry does, so that a day with an endpoint that hangs takes no longer than a day
with one that is down.

*Holds* keep a manual or auto clock from jumping over what is about to happen: one for each answer that is being written, one for
each attempt from its dispatch to its end, one for an advance in progress (``time_control``), and those taken by hand.

*Whoever waits* for something to happen in the account (``changed``) is woken after every input. When the account ends, since it
was removed or the server stops, they all get an ``AccountEndedError``. An exception where nobody called (a wake-up, the end of an
attempt) ends the account, too: time would stand in it without a reason. It is a failure of the server (``Health``).
"""

from __future__ import annotations

import asyncio
from math import inf
from typing import Final

from mockbw.core.account import Account
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import Clock, ClockMode, Hold, HoldKind
from mockbw.core.entries import AccountRemoved, ClockChanged, ClockStopped, Entry
from mockbw.core.model import Fault, Outcome
from mockbw.delivery.dispatcher import Begun, Dispatcher
from mockbw.delivery.outcomes import Sender
from mockbw.engine.account_setup import TimeFollower
from mockbw.errors import AccountEndedError
from mockbw.journal import Journal
from mockbw.supervision import Health, described
from mockbw.wallclock import monotonic_ms

__all__ = ["Pump"]


class Pump:
    """Runs one core account. All methods belong to the engine's event loop; times are virtual milliseconds.

    ``concurrency``: see ``AccountSetup``; the runner changes it with the account's settings.
    """

    def __init__(
        self,
        core: Account,
        clock: Clock,
        sender: Sender,
        journal: Journal,
        follower: TimeFollower | None = None,
        concurrency: int | None = None,
        health: Health | None = None,
    ) -> None:
        self.core: Final = core
        self.clock: Final = clock
        self.concurrency = concurrency
        self.hold, self.release = clock.hold, clock.release
        """Hold a manual or auto clock, and release the hold; follow that up with ``done``. Bound directly: every message calls
        both."""
        self._journal, self._follower, self._health = journal, follower, health or Health()
        self._dispatcher = Dispatcher(sender, self)
        self._started = follower is None
        """False as long as the clock can still be set to its follower's time."""
        self._wake: asyncio.TimerHandle | asyncio.Handle | None = None
        self._wake_for = 0
        """The deadline that the wake-up is for."""
        self._retries = 0
        """How many attempts in flight are retries."""
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = self._removed = False
        self._ended = ""
        """Why the account has ended; empty while it runs."""
        self.failed = False
        """An exception that nobody called for has ended the account."""

    # -- inputs -----------------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return virtual time."""
        if not self._started:
            self._look_for_start()
        return max(self.clock.now(monotonic_ms()), self.core.records.time)

    def _look_for_start(self) -> None:
        """Start the clock at its follower's time, as long as nothing has happened."""
        self._started = self.core.records.time > 0
        if not self._started and self._follower is not None and (start := self._follower.start()) is not None:
            self.clock.begin(start, monotonic_ms())

    def catch_up(self) -> int:
        """Do everything that is due by now, so that the input at hand comes after it; return now.

        Raises:
            AccountEndedError: the account has failed.
        """
        if self.failed:
            self.check_running()
        now = self.now()
        while self.core.fire_due(now):
            self._perform()
            if self.clock.mode is ClockMode.SCALED:
                self.clock.hurry_on(self.core.next_deadline() or 0)
                now = self.now()
        return now

    def done(self) -> None:
        """Perform the effects of the input, set the next wake-up, and wake waiting tasks."""
        self._perform()
        deadline = self.next_deadline()
        if self.clock.mode is ClockMode.SCALED:
            self._set_pace(deadline)
        self._set_wake(deadline)
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for future in waiters:
                if not future.done():
                    future.set_result(None)

    def _perform(self) -> None:
        """Write entries to the journal and dispatch requests, which may cause more entries."""
        entries: list[Entry] = []
        more = True
        while more:
            more = False
            for effect in self.core.take_effects():
                if isinstance(effect, SendAttempt):
                    self._dispatch(effect)
                    more = True
                else:
                    entries.append(effect)
        if entries and not self._removed:
            self._journal.append(self.core.name, *entries)

    def _note(self, entry: Entry) -> None:
        """Record an entry that does not come from the core."""
        self.core.records.apply(entry)
        if not self._removed:
            self._journal.append(self.core.name, entry)

    async def changed(self) -> None:
        """Return as soon as anything has happened in the account.

        Raises:
            AccountEndedError: the account was removed, or the server stops.
        """
        self.check_running()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        await future

    def check_running(self) -> None:
        """Check that the account has not ended.

        Raises:
            AccountEndedError: it was removed, or the server stops.
        """
        if self._ended:
            raise AccountEndedError(self.core.name, self._ended)

    # -- the clock --------------------------------------------------------------------------------------------------------

    def set_clock(self, mode: ClockMode, rate: float | None) -> None:
        """Change the clock's mode or rate; virtual time continues from where it is.

        Raises:
            ClockError: the rate is not a positive number.
        """
        now = self.catch_up()
        self.clock.set(mode, monotonic_ms(), rate)
        if self._wake is not None:  # it was computed for the previous clock
            self._wake.cancel()
            self._wake = None
        self._note(ClockChanged(now, mode.value, self.clock.scaled_rate))
        self.done()

    def jump(self, instant: int, by: Hold) -> None:
        """Advance a manual or auto clock to an instant, and perform what is due there; ``by`` is the mover's own hold.

        Raises:
            ClockError: the clock runs by itself, or there is another hold.
        """
        self._leap(instant, by)
        self.catch_up()
        self.done()
        if 0 < self.core.records.time < instant:  # nothing has happened there that is in the journal
            self._journal.save_clock(self.core.name, instant)

    def _leap(self, instant: int, by: Hold | None = None) -> None:
        """Advance a manual or auto clock, never back, and its follower with it."""
        before = self.now()
        self._started = True
        self.clock.jump(max(instant, before), by=by)
        if self._follower is not None and instant > before:
            self._follower.moved(instant - before)

    def next_deadline(self) -> int | None:
        """Return the next deadline; on a scaled or real clock, the end of an outage counts as well."""
        deadline = self.core.next_deadline()
        if self.core.records.outage is not None and self.clock.flows and (ends := self.core.outage_ends(self.now())) is not None:
            return ends if deadline is None else min(deadline, ends)
        return deadline

    def _set_pace(self, deadline: int | None) -> None:
        self.clock.hurry(inf if self._retries else deadline or 0, monotonic_ms())

    def pace(self) -> tuple[float, str]:
        """Return how much virtual time currently passes in one unit of wall time, and why."""
        pace, deadline = self.clock.pace(monotonic_ms()), self.next_deadline()
        match self.clock.mode:
            case ClockMode.MANUAL:
                return pace, "a manual clock moves only when it is advanced"
            case ClockMode.AUTO:
                return pace, "an auto clock jumps to the next deadline as soon as nothing holds it"
            case ClockMode.REAL:
                return pace, "a real clock runs with the wall clock"
        if self._retries and pace != 1:
            return pace, "a callback is being retried"
        if deadline is not None:
            return pace, "it runs at its rate to the next deadline"
        if self.clock.is_held():
            return pace, "nothing is due until the requests in flight are answered"
        return pace, "nothing is pending: it runs with the wall clock"

    def _set_wake(self, deadline: int | None) -> None:
        if self._wake is not None:
            # One that fires too early checks again: cheaper than setting a new one after every input.
            if deadline is not None and self._wake_for <= deadline and not self._closed:
                return
            self._wake.cancel()
            self._wake = None
        if deadline is None or self._closed:
            return
        self._wake_for = deadline
        if self.clock.flows:
            wait = self.clock.wall_until(deadline, monotonic_ms()) or 0.0
            self._wake = asyncio.get_running_loop().call_later(wait / 1000, self._woken)
        elif not self.clock.is_held() and (self.clock.mode is ClockMode.AUTO or deadline <= self.now()):
            self._wake = asyncio.get_running_loop().call_soon(self._woken)

    def _woken(self) -> None:
        self._wake = None
        try:
            if not self.clock.flows:
                deadline = self.core.next_deadline()
                if self.clock.is_held() or deadline is None:
                    return
                if self.clock.mode is ClockMode.AUTO:
                    self._leap(deadline)
            self.catch_up()
            self.done()
        except Exception as error:  # noqa: BLE001 - there is nobody it could be raised to
            self.fail(error)

    # -- attempts: the owner of the dispatcher ----------------------------------------------------------------------------

    def _dispatch(self, attempt: SendAttempt) -> None:
        if self._closed:
            return  # still due when the account is restored from its journal
        self.clock.hold(_hold_of(attempt))
        self._retries += attempt.retries
        self._dispatcher.put(attempt, self.core.records.time)

    def width_of_origin(self, *, unresponsive: bool) -> int:
        """The number of concurrent attempts for an origin.

        On a manual or auto clock they go one after another, so that the endpoint sees the same order in every run. For an
        endpoint that does not answer, the order does not matter: its attempts time out in parallel.
        """
        if self.concurrency is not None:
            return self.concurrency
        return 64 if self.clock.flows or unresponsive else 1

    def begin_attempt(self, attempt: SendAttempt, since: int) -> Begun | None:
        """Record that the request starts; one that did not have to wait ``since`` then starts when it was due."""
        started = max(self.core.records.time, attempt.due) if since == self.core.records.time else self.now()
        number = self.core.attempt_started(attempt, started)
        if number is None:
            self.drop_attempt(attempt)
            return None
        return Begun(number, started)

    def end_attempt(self, attempt: SendAttempt, begun: Begun, outcome: Outcome) -> None:
        """Record how the request ended. On a manual or auto clock an answer takes no virtual time, a time-out its length."""
        now = self.catch_up()
        timed_out = outcome.fault is Fault.TIMEOUT and not self.clock.flows
        ends = begun.at + attempt.timeout if timed_out else now
        self.core.attempt_finished(attempt.callback, begun.number, outcome, now, ends)
        self.drop_attempt(attempt)

    def drop_attempt(self, attempt: SendAttempt) -> None:
        """The attempt is no longer in flight: release its hold on the clock."""
        self.clock.release(_hold_of(attempt))
        self._retries -= attempt.retries

    def drop_waiting(self) -> None:
        """Drop every attempt that has not started."""
        self._dispatcher.clear()

    # -- the end ----------------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Remove the account, which was reset, from the journal: what still ends is no longer recorded.

        This happens immediately, since another account with the name may be created before this one is closed.
        """
        self._note(AccountRemoved(self.now()))
        self._removed = True
        self._end("it was removed")

    async def close(self, grace: float) -> None:
        """Stop: give attempts in flight ``grace`` seconds of wall time to end, then cancel them."""
        self._closed = True
        self._set_wake(None)
        self._end("the server stops")
        await self._dispatcher.close(grace)
        if self.failed:
            return  # after a restart the account goes on from what the journal has
        self.done()
        if self.core.records.time and not self._removed:
            self._note(ClockStopped(self.now()))

    def fail(self, error: Exception) -> None:
        """End the account because of an exception that nobody else would see."""
        if not self.failed:
            self.failed = True
            self._set_wake(None)
            because = f"it has failed, which is a bug in mockbw: {described(error)}"
            self._health.failed("accounts", f"account {self.core.name} has ended: {because}", error)
            self._end(because)

    def _end(self, because: str) -> None:
        self._ended = self._ended or because
        waiters, self._waiters = self._waiters, []
        for future in waiters:
            if not future.done():
                future.set_exception(AccountEndedError(self.core.name, self._ended))


def _hold_of(attempt: SendAttempt) -> Hold:
    return Hold(HoldKind.ATTEMPT, attempt.callback, attempt.url)
