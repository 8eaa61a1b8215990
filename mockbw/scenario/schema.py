"""The models of the scenario language. ``mockbw schema`` prints their JSON Schema; the docstrings are its descriptions."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag, WithJsonSchema, model_validator

from mockbw.documents.model import Alternatives, DocumentModel
from mockbw.documents.values import Bool, Duration, Headers, Json, JsonObject, Str, Strings
from mockbw.scenario.values import AnswerPatterns, Answers, Patterns, Place

__all__ = [
    "STEPS",
    "STEP_KEYS",
    "Branch",
    "CallbackModel",
    "ChooseModel",
    "EndpointModel",
    "Expectation",
    "Given",
    "InboundModel",
    "Match",
    "OutageModel",
    "OutboundModel",
    "OutcomeModel",
    "ReplyModel",
    "Response",
    "Retry",
    "Scenario",
    "SetStateModel",
    "StepModel",
    "Timeline",
]


class Match(DocumentModel):
    """Which messages a scenario is for. Every given condition must hold; without any, it matches every outbound message."""

    kind: Literal["sms", "mms", "group", "rbm"] | None = None
    """sms: one recipient, no media. mms: one recipient, media. group: several recipients. rbm: sent over that channel."""
    to: Patterns | None = None
    """A recipient: exact, glob (`+1919555*`) or regex (`/^\\+1919/`); one or a list. Named groups can be used as `${name}`."""
    from_: Patterns | None = None
    """The sender, in the same forms."""
    text: Patterns | None = None
    """The text, in the same forms."""
    tag: Patterns | None = None
    """The tag, in the same forms."""
    application: Patterns | None = None
    """The applicationId, in the same forms."""
    state: Str | None = None
    """The state that `set-state` gave the recipient's handset."""


class ConnectionFault(StrEnum):
    """What happens to the connection."""

    RESET = "reset"
    SILENT = "silent"
    TRUNCATED = "truncated"


class Response(DocumentModel):
    """How the create request is answered. Without it: the platform's own 202."""

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    """The HTTP status. The body is the edition's own for that status unless `body` is given."""
    body: Json = None
    """JSON data to answer with."""
    headers: Headers = {}
    """Headers to add or replace."""
    delay: Duration = 0
    """Wait this long (wall time, never scaled) before answering."""
    connection: ConnectionFault | None = None
    """reset: close it without an answer. silent: never answer. truncated: close it in the middle of the answer."""
    taken: Bool | None = None
    """Whether the message is accepted anyway, without the client knowing. Default: only with a 2xx."""


class _Step(DocumentModel):
    after: Duration | None = None
    """How long after the previous step (or after the message left the send queue). Virtual time."""
    at: Duration | None = None
    """How long after the message was accepted. Virtual time."""

    @model_validator(mode="after")
    def _one_time(self) -> _Step:
        if self.after is not None and self.at is not None:
            raise ValueError("a step has either 'after' or 'at', not both")
        return self


ErrorCode = Annotated[int | str, WithJsonSchema({"type": ["integer", "string"]})]


class CallbackModel(_Step):
    """An event happens, and a callback sends it to the endpoint."""

    callback: Str
    """The event's type, e.g. message-sent, message-delivered, message-failed."""
    to: Patterns | None = None
    """Only for these recipients of a group."""
    error: ErrorCode | None = None
    """The error code of a message-failed, or `${name}` of a named group."""
    description: Str | None = None
    """Replaces the edition's description."""
    carrier: Str | None = None
    """carrierName of the event."""
    twice: Bool = False
    """Send it twice, as the platform may (at-least-once delivery)."""
    early: Bool = False
    """Send it before the 202 is written."""
    dropped: Bool = False
    """The event happens, but no callback is sent."""
    corrupted: Literal["truncated", "not-json", "wrong-type", "empty"] | None = None
    """Corrupt the body."""
    set: JsonObject = {}
    """Fields to set in the event's JSON; dots go deeper: `message.segmentCount: 3`."""
    omit: Strings = []
    """Fields to leave out; dots go deeper."""
    headers: Headers = {}
    """HTTP headers to add or replace."""

    @model_validator(mode="after")
    def _error_belongs(self) -> CallbackModel:
        if self.callback == "message-failed" and self.error is None and "errorCode" not in self.omit:
            raise ValueError("message-failed needs an 'error', e.g. error: 4770 (see `mockbw codes`)")
        if self.callback != "message-failed" and self.error is not None:
            raise ValueError(f"only message-failed carries an 'error', {self.callback} does not")
        return self


