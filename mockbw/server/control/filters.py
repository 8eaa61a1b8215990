"""Finds messages and callbacks by their properties, and reports how the others differ."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mockbw.config.kinds import Instant
from mockbw.core.clock import LATEST
from mockbw.core.model import CallbackStatus, Direction, Kind, Message, RecipientStatus
from mockbw.core.payload import format_time
from mockbw.core.state import CallbackRecord, MessageRecord
from mockbw.scenario.patterns import Pattern

__all__ = [
    "CallbackFilter",
    "Condition",
    "Filter",
    "MessageFilter",
    "Number",
    "Wanted",
    "differences",
    "handsets_of",
]

Record = TypeVar("Record")


def _checked(written: str) -> str:
    Pattern(written)
    return written


def _number(value: Any) -> Any:
    """A plus sign that was not encoded arrives as a space, with which no number starts."""
    return f"+{value[1:]}" if isinstance(value, str) and value[:1] == " " else value


Wanted = Annotated[str, Field(max_length=500), AfterValidator(_checked)]
Number = Annotated[Wanted, BeforeValidator(_number)]


class Filter(BaseModel):
    """Base of the filters in a query string; every given one must hold."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid", defer_build=True)


class MessageFilter(Filter):
    """Which messages. Numbers and texts are written as in a scenario's `match`: exact, with `*`, or as a `/regex/`."""

    to: Number | None = None
    """A recipient."""
    from_: Annotated[Number | None, Field(alias="from")] = None
    """The sender."""
    owner: Number | None = None
    """The number on the platform's side."""
    handset: Number | None = None
    """A number at the other end."""
    text: Wanted | None = None
    """The whole text."""
    tag: Wanted | None = None
    """The tag."""
    application: Wanted | None = None
    """The `applicationId`."""
    kind: Kind | None = None
    """`sms`: one recipient, no media. `mms`: one recipient, media. `group`: several recipients."""
    direction: Direction | None = None
    """`out`: from the application. `in`: from a handset."""
    status: list[RecipientStatus] = []
    """Any of these; a comma-separated list, or given several times."""
    error: int | None = None
    """The error code of a recipient that failed."""
    scenario: Annotated[str, Field(max_length=100)] | None = None
    """The scenario that plays; empty for the edition's own timeline."""
    since: Instant | None = None
    """Accepted or received at this time or later (virtual)."""
    until: Instant | None = None
    """Accepted or received before this time (virtual)."""
    q: Annotated[str, Field(max_length=500)] | None = None
    """Free text: found in the id, the numbers, the text or the tag, whatever its case."""

    def conditions(self) -> list[Condition[MessageRecord]]:
        """Return the conditions, in the order in which differences are reported."""
        found = [
            _pattern(name, written, values)
            for name, written, values in (
                ("to", self.to, lambda r: r.message.to),
                ("from", self.from_, lambda r: (r.message.sender,)),
                ("owner", self.owner, lambda r: (r.message.owner,)),
                ("handset", self.handset, lambda r: handsets_of(r.message)),
                ("text", self.text, lambda r: (r.message.text or "",)),
                ("tag", self.tag, lambda r: () if r.message.tag is None else (r.message.tag,)),
                ("application", self.application, lambda r: (r.message.application,)),
            )
            if written is not None
        ]
        for name, wanted, actual in _message_facts(self):
            if wanted is not None:
                found.append(_equal(name, wanted, actual))
        if self.status:
            found.append(_one_of("status", self.status, lambda r: r.status))
        if self.error is not None:
            found.append(_contains("error", self.error, lambda r: [recipient.error for recipient in r.recipients]))
        if (since := self.since) is not None:
            found.append(Condition("since", format_time(since), _time_of, lambda r: r.message.time >= since))
        if (until := self.until) is not None:
            found.append(Condition("until", format_time(until), _time_of, lambda r: r.message.time < until))
        if self.q:
            word = self.q.casefold()
            found.append(Condition("q", self.q, lambda r: r.message.text, lambda r: word in _words(r.message)))
        return found


def _time_of(record: MessageRecord) -> str:
    return format_time(record.message.time)


def _message_facts(wanted: MessageFilter) -> Iterable[tuple[str, Any, Callable[[MessageRecord], Any]]]:
    yield "kind", wanted.kind, lambda r: r.message.kind
    yield "direction", wanted.direction, lambda r: r.message.direction
    yield "scenario", wanted.scenario, lambda r: (r.plan and r.plan.scenario) or ""


