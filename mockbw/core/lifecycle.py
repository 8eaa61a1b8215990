"""Every state transition of a callback or a recipient, in two tables.

A transition that is not in its table raises ``LifecycleError`` with the history that led there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import TypeVar

from mockbw.core.model import CallbackStatus, RecipientStatus
from mockbw.errors import LifecycleError

__all__ = ["CALLBACK", "RECIPIENT", "Trigger", "advance"]


class Trigger(StrEnum):
    """What can happen to a callback or a recipient."""

    START = "start"
    FAIL = "fail"
    DELIVER = "deliver"
    EXPIRE = "expire"
    CANCEL = "cancel"
    DEQUEUE = "dequeue"
    SENT = "message-sent"
    SENDING = "message-sending"
    DELIVERED = "message-delivered"
    FAILED = "message-failed"


_W, _A, _D, _E, _C = (
    CallbackStatus.WAITING,
    CallbackStatus.ATTEMPTING,
    CallbackStatus.DELIVERED,
    CallbackStatus.EXPIRED,
    CallbackStatus.CANCELLED,
)

CALLBACK: Mapping[tuple[CallbackStatus, Trigger], CallbackStatus] = {
    (_W, Trigger.START): _A,
    (_W, Trigger.EXPIRE): _E,
    (_W, Trigger.CANCEL): _C,
    (_W, Trigger.DELIVER): _D,  # redelivered by hand between two attempts
    (_A, Trigger.FAIL): _W,
    (_A, Trigger.DELIVER): _D,
    (_A, Trigger.CANCEL): _C,
    # Redelivery by hand, and an answer after a cancellation: a 2xx counts, a failure changes nothing.
    (_D, Trigger.DELIVER): _D,
    (_D, Trigger.FAIL): _D,
    (_E, Trigger.DELIVER): _D,
    (_E, Trigger.FAIL): _E,
    (_C, Trigger.DELIVER): _D,
    (_C, Trigger.FAIL): _C,
}

_OPEN = (RecipientStatus.ACCEPTED, RecipientStatus.SENT)
_CLOSED = (RecipientStatus.DELIVERED, RecipientStatus.FAILED, RecipientStatus.CANCELLED)
_EVENTS = (Trigger.SENT, Trigger.SENDING, Trigger.DELIVERED, Trigger.FAILED)

RECIPIENT: Mapping[tuple[RecipientStatus, Trigger], RecipientStatus] = {
    (RecipientStatus.QUEUED, Trigger.DEQUEUE): RecipientStatus.ACCEPTED,
    (RecipientStatus.QUEUED, Trigger.FAILED): RecipientStatus.FAILED,  # expired in the queue (P5)
    (RecipientStatus.QUEUED, Trigger.CANCEL): RecipientStatus.CANCELLED,
    # A callback that is scripted to precede the 202 is sent while its message may still be queued.
    **{
        (RecipientStatus.QUEUED, trigger): RecipientStatus.QUEUED
        for trigger in (Trigger.SENT, Trigger.SENDING, Trigger.DELIVERED)
    },
    **{(status, trigger): RecipientStatus.SENT for status in _OPEN for trigger in (Trigger.SENT, Trigger.SENDING)},
    **{(status, Trigger.DELIVERED): RecipientStatus.DELIVERED for status in _OPEN},
    **{(status, Trigger.FAILED): RecipientStatus.FAILED for status in _OPEN},
    **{(status, Trigger.CANCEL): RecipientStatus.CANCELLED for status in _OPEN},
    (RecipientStatus.RECEIVED, Trigger.CANCEL): RecipientStatus.RECEIVED,  # it has arrived; only its callback can be cancelled
    # A scenario may script events after a terminal one (out of order, duplicated, contradictory): the first terminal one counts.
    **{(status, trigger): status for status in _CLOSED for trigger in (*_EVENTS, Trigger.CANCEL, Trigger.DEQUEUE)},
}

State = TypeVar("State", CallbackStatus, RecipientStatus)


def advance(
    table: Mapping[tuple[State, Trigger], State],
    state: State,
    trigger: Trigger,
    entity: Callable[[], str],
    history: Callable[[], Iterable[object]] = tuple,
) -> State:
    """Return the state that ``trigger`` leads to. ``entity`` and ``history`` are called only for the error.

    Raises:
        LifecycleError: the table has no such transition.
    """
    try:
        return table[state, trigger]
    except KeyError:
        raise LifecycleError(entity(), state, trigger, tuple(str(step) for step in history())) from None
