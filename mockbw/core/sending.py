"""The send queue at work (P5): what waits, when the next message leaves, and what expires while it waits."""

from __future__ import annotations

from collections.abc import Callable

from mockbw.core.base import Value
from mockbw.core.model import Draft, Message
from mockbw.core.send_queue import SendQueue, units
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records

__all__ = ["EXPIRED_IN_QUEUE", "MessageExpires", "QueueMoves", "Sending"]

EXPIRED_IN_QUEUE = 4360
"""The error code of a message whose expiration passed before it was sent (P5)."""


class QueueMoves(Value, frozen=True):
    """Timer: the next message leaves the send queue."""

    at: int


class MessageExpires(Value, frozen=True):
    """Timer: the message's expiration has come while it may still be queued."""

    message: str


class Sending:
    """The send queue of one account. ``add_timer`` schedules a task at a virtual time; the account fires it."""

    def __init__(self, records: Records, add_timer: Callable[[int, object], None]) -> None:
        self._records, self._add_timer = records, add_timer
        self._queue: SendQueue | None = None
        self._rate: float | None = None
        self._moves_at: int | None = None
        """When the next message leaves: a timer for any other time is one of the past."""

    @property
    def limited(self) -> bool:
        """True while messages have to queue: a rate is set, or some still wait from when one was."""
        return self._queue is not None and (self._rate is not None or len(self._queue) > 0)

    def configure(self, settings: AccountSettings) -> None:
        """Take over a rate and capacity; what waits goes on at the new ones, in its order. None lets it leave at the old rate."""
        self._rate = settings.rate
        if settings.rate is None:
            return
        if self._queue is None:
            self._queue = SendQueue(settings.rate, settings.queue_seconds)
        self._queue.rate, self._queue.seconds = settings.rate, settings.queue_seconds

    def room_for(self, draft: Draft, segments: int) -> bool:
        """Return False when the message is to be refused, since it does not fit whole."""
        return not self.limited or self._queue is None or self._queue.fits(units(draft, segments))

    def wait(self, message: Message) -> None:
        """Let an accepted message wait for its turn, and no longer than it lives."""
        self._push(message)
        if message.expires_at is not None:
            self._add_timer(max(message.expires_at, self._records.time), MessageExpires(message.id))

    def _push(self, message: Message) -> None:
        assert self._queue is not None, "only a limited account queues"
        self._queue.push(message.id, units(message, message.segments), message.priority)
        self._see_to_next(self._records.time)

    def _see_to_next(self, now: int) -> None:
        """Have the next message leave when the line is free: one timer at most stands, whatever came and went."""
        leaves = self._queue.next_leave(now) if self._queue is not None else None
        if leaves != self._moves_at:
            self._moves_at = leaves
            if leaves is not None:
                self._add_timer(leaves, QueueMoves(leaves))

    def next(self, now: int) -> str | None:
        """``QueueMoves`` fired: return the message that leaves and see to the one after it."""
        message = self._queue.pop(now) if self._queue is not None else None
        self._moves_at = None
        self._see_to_next(now)
        return message

    def stands(self, task: QueueMoves | MessageExpires) -> bool:
        """Return True while a timer has something to do."""
        if isinstance(task, QueueMoves):
            return task.at == self._moves_at
        return self._queue is not None and task.message in self._queue

    def remove(self, message: str) -> None:
        """Take a message out of the queue, if it waits there."""
        if self._queue is not None and self._queue.remove(message):
            self._see_to_next(self._records.time)

    def occupy(self, message: Message, now: int) -> None:
        """Keep the line busy as after this message, the last to leave before the records were read back."""
        if self._queue is not None:
            self._queue.occupy(now, units(message, message.segments))

    def clear(self) -> None:
        """Forget what waits."""
        if self._queue is not None:
            self._queue = SendQueue(self._queue.rate, self._queue.seconds)
            self._moves_at = None
