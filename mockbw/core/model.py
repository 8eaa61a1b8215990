"""The platform's model: messages, applications, callbacks. Everything here is frozen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from msgspec.structs import replace

from mockbw.core.base import Value

__all__ = [
    "Application",
    "CallbackStatus",
    "ChannelEntry",
    "Credentials",
    "CredentialsMode",
    "Direction",
    "Draft",
    "Event",
    "Fault",
    "Kind",
    "Message",
    "Outcome",
    "Priority",
    "RecipientStatus",
]


class Direction(StrEnum):
    """Seen from the application: ``out`` was posted by it, ``in`` came from a handset (P4, P14)."""

    OUT = "out"
    IN = "in"


class Kind(StrEnum):
    """``sms``: one recipient, no media. ``mms``: one recipient, media. ``group``: several recipients (P9). ``rbm``: P13."""

    SMS = "sms"
    MMS = "mms"
    GROUP = "group"
    RBM = "rbm"

    @classmethod
    def of(cls, recipients: int, media: int) -> Kind:
        """Return the kind of a message with that many recipients and media URLs (P4: several recipients make a group MMS)."""
        if recipients > 1:
            return cls.GROUP
        return cls.MMS if media else cls.SMS


class Priority(StrEnum):
    """``high`` goes to the front of the send queue but still counts toward the rate (P5)."""

    DEFAULT = "default"
    HIGH = "high"


class RecipientStatus(StrEnum):
    """The state of a message for one recipient."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class CallbackStatus(StrEnum):
    """The state of a callback; the last three are final."""

    WAITING = "waiting"
    ATTEMPTING = "attempting"
    DELIVERED = "delivered"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def final(self) -> bool:
        """True once the retry schedule of the callback has ended."""
        return self is CallbackStatus.DELIVERED or self is CallbackStatus.EXPIRED or self is CallbackStatus.CANCELLED


class CredentialsMode(StrEnum):
    """When Basic credentials are sent to the endpoint: after its 401 ``challenge``, or ``upfront`` (P10)."""

    CHALLENGE = "challenge"
    UPFRONT = "upfront"


class Fault(StrEnum):
    """Why an attempt got no HTTP answer; each counts as failed (P10).

    Except ``interrupted``: the server itself stopped before the answer was known, so the attempt is made again.
    """

    TIMEOUT = "timeout"
    REFUSED = "refused"
    RESET = "reset"
    DNS = "dns"
    TLS = "tls"
    PROTOCOL = "protocol"
    FORBIDDEN = "forbidden"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Credentials:
    """User and password for HTTP Basic; ``repr`` never shows the password."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=…)"


@dataclass(frozen=True, slots=True)
class Application:
    """Holds the callback URLs and credentials; messages refer to it by ``applicationId`` (P19).

    ``callback_types`` None means: whatever the edition sends by default.
    """

    id: str
    outbound_url: str | None = None
    inbound_url: str | None = None
    credentials: Credentials | None = None
    inbound_credentials: Credentials | None = None
    credentials_mode: CredentialsMode | None = None
    callback_types: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class ChannelEntry:
    """One of the channels of a multi-channel message (P13). ``content`` is the JSON that was posted."""

    channel: str
    kind: Kind
    sender: str
    application: str
    content: Any
    segments: int = 1
    text: str | None = None
    media: tuple[str, ...] = ()


class Draft(Value, frozen=True):
    """An outbound message that passed validation and is not accepted yet. ``channels`` make it multi-channel (P13)."""

    sender: str
    to: tuple[str, ...]
    application: str
    text: str | None = None
    media: tuple[str, ...] = ()
    tag: str | None = None
    priority: Priority | None = None
    expiration: str | None = None
    expires_at: int | None = None
    channels: tuple[ChannelEntry, ...] = ()

    @property
    def kind(self) -> Kind:
        """The kind of the message when it is accepted: that of its first channel, if it has any."""
        return self.channels[0].kind if self.channels else Kind.of(len(self.to), len(self.media))


class Message(Value, frozen=True):
    """One accepted ``POST /messages``, or one inbound message. ``time`` is virtual milliseconds since the epoch.

    ``owner`` is the number on the platform's side: the sender outbound, the receiving number inbound (P7).
    ``expiration`` repeats what was posted; ``expires_at`` is the same instant in milliseconds.
    A multi-channel message has ``channels``; its other fields are those of the first one (P13). ``extra`` are further
    fields of the message's JSON.
    """

    id: str
    direction: Direction
    kind: Kind
    time: int
    sender: str
    to: tuple[str, ...]
    owner: str
    application: str
    segments: int
    text: str | None = None
    media: tuple[str, ...] = ()
    tag: str | None = None
    priority: Priority | None = None
    expiration: str | None = None
    expires_at: int | None = None
    channel: str | None = None
    extra: tuple[tuple[str, Any], ...] = ()
    channels: tuple[ChannelEntry, ...] = ()

    def on_channel(self, index: int | None) -> Message:
        """Return the message as it is sent on one of its channels; None for a message without channels."""
        if index is None:
            return self
        entry = self.channels[index]
        return replace(
            self,
            channel=entry.channel,
            kind=entry.kind,
            sender=entry.sender,
            owner=entry.sender,
            application=entry.application,
            segments=entry.segments,
            text=entry.text,
            media=entry.media,
        )


class Event(Value, frozen=True):
    """What the platform reports to the endpoint about a message (P7). ``time`` is when it happened.

    ``recipient`` is the number the event is about; None for an event about the whole message. ``channel`` is the index of
    the current channel of a multi-channel message (P13).
    ``changes`` are a scenario's edits of the JSON: ``(path, value)`` to set, ``(path, OMIT)`` is written as ``omit``.
    """

    type: str
    time: int
    recipient: str | None
    description: str
    error: int | None = None
    carrier: str | None = None
    changes: tuple[tuple[str, Any], ...] = ()
    omitted: tuple[str, ...] = ()
    corruption: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    channel: int | None = None

    def __str__(self) -> str:
        return self.type if self.error is None else f"{self.type} {self.error}"


class Outcome(Value, frozen=True):
    """How one attempt ended: an HTTP ``status``, or a ``fault`` when there was none. ``latency`` is wall milliseconds."""

    status: int | None = None
    fault: Fault | None = None
    latency: float = 0.0
    detail: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    challenged: bool = False
    redirect_accepted: bool = False

    @property
    def delivered(self) -> bool:
        """True for any 2xx status line within the time-out, and for a 3xx if the settings accept it (P10)."""
        return self.status is not None and (200 <= self.status < 300 or self.redirect_accepted)

    def __str__(self) -> str:
        return str(self.status) if self.status is not None else str(self.fault)
