"""What people are shown about an account: the fold of its entries into facts, for all outputs.

An entry has only what is new: ``AttemptFinished`` has a callback's id and an outcome. A person needs the whole sentence: the
attempt that started at that time, of that event, to that URL, was answered like this; and what comes next. ``Narrative`` puts it
together, one entry after the other. The terminal, ``mockbw explain``, the report of a test and the log only format it.

- What happens between the creation of a callback and its end becomes ``AttemptMade`` and ``CallbackEnded``. The six types of
  entry behind them (``JOINED``) are never shown by themselves, so that some of them can be implied by others: the first
  attempt is implied by the creation, a delivery by a 2xx answer. Code that needs them uses this module, not the journal.
- An attempt is reported when it is known what comes next, which the entry after its end says. One that does not change
  the schedule (by hand, or late) is reported at once.
- Every other entry is a fact by itself.

The state of a callback is deleted together with its message (``MessagesForgotten``): the narrative of an account
that runs for years is bounded by what the account itself keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

from msgspec import field
from msgspec.structs import replace

from mockbw.core import entries as j
from mockbw.core.base import State, Value
from mockbw.core.model import CallbackStatus, Outcome

__all__ = ["JOINED", "AttemptMade", "CallbackEnded", "Fact", "Narrative", "ends", "narrate"]

JOINED = (
    j.AttemptScheduled,
    j.AttemptStarted,
    j.AttemptFinished,
    j.CallbackDelivered,
    j.CallbackExpired,
    j.CallbackCancelled,
)
"""The types of entries that are facts only in combination with others."""


class CallbackEnded(Value, frozen=True):
    """The end of a callback, which it has only once: delivered, expired or cancelled.

    ``attempts`` counts those started so far, ``last`` is the outcome of the last finished one, and ``because`` says why it was
    cancelled. ``created``: see ``AttemptMade``. A 2xx that comes later, after a redelivery by hand, is a successful
    ``AttemptMade``, not another end.
    """

    time: int
    callback: str
    status: CallbackStatus
    attempts: int
    last: Outcome | None = None
    because: str = ""
    created: j.CallbackCreated | None = None


class AttemptMade(Value, frozen=True):
    """An attempt from its start at ``time`` to ``finished``, and what comes next; all times are virtual milliseconds.

    ``outcome`` has the endpoint's answer or the fault. ``repeats`` counts the consecutive attempts of the callback just
    before this one that ended in the same way: 0 means that something changed.

    What comes next: the callback ended with this attempt (``end``); or another attempt is due at ``next_due``; or neither,
    when the callback had ended before, or when it depends on another attempt in flight.

    ``created`` has the callback's message, event and URL; None when its creation was not among the entries read.
    """

    time: int
    finished: int
    callback: str
    number: int
    outcome: Outcome
    repeats: int
    by_hand: bool = False
    next_due: int | None = None
    end: CallbackEnded | None = None
    created: j.CallbackCreated | None = None


Fact: TypeAlias = AttemptMade | CallbackEnded | j.Entry
"""What a person is shown; entries only if they are not ``JOINED``."""


_End: TypeAlias = j.CallbackDelivered | j.CallbackExpired | j.CallbackCancelled


class _Course(State):
    """The state of one callback. ``held``: finished attempts for which it is not known yet what comes next."""

    created: j.CallbackCreated | None = None
    in_flight: dict[int, j.AttemptStarted] = field(default_factory=dict)
    held: tuple[AttemptMade, ...] = ()
    next_due: int | None = None
    attempts: int = 0
    last: Outcome | None = None
    repeats: int = 0
    ended: bool = False


class Narrative:
    """Folds the entries of one account, oldest first, into facts."""

    def __init__(self) -> None:
        self._courses: dict[str, _Course] = {}

    def facts(self, entry: j.Entry) -> Sequence[Fact]:
        """Fold in the next entry and return what can be reported now: often one fact, sometimes none."""
        match entry:
            case j.CallbackCreated():
                self._courses[entry.callback] = _Course(entry)
            case j.AttemptScheduled():
                return self._scheduled(entry)
            case j.AttemptStarted():
                return self._started(entry)
            case j.AttemptFinished():
                return self._finished(entry)
            case j.CallbackDelivered():
                return self._ended(entry, CallbackStatus.DELIVERED)
            case j.CallbackExpired():
                return self._ended(entry, CallbackStatus.EXPIRED)
            case j.CallbackCancelled():
                return self._ended(entry, CallbackStatus.CANCELLED, entry.because)
            case j.MessagesForgotten():
                for callback in entry.callbacks:
                    self._courses.pop(callback, None)
            case j.AccountReset() | j.AccountRemoved():
                self._courses.clear()
        return (entry,)

    def knows(self, callback: str) -> bool:
        """Return whether one of the entries read is about that callback."""
        return callback in self._courses

    def unfinished(self) -> Iterator[Fact]:
        """Yield the attempts for which no entry so far says what comes next: the entries stop in the middle."""
        for course in self._courses.values():
            yield from _release(course)

    def _course(self, callback: str) -> _Course:
        """Return the state of the callback: incomplete when the entries read start after its creation."""
        course = self._courses.get(callback)
        if course is None:
            course = self._courses[callback] = _Course()
        return course

    def _scheduled(self, entry: j.AttemptScheduled) -> Sequence[Fact]:
        course = self._course(entry.callback)
        course.next_due = entry.due
        return _release(course)

    def _started(self, entry: j.AttemptStarted) -> Sequence[Fact]:
        course = self._course(entry.callback)
        course.in_flight[entry.number] = entry
        course.attempts = entry.number
        if not entry.by_hand:
            course.next_due = None
        return ()

    def _finished(self, entry: j.AttemptFinished) -> Sequence[Fact]:
        course, outcome = self._course(entry.callback), entry.outcome
        course.repeats = course.repeats + 1 if course.last is not None and _alike(course.last, outcome) else 0
        course.last = outcome
        course.attempts = max(course.attempts, entry.number)
        started = course.in_flight.pop(entry.number, None)
        by_hand = started is not None and started.by_hand
        made = AttemptMade(
            entry.time if started is None else started.time,
            entry.time,
            entry.callback,
            entry.number,
            outcome,
            course.repeats,
            by_hand,
            course.next_due,
            created=course.created,
        )
        if outcome.delivered:
            end = None if course.ended else _end(course, entry, CallbackStatus.DELIVERED)
            return (*_release(course), replace(made, next_due=None, end=end))
        if course.ended or (by_hand and not course.held):
            return (made,)
        course.held += (made,)
        return ()

    def _ended(self, entry: _End, status: CallbackStatus, because: str = "") -> Sequence[Fact]:
        """Report the end, as part of the attempt that caused it if there is one. A 2xx has reported it before."""
        course = self._course(entry.callback)
        if course.ended:
            return ()
        if isinstance(entry, j.CallbackExpired):
            course.attempts = entry.attempts
        end = _end(course, entry, status, because)
        held = _release(course)
        return (*held[:-1], replace(held[-1], end=end)) if held else (end,)


def narrate(entries: Iterable[j.Entry]) -> Iterator[Fact]:
    """Yield the facts of the entries of one account, or of some of them."""
    narrative = Narrative()
    for entry in entries:
        yield from narrative.facts(entry)
    yield from narrative.unfinished()


def ends(facts: Iterable[Fact]) -> Iterator[CallbackEnded]:
    """Yield every end of a callback, whether an attempt caused it or not."""
    for fact in facts:
        match fact:
            case (CallbackEnded() as end) | AttemptMade(end=CallbackEnded() as end):
                yield end


def _release(course: _Course) -> tuple[AttemptMade, ...]:
    """Return the held attempts, now that it is known whether and when there is a next one."""
    held, course.held = course.held, ()
    if not held:
        return held
    return tuple(replace(made, next_due=course.next_due) for made in held)


def _end(course: _Course, entry: _End | j.AttemptFinished, status: CallbackStatus, because: str = "") -> CallbackEnded:
    course.ended, course.next_due = True, None
    return CallbackEnded(entry.time, entry.callback, status, course.attempts, course.last, because, course.created)


def _alike(one: Outcome, other: Outcome) -> bool:
    return (one.status, one.fault, one.detail) == (other.status, other.fault, other.detail)
