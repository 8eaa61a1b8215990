"""The pump: it alone performs the effects of an account, moves its clock, takes holds and writes its journal.

How it works:

*An input* to the account is three calls: ``catch_up`` fires every deadline that has come, so that nothing is skipped; then the
method of the core; then ``done``, which performs what all this has led to: entries go to the journal, requests to the dispatcher.
A request begins as soon as its origin has room for it, but its bytes leave only when the event loop goes on; by then the entry
that says it has begun is in the journal.

*The next deadline* is come back to by one wake-up (``_set_wake``). On a clock that flows it is a timer of the event loop. On an
``auto`` clock that nothing holds it comes at once and jumps to the deadline. A ``manual`` clock needs none: it is moved by
``jump``.

*The pace.* A ``scaled`` clock runs at its rate up to the next deadline, and with the wall when nothing is due (``_set_pace``): it
is ahead of the wall by no more than the account's work took. A first attempt under way does not hurry it, since most are answered
at once; a retry does, so that a day of an endpoint that hangs takes no longer than a day of one that is down.

*Holds* keep a clock that stands from jumping over what is about to happen: one for each answer that is being written, one for
each attempt from when it is put out until it has ended, one for whoever moves the clock (``time_control``), and those taken by
hand.

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
        """Keep a clock that stands from moving, and give the hold back; follow that up with ``done``. As they are: every message
        calls both."""
        self._journal, self._follower, self._health = journal, follower, health or Health()
        self._dispatcher = Dispatcher(sender, self)
        self._started = follower is None
        """False as long as the clock may still be put where its follower is."""
        self._wake: asyncio.TimerHandle | asyncio.Handle | None = None
        self._wake_for = 0
        """The deadline that the wake-up is for."""
        self._retries = 0
        """How many attempts under way are retries."""
        self._waiters: list[asyncio.Future[None]] = []
        self._closed = self._removed = False
        self._ended = ""
        """Why nothing will happen in the account any more; empty while it runs."""
        self.failed = False
        """An exception that nobody called for has ended the account."""

    # -- inputs -----------------------------------------------------------------------------------------------------------

    def now(self) -> int:
        """Return virtual time."""
        if not self._started:
            self._look_for_start()
        return max(self.clock.now(monotonic_ms()), self.core.records.time)

    def _look_for_start(self) -> None:
        """Let the clock begin where its follower is, as long as nothing has happened."""
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
        """Perform what the input has led to, see when to come back, and wake whoever waits."""
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
        """Record what has happened and put out what is to be sent, which may be more that has happened."""
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
        """Record what the core knows nothing of."""
        self.core.records.apply(entry)
        if not self._removed:
            self._journal.append(self.core.name, entry)

    async def changed(self) -> None:
        """Return as soon as anything has happened in the account.

        Raises:
            AccountEndedError: nothing will happen any more: the account was removed, or the server stops.
        """
        self.check_running()
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        await future

    def check_running(self) -> None:
        """Return if things still happen in the account.

        Raises:
            AccountEndedError: it was removed, or the server stops.
        """
        if self._ended:
            raise AccountEndedError(self.core.name, self._ended)

    # -- the clock --------------------------------------------------------------------------------------------------------

    def set_clock(self, mode: ClockMode, rate: float | None) -> None:
        """Change what moves the clock; virtual time goes on from where it is.

        Raises:
            ClockError: the rate is not a positive number.
        """
        now = self.catch_up()
        self.clock.set(mode, monotonic_ms(), rate)
        if self._wake is not None:  # it was set by the clock as it was
            self._wake.cancel()
            self._wake = None
        self._note(ClockChanged(now, mode.value, self.clock.scaled_rate))
        self.done()

    def jump(self, instant: int, by: Hold) -> None:
        """Move a clock that stands forward to an instant, and do what is due there; ``by`` is the mover's own hold.

        Raises:
            ClockError: the clock flows, or another hold is out.
        """
        self._leap(instant, by)
        self.catch_up()
        self.done()
        if 0 < self.core.records.time < instant:  # nothing has happened there that the journal would know
            self._journal.save_clock(self.core.name, instant)

    def _leap(self, instant: int, by: Hold | None = None) -> None:
        """Move a clock that stands, never back, and its follower with it."""
        before = self.now()
        self._started = True
        self.clock.jump(max(instant, before), by=by)
        if self._follower is not None and instant > before:
            self._follower.moved(instant - before)

    def next_deadline(self) -> int | None:
        """Return when something is due next; while time flows, the end of an outage is worth hurrying for as well."""
        deadline = self.core.next_deadline()
        if self.core.records.outage is not None and self.clock.flows and (ends := self.core.outage_ends(self.now())) is not None:
            return ends if deadline is None else min(deadline, ends)
        return deadline

    def _set_pace(self, deadline: int | None) -> None:
        self.clock.hurry(inf if self._retries else deadline or 0, monotonic_ms())

    def pace(self) -> tuple[float, str]:
        """Return how much virtual time passes in one unit of wall time at present, and why so much."""
        pace, deadline = self.clock.pace(monotonic_ms()), self.next_deadline()
        match self.clock.mode:
            case ClockMode.MANUAL:
                return pace, "a manual clock moves only when it is advanced"
            case ClockMode.AUTO:
                return pace, "an auto clock jumps to what is due next as soon as nothing holds it"
            case ClockMode.REAL:
                return pace, "a real clock runs with the wall"
        if self._retries and pace != 1:
            return pace, "a callback is being attempted again"
        if deadline is not None:
            return pace, "something is due: it hurries there"
        if self.clock.is_held():
            return pace, "nothing is due until the requests under way are answered"
        return pace, "nothing is pending: it runs with the wall"

    def _set_wake(self, deadline: int | None) -> None:
        if self._wake is not None:
            # One that comes too early looks again: cheaper than a new one after every input.
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

    # -- attempts: what the dispatcher asks of its owner --------------------------------------------------------------

    def _dispatch(self, attempt: SendAttempt) -> None:
        if self._closed:
            return  # still due when the account is read back from its journal
        self.clock.hold(_hold_of(attempt))
        self._retries += attempt.retries
        self._dispatcher.put(attempt, self.core.records.time)

    def width_of_origin(self, *, unresponsive: bool) -> int:
        """How many attempts an origin gets at once.

        Where time stands they go one after another, so that the endpoint sees the same order in every run. An endpoint that
        does not answer sees no order: its attempts time out side by side.
        """
        if self.concurrency is not None:
            return self.concurrency
        return 64 if self.clock.flows or unresponsive else 1

    def begin_attempt(self, attempt: SendAttempt, since: int) -> Begun | None:
        """Record that the request begins; one that did not have to wait ``since`` then begins when it was due."""
        started = max(self.core.records.time, attempt.due) if since == self.core.records.time else self.now()
        number = self.core.attempt_started(attempt, started)
        if number is None:
            self.drop_attempt(attempt)
            return None
        return Begun(number, started)

    def end_attempt(self, attempt: SendAttempt, begun: Begun, outcome: Outcome) -> None:
        """Record how the request ended. Where time stands, an answer takes none of it, but a time-out takes its length."""
        now = self.catch_up()
        timed_out = outcome.fault is Fault.TIMEOUT and not self.clock.flows
        ends = begun.at + attempt.timeout if timed_out else now
        self.core.attempt_finished(attempt.callback, begun.number, outcome, now, ends)
        self.drop_attempt(attempt)

    def drop_attempt(self, attempt: SendAttempt) -> None:
        """The attempt is not under way any more: it holds the clock no longer."""
        self.clock.release(_hold_of(attempt))
        self._retries -= attempt.retries

    def drop_waiting(self) -> None:
        """Drop every attempt that has not begun."""
        self._dispatcher.clear()

    # -- the end ----------------------------------------------------------------------------------------------------------

    def leave(self) -> None:
        """Have the journal forget the account, which was reset: what still ends is recorded no more.

        At once, since another account of the name may begin before this one is closed.
        """
        self._note(AccountRemoved(self.now()))
        self._removed = True
        self._end("it was removed")

    async def close(self, grace: float) -> None:
        """Stop: give attempts in flight ``grace`` seconds of wall time to end, then cut them."""
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
