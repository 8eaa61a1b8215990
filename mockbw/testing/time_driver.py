"""Moves an account's time for a test, in step with the test's frozen time. Runs on the server's loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mockbw.core.account import InboundDraft
from mockbw.core.clock import HoldKind
from mockbw.core.payload import format_time
from mockbw.core.state import MessageRecord
from mockbw.documents.durations import parse_duration
from mockbw.engine.runner import AccountRunner
from mockbw.errors import ClockError
from mockbw.testing.frozen_time import FrozenTime

__all__ = ["TimeDriver", "duration_of", "instant_of"]

__tracebackhide__ = True  # pytest shows the line of the test, not ours

ANSWER_WAIT = 0.5
"""How many seconds of wall time to wait for a request in progress; a scenario may never answer it."""


def duration_of(by: str | timedelta) -> int:
    """Return a duration in milliseconds.

    Raises:
        ValueError: the text is not a valid duration, or it is negative.
        TypeError: it is a bare number.
    """
    if isinstance(by, str):
        try:
            return parse_duration(by)
        except ValueError as error:
            raise ValueError(str(error)) from None
    if not isinstance(by, timedelta):
        raise TypeError(f"a duration is a text such as '{by}s' or a timedelta, not {by!r}")
    if by < timedelta(0):
        raise ValueError("virtual time never goes back")
    return by // timedelta(milliseconds=1)


def instant_of(instant: str | datetime) -> int:
    """Return an instant in milliseconds since the epoch; one without an offset is UTC.

    Raises:
        ValueError: the text is not a valid ISO 8601 date-time.
    """
    if isinstance(instant, str):
        try:
            instant = datetime.fromisoformat(instant)
        except ValueError:
            raise ValueError(f"{instant!r} is not a valid date-time: write it as 2018-01-24T16:00:00Z") from None
    aware = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


class TimeDriver:
    """One account's time. Every move first catches up with the frozen time."""

    def __init__(self, runner: AccountRunner, frozen: FrozenTime) -> None:
        self.runner = runner
        self._frozen = frozen

    async def _catch_up(self) -> None:
        if self.runner.clock.mode.flows:
            return
        ahead = self._frozen.ahead(self.runner.now())
        if ahead:
            with self._frozen.catching_up():
                await self.runner.advance(ahead)

    async def advance(self, by: int) -> None:
        """Go through every deadline of the next ``by`` milliseconds."""
        await self._catch_up()
        await self.runner.advance(by)

    async def advance_to(self, instant: int) -> None:
        """Go through every deadline up to ``instant``.

        Raises:
            ClockError: it is past.
        """
        await self._catch_up()
        now = self.runner.now()
        if instant < now:
            raise ClockError(f"virtual time never goes back: it is {format_time(now)}, after {format_time(instant)}")
        await self.runner.advance_to(instant)

    async def step(self, count: int) -> int:
        """Go to the next deadline, ``count`` times; return how many there were."""
        await self._catch_up()
        return await self.runner.step(count)

    async def settle(self) -> None:
        """Advance until nothing is left to do."""
        await self._catch_up()
        await self.runner.settle()

    async def receive(self, draft: InboundDraft) -> tuple[MessageRecord, ...]:
        """Let a handset send a message; on a manual or auto clock, return when the first attempt of its callback has ended."""
        await self._catch_up()
        messages = self.runner.receive(draft)
        if not self.runner.clock.mode.flows:
            await self.runner.advance(0)
        return tuple(self.runner.records.messages[message.id] for message in messages)

    async def answered(self) -> None:
        """Return when no request is in progress: a client can have its answer a little before we record it."""
        await self.wait(lambda: not any(hold.kind is HoldKind.ANSWER for hold in self.runner.clock.holds), ANSWER_WAIT)

    async def wait(self, found: Callable[[], bool], seconds: float) -> bool:
        """Return True as soon as ``found()`` is, or False after so many seconds of wall time."""
        try:
            async with asyncio.timeout(seconds):
                while not found():
                    await self.runner.changed()
        except TimeoutError:
            return False
        return True