class CallbackFilter(Filter):
    """Which callbacks. `recipient` and `url` are written as in a scenario's `match`: exact, with `*`, or as a `/regex/`."""

    type: Wanted | None = None
    """The event's type, e.g. `message-failed`."""
    status: list[CallbackStatus] = []
    """Any of these; a comma-separated list, or given several times."""
    url: Annotated[str, Field(max_length=4096), AfterValidator(_checked)] | None = None
    """The URL it is sent to."""
    recipient: Number | None = None
    """The number the event is about."""
    message: Annotated[str, Field(max_length=100)] | None = None
    """The id of the message it is about."""
    error: int | None = None
    """The error code of the event."""
    since: Instant | None = None
    """With a failed attempt at this time or later (virtual)."""
    until: Instant | None = None
    """With a failed attempt before this time (virtual); with `since`, an attempt between the two."""

    def conditions(self) -> list[Condition[CallbackRecord]]:
        """Return the conditions, in the order in which differences are reported."""
        found = [
            _pattern(name, written, values)
            for name, written, values in (
                ("type", self.type, lambda r: (r.event.type,)),
                ("url", self.url, lambda r: (r.url,)),
                ("recipient", self.recipient, lambda r: () if r.event.recipient is None else (r.event.recipient,)),
            )
            if written is not None
        ]
        if self.message is not None:
            found.append(_equal("message", self.message, lambda r: r.message))
        if self.error is not None:
            found.append(_equal("error", self.error, lambda r: r.event.error))
        if self.since is not None or self.until is not None:
            since, until = self.since or 0, self.until or LATEST
            wanted = f"failed from {format_time(since)} to {format_time(until)}"
            found.append(Condition("since", wanted, _failures_of, lambda r: any(since <= at < until for at in _failures_of(r))))
        if self.status:
            found.append(_one_of("status", self.status, lambda r: r.status))
        return found


def _failures_of(record: CallbackRecord) -> list[int]:
    return [attempt.started for attempt in record.attempts if attempt.outcome is not None and not attempt.outcome.delivered]


@dataclass(frozen=True, slots=True)
class Condition(Generic[Record]):
    """One filtered property: its name, the expected value, how to get a record's value, and whether that matches."""

    field: str
    wanted: Any
    actual: Callable[[Record], Any]
    holds: Callable[[Record], bool]


def _pattern(field: str, written: str, values: Callable[[Record], Sequence[str]]) -> Condition[Record]:
    pattern = Pattern(written)
    if (exact := pattern.exact) is not None:
        return Condition(field, written, values, lambda record: exact in values(record))
    return Condition(field, written, values, lambda record: any(pattern.match(value) is not None for value in values(record)))


def _equal(field: str, wanted: Any, actual: Callable[[Record], Any]) -> Condition[Record]:
    return Condition(field, wanted, actual, lambda record: bool(actual(record) == wanted))


def _one_of(field: str, wanted: Sequence[Any], actual: Callable[[Record], Any]) -> Condition[Record]:
    allowed = frozenset(wanted)
    return Condition(field, wanted[0] if len(wanted) == 1 else list(wanted), actual, lambda record: actual(record) in allowed)


def _contains(field: str, wanted: Any, actual: Callable[[Record], Sequence[Any]]) -> Condition[Record]:
    return Condition(field, wanted, actual, lambda record: wanted in actual(record))


def _words(message: Message) -> str:
    return "\n".join((message.id, message.sender, *message.to, message.text or "", message.tag or "")).casefold()


def handsets_of(message: Message) -> tuple[str, ...]:
    """Return the numbers at the other end of a message: of a group, everybody but the account's own number."""
    if message.direction is Direction.OUT:
        return message.to
    return (message.sender, *(number for number in message.to if number != message.owner))


def differences(record: Record, conditions: Sequence[Condition[Record]]) -> list[dict[str, Any]]:
    """Return how a record differs: field, expected value, actual value."""
    missed = []
    for condition in conditions:
        if not condition.holds(record):
            actual = condition.actual(record)
            shown = actual[0] if isinstance(actual, (tuple, list)) and len(actual) == 1 else actual
            missed.append({"field": condition.field, "wanted": condition.wanted, "actual": shown})
    return missed
