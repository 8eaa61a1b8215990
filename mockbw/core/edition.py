"""How the platform behaved at a date, as data. The data files are ``scenario/editions/*.yaml``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mockbw.core.model import CredentialsMode, Direction, Kind

__all__ = [
    "ApplicationOf",
    "CodeInfo",
    "Edition",
    "ErrorBody",
    "ErrorForm",
    "EventType",
    "Features",
    "MediaRules",
    "PayloadStyle",
    "Precision",
    "RequestLimits",
]


class Precision(StrEnum):
    """The precision with which times are written (P17)."""

    SECONDS = "seconds"
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"


class ApplicationOf(StrEnum):
    """Which application receives outbound events: that of the ``sender``'s number or that of the ``request`` (P1 row 12)."""

    SENDER = "sender"
    REQUEST = "request"


class ErrorForm(StrEnum):
    """The forms of an HTTP error body (P16).

    ``platform``: type, description and perhaps fieldErrors. ``spring``: timestamp, status, error, message, path.
    ``multi-channel``: links, data, errors. ``none``: no body at all.
    """

    PLATFORM = "platform"
    SPRING = "spring"
    MULTI_CHANNEL = "multi-channel"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """One kind of HTTP error: ``type`` and ``description`` are ``error`` and ``message`` in the spring form."""

    status: int
    form: ErrorForm
    type: str
    description: str


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event of an edition (P7).

    ``per_message``: a group message has one such event, not one for each recipient (P9). ``names_recipient``: the JSON has
    a top-level ``to``. ``on_request``: sent only to an application that requests it. ``descriptions``: replace
    ``description`` for some kinds of message. ``event_time``: the JSON has ``eventTime`` as well.
    """

    name: str
    direction: Direction
    description: str
    per_message: bool = False
    names_recipient: bool = True
    on_request: bool = False
    descriptions: Mapping[Kind, str] = field(default_factory=dict)
    event_time: bool = False

    def description_for(self, kind: Kind) -> str:
        """Return the description for a message of that kind (P1 row 11)."""
        return self.descriptions.get(kind, self.description)


@dataclass(frozen=True, slots=True)
class PayloadStyle:
    """The JSON of an edition: its fields, their order, and the format of times and texts (P1 rows 5, 8, 26)."""

    answer_fields: tuple[str, ...]
    event_fields: tuple[str, ...]
    message_fields: tuple[str, ...]
    answer_time: Precision
    event_time: Precision
    full_text: bool


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Rules of a create request that changed over the years (P4). ``mms_priority``: an MMS may have priority and expiration."""

    recipients: int = 10
    media: int = 10
    text: int = 2048
    tag: int = 1024
    media_url: int = 4096
    alphanumeric_sender: bool = False
    priority: bool = False
    expiration: bool = False
    mms_priority: bool = False


@dataclass(frozen=True, slots=True)
class Features:
    """Parts of the platform that not every edition has."""

    records: bool = False
    multi_channel: bool = False
    oauth: bool = False


@dataclass(frozen=True, slots=True)
class MediaRules:
    """The edition's media store (P11).

    ``version`` is the API it belongs to, ``v1`` or ``v2``. ``put_status`` and ``delete_status`` are the statuses of
    success. ``limit`` is the maximum size of a file in bytes; ``keep`` and ``keep_inbound`` are virtual milliseconds or None.
    """

    version: str
    put_status: int
    delete_status: int
    limit: int
    keep: int | None
    keep_inbound: int | None
    page: int = 1000


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """One error code of a ``message-failed`` event. ``carrier`` is True when the carrier, not the platform, refused."""

    code: int
    name: str | None
    meaning: str
    category: str
    billable: bool | None
    carrier: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """One edition, compiled from its data file; its own timelines stay one layer above, in the scenario language."""

    name: str
    title: str
    payload: PayloadStyle
    events: Mapping[str, EventType]
    codes: Mapping[int, CodeInfo]
    errors: Mapping[str, ErrorBody]
    media: MediaRules
    limits: RequestLimits = field(default_factory=RequestLimits)
    features: Features = field(default_factory=Features)
    credentials_mode: CredentialsMode = CredentialsMode.CHALLENGE
    mms_receipts: bool = False
    application_of: ApplicationOf = ApplicationOf.REQUEST

    def failure_description(self, code: int) -> str:
        """Return the description a ``message-failed`` event carries for that code (P7)."""
        info = self.codes.get(code)
        return info.description if info else str(code)
