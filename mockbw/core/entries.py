"""What happened, as typed entries. Scheduled, started and finished are separate: an entry never runs ahead of its fact.

The state of an account is the fold of its entries (``core/state.py``), so a store of the entries is a store of the
account. ``time`` is virtual milliseconds; the journal that stores an entry adds a number and the wall time.

An entry contains only what is new. ``core/narrative.py`` combines it with the attempt, the callback and what comes next,
for people to read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, get_args

from mockbw.core.base import Value
from mockbw.core.model import Event, Message, Outcome
from mockbw.core.retry import RetrySchedule
from mockbw.core.timeline import ApiAnswer, Plan

__all__ = [
    "ABOUT",
    "AccountRemoved",
    "AccountReset",
    "AnswerWaived",
    "AttemptFinished",
    "AttemptScheduled",
    "AttemptStarted",
    "CallbackCancelled",
    "CallbackCreated",
    "CallbackDelivered",
    "CallbackExpired",
    "CallbackWithheld",
    "ClockChanged",
    "ClockStopped",
    "Entry",
    "MessageAccepted",
    "MessageCancelled",
    "MessageDequeued",
    "MessageExpired",
    "MessageReceived",
    "MessageRefused",
    "MessagesForgotten",
    "NetworkReplied",
    "OptedIn",
    "OptedOut",
    "OutageBegan",
    "RequestAnswered",
    "RequestContents",
    "StateSet",
    "StepPassed",
    "StepRef",
    "about",
]


class StepRef(Value, frozen=True, rename={"track": "lane"}):
    """The step of a message's plan that caused something: track and index count from 0. Journals on disk say ``lane``."""

    message: str
    track: int
    index: int


class MessageAccepted(Value, frozen=True):
    """A create request was accepted: its message, and the plan that will be played."""

    time: int
    message: Message
    plan: Plan
    queued: bool = False


class MessageRefused(Value, frozen=True):
    """A valid create request was refused, and why: the queue is full (P5), or a scenario refuses it."""

    time: int
    sender: str
    to: tuple[str, ...]
    scenario: str | None
    because: str


class AnswerWaived(Value, frozen=True):
    """No client will be answered (it was not posted, or the client has disconnected): the message's callbacks may be sent."""

    time: int
    message: str


class MessageDequeued(Value, frozen=True):
    """The message left the account's send queue (P5)."""

    time: int
    message: str


class MessageExpired(Value, frozen=True):
    """The message's expiration passed while it was in the send queue; it will not be sent (P5)."""

    time: int
    message: str


class MessageCancelled(Value, frozen=True):
    """The remaining steps and callbacks of the message were cancelled."""

    time: int
    message: str


class MessageReceived(Value, frozen=True):
    """A handset's message arrived at one of the account's numbers (P14). ``plan`` None: its callback is sent immediately."""

    time: int
    message: Message
    cause: StepRef | None = None
    plan: Plan | None = None


class CallbackCreated(Value, frozen=True):
    """An event happened, and its callback goes to ``url``. ``sequence`` orders the callbacks of the account by creation."""

    time: int
    callback: str
    sequence: int
    message: str
    event: Event
    url: str
    retry: RetrySchedule
    cause: StepRef | None = None


class CallbackWithheld(Value, frozen=True):
    """An event happened for which no callback is sent, and why."""

    time: int
    message: str
    event: Event
    because: str
    cause: StepRef | None = None


class StepPassed(Value, frozen=True):
    """A step was due and had no effect."""

    time: int
    cause: StepRef
    because: str


class AttemptScheduled(Value, frozen=True):
    """The callback will be attempted at ``due``."""

    time: int
    callback: str
    number: int
    due: int


class AttemptStarted(Value, frozen=True):
    """The HTTP request was started. ``by_hand``: an extra attempt that a user requested."""

    time: int
    callback: str
    number: int
    by_hand: bool = False


class AttemptFinished(Value, frozen=True):
    """The endpoint answered, or the attempt failed without an answer."""

    time: int
    callback: str
    number: int
    outcome: Outcome


class CallbackDelivered(Value, frozen=True):
    """The endpoint answered 2xx."""

    time: int
    callback: str


class CallbackExpired(Value, frozen=True):
    """The retry schedule has ended without a 2xx; the platform drops the callback silently (P10)."""

    time: int
    callback: str
    attempts: int


class CallbackCancelled(Value, frozen=True):
    """The callback will not be attempted again, and why."""

    time: int
    callback: str
    because: str


class NetworkReplied(Value, frozen=True):
    """The network itself answered a handset, as toll-free numbers do to STOP and UNSTOP (P15)."""

    time: int
    sender: str
    to: str
    text: str


