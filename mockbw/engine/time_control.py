"""Advancing an account's time by hand, and waiting for it.

A manual or auto clock is moved by one advance at a time; others wait for their turn, so their durations add up. An advance goes
from deadline to deadline. At each it performs everything that is due, and waits until there is no hold but its own, since the
outcome of an attempt creates new deadlines: only then does it look for the next.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mockbw.core.clock import DAY, LATEST, Clock, ClockMode, Hold, HoldKind
from mockbw.core.model import CallbackStatus
from mockbw.documents.durations import format_duration
from mockbw.engine.pump import Pump
from mockbw.errors import ClockError, UnknownError

__all__ = ["SETTLE_LIMIT", "TimeControl"]

SETTLE_LIMIT = 7 * DAY
"""How far ``settle`` goes at most before it reports that the account is still not idle, in virtual milliseconds."""

_ADVANCE = Hold(HoldKind.ADVANCE)


class TimeControl:
    """The time of one account: reading, holding and advancing it. Times are virtual milliseconds.

    Methods that wait raise ``AccountEndedError`` when the account is removed meanwhile, or the server stops.
    """

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._moving = asyncio.Lock()

    @property
    def clock(self) -> Clock:
        """The account's clock, read-only; ``set_clock`` and the methods after it change it."""
        return self._pump.clock

    @property
    def held_by_hand(self) -> tuple[str, ...]:
        """The names of the holds that were taken by hand."""
        return tuple(hold.subject for hold in self._pump.clock.holds if hold.kind is HoldKind.BY_HAND)

    def now(self) -> int:
        """Return virtual time."""
        return self._pump.now()

    def next_deadline(self) -> int | None:
        """Return the virtual time of the next deadline, or None when nothing is scheduled."""
        return self._pump.core.next_deadline()

    def pace(self) -> tuple[float, str]:
        """Return how much virtual time currently passes in one unit of wall time, and why."""
        return self._pump.pace()

    async def changed(self) -> None:
        """Return as soon as anything has happened in the account."""
        await self._pump.changed()

    async def callbacks_ended(self, message: str) -> None:
        """Return when the first attempt of every callback that the message has so far has ended."""
        records = self._pump.core.records
        record = records.messages[message]
        while any(
            (callback := records.callbacks.get(name)) is not None and callback.status is CallbackStatus.ATTEMPTING
            for name in record.callbacks
        ):
            await self._pump.changed()

    def set_clock(self, mode: ClockMode, rate: float | None = None) -> None:
        """Change the clock's mode or rate; virtual time continues from where it is.

        Raises:
            ClockError: the rate is not a positive number.
        """
        self._pump.set_clock(mode, rate)

    def hold(self, name: str) -> None:
        """Hold an auto or manual clock by hand until ``release``; holding it twice under one name has no further effect."""
        if name not in self.held_by_hand:
            self._pump.hold(Hold(HoldKind.BY_HAND, name))

    def release(self, name: str) -> None:
        """Release a hold that was taken by hand.

        Raises:
            UnknownError: there is no such hold.
        """
        if name not in self.held_by_hand:
            raise UnknownError("hold", name, self.held_by_hand)
        self._pump.release(Hold(HoldKind.BY_HAND, name))
        self._pump.done()

    async def advance(self, by: int) -> None:
        """Advance a manual or auto clock by this much from where it is when its turn comes; see ``advance_to``."""
        async with self._mover():
            await self._go_to(self._pump.now() + by)

    async def advance_to(self, target: int) -> None:
        """Go through every deadline up to ``target``, in order, waiting at each for the outcome of what is due.

        Returns when the target is reached and nothing is in flight.

        Raises:
            ClockError: the clock runs by itself or is held by hand, or the target is past or after ``LATEST``.
        """
        async with self._mover():
            if target < self._pump.now():
                raise ClockError("virtual time never goes back")
            await self._go_to(target)

    async def _go_to(self, target: int) -> None:
        if target > LATEST:
            raise ClockError("a clock cannot go beyond the year 3000")
        while (deadline := await self._next()) is not None and deadline <= target:
            self._pump.jump(deadline, _ADVANCE)
        self._pump.jump(target, _ADVANCE)
        await self._quiet()

    async def step(self, count: int = 1) -> int:
        """Go to the next deadline, ``count`` times; return how many there were.

        Raises:
            ClockError: the clock runs by itself or is held by hand.
        """
        async with self._mover():
            for done in range(count):
                deadline = await self._next()
                if deadline is None:
                    return done
                self._pump.jump(deadline, _ADVANCE)
                await self._quiet()
            return count

    async def settle(self, limit: int = SETTLE_LIMIT) -> None:
        """Return when nothing is left to do: every timeline played, every callback ended.

        A manual or auto clock is moved from deadline to deadline; a clock that runs by itself is waited for.

        Raises:
            ClockError: it is held by hand, or the account is still not idle after ``limit`` virtual milliseconds.
        """
        self._check_not_held_by_hand()
        last = self._pump.now() + limit
        while self._pump.clock.flows:
            if self._pump.failed:
                self._pump.check_running()
            if self._pump.core.idle and not self._pump.clock.is_held():
                return
            if self._pump.now() > last:
                raise _not_idle(limit)
            await self._pump.changed()
        async with self._mover():
            while (deadline := await self._next()) is not None:
                if deadline > last:
                    raise _not_idle(limit)
                self._pump.jump(deadline, _ADVANCE)

    @asynccontextmanager
    async def _mover(self) -> AsyncIterator[None]:
        """Move the clock within the block, when its turn comes."""
        if self._pump.clock.flows:
            raise ClockError(f"a {self._pump.clock.mode} clock runs by itself: set it to manual first (mockbw clock manual)")
        self._check_not_held_by_hand()
        async with self._moving:
            self._pump.hold(_ADVANCE)
            try:
                yield
            finally:
                self._pump.release(_ADVANCE)
                self._pump.done()

    def _check_not_held_by_hand(self) -> None:
        if held := self.held_by_hand:
            raise ClockError("the clock cannot move", held)

    async def _next(self) -> int | None:
        await self._quiet()
        return self._pump.core.next_deadline()

    async def _quiet(self) -> None:
        """Return when there is no hold but the mover's own. New requests get a turn first."""
        await asyncio.sleep(0)
        while self._pump.clock.is_held(besides=_ADVANCE):
            await self._pump.changed()
        self._pump.check_running()


def _not_idle(limit: int) -> ClockError:
    return ClockError(
        f"the account is not idle after {format_duration(limit)} of virtual time: advance to what is due later, or cancel it"
    )
