"""The models of the control API's responses, which are also its OpenAPI schemas.

Every time is written as ISO 8601 in UTC with milliseconds, every duration as a number of milliseconds in a field ending in
``_ms``. A field without a value is null; it is never missing. Secrets have no field here.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from mockbw.core.model import CallbackStatus, Direction, Fault, Kind, Priority, RecipientStatus
from mockbw.core.payload import format_time

__all__ = [
    "AttemptView",
    "CallbackCounts",
    "CallbackDetail",
    "CallbackPage",
    "CallbackView",
    "ContentsView",
    "ConversationPage",
    "ConversationView",
    "EntryView",
    "ErrorView",
    "EventView",
    "JournalPage",
    "MediaView",
    "MessageDetail",
    "MessagePage",
    "MessageView",
    "MissView",
    "NetworkReplyPage",
    "NetworkReplyView",
    "OutcomeView",
    "PlanView",
    "ProblemView",
    "ReceivedView",
    "RecipientView",
    "RecordingView",
    "RedeliveredView",
    "RequestDetail",
    "RequestPage",
    "RequestView",
    "StepView",
    "Time",
    "View",
    "WaitView",
    "WithheldView",
]

Time: TypeAlias = Annotated[
    int,
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2018-01-24T16:00:00.000Z"]}),
]
"""Milliseconds since the epoch in Python, ISO 8601 in UTC in JSON."""


class View(BaseModel):
    """Base of every response."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid", defer_build=True)


class ProblemView(View):
    """One thing that is wrong with what was sent."""

    message: str
    """What is wrong, in a sentence."""
    hint: str = ""
    """What would be right; may be empty."""
    field: str | None = None
    """Which field, parameter or header; dots go deeper. Null when the problem is in a scenario file."""
    file: str | None = None
    """The scenario file."""
    line: int | None = None
    """The line in it, from 1."""
    column: int | None = None
    """The column in it, from 1."""
    excerpt: str | None = None
    """The line itself."""


class ErrorView(View):
    """Every error of the control API."""

    error: str
    """What is wrong, in a sentence."""
    hint: str = ""
    """What would be right; may be empty."""
    problems: list[ProblemView] = []
    """Each thing that is wrong, where there can be several."""
    holds: list[str] = []
    """The names of the holds on the clock, if that is the reason."""
    near_misses: list[dict[str, Any]] = []
    """What came nearest to what was waited for, and the fields that differ."""


class EventView(View):
    """What the platform reports about a message."""

    type: str
    """E.g. `message-sent`."""
    time: Time
    """When it happened (virtual)."""
    recipient: str | None
    """The number it is about; null for the whole message."""
    description: str
    """The platform's description."""
    error: int | None
    """The error code of a `message-failed`."""
    carrier: str | None
    """The carrier's name, where the event has one."""


class OutcomeView(View):
    """How an attempt ended: with an HTTP status, or with a fault when there was none."""

    status: int | None
    """The HTTP status the endpoint answered."""
    fault: Fault | None
    """Why there was no answer."""
    delivered: bool
    """Whether that counts as delivered."""
    latency_ms: float
    """How long it took, in wall time."""
    detail: str
    """The fault as text."""
    headers: list[tuple[str, str]]
    """The headers the endpoint answered with."""
    body: str
    """The start of the body that the endpoint answered with."""
    challenged: bool
    """Whether the endpoint asked for credentials first."""


class AttemptView(View):
    """One HTTP request of a callback."""

    number: int
    """Counted from 1."""
    started: Time
    """When it was started (virtual)."""
    finished: Time | None
    """When it ended (virtual); null while in flight."""
    by_hand: bool
    """Whether it was requested by hand."""
    outcome: OutcomeView | None
    """How it ended; null while in flight."""


