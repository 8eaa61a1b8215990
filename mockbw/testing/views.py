"""What a test sees of the platform's records: live views, which always show the current state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mockbw.core.entries import RequestAnswered
from mockbw.core.model import Direction
from mockbw.core.payload import event_json
from mockbw.core.state import AttemptRecord, CallbackRecord, MessageRecord
from mockbw.engine.runner import AccountRunner

__all__ = ["Attempt", "Callback", "Message", "Request", "moment"]


def moment(instant: int) -> datetime:
    """Return virtual milliseconds as an aware datetime in UTC."""
    seconds, milliseconds = divmod(instant, 1000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


@dataclass(frozen=True, slots=True)
class Request:
    """One request that the application made to the platform's API; ``because`` says why it was refused."""

    time: datetime
    method: str
    path: str
    status: int
    message_id: str | None
    because: str

    @classmethod
    def of(cls, entry: RequestAnswered) -> Request:
        """Return the request that a journal entry is about."""
        return cls(moment(entry.time), entry.method, entry.path, entry.status, entry.message, entry.because)

    @property
    def refused(self) -> bool:
        """True when it was answered with an error, or not at all."""
        return not 200 <= self.status < 300


class Attempt:
    """One HTTP request of a callback."""

    def __init__(self, record: AttemptRecord) -> None:
        self._record = record

    @property
    def number(self) -> int:
        """The number of the attempt; the first is 1."""
        return self._record.number

    @property
    def started(self) -> datetime:
        """When it started, in virtual time."""
        return moment(self._record.started)

    @property
    def status(self) -> int | None:
        """The HTTP status of the answer; None when there was none, or not yet."""
        return self._record.outcome.status if self._record.outcome else None

    @property
    def outcome(self) -> str:
        """The status as text, else what went wrong: ``timeout``, ``refused`` …; ``in flight`` before it has ended."""
        return str(self._record.outcome) if self._record.outcome else "in flight"

    @property
    def answer(self) -> str:
        """What the endpoint answered with (the first few kilobytes), or what is known about the failure."""
        outcome = self._record.outcome
        return "" if outcome is None else outcome.body or outcome.detail

    def __repr__(self) -> str:
        return f"<attempt {self.number}: {self.outcome}>"


class Callback:
    """One event on its way to the application."""

    def __init__(self, account: AccountRunner, record: CallbackRecord, message: MessageRecord) -> None:
        self._account, self._record, self._message = account, record, message

    @property
    def id(self) -> str:
        """The account's own number for it, e.g. ``cb-3``."""
        return self._record.id

    @property
    def type(self) -> str:
        """The type of its event, e.g. ``message-delivered``."""
        return self._record.event.type

    @property
    def error(self) -> int | None:
        """The error code of a ``message-failed``, else None."""
        return self._record.event.error

    @property
    def recipient(self) -> str | None:
        """The number it is about; None for an event about the whole message."""
        return self._record.event.recipient

    @property
    def url(self) -> str:
        """The URL it is sent to."""
        return self._record.url

    @property
    def status(self) -> str:
        """``waiting``, ``attempting``, ``delivered`` (answered 2xx), ``expired`` or ``cancelled``."""
        return self._record.status.value

    @property
    def attempts(self) -> Sequence[Attempt]:
        """Its attempts so far."""
        return [Attempt(attempt) for attempt in self._record.attempts]

    @property
    def answers(self) -> Sequence[str]:
        """How each attempt ended, e.g. ``["503", "timeout", "200"]``."""
        return [attempt.outcome for attempt in self.attempts]

    @property
    def time(self) -> datetime:
        """When its event happened, in virtual time."""
        return moment(self._record.event.time)

    @property
    def event(self) -> dict[str, Any]:
        """The JSON of its event, as it is sent to the application."""
        return event_json(self._account.edition, self._message.message, self._record.event)

    @property
    def message(self) -> Message:
        """The message it is about."""
        return Message(self._account, self._message)

    def __repr__(self) -> str:
        code = f" {self.error}" if self.error is not None else ""
        return f"<callback {self.id} {self.type}{code}: {', '.join(self.answers) or 'not attempted yet'}, {self.status}>"


class Message:
    """One message that the application posted, or that a handset sent to it."""

    def __init__(self, account: AccountRunner, record: MessageRecord) -> None:
        self._account, self._record = account, record

    @property
    def id(self) -> str:
        """The platform's id, as in the answer to the application."""
        return self._record.message.id

    @property
    def direction(self) -> str:
        """``out`` was posted by the application, ``in`` came from a handset."""
        return self._record.message.direction.value

    @property
    def outbound(self) -> bool:
        """True when the application posted it."""
        return self._record.message.direction is Direction.OUT

    @property
    def kind(self) -> str:
        """``sms``, ``mms`` or ``group``."""
        return self._record.message.kind.value

    @property
    def time(self) -> datetime:
        """When it was accepted or received, in virtual time."""
        return moment(self._record.message.time)

    @property
    def sender(self) -> str:
        """The number in ``from``."""
        return self._record.message.sender

    @property
    def to(self) -> tuple[str, ...]:
        """The recipients."""
        return self._record.message.to

    @property
    def owner(self) -> str:
        """The number on the application's side."""
        return self._record.message.owner

    @property
    def text(self) -> str | None:
        """The text; None when only media were posted."""
        return self._record.message.text

    @property
    def media(self) -> tuple[str, ...]:
        """The media URLs."""
        return self._record.message.media

    @property
    def tag(self) -> str | None:
        """The tag, if any."""
        return self._record.message.tag

    @property
    def application(self) -> str:
        """The applicationId."""
        return self._record.message.application

    @property
    def segments(self) -> int:
        """How many segments it takes."""
        return self._record.message.segments

    @property
    def status(self) -> str:
        """``queued``, ``accepted``, ``sent``, ``delivered``, ``failed``, ``cancelled``; ``received`` for an inbound message.

        A group has failed when one recipient has; otherwise it has the status of the slowest one.
        """
        return self._record.status.value

    @property
    def recipients(self) -> dict[str, str]:
        """The status of each recipient."""
        return {recipient.number: recipient.status.value for recipient in self._record.recipients}

    @property
    def failed_with(self) -> int | None:
        """The error code it failed with, or None."""
        return self._record.failed_with

    @property
    def scenario(self) -> str | None:
        """The scenario that plays for it; None when it is the edition's own timeline."""
        return self._record.plan.scenario if self._record.plan else None

    @property
    def misses(self) -> Sequence[str]:
        """The scenarios that came nearest but did not match, each with the reason."""
        return [str(miss) for miss in self._record.plan.misses] if self._record.plan else []

    @property
    def callbacks(self) -> Sequence[Callback]:
        """Its callbacks so far, in the order of their events."""
        callbacks = self._account.records.callbacks
        return [
            Callback(self._account, callbacks[name], self._record) for name in list(self._record.callbacks) if name in callbacks
        ]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other.id == self.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        arrow = "→" if self.outbound else "⇒"
        return f"<message {self.id} {self.sender} {arrow} {', '.join(self.to)} {self.text!r}: {self.status}>"
