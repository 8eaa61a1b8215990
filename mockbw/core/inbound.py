"""Messages from handsets: to one or more numbers, or in answer to an RBM message (P13, P14)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from mockbw.core.edition import Edition
from mockbw.core.model import Application, Direction, Kind, Message
from mockbw.core.segments import count_segments
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.core.timeline import ReplyStep

__all__ = ["RBM", "InboundDraft", "application_for", "event_of", "media_path", "own_numbers", "received_message", "reply_to"]

RBM = "RBM"
"""The channel on which handsets can answer with more than text (P13)."""

_EVENTS = {"suggestionResponse": "suggestion-response", "locationResponse": "requested-location-response"}


@dataclass(frozen=True, slots=True)
class InboundDraft:
    """A message that a handset sends to one or more numbers.

    ``media`` are file names, which can then be fetched from the account's media store, or complete URLs. With RBM (``channel``)
    it can have ``extra`` fields of the message's JSON: ``content``, ``suggestionResponse`` or ``locationResponse`` (P13).
    """

    sender: str
    to: tuple[str, ...]
    text: str = ""
    media: tuple[str, ...] = ()
    application: str | None = None
    channel: str | None = None
    extra: tuple[tuple[str, Any], ...] = ()


def event_of(extra: tuple[tuple[str, Any], ...]) -> str:
    """Return the type of event for an inbound message with these extra fields."""
    return next((_EVENTS[name] for name, _ in extra if name in _EVENTS), "message-received")


def reply_to(message: Message, handset: str, step: ReplyStep) -> InboundDraft:
    """Return the answer of a handset to an outbound message. The answer to RBM is RBM, possibly with more than text (P13)."""
    draft = InboundDraft(step.sender or handset, (message.owner,), step.text, step.media, message.application)
    if message.channel != RBM:
        return draft
    name, value = "content", {"text": step.text}
    if step.suggestion is not None:
        name = "suggestionResponse"
        value = {"text": step.text, "postbackData": step.suggestion, "pairedMessageId": message.id}
    elif step.location is not None:
        name, value = "locationResponse", dict(zip(("latitude", "longitude"), step.location, strict=True))
    return replace(draft, channel=RBM, extra=((name, value),))


def own_numbers(settings: AccountSettings, records: Records, recipients: tuple[str, ...]) -> tuple[str, ...]:
    """Return which recipients are numbers of the account: those it lists, else those it has sent from, else the first (P14)."""
    known = settings.numbers or records.own_numbers
    own = tuple(number for number in dict.fromkeys(recipients) if number in known)
    return own or (() if settings.strict and settings.numbers else recipients[:1])


def application_for(settings: AccountSettings, records: Records, draft: InboundDraft, own: str) -> Application:
    """Return the application that receives a number's inbound messages: that of its location, else the last that sent from it."""
    application_id = (
        draft.application or settings.numbers.get(own) or records.own_numbers.get(own) or next(iter(settings.applications), "")
    )
    return settings.application(application_id) or Application(application_id, inbound_url=settings.callback_url)


def received_message(draft: InboundDraft, own: str, application: Application, identity: str, time: int, media: str) -> Message:
    """Return the message that arrives at a number of the account; ``media`` is the URL of the account's media store."""
    kind = Kind.RBM if draft.channel == RBM else Kind.of(len(draft.to), len(draft.media))
    return Message(
        id=identity,
        direction=Direction.IN,
        kind=kind,
        time=time,
        sender=draft.sender,
        to=draft.to,
        owner=own,
        application=application.id,
        segments=count_segments(draft.text) if kind is Kind.SMS else 1,
        text=draft.text if event_of(draft.extra) == "message-received" else None,
        media=_media_urls(draft, f"{media}/{identity}"),
        channel=draft.channel,
        extra=draft.extra,
    )


def media_path(edition: Edition, account: str) -> str:
    """Return the path of an account's media store in an edition (P11)."""
    prefix = "/v1" if edition.media.version == "v1" else "/api/v2"
    return f"{prefix}/users/{quote(account)}/media"


def _media_urls(draft: InboundDraft, folder: str) -> tuple[str, ...]:
    """Return the URLs of the files that a handset sent: a complete URL is unchanged, a name gets its URL in the store (P11)."""
    return tuple(
        item
        if item.lower().startswith(("http://", "https://"))
        else f"{folder}/{index}/{quote(item.rpartition('/')[2] or 'file')}"
        for index, item in enumerate(draft.media)
    )
