"""Waiting for messages and callbacks, and reading the journal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nsmallest
from itertools import islice
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from mockbw.core.entries import AccountReset, MessagesForgotten, about
from mockbw.core.state import CallbackRecord, MessageRecord
from mockbw.documents.durations import format_duration
from mockbw.documents.values import Duration
from mockbw.engine.runner import AccountRunner
from mockbw.errors import named
from mockbw.journal.memory import Stamped
from mockbw.server.control.events import CLOSING
from mockbw.server.control.filters import CallbackFilter, Condition, Filter, MessageFilter, Number, Wanted, differences
from mockbw.server.control.routing import ControlError, ControlRequest, RouteTable, validated
from mockbw.server.control.schemas import views as v
from mockbw.server.control.serialize.messages import serialize_callback_detail, serialize_entry, serialize_message_detail

__all__ = ["TABLE"]

TABLE = RouteTable()

NEAR_MISSES = 3
"""How many of the nearest candidates are returned when nothing matched."""

LOOKED_AT = 1000
"""Among how many of the newest records they are searched."""

_MESSAGE_FIELDS = frozenset(MessageFilter.model_fields)
_CALLBACK_FIELDS = frozenset(CallbackFilter.model_fields)

Record = TypeVar("Record", MessageRecord, CallbackRecord)


class WaitQuery(MessageFilter):
    """What to wait for: a message with these properties, or with `for=callback` a callback."""

    for_: Literal["message", "callback"] = Field("message", alias="for")
    """A `message` (all filters of the list of messages), or a `callback` (all filters of the list of callbacks)."""
    timeout: Annotated[Duration, Field(ge=0, le=300_000, json_schema_extra={"default": "10s"})] = 10_000
    """How long to wait, in wall time; at most 5m."""
    count: Annotated[int, Field(ge=1, le=100_000)] = 1
    """How many there must be."""
    status: list[str] = Field(default_factory=list)  # type: ignore[assignment]  # a message's or a callback's: the filter itself validates them
    """Any of these; a comma-separated list, or given several times."""
    type: Wanted | None = None
    """Of callbacks: the event's type, e.g. `message-failed`."""
    url: Wanted | None = None
    """Of callbacks: the URL they are sent to."""
    recipient: Number | None = None
    """Of callbacks: the number the event is about."""
    message: str | None = None
    """Of callbacks: the id of the message."""

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        fitting = _MESSAGE_FIELDS if self.for_ == "message" else _CALLBACK_FIELDS
        for name in self.model_fields_set - {"for_", "timeout", "count"} - fitting:
            shown = name.rstrip("_")
            raise ValueError(f"a {self.for_} has no filter {shown!r}: its filters are {', '.join(sorted(fitting))}")
        return self

    def given(self) -> Mapping[str, Any]:
        """Return the given filters by name."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"for_", "timeout", "count"}}


class JournalQuery(Filter):
    """Which entries."""

    account: Annotated[str, Field(max_length=200)] | None = None
    """Of this account only."""
    after: Annotated[int, Field(ge=0)] = 0
    """Only those numbered above."""
    limit: Annotated[int, Field(ge=1, le=10_000)] = 1000
    """At most this many."""


@TABLE.route("GET", "accounts/{account}/wait", refusals=(408, 503))
async def wait(call: ControlRequest, query: WaitQuery) -> v.WaitView:
    """Respond as soon as a message or callback with these properties exists; 408 with the nearest if none comes in time.

    Waiting does not move the clock: a manual clock must be advanced by another request meanwhile.
    """
    account = call.begin()
    if query.for_ == "message":
        messages = validated(MessageFilter, query.given(), "query").conditions()
        found = await _wait(call, query, messages, lambda a: a.records.messages, lambda s: s.message)
        history = call.journal.about(account.name, found[-1].message.id)
        detail = serialize_message_detail(account, found[-1], history)
        return v.WaitView(matching=len(found), message=detail, callback=None)
    callbacks = validated(CallbackFilter, query.given(), "query").conditions()
    told = await _wait(call, query, callbacks, lambda a: a.records.callbacks, lambda s: about(s.entry)[1])
    return v.WaitView(matching=len(told), message=None, callback=serialize_callback_detail(account, told[-1]))


async def _wait(
    call: ControlRequest,
    query: WaitQuery,
    conditions: Sequence[Condition[Record]],
    records_of: Callable[[AccountRunner], dict[str, Record]],
    subject: Callable[[Stamped], str | None],
) -> list[Record]:
    """Return the records that meet every condition as soon as there are enough, oldest first.

    After a first pass over all records, only those with new journal entries are checked again.

    Raises:
        ControlError: 408 when the time is over, 503 when the server stops.
    """
    journal, name = call.journal, call.account_name()
    until = asyncio.get_running_loop().time() + query.timeout / 1000
    matching: dict[str, Record] = {}
    changed: Iterable[str] | None = None
    while True:
        records = records_of(call.account)
        seen = journal.last
        for identity in records if changed is None else changed:
            record = records.get(identity)
            if record is not None and all(condition.holds(record) for condition in conditions):
                matching[identity] = record
            else:
                matching.pop(identity, None)
        if len(matching) >= query.count:
            return [record for identity, record in records.items() if identity in matching]
        try:
            async with asyncio.timeout_at(until):
                await journal.changed(seen)
        except TimeoutError:
            raise _nothing_came(call.account, query, conditions, records, len(matching)) from None
        if call.request.app[CLOSING].is_set():
            raise ControlError(503, "the server stops")
        news = journal.read(seen, name)
        if any(isinstance(stamped.entry, (AccountReset, MessagesForgotten)) for stamped in news):
            matching, changed = {}, None
        else:
            changed = {touched for stamped in news if (touched := subject(stamped)) is not None}


def _nothing_came(
    account: AccountRunner,
    query: WaitQuery,
    conditions: Sequence[Condition[Record]],
    records: dict[str, Record],
    matching: int,
) -> ControlError:
    """Return the refusal with the nearest candidates, and why no more may have come."""
    newest = islice(reversed(records.items()), LOOKED_AT)
    missed = [{"id": identity, "differences": differences(record, conditions)} for identity, record in newest]
    near = nsmallest(NEAR_MISSES, (miss for miss in missed if miss["differences"]), key=lambda miss: len(miss["differences"]))
    some = f"only {matching} of {query.count}" if matching else "no"
    waited = format_duration(query.timeout) if query.timeout else "0s"
    hint = ""
    if not account.clock.mode.flows and (due := account.next_deadline()) is not None and due > account.now():
        hint = f"The clock is {account.clock.mode} and stands; something is due in {format_duration(due - account.now())}"
        if holds := account.clock.holds:
            hint += f", held by {named([str(hold) for hold in holds])}"
    return ControlError(408, f"{some} such {query.for_} came within {waited}", hint, near_misses=near)


@TABLE.route("GET", "journal")
async def list_entries(call: ControlRequest, query: JournalQuery) -> v.JournalPage:
    """Read the journal, oldest entry first; `events` streams the same entries live."""
    found = call.journal.read(query.after, query.account)
    page = found[: query.limit]
    following = page[-1].number if len(found) > query.limit else call.journal.last
    return v.JournalPage(entries=[serialize_entry(stamped) for stamped in page], next=following, first=call.journal.first)