class OptedOut(Value, frozen=True):
    """The consumer has opted out of messages from the toll-free number (P15)."""

    time: int
    number: str
    consumer: str


class OptedIn(Value, frozen=True):
    """The consumer has opted in to messages from the toll-free number again (P15)."""

    time: int
    number: str
    consumer: str


class StateSet(Value, frozen=True):
    """A scenario put a handset into a state."""

    time: int
    number: str
    state: str
    cause: StepRef | None = None


class OutageBegan(Value, frozen=True):
    """The API answers every request with ``answer`` until ``until``."""

    time: int
    until: int
    answer: ApiAnswer
    cause: StepRef | None = None


class RequestContents(Value, frozen=True):
    """The contents of a request and its answer, both possibly truncated, without credentials."""

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: str = ""


class RequestAnswered(Value, frozen=True):
    """A request to the platform's API and its answer; ``because`` says why it was refused.

    ``message`` is what it created: its client has been answered, so that callbacks of the message may be sent from now on.

    ``scripted``: a scenario defined the answer. ``status`` is 0 when there was none. ``contents``: of refused ones.
    """

    time: int
    method: str
    path: str
    status: int
    message: str | None = None
    because: str = ""
    scripted: bool = False
    contents: RequestContents | None = None


class ClockChanged(Value, frozen=True):
    """The mode or rate of the account's clock was changed."""

    time: int
    mode: str
    rate: float


class ClockStopped(Value, frozen=True):
    """The server stopped, at this virtual time of the account."""

    time: int


class MessagesForgotten(Value, frozen=True):
    """The oldest finished messages were dropped, with their ``callbacks``, so that an account stays within its bounds.

    In a ``snapshot`` the other fields are the state that results from all entries before it, apart from messages. So those need
    not be kept: neither the entries of messages that were dropped so far, nor those that belong to no message.
    """

    time: int
    messages: tuple[str, ...]
    callbacks: tuple[str, ...]
    callbacks_created: int = 0
    plays: tuple[tuple[str, int], ...] = ()
    states: tuple[tuple[str, str], ...] = ()
    opted_out: tuple[tuple[str, str], ...] = ()
    own_numbers: tuple[tuple[str, str], ...] = ()
    outage: tuple[int, ApiAnswer] | None = None
    snapshot: bool = True


class AccountReset(Value, frozen=True):
    """Everything outstanding was cancelled and all records were deleted; only the numbering of callbacks continues."""

    time: int
    callbacks_created: int = 0


class AccountRemoved(Value, frozen=True):
    """The account was removed."""

    time: int


Entry: TypeAlias = (
    MessageAccepted
    | AnswerWaived
    | MessageDequeued
    | MessageExpired
    | MessageCancelled
    | MessageReceived
    | MessageRefused
    | CallbackCreated
    | CallbackWithheld
    | StepPassed
    | AttemptScheduled
    | AttemptStarted
    | AttemptFinished
    | CallbackDelivered
    | CallbackExpired
    | CallbackCancelled
    | NetworkReplied
    | OptedOut
    | OptedIn
    | StateSet
    | OutageBegan
    | RequestAnswered
    | ClockChanged
    | ClockStopped
    | MessagesForgotten
    | AccountReset
    | AccountRemoved
)


# -- what an entry is about -------------------------------------------------------------------------------------------------

Ids: TypeAlias = tuple[str | None, str | None]


def about(entry: Entry) -> Ids:
    """Return the id of the message and the id of the callback that an entry names; None for what it does not name.

    An entry about a callback names its message only when the callback is created. The result of a step is about the message
    whose step it was, unless it is about a message of its own, such as a handset's reply.
    """
    return ABOUT[type(entry)](entry)


def _reader(kind: type[Value]) -> Callable[[Any], Ids]:
    """Return a function that reads the ids from entries of a class; cached for each class, since every entry is read."""
    names = kind.__struct_fields__
    if "callback" in names:
        if "message" in names:
            return lambda entry: (entry.message, entry.callback)
        return lambda entry: (None, entry.callback)
    if kind in (MessageAccepted, MessageReceived):
        return lambda entry: (entry.message.id, None)
    if "message" in names:
        return lambda entry: (entry.message, None)
    if "cause" in names:
        return lambda entry: (None if entry.cause is None else entry.cause.message, None)
    return lambda entry: (None, None)


ABOUT: Mapping[type, Callable[[Any], Ids]] = {kind: _reader(kind) for kind in get_args(Entry)}
"""What reads the ids from an entry, by its class: ``about`` without the call."""
