"""The account's send queue (P5): messages wait here until the platform's rate allows them to leave, or until they expire.

The queue never waits itself: it adds a timer for the next message that leaves (``QueueMoves``) and for each message that may
expire meanwhile (``MessageExpires``), and the account calls back when one fires.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from fractions import Fraction

from mockbw.core.base import Value
from mockbw.core.model import Draft, Kind, Message, Priority
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records

__all__ = ["EXPIRED_IN_QUEUE", "MessageExpires", "QueueMoves", "SendQueue"]

EXPIRED_IN_QUEUE = 4360
"""The error code of a message whose expiration passed before it was sent (P5)."""


class QueueMoves(Value, frozen=True):
    """Timer: the next message leaves the send queue."""

    at: int


class MessageExpires(Value, frozen=True):
    """Timer: the message expires, if it is still queued."""

    message: str


class SendQueue:
    """First in, first out within a priority; ``high`` before ``default``; the rate is in segments per virtual second.

    Invariant: ``_waiting`` is the sum of the units of the messages in the queue and never exceeds the capacity, which is the
    rate times ``AccountSettings.queue_seconds``.

    ``add_timer`` schedules a task at a virtual time.
    """

    def __init__(self, records: Records, add_timer: Callable[[int, object], None]) -> None:
        self._records, self._add_timer = records, add_timer
        self._has_rate = False
        self._rate, self._seconds = 0.0, 0
        """The last rate that was set, and its capacity in seconds: what waits when the rate is removed leaves at this rate."""
        self._moves_at: int | None = None
        """When the next message leaves: a timer for any other time is obsolete."""
        self._empty()

    def _empty(self) -> None:
        self._lines: dict[Priority, deque[str]] = {Priority.HIGH: deque(), Priority.DEFAULT: deque()}
        self._units: dict[str, int] = {}
        self._waiting = 0
        self._free_at = Fraction(0)

    @property
    def limited(self) -> bool:
        """True while messages have to queue: a rate is set, or some still wait from when one was."""
        return self._has_rate or bool(self._units)

    def configure(self, settings: AccountSettings) -> None:
        """Set the rate and capacity; what waits leaves at the new rate, in its order, or with None at the old one."""
        self._has_rate = settings.rate is not None
        if settings.rate is not None:
            self._rate, self._seconds = settings.rate, settings.queue_seconds

    def has_room_for(self, draft: Draft, segments: int) -> bool:
        """Return False when the message must be refused, because not all of it fits (P20 row 17)."""
        if not self.limited:
            return True
        return self._waiting + _units(draft, segments) <= int(self._seconds * self._rate)

    def push(self, message: Message) -> None:
        """Queue an accepted message, until it leaves or expires."""
        units = _units(message, message.segments)
        self._units[message.id] = units
        self._waiting += units
        self._lines[message.priority or Priority.DEFAULT].append(message.id)
        self._schedule_next(self._records.time)
        if message.expires_at is not None:
            self._add_timer(max(message.expires_at, self._records.time), MessageExpires(message.id))

    def pop(self, now: int) -> str | None:
        """``QueueMoves`` fired: return the message that leaves, and schedule the one after it."""
        message = self._pop(now)
        self._moves_at = None
        self._schedule_next(now)
        return message

    def _pop(self, now: int) -> str | None:
        for line in (self._lines[Priority.HIGH], self._lines[Priority.DEFAULT]):
            while line:
                message = line.popleft()
                units = self._units.pop(message, None)
                if units is None:
                    continue  # removed while it waited
                self._waiting -= units
                self._occupy(now, units)
                return message
        return None

    def _schedule_next(self, now: int) -> None:
        """Schedule the next message for when the line is free: at most one timer is valid at any time."""
        leaves = max(now, -(-self._free_at.numerator // self._free_at.denominator)) if self._units else None
        if leaves != self._moves_at:
            self._moves_at = leaves
            if leaves is not None:
                self._add_timer(leaves, QueueMoves(leaves))

    def is_timer_valid(self, task: QueueMoves | MessageExpires) -> bool:
        """Return True while a timer is valid."""
        if isinstance(task, QueueMoves):
            return task.at == self._moves_at
        return task.message in self._units

    def remove(self, message: str) -> None:
        """Remove a message from the queue, if it is there."""
        units = self._units.pop(message, None)
        if units is not None:
            self._waiting -= units
            self._schedule_next(self._records.time)

    def occupy(self, message: Message, now: int) -> None:
        """Keep the line busy as after this message, the last to leave before the records were restored."""
        if self._has_rate:
            self._occupy(now, _units(message, message.segments))

    def _occupy(self, now: int, units: int) -> None:
        # Timers fire at whole milliseconds: the fraction the line was free already must not add up to a slower rate.
        start = self._free_at if self._free_at > now - 1 else Fraction(now)
        self._free_at = start + Fraction(units * 1000) / Fraction(self._rate).limit_denominator(10**6)

    def clear(self) -> None:
        """Remove everything that waits."""
        self._empty()
        self._moves_at = None


def _units(message: Message | Draft, segments: int) -> int:
    """Return what a message counts toward the rate: its segments, 1 for an MMS, 1 per recipient of a group (P5)."""
    if message.kind is Kind.GROUP:
        return len(message.to)
    return segments if message.kind is Kind.SMS else 1
