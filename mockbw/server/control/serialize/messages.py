"""Serializes records of the core and entries of the journal as the views of the control API."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any, get_args

from yarl import URL

from mockbw.core import entries as j
from mockbw.core.model import Event, Message, Outcome
from mockbw.core.payload import format_time
from mockbw.core.retry import RetrySchedule
from mockbw.core.state import AttemptRecord, CallbackRecord, MessageRecord
from mockbw.core.timeline import ApiAnswer, CallbackStep, FallbackStep, OutageStep, Plan, ReplyStep, SetStateStep, Step
from mockbw.engine.runner import AccountRunner
from mockbw.journal.memory import Stamped
from mockbw.server.control.schemas import views as v

__all__ = [
    "serialize_callback",
    "serialize_callback_detail",
    "serialize_entry",
    "serialize_message",
    "serialize_message_detail",
    "serialize_request",
    "serialize_request_detail",
    "serialize_url",
    "type_of",
]

MOST_TO_COME = 100
"""The maximum number of upcoming attempts that are listed."""


def serialize_url(url: str | None) -> str | None:
    """Return the URL without the password in it."""
    if url is None or "@" not in url:
        return url
    try:
        parsed = URL(url)
    except ValueError:
        return url.partition("://")[0] + "://…"
    return str(parsed.with_password("***")) if parsed.password else url


def serialize_event(event: Event) -> v.EventView:
    """Show an event."""
    return v.EventView(
        type=event.type,
        time=event.time,
        recipient=event.recipient,
        description=event.description,
        error=event.error,
        carrier=event.carrier,
    )


def serialize_outcome(outcome: Outcome) -> v.OutcomeView:
    """Show how an attempt ended."""
    return v.OutcomeView(
        status=outcome.status,
        fault=outcome.fault,
        delivered=outcome.delivered,
        latency_ms=outcome.latency,
        detail=outcome.detail,
        headers=list(outcome.headers),
        body=outcome.body,
        challenged=outcome.challenged,
    )


def serialize_attempt(attempt: AttemptRecord) -> v.AttemptView:
    """Show an attempt."""
    return v.AttemptView(
        number=attempt.number,
        started=attempt.started,
        finished=attempt.finished,
        by_hand=attempt.by_hand,
        outcome=None if attempt.outcome is None else serialize_outcome(attempt.outcome),
    )


def _callback_facts(record: CallbackRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "message": record.message,
        "sequence": record.sequence,
        "event": serialize_event(record.event),
        "url": serialize_url(record.url),
        "status": record.status,
        "created": record.created,
        "next_due": record.next_due,
        "attempt_count": len(record.attempts),
        "last_attempt": serialize_attempt(record.attempts[-1]) if record.attempts else None,
    }


def serialize_callback(record: CallbackRecord) -> v.CallbackView:
    """Show a callback in a list."""
    return v.CallbackView(**_callback_facts(record))


def serialize_callback_detail(account: AccountRunner, record: CallbackRecord) -> v.CallbackDetail:
    """Show a callback with everything about it."""
    request = account.request_of(record.id)
    return v.CallbackDetail(
        **_callback_facts(record),
        attempts=[serialize_attempt(attempt) for attempt in record.attempts],
        to_come=_to_come(record),
        timeout_ms=record.retry.timeout,
        window_ms=record.retry.window,
        headers=list(request.headers),
        body=request.body.decode(errors="replace"),
    )


def _to_come(record: CallbackRecord) -> list[int]:
    """Return when the callback will be attempted if every attempt fails, starting with the one that is scheduled."""
    if record.next_due is None:
        return []
    return list(islice(record.retry.dues(record.first_due, record.next_due, record.scheduled + 1), MOST_TO_COME))


def _callbacks_of(account: AccountRunner, record: MessageRecord) -> Iterator[CallbackRecord]:
    """Yield the callbacks of a message, which may have been deleted since it was looked up."""
    for name in record.callbacks:
        if (callback := account.records.callbacks.get(name)) is not None:
            yield callback


def _message_facts(account: AccountRunner, record: MessageRecord) -> dict[str, Any]:
    message = record.message
    return {
        "id": message.id,
        "direction": message.direction,
        "kind": message.kind,
        "time": message.time,
        "from": message.sender,
        "to": list(message.to),
        "owner": message.owner,
        "application": message.application,
        "text": message.text,
        "media": list(message.media),
        "tag": message.tag,
        "priority": message.priority,
        "expiration": message.expiration,
        "segments": message.segments,
        "status": record.status,
        "error": record.failed_with,
        "scenario": record.plan.scenario if record.plan else None,
        "cancelled": record.cancelled,
        "recipients": [
            v.RecipientView(number=recipient.number, status=recipient.status, error=recipient.error)
            for recipient in record.recipients
        ],
        "callbacks": v.CallbackCounts(**Counter(callback.status.value for callback in _callbacks_of(account, record))),
    }


def serialize_message(account: AccountRunner, record: MessageRecord) -> v.MessageView:
    """Show a message in a list."""
    return v.MessageView(**_message_facts(account, record))


def serialize_message_detail(account: AccountRunner, record: MessageRecord, history: Iterable[Stamped]) -> v.MessageDetail:
    """Show a message with its complete history and its upcoming steps and attempts."""
    return v.MessageDetail(
        **_message_facts(account, record),
        answered=record.answered,
        dequeued=record.dequeued,
        plan=None if record.plan is None else _serialize_plan(record.plan),
        steps_to_come=_steps_to_come(record),
        callback_details=[serialize_callback_detail(account, callback) for callback in _callbacks_of(account, record)],
        withheld=[
            v.WithheldView(time=entry.time, event=serialize_event(entry.event), because=entry.because)
            for entry in record.withheld
        ],
        history=[serialize_entry(stamped) for stamped in history],
    )


def _serialize_plan(plan: Plan) -> v.PlanView:
    return v.PlanView(
        scenario=plan.scenario,
        near_misses=[v.MissView(scenario=miss.scenario, because=miss.because) for miss in plan.misses],
        answer_status=plan.answer.status if plan.answer else None,
    )


def _steps_to_come(record: MessageRecord) -> list[v.StepView]:
    """Return the steps not yet played in the order of their times; what has no time yet comes last."""
    if record.plan is None or record.cancelled:
        return []
    steps = [
        v.StepView(due=record.due_of(timed), recipient=recipient.number, **_step_facts(timed.step))
        for recipient, track in zip(record.recipients, record.plan.tracks, strict=True)
        for timed in track[recipient.played :]
    ]
    return sorted(steps, key=lambda step: (step.due is None, step.due))


def _step_facts(step: Step) -> dict[str, Any]:
    match step:
        case CallbackStep():
            notes = {
                "twice": step.copies > 1,
                "early": step.early,
                "dropped": step.dropped,
                f"corrupted: {step.corruption}": step.corruption is not None,
                "changed": bool(step.changes or step.omitted),
            }
            told = [note for note, holds in notes.items() if holds]
            return {"step": "callback", "event": step.event, "error": step.error, "notes": told}
        case ReplyStep():
            return {"step": "reply", "text": step.text}
        case OutageStep():
            return {"step": "outage", "duration_ms": step.duration}
        case SetStateStep():
            return {"step": "set-state", "state": step.state}
        case FallbackStep():
            return {"step": "fallback", "text": f"from {step.failed_channel} to {step.next_channel}", "error": step.code}


def serialize_request(number: int, entry: j.RequestAnswered) -> v.RequestView:
    """Show a request to the platform's API in a list."""
    return v.RequestView(**_request_facts(number, entry))