class OutcomeModel(_Step):
    """The edition's own events for an outcome, so that one scenario works in every edition."""

    outcome: Literal["delivered", "failed", "unreceipted"]
    """delivered: success. failed: with `error`, at the platform or carrier as the code says. unreceipted: no receipt comes."""
    to: Patterns | None = None
    """Only for these recipients of a group."""
    error: ErrorCode | None = None
    """The error code, or `${name}` of a named group."""
    twice: Bool = False
    """Send each of its callbacks twice, as the platform may (at-least-once delivery)."""

    @model_validator(mode="after")
    def _error_belongs(self) -> OutcomeModel:
        if (self.outcome == "failed") != (self.error is not None):
            raise ValueError("outcome: failed needs an 'error', and only that outcome has one")
        return self


class ReplyModel(_Step):
    """The handset answers the message."""

    reply: Str
    """The text; `${name}` stands for a named group."""
    to: Patterns | None = None
    """Only from the handsets of these recipients of a group."""
    media: Strings = []
    """Media URLs, which make the reply an MMS."""
    from_: Str | None = None
    """The number that answers, if not the recipient's."""
    suggestion: Str | None = None
    """The handset taps a suggestion of an RBM message: this is its postbackData, and `reply` its text."""
    location: Place | None = None
    """The handset answers an RBM message with its location: `LATITUDE,LONGITUDE`."""

    @model_validator(mode="after")
    def _one_answer(self) -> ReplyModel:
        if self.suggestion is not None and self.location is not None:
            raise ValueError("a reply is either a tapped 'suggestion' or a 'location', not both")
        return self


class OutageModel(_Step):
    """The API answers every request of the account with an error for a while."""

    outage: Duration
    """How long, in virtual time."""
    answer: Response = Response(status=503)
    """How requests are answered during the outage."""


class SetStateModel(_Step):
    """The recipient's handset enters a state that other scenarios can match with `match: {state: …}`."""

    set_state: Str
    """The name of the state."""
    to: Patterns | None = None
    """Only the handsets of these recipients of a group."""


class Branch(DocumentModel):
    """One of the timelines of a `choose`."""

    weight: Annotated[float, Field(gt=0)] = 1
    """How often it is chosen, relative to the others."""
    timeline: Timeline
    """The steps of this branch."""


class ChooseModel(_Step):
    """One of several timelines, chosen at random by weight; the same seed chooses the same."""

    choose: Annotated[list[Branch], Field(min_length=1)]
    """The branches."""


STEP_KEYS = ("callback", "outcome", "reply", "outage", "set-state", "choose")
STEPS = Alternatives("a step", STEP_KEYS)


def step_kind(value: Any) -> str | None:
    """Return the tag of the model a step is written in, by the first step key it has; None for what is not a step."""
    if not isinstance(value, (dict, _Step)):
        return None
    keys = value if isinstance(value, dict) else {name.rstrip("_").replace("_", "-") for name in type(value).model_fields}
    return next((f"<{key}>" for key in STEP_KEYS if key in keys), None)


StepModel: TypeAlias = Annotated[
    Annotated[CallbackModel, Tag("<callback>")]
    | Annotated[OutcomeModel, Tag("<outcome>")]
    | Annotated[ReplyModel, Tag("<reply>")]
    | Annotated[OutageModel, Tag("<outage>")]
    | Annotated[SetStateModel, Tag("<set-state>")]
    | Annotated[ChooseModel, Tag("<choose>")],
    Discriminator(step_kind),
]
Timeline: TypeAlias = list[StepModel]


