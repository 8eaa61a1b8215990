"""How an account stays within bounds: the oldest finished messages are forgotten, many at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mockbw.core.entries import MessagesForgotten
from mockbw.core.settings import AccountSettings
from mockbw.core.state import MessageRecord, Records

__all__ = ["Retention"]


@dataclass(slots=True)
class Retention:
    """Decides when to look and what to forget. One look in a twentieth of either bound keeps its cost per message constant."""

    _look_at: int = 0
    _look_after: int = 0

    def is_due(self, records: Records, settings: AccountSettings, now: int) -> bool:
        """Return True when there may be something to forget."""
        count = len(records.messages)
        if count > max(settings.keep_messages + _slack(settings), self._look_at):
            return True
        if settings.keep_for is None or not count or now < self._look_after:
            return False
        oldest = next(iter(records.messages.values()))
        return oldest.message.time < now - settings.keep_for and _finished(oldest, records)

    def forget(self, records: Records, settings: AccountSettings, now: int) -> MessagesForgotten | None:
        """Return the entry that forgets what is too much or too old, or None when all of that is unfinished."""
        messages = tuple(self._chosen(records, settings, now))
        self._look_at = len(records.messages) - len(messages) + _slack(settings)
        self._look_after = now + (settings.keep_for or 0) // 20
        if not messages:
            return None
        return MessagesForgotten(
            now,
            messages,
            tuple(callback for message in messages for callback in records.messages[message].callbacks),
            records.callbacks_created,
            tuple(records.plays.items()),
            tuple(records.states.items()),
            tuple(sorted(records.opted_out)),
            tuple(records.own_numbers.items()),
            records.outage,
        )

    @staticmethod
    def _chosen(records: Records, settings: AccountSettings, now: int) -> Iterator[str]:
        too_many = len(records.messages) - settings.keep_messages
        for identity, record in records.messages.items():
            too_old = settings.keep_for is not None and record.message.time < now - settings.keep_for
            if too_many <= 0 and not too_old:
                return
            if _finished(record, records):
                too_many -= 1
                yield identity


def _slack(settings: AccountSettings) -> int:
    return max(1, settings.keep_messages // 20)


def _finished(record: MessageRecord, records: Records) -> bool:
    """Return True when nothing will ever happen to the message again by itself."""
    if record.answered is None or any(not records.callbacks[callback].status.final for callback in record.callbacks):
        return False
    if record.plan is None or record.cancelled or record.expired:
        return True
    played = zip(record.recipients, record.plan.tracks, strict=True)
    return record.dequeued is not None and all(recipient.played >= len(track) for recipient, track in played)
