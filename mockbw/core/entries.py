"""What happened, as typed entries. Scheduled, started and finished are separate: an entry never runs ahead of its fact.

The state of an account is nothing but the fold of its entries (``core/state.py``), so whoever keeps the entries keeps
the account. ``time`` is virtual milliseconds; the journal that stores an entry adds a number and the wall time.

An entry names only what is new. What people are shown about it, with the attempt, the callback and what comes next in one
place, is put together in ``core/narrative.py``.
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
    """Which step of which message's plan something came from: track and index count from 0. Journals on disk say ``lane``."""

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
    """A valid create request was not taken, and why: the queue is full (P5), or a scenario wants it so."""

    time: int
    sender: str
    to: tuple[str, ...]
    scenario: str | None
    because: str


class AnswerWaived(Value, frozen=True):
    """Nobody is to be told that the message was taken (nobody posted it, or who did has gone): its callbacks may leave."""

    time: int
    message: str


class MessageDequeued(Value, frozen=True):
    """The message left the account's send queue (P5)."""

    time: int
    message: str


class MessageExpired(Value, frozen=True):
    """The message's expiration came while it still waited in the send queue; it will not be sent (P5)."""

    time: int
    message: str


class MessageCancelled(Value, frozen=True):
    """What was still to come for the message will not come."""

    time: int
    message: str


class MessageReceived(Value, frozen=True):
    """A handset's message arrived at one of the account's numbers (P14). ``plan`` None: it is told at once, as usual."""

    time: int
    message: Message
    cause: StepRef | None = None
    plan: Plan | None = None


class CallbackCreated(Value, frozen=True):
    """An event happened and is on its way to ``url``. ``sequence`` orders callbacks of the account by birth."""

    time: int
    callback: str
    sequence: int
    message: str
    event: Event
    url: str
    retry: RetrySchedule
    cause: StepRef | None = None


class CallbackWithheld(Value, frozen=True):
    """An event happened and nobody is told, and why."""

    time: int
    message: str
    event: Event
    because: str
    cause: StepRef | None = None


class StepPassed(Value, frozen=True):
    """A step was reached and had nothing to do."""

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
    """The HTTP request was begun. ``by_hand``: an extra attempt that somebody asked for."""

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
    """The consumer no longer takes messages from the toll-free number (P15)."""

    time: int
    number: str
    consumer: str


class OptedIn(Value, frozen=True):
    """The consumer takes messages from the toll-free number again (P15)."""

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
    """The API answers every request with ``answer`` before ``until``."""

    time: int
    until: int
    answer: ApiAnswer
    cause: StepRef | None = None


class RequestContents(Value, frozen=True):
    """What a request held and what it was answered, each with its beginning; credentials are not among it."""

    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    answer_headers: tuple[tuple[str, str], ...] = ()
    answer: str = ""


class RequestAnswered(Value, frozen=True):
    """A request to the platform's API and what it was told; ``because`` says why it was refused.

    ``message`` is what it created: its client has been told, so that from now on callbacks of the message may leave.

    ``scripted``: a scenario wanted that answer. ``status`` is 0 when there was none. ``contents``: of refused ones.
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
    """The account's clock was given another mode or rate."""

    time: int
    mode: str
    rate: float


class ClockStopped(Value, frozen=True):
    """The server stopped; the account's virtual time stood here."""

    time: int


class MessagesForgotten(Value, frozen=True):
    """The oldest finished messages were forgotten, with their ``callbacks``, so that an account stays within its bounds.

    A ``snapshot`` has in the other fields what all entries before it come to besides messages. So those need not be kept: neither
    the entries of messages that were forgotten up to here, nor those that belong to no message.
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
    """Everything outstanding was cancelled and every record forgotten; only callbacks are numbered on from here."""

    time: int
    callbacks_created: int = 0


class AccountRemoved(Value, frozen=True):
    """The account is no more."""

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

    An entry about a callback names its message only when the callback is created. What a step led to is about the message
    whose step it was, unless it is about a message of its own, as a handset's reply is.
    """
    return ABOUT[type(entry)](entry)


def _reader(kind: type[Value]) -> Callable[[Any], Ids]:
    """Return what reads the ids from entries of a class; made once a class, since every entry is asked."""
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