class Retry(DocumentModel):
    """When callbacks are retried: a list of `delays`, or `first`, `factor` and `max`."""

    delays: Annotated[list[Annotated[Duration, Field(ge=100)]], Field(min_length=1)] | None = None
    """The delays between the attempts; the last one repeats unless `repeat: false`."""
    repeat: Bool = True
    """Whether the last delay repeats until the window has passed."""
    first: Annotated[Duration, Field(ge=100)] | None = None
    """The first delay."""
    factor: Annotated[float, Field(ge=1, le=1000)] = 2
    """The factor by which the delay grows after each attempt."""
    max: Annotated[Duration, Field(ge=100)] | None = None
    """The longest delay; default: 1h."""
    jitter: Annotated[float, Field(ge=0, le=1)] = 0
    """Lengthen each delay by a random share of up to this much, from the seed."""
    window: Duration | None = None
    """No attempt starts later than this after the first; default: 24h."""
    timeout: Annotated[Duration, Field(ge=1)] | None = None
    """How long the endpoint may take to answer, in wall time; default: 10s."""

    @model_validator(mode="before")
    @classmethod
    def _list(cls, value: Any) -> Any:
        return {"delays": value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _one_form(self) -> Retry:
        if self.delays is not None and self.first is not None:
            raise ValueError("'retry' has either a list of delays, or 'first' with 'factor' and 'max'")
        if self.first is None and self.max is not None:
            raise ValueError("'max' requires 'first'")
        if self.first is not None and self.max is not None and self.max < self.first:
            raise ValueError("'max' is shorter than 'first', the first delay")
        return self


class OutboundModel(DocumentModel):
    """An outbound message, as if the application had posted it."""

    to: Strings
    from_: Str = "+19195550199"
    text: Str | None = None
    media: Strings = []
    tag: Str | None = None
    application: Str = "93de2206-9669-4e07-948d-329f4b722ee2"

    @model_validator(mode="after")
    def _content(self) -> OutboundModel:
        if self.text is None and not self.media:
            raise ValueError("an outbound message needs 'text' or 'media'")
        if not self.to:
            raise ValueError("an outbound message needs a recipient in 'to'")
        return self


class InboundModel(DocumentModel):
    """A message that a handset sends to the application."""

    to: Strings
    from_: Str
    text: Str = ""
    media: Strings = []
    application: Str | None = None

    @model_validator(mode="after")
    def _content(self) -> InboundModel:
        if not self.to:
            raise ValueError("an inbound message needs a recipient in 'to'")
        return self


class Given(DocumentModel):
    """The message that starts the scenario when it is played by itself: one of the two."""

    outbound: OutboundModel | None = None
    inbound: InboundModel | None = None

    @model_validator(mode="after")
    def _one(self) -> Given:
        if (self.outbound is None) == (self.inbound is None):
            raise ValueError("'given' has either 'outbound' or 'inbound'")
        return self


class EndpointModel(DocumentModel):
    """How the endpoint should answer for the scenario to show its point.

    The endpoint belongs to the user, so the server does not use this. It documents the setup, and is what the sample endpoint
    (`mockbw demo`, `mockbw play --sample-endpoint`) answers and `mockbw explain` assumes.
    """

    answers: Answers
    """The answers to the attempts of one callback, in order; the last one repeats. A status, `reset` (no answer) or `timeout`."""


class Expectation(DocumentModel):
    """What must be true at the end, about a callback or about a message that the application sends."""

    callback: Str | None = None
    """The type of the expected event."""
    to: Patterns | None = None
    """The recipient that it is about."""
    error: int | None = None
    """Its error code."""
    times: Annotated[int, Field(ge=0)] | None = None
    """How many such callbacks; default: at least one. 0: none."""
    attempts: Annotated[int, Field(ge=0)] | None = None
    """How many attempts each took."""
    answered: AnswerPatterns | None = None
    """The answers to the attempts, in order: `2xx`, `503`, `timeout` …; the last one applies to all that follow."""
    ends: Literal["delivered", "expired", "cancelled"] | None = None
    """How the callback ended."""
    within: Duration | None = None
    """The longest time the endpoint may take to answer, in wall time."""
    sends: Match | None = None
    """A message that the application must send."""

    @model_validator(mode="after")
    def _one(self) -> Expectation:
        if (self.callback is None) == (self.sends is None):
            raise ValueError("an expectation is about a 'callback', or about what the application 'sends'")
        if self.sends is not None:
            for key in sorted(self.model_fields_set - {"sends", "times"}):
                raise ValueError(f"'{key}' is about a callback; for what the application 'sends' there is only 'times'")
        return self


class Scenario(DocumentModel):
    """One scenario: which messages it is for, and what happens to them."""

    alternatives = STEPS

    name: Annotated[Str, Field(min_length=1, max_length=100)] | None = None
    """Its name; default: the file's name."""
    description: Str = ""
    """What happens, in a sentence."""
    editions: Strings | None = None
    """The editions it is for; default: all."""
    match: Match = Match()
    """Which messages it is for; default: every outbound message."""
    times: Annotated[int, Field(ge=1)] | None = None
    """For at most this many messages."""
    response: Response | None = None
    """How the create request is answered."""
    timeline: Timeline | None = None
    """What happens to the message; default: the edition's own timeline. `[]`: nothing."""
    retry: Retry | None = None
    """The retry schedule of its callbacks."""
    given: Given | None = None
    """The message that starts it when it is played by itself."""
    endpoint: EndpointModel | None = None
    """How the endpoint should answer; default: always 200."""
    expect: list[Expectation] = []
    """What must be true at the end."""

    @model_validator(mode="after")
    def _inbound_is_not_posted(self) -> Scenario:
        if self.given is not None and self.given.inbound is not None:
            for key in ("match", "response", "times"):
                if key in self.model_fields_set:
                    raise ValueError(f"'{key}' is for messages that the application posts; `given: inbound` has none")
        return self


Branch.model_rebuild()
Scenario.model_rebuild()
