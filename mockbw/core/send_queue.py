"""The account's send queue: messages wait here until the platform's rate lets them go (P5)."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from fractions import Fraction

from mockbw.core.model import Draft, Kind, Message, Priority

__all__ = ["SendQueue", "units"]


def units(message: Message | Draft, segments: int) -> int:
    """Return what a message counts toward the rate: its segments, 1 for an MMS, 1 per recipient of a group (P5)."""
    if message.kind is Kind.GROUP:
        return len(message.to)
    return segments if message.kind is Kind.SMS else 1


@dataclass(slots=True)
class SendQueue:
    """First in, first out within a priority; ``high`` before ``default``; ``rate`` segments leave per virtual second.

    Invariant: ``waiting`` is the sum of the units of the messages in the queue and never exceeds ``capacity``.
    """

    rate: float
    seconds: int = 900
    waiting: int = 0
    _free_at: Fraction = Fraction(0)
    _lines: dict[Priority, deque[str]] = field(default_factory=lambda: {Priority.HIGH: deque(), Priority.DEFAULT: deque()})
    _units: dict[str, int] = field(default_factory=dict)

    @property
    def capacity(self) -> int:
        """How many segments may wait: ``seconds`` of the rate."""
        return int(self.seconds * self.rate)

    def __len__(self) -> int:
        return len(self._units)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._units

    def fits(self, count: int) -> bool:
        """Return True when a message of ``count`` units can be accepted; one that does not fit whole is refused (P20 row 17)."""
        return self.waiting + count <= self.capacity

    def push(self, message_id: str, count: int, priority: Priority | None) -> None:
        """Put a message at the end of its priority's line."""
        self._units[message_id] = count
        self.waiting += count
        self._lines[priority or Priority.DEFAULT].append(message_id)

    def next_leave(self, now: int) -> int | None:
        """Return when the next message may leave, or None when the queue is empty."""
        if not self._units:
            return None
        return max(now, -(-self._free_at.numerator // self._free_at.denominator))

    def pop(self, now: int) -> str | None:
        """Take out the next message and make the line busy for as long as its segments take."""
        for line in (self._lines[Priority.HIGH], self._lines[Priority.DEFAULT]):
            while line:
                message_id = line.popleft()
                count = self._units.pop(message_id, None)
                if count is None:
                    continue  # removed while it waited
                self.waiting -= count
                self.occupy(now, count)
                return message_id
        return None

    def occupy(self, now: int, count: int) -> None:
        """Keep the line busy for as long as ``count`` units take that leave now."""
        # Timers fire at whole milliseconds: the fraction the line was free already must not add up to a slower rate.
        begins = self._free_at if self._free_at > now - 1 else Fraction(now)
        self._free_at = begins + Fraction(count * 1000) / Fraction(self.rate).limit_denominator(10**6)

    def remove(self, message_id: str) -> bool:
        """Take a message out wherever it stands; return whether it was there."""
        count = self._units.pop(message_id, None)
        self.waiting -= count or 0
        return count is not None
