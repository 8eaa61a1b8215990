"""How an account's time is moved by hand, and what it waits for.

A clock that stands is moved by one mover at a time; others wait for their turn, so what they ask for adds up. A mover goes from
deadline to deadline. At each it lets everything happen that is due, and waits until no hold but its own is out, since the outcome
of an attempt makes new deadlines: only then does it look for the next.
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
"""How far ``settle`` goes at most before it says that the account never comes to rest, in virtual milliseconds."""

_ADVANCE = Hold(HoldKind.ADVANCE)


class TimeControl:
    """The time of one account: what it is, what keeps it from moving, and how it is moved. Times are virtual milliseconds.

    Whatever waits raises ``AccountEndedError`` when the account is removed meanwhile, or the server stops.
    """

    def __init__(self, pump: Pump) -> None:
        self._pump = pump
        self._moving = asyncio.Lock()

    @property
    def clock(self) -> Clock:
        """The account's clock, to be read; ``set_clock`` and what follows it change it."""
        return self._pump.clock

    @property
    def held_by_hand(self) -> tuple[str, ...]:
        """The names of the holds that were taken by hand."""
        return tuple(hold.subject for hold in self._pump.clock.holds if hold.kind is HoldKind.BY_HAND)

    def now(self) -> int:
        """Return virtual time."""
        return self._pump.now()

    def next_deadline(self) -> int | None:
        """Return the virtual time at which something is due next, or None when nothing is to come."""
        return self._pump.core.next_deadline()

    def pace(self) -> tuple[float, str]:
        """Return how much virtual time passes in one unit of wall time at present, and why so much."""
        return self._pump.pace()

    async def changed(self) -> None:
        """Return as soon as anything has happened in the account."""
        await self._pump.changed()

    async def callbacks_ended(self, message: str) -> None:
        """Return when every callback that the message has so far was answered or has failed once."""
        records = self._pump.core.records
        record = records.messages[message]
        while any(
            (callback := records.callbacks.get(name)) is not None and callback.status is CallbackStatus.ATTEMPTING
            for name in record.callbacks
        ):
            await self._pump.changed()

    def set_clock(self, mode: ClockMode, rate: float | None = None) -> None:
        """Change what moves the clock; virtual time goes on from where it is.

        Raises:
            ClockError: the rate is not a positive number.
        """
        self._pump.set_clock(mode, rate)

    def hold(self, name: str) -> None:
        """Hold an auto or manual clock by hand until ``release``; to hold it twice by one name is the same as once."""
        if name not in self.held_by_hand:
            self._pump.hold(Hold(HoldKind.BY_HAND, name))

    def release(self, name: str) -> None:
        """Give back a hold that was taken by hand.

        Raises:
            UnknownError: no such hold is out.
        """
        if name not in self.held_by_hand:
            raise UnknownError("hold", name, self.held_by_hand)
        self._pump.release(Hold(HoldKind.BY_HAND, name))
        self._pump.done()

    async def advance(self, by: int) -> None:
        """Move a clock that stands by so much from where it is when the turn comes; see ``advance_to``."""
        async with self._mover():
            await self._go_to(self._pump.now() + by)

    async def advance_to(self, target: int) -> None:
        """Go through every deadline up to ``target``, in order, waiting at each for what is due to come out.

        Returns when the target is reached and nothing is in flight.

        Raises:
            ClockError: the clock flows by itself or is held by hand, or the target is past or after ``LATEST``.
        """
        async with self._mover():
            if target < self._pump.now():
                raise ClockError("virtual time never goes back")
            await self._go_to(target)

    async def _go_to(self, target: int) -> None:
        if target > LATEST:
            raise ClockError("a clock goes up to the year 3000")
        while (deadline := await self._next()) is not None and deadline <= target:
            self._pump.jump(deadline, _ADVANCE)
        self._pump.jump(target, _ADVANCE)
        await self._quiet()

    async def step(self, count: int = 1) -> int:
        """Go to the next deadline, ``count`` times; return how many there were.

        Raises:
            ClockError: the clock flows by itself or is held by hand.
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

        A clock that stands is moved from deadline to deadline; a clock that flows is waited for.

        Raises:
            ClockError: it is held by hand, or the account is still not at rest after ``limit`` virtual milliseconds.
        """
        self._check_not_held_by_hand()
        last = self._pump.now() + limit
        while self._pump.clock.flows:
            if self._pump.failed:
                self._pump.check_running()
            if self._pump.core.idle and not self._pump.clock.is_held():
                return
            if self._pump.now() > last:
                raise _restless(limit)
            await self._pump.changed()
        async with self._mover():
            while (deadline := await self._next()) is not None:
                if deadline > last:
                    raise _restless(limit)
                self._pump.jump(deadline, _ADVANCE)

    @asynccontextmanager
    async def _mover(self) -> AsyncIterator[None]:
        """Let the block move the clock, when its turn comes."""
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
        """Return when no hold but the mover's own is out. New requests get a turn first."""
        await asyncio.sleep(0)
        while self._pump.clock.is_held(besides=_ADVANCE):
            await self._pump.changed()
        self._pump.check_running()


def _restless(limit: int) -> ClockError:
    return ClockError(
        f"still not at rest after {format_duration(limit)} of virtual time: advance to what is due later, or cancel it"
    )
