"""How an account stays within bounds: the oldest finished messages are deleted, many at a time.

A deletion is an entry. Some of these entries are also snapshots: they have the result of all entries before, so that a store does
not have to keep those. The cost of a snapshot grows with the numbers and scenarios that the account keeps. So one is taken when
enough messages have been deleted to be worth it, or when too many entries have come that belong to no message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockbw.core.bounds import size_of_message
from mockbw.core.entries import MessagesForgotten
from mockbw.core.settings import AccountSettings
from mockbw.core.state import REQUESTS_KEPT, MessageRecord, Records

__all__ = ["LOOSE_KEPT", "UNFINISHED", "Retention", "is_busy", "is_full"]

MESSAGE_BYTES = 6_400
"""The maximum average size in bytes of a kept message with its records: an account of 20,000 keeps 128 MB. The oldest finished
ones beyond that are deleted."""

LEAST_BYTES = 16_000_000
"""The bytes of messages that any account may have, however few it keeps."""

LOOSE_KEPT = 2 * REQUESTS_KEPT
"""The number of entries that belong to no message after which a snapshot is taken, so that a store can drop the older ones."""

UNFINISHED = "too many messages are unfinished"
"""Why a message is refused when ``is_full``."""


def is_full(records: Records, settings: AccountSettings) -> bool:
    """Return True when an account has twice what it keeps: all of that is unfinished, or it would have been deleted."""
    if len(records.messages) >= 2 * settings.keep_messages:
        return True
    return records.size > LEAST_BYTES and records.size >= 2 * _most_bytes(settings)


def is_busy(records: Records) -> bool:
    """Return True when something is still to happen to a message: a scaled clock then runs at its rate."""
    return records.pending > 0 or any(not _finished(record, records) for record in records.messages.values())


@dataclass(slots=True)
class Retention:
    """Decides when to check and what to delete. One check per twentieth of either bound keeps its cost per message constant."""

    _look_at: int = 0
    _look_at_size: int = 0
    _look_after: int = 0

    def is_due(self, records: Records, settings: AccountSettings, now: int) -> bool:
        """Return True when there may be something to delete."""
        count, size = len(records.messages), records.size  # called for every message: what is seldom true is checked last
        if count > settings.keep_messages and count > max(settings.keep_messages + _slack(settings), self._look_at):
            return True
        if size > LEAST_BYTES and size > max(_most_bytes(settings), self._look_at_size):
            return True
        if records.loose > LOOSE_KEPT:
            return True
        if settings.keep_for is None or not count or now < self._look_after:
            return False
        oldest = next(iter(records.messages.values()))
        return oldest.message.time < now - settings.keep_for and _finished(oldest, records)

    def forget(self, records: Records, settings: AccountSettings, now: int) -> MessagesForgotten | None:
        """Return the entry that deletes what is too much or too old, or None when all of that is unfinished."""
        messages = tuple(self._chosen(records, settings, now))
        self._look_at = len(records.messages) - len(messages) + _slack(settings)
        left = records.size - sum(size_of_message(records.messages[message].message) for message in messages)
        self._look_at_size = left + _most_bytes(settings) // 20
        self._look_after = now + (settings.keep_for or 0) // 20
        callbacks = tuple(callback for message in messages for callback in records.messages[message].callbacks)
        size = sum(len(each) for each in (records.plays, records.states, records.opted_out, records.own_numbers))
        worth = max(_slack(settings), size // 4)
        if records.loose <= LOOSE_KEPT and records.forgotten + len(messages) < worth:
            return MessagesForgotten(now, messages, callbacks, snapshot=False) if messages else None
        return MessagesForgotten(
            now,
            messages,
            callbacks,
            records.callbacks_created,
            tuple(records.plays.items()),
            tuple(records.states.items()),
            tuple(records.opted_out),
            tuple(records.own_numbers.items()),
            records.outage,
        )

    @staticmethod
    def _chosen(records: Records, settings: AccountSettings, now: int) -> Iterator[str]:
        too_many = len(records.messages) - settings.keep_messages
        most_bytes = _most_bytes(settings)
        too_large = records.size - (most_bytes - most_bytes // 20) if records.size > most_bytes else 0
        for identity, record in records.messages.items():
            too_old = settings.keep_for is not None and record.message.time < now - settings.keep_for
            if too_many <= 0 and too_large <= 0 and not too_old:
                return
            if _finished(record, records):
                too_many -= 1
                too_large -= size_of_message(record.message)
                yield identity


def _most_bytes(settings: AccountSettings) -> int:
    return max(LEAST_BYTES, settings.keep_messages * MESSAGE_BYTES)


def _slack(settings: AccountSettings) -> int:
    return max(1, settings.keep_messages // 20)


def _finished(record: MessageRecord, records: Records) -> bool:
    """Return True when nothing more will happen to the message by itself."""
    if record.answered is None or any(not records.callbacks[callback].status.final for callback in record.callbacks):
        return False
    if record.plan is None or record.cancelled or record.expired:
        return True
    played = zip(record.recipients, record.plan.tracks, strict=True)
    return record.dequeued is not None and all(recipient.played >= len(track) for recipient, track in played)
