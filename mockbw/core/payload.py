"""The JSON of an edition on the wire: the answer to a create request, and the body of a callback (P4, P7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

import orjson

from mockbw.core.edition import Edition, Precision
from mockbw.core.model import Direction, Event, Message

__all__ = ["answer", "callback_body", "corrupt", "event_json", "format_time"]


@lru_cache(maxsize=4096)
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:19]


def format_time(instant: int, precision: Precision = Precision.MILLISECONDS) -> str:
    """Write virtual milliseconds as the platform does: UTC with ``Z`` (P17)."""
    seconds, milliseconds = divmod(instant, 1000)
    if precision is Precision.SECONDS:
        return f"{_second(seconds)}Z"
    if precision is Precision.MILLISECONDS:
        return f"{_second(seconds)}.{milliseconds:03d}Z"
    return f"{_second(seconds)}.{milliseconds:03d}000Z"


_Getter = Callable[[Message], Any]

_MESSAGE_FIELDS: Mapping[str, _Getter] = {
    "id": attrgetter("id"),
    "owner": attrgetter("owner"),
    "applicationId": attrgetter("application"),
    "segmentCount": attrgetter("segments"),
    "direction": attrgetter("direction"),
    "to": attrgetter("to"),
    "from": attrgetter("sender"),
    "text": attrgetter("text"),
    "media": lambda m: m.media or None,
    "tag": attrgetter("tag"),
    "priority": attrgetter("priority"),
    "expiration": attrgetter("expiration"),
    "channel": attrgetter("channel"),
}
"""Where the values of the JSON come from; orjson writes an enum as its value."""


@lru_cache(maxsize=64)
def _getters(fields: tuple[str, ...], precision: Precision, full_text: bool) -> tuple[tuple[str, _Getter], ...]:
    """Return the fields of an edition with the getter of each, computed once."""
    getters = dict(_MESSAGE_FIELDS)
    getters["time"] = lambda m: format_time(m.time, precision)
    if not full_text:
        getters["text"] = lambda _: ""
    return tuple((name, getters[name]) for name in fields)


def _message_json(message: Message, fields: tuple[str, ...], precision: Precision, *, full_text: bool = True) -> dict[str, Any]:
    getters = _getters(fields, precision, full_text)
    return {name: value for name, getter in getters if (value := getter(message)) is not None}


def answer(edition: Edition, message: Message) -> dict[str, Any]:
    """Return the body of the 202: the message as it was accepted (P4)."""
    return _message_json(message, edition.payload.answer_fields, edition.payload.answer_time)


def event_json(edition: Edition, message: Message, event: Event) -> dict[str, Any]:
    """Return the event object of a callback, with a scenario's changes applied."""
    style, message = edition.payload, message.on_channel(event.channel)
    full_text = style.full_text or message.direction is Direction.IN
    body = _message_json(message, style.message_fields, style.event_time, full_text=full_text)
    body.update(message.extra)
    result = _event_fields(edition, event, body)
    for path, value in event.changes:
        _set(result, path.split("."), value)
    for path in event.omitted:
        _omit(result, path.split("."))
    return result


def _event_fields(edition: Edition, event: Event, body: dict[str, Any]) -> dict[str, Any]:
    style, kind = edition.payload, edition.events.get(event.type)
    time = format_time(event.time, style.event_time)
    known = {
        "type": event.type,
        "time": time,
        "eventTime": time if kind is not None and kind.event_time else None,
        "description": event.description,
        "to": event.recipient,
        "errorCode": event.error,
        "carrierName": event.carrier,
        "message": body,
    }
    return {name: known[name] for name in style.event_fields if known[name] is not None}


def _set(target: dict[str, Any], path: list[str], value: Any) -> None:
    for name in path[:-1]:
        inner = target.get(name)
        if not isinstance(inner, dict):
            inner = target[name] = {}
        target = inner
    target[path[-1]] = value


def _omit(target: Any, path: list[str]) -> None:
    for name in path[:-1]:
        target = target.get(name) if isinstance(target, dict) else None
    if isinstance(target, dict):
        target.pop(path[-1], None)


def corrupt(body: bytes, how: str) -> bytes:
    """Return the body corrupted in one of the named ways: ``truncated``, ``not-json``, ``wrong-type``, ``empty``."""
    match how:
        case "truncated":
            return body[: len(body) * 2 // 3]
        case "not-json":
            return b"<html><body>Bad Gateway</body></html>"
        case "wrong-type":
            return body[1:-1]
        case "empty":
            return b""
    raise ValueError(f"unknown corruption {how!r}")


def callback_body(edition: Edition, message: Message, event: Event) -> bytes:
    """Return the body of a callback: a JSON array of one event (P7). The same arguments give the same bytes."""
    body = orjson.dumps([event_json(edition, message, event)])
    return corrupt(body, event.corruption) if event.corruption else body
