"""What handsets send: a message to one or more numbers, or an answer to an RBM message (P13, P14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from mockbw.core.model import Message
from mockbw.core.timeline import ReplyStep

__all__ = ["RBM", "Arrival", "event_of", "reply_to"]

RBM = "RBM"
"""The channel whose handsets answer with more than text (P13)."""

_EVENTS = {"suggestionResponse": "suggestion-response", "locationResponse": "requested-location-response"}


@dataclass(frozen=True, slots=True)
class Arrival:
    """A message that a handset sends to one or more numbers.

    ``media`` are file names, fetchable from the account's media store afterwards, or whole URLs. By RBM (``channel``) it may
    carry ``extra`` fields of the message's JSON: ``content``, ``suggestionResponse`` or ``locationResponse`` (P13).
    """

    sender: str
    to: tuple[str, ...]
    text: str = ""
    media: tuple[str, ...] = ()
    application: str | None = None
    channel: str | None = None
    extra: tuple[tuple[str, Any], ...] = ()


def event_of(extra: tuple[tuple[str, Any], ...]) -> str:
    """Return the type of event that tells of an inbound message with these extra fields."""
    return next((_EVENTS[name] for name, _ in extra if name in _EVENTS), "message-received")


def reply_to(message: Message, handset: str, step: ReplyStep) -> Arrival:
    """Return what a handset answers to an outbound message. To RBM it answers by RBM, perhaps with more than text (P13)."""
    arrival = Arrival(step.sender or handset, (message.owner,), step.text, step.media, message.application)
    if message.channel != RBM:
        return arrival
    name, value = "content", {"text": step.text}
    if step.suggestion is not None:
        name = "suggestionResponse"
        value = {"text": step.text, "postbackData": step.suggestion, "pairedMessageId": message.id}
    elif step.location is not None:
        name, value = "locationResponse", dict(zip(("latitude", "longitude"), step.location, strict=True))
    return replace(arrival, channel=RBM, extra=((name, value),))