class CallbackView(View):
    """One event on its way to one URL."""

    id: str
    message: str
    """The id of the message it is about."""
    sequence: int
    """Counts the callbacks of the account in the order in which they were created."""
    event: EventView
    url: str
    """The URL it is sent to; a password in it is not shown."""
    status: CallbackStatus
    created: Time
    """When it was created (virtual)."""
    next_due: Time | None
    """When the next attempt is due (virtual); null when none is scheduled."""
    attempt_count: int
    """How many attempts were made so far."""
    last_attempt: AttemptView | None
    """The newest of them."""


class CallbackDetail(CallbackView):
    """One callback with all its attempts and what is sent."""

    attempts: list[AttemptView]
    """Every attempt, oldest first."""
    to_come: list[Time]
    """When it will be attempted if no attempt succeeds (virtual, without jitter), at most 100."""
    timeout_ms: int
    """How long the endpoint may take to answer (wall time)."""
    window_ms: int
    """No attempt starts later than this after the first (virtual)."""
    headers: list[tuple[str, str]]
    """The headers that are sent; credentials are not shown."""
    body: str
    """The body that is sent, the same with every attempt."""


class CallbackPage(View):
    """Callbacks, newest first."""

    callbacks: list[CallbackView]
    next: str | None
    """Pass it as `before` to continue; null at the end."""
    matching: int | None
    """How many match; null unless `count` was asked for."""
    newer: int | None
    """How many of them come before this page; null unless `count` was asked for."""


class RedeliveredView(View):
    """Which callbacks are attempted once more."""

    matching: int
    """How many match."""
    redelivered: int
    """How many of them get an extra attempt: the oldest ones; none with `dry_run`."""
    callbacks: list[str]
    """The ids of those."""


class RecipientView(View):
    """The status of the message for one recipient."""

    number: str
    status: RecipientStatus
    error: int | None
    """The error code if it failed."""


class CallbackCounts(View):
    """How many callbacks of a message have which status."""

    waiting: int = 0
    attempting: int = 0
    delivered: int = 0
    expired: int = 0
    cancelled: int = 0


class MessageView(View):
    """One message, outbound or inbound."""

    id: str
    direction: Direction
    kind: Kind
    time: Time
    """When it was accepted or received (virtual)."""
    from_: str = Field(alias="from")
    to: list[str]
    owner: str
    """The number on the platform's side."""
    application: str
    """The `applicationId`."""
    text: str | None
    media: list[str]
    tag: str | None
    priority: Priority | None
    expiration: str | None
    segments: int
    status: RecipientStatus
    """Of the message as a whole: failed when any recipient failed, else that of the least advanced one."""
    error: int | None
    """The error code of the first recipient that failed."""
    scenario: str | None
    """The scenario that plays; null for the edition's own timeline, and for inbound messages."""
    cancelled: bool
    recipients: list[RecipientView]
    callbacks: CallbackCounts


class MissView(View):
    """A scenario that was not played, and why."""

    scenario: str
    because: str


class PlanView(View):
    """What was decided when the message was accepted."""

    scenario: str | None
    near_misses: list[MissView]
    """The scenarios that came nearest, when none matched."""
    answer_status: int | None
    """The status a scenario answered the create request with; null for the platform's own 202."""


class StepView(View):
    """An upcoming step of the timeline."""

    due: Time | None
    """When (virtual); null while the message waits in the send queue."""
    recipient: str
    step: str
    """`callback`, `reply`, `outage` or `set-state`."""
    event: str | None = None
    """The event of a callback."""
    error: int | None = None
    """The error code of that event."""
    text: str | None = None
    """The text of a reply."""
    state: str | None = None
    """The state that a handset enters."""
    duration_ms: int | None = None
    """How long an outage lasts (virtual)."""
    notes: list[str] = []
    """How it differs from a normal callback: `twice`, `early`, `dropped`, `corrupted: empty` …"""


class WithheldView(View):
    """An event for which no callback was sent."""

    time: Time
    event: EventView
    because: str