def serialize_request_detail(number: int, entry: j.RequestAnswered) -> v.RequestDetail:
    """Show a request to the platform's API with what is kept of it."""
    kept = entry.contents
    contents = (
        None
        if kept is None
        else v.ContentsView(
            headers=list(kept.headers), body=kept.body, answer_headers=list(kept.answer_headers), answer=kept.answer
        )
    )
    return v.RequestDetail(**_request_facts(number, entry), contents=contents)


def _request_facts(number: int, entry: j.RequestAnswered) -> dict[str, Any]:
    return {
        "number": number,
        "time": entry.time,
        "method": entry.method,
        "path": entry.path,
        "status": entry.status,
        "message": entry.message,
        "because": entry.because,
    }


# -- the journal ------------------------------------------------------------------------------------------------------------

_TYPES: Mapping[type, str] = {kind: re.sub(r"(?<=[a-z])(?=[A-Z])", "-", kind.__name__).lower() for kind in get_args(j.Entry)}


def type_of(kind: type) -> str:
    """Return the type of the entries of a class: ``message-accepted``."""
    return _TYPES[kind]


_TIMES = frozenset({"due", "until"})
_APART = frozenset({"time", "callback", "cause", "contents"})
"""Not in ``data``: what all entries have in fields of their own, and what a request held, which is shown with the request."""
"""Fields of entries that are shown beside the data, or not at all."""


def serialize_entry(stamped: Stamped) -> v.EntryView:
    """Show an entry of the journal: what it is about in the common fields, the rest in ``data``."""
    entry = stamped.entry
    data: dict[str, Any] = {}
    told = ("messages",) if isinstance(entry, j.MessagesForgotten) else entry.__struct_fields__
    for name in told:
        if name not in _APART:
            data.update(_shown(name, getattr(entry, name)))
    message, callback = j.about(entry)
    return v.EntryView(
        number=stamped.number,
        account=stamped.account,
        type=type_of(type(entry)),
        time=entry.time,
        wall=stamped.wall,
        message=message or stamped.message,
        callback=callback,
        data=data,
    )


def _shown(name: str, value: Any) -> dict[str, Any]:
    """Return what one field of an entry adds to ``data``."""
    match value:
        case Message():
            return {
                "direction": value.direction.value,
                "kind": value.kind.value,
                "from": value.sender,
                "to": list(value.to),
                "text": value.text,
                "media": list(value.media),
                "application": value.application,
                "tag": value.tag,
            }
        case Plan():
            return {"scenario": value.scenario}
        case Event() | Outcome():
            shown: v.View = serialize_event(value) if isinstance(value, Event) else serialize_outcome(value)
            return {name: shown.model_dump(mode="json")}
        case RetrySchedule():
            return {}
        case ApiAnswer():
            return {"answer_status": value.status, "connection": value.connection.value}
        case Enum():
            return {name: value.value}
        case tuple():
            return {name: list(value)}
    if name == "message":
        return {}  # its id is not part of the data
    if name == "url":
        return {name: serialize_url(value)}
    if name == "sender":
        return {"from": value}
    return {name: format_time(value) if name in _TIMES else value}