class EntryView(View):
    """One entry of the journal, as the event stream and a message's history show it."""

    number: int
    """Counts the entries of the server, from 1; the id of the stream."""
    account: str
    type: str
    """What happened, e.g. `message-accepted`, `attempt-finished`."""
    time: Time
    """When (virtual)."""
    wall: Time
    """When (wall time)."""
    message: str | None
    """The id of the message it is about."""
    callback: str | None
    """The id of the callback it is about."""
    data: dict[str, Any]
    """The rest, by type; see `docs/control-api.md`."""


class MessageDetail(MessageView):
    """One message with its complete history and its upcoming steps and attempts."""

    answered: Time | None
    """When the client was answered (virtual)."""
    dequeued: Time | None
    """When it left the send queue (virtual)."""
    plan: PlanView | None
    """Null for inbound messages."""
    steps_to_come: list[StepView]
    """Steps of the timeline not yet played, in order."""
    callback_details: list[CallbackDetail]
    """Its callbacks, oldest first."""
    withheld: list[WithheldView]
    """Its events for which no callback was sent."""
    history: list[EntryView]
    """The journal's entries about it, oldest first."""


class MessagePage(View):
    """Messages, newest first."""

    messages: list[MessageView]
    next: str | None
    """Pass it as `before` to continue; null at the end."""
    total: int
    """How many messages the account has, whatever the filters."""
    matching: int | None
    """How many match; null unless `count` was asked for."""
    newer: int | None
    """How many of them come before this page; null unless `count` was asked for."""


class RequestView(View):
    """One request to the platform's API."""

    number: int
    """Counts the requests of the account."""
    time: Time
    """When (virtual)."""
    method: str
    path: str
    status: int
    """The status of the response; 0 when there was none."""
    message: str | None
    """The id of the message that it created."""
    because: str
    """Why it was refused; empty when it was not."""


class ContentsView(View):
    """What a request held and what it was answered, each with its beginning; credentials are not kept."""

    headers: list[tuple[str, str]]
    body: str
    answer_headers: list[tuple[str, str]]
    answer: str


class RequestDetail(RequestView):
    """One request to the platform's API with what is kept of it."""

    contents: ContentsView | None
    """Null for requests that were not refused, and for all but the newest refused ones."""


class RequestPage(View):
    """Requests to the platform's API, newest first."""

    requests: list[RequestView]
    matching: int
    """How many of those that are kept match."""


class ConversationView(View):
    """The messages between a handset and one of the account's numbers, represented by the last one."""

    own: str
    """The number on the platform's side."""
    handset: str
    """The number at the other end."""
    last: MessageView


class ConversationPage(View):
    """Conversations, the one with the newest message first."""

    conversations: list[ConversationView]


class NetworkReplyView(View):
    """What the network itself replied to a handset."""

    time: Time
    """When (virtual)."""
    from_: str = Field(alias="from")
    """The number on the platform's side."""
    to: str
    """The handset."""
    text: str


class NetworkReplyPage(View):
    """Replies of the network, newest first."""

    replies: list[NetworkReplyView]


class MediaView(View):
    """A file that a handset can send."""

    name: str


class ReceivedView(View):
    """The messages created by what a handset sent: one for each of the account's numbers."""

    messages: list[MessageView]


class JournalPage(View):
    """Entries of the journal, oldest first."""

    entries: list[EntryView]
    next: int
    """Pass it as `after` to continue."""
    first: int
    """The oldest entry that is kept."""


class RecordingView(View):
    """A message as a scenario that reproduces it."""

    message: str
    """The id of the message."""
    yaml: str
    """The scenario file."""


class WaitView(View):
    """What was waited for."""

    matching: int
    """How many match now."""
    message: MessageDetail | None
    """The newest message that matches, when waiting for messages."""
    callback: CallbackDetail | None
    """The newest callback that matches, when waiting for callbacks."""
