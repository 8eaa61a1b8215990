"""The state of an account: the fold of its journal entries, and nothing else.

``Records.apply`` is the only code that changes it, for a running account and for one that is restored from a journal.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from msgspec import field
from msgspec.structs import replace

from mockbw.core import entries as j
from mockbw.core.base import State
from mockbw.core.bounds import ANSWER, AnswerSizes, size_of_contents, size_of_message
from mockbw.core.lifecycle import CALLBACK, RECIPIENT, Trigger, advance
from mockbw.core.model import CallbackStatus, Direction, Event, Fault, Message, Outcome, RecipientStatus
from mockbw.core.retry import RetrySchedule
from mockbw.core.timeline import ApiAnswer, Plan, Timed

__all__ = ["AttemptRecord", "CallbackRecord", "MessageRecord", "RecipientRecord", "Records"]

REQUESTS_KEPT = 10_000
"""The number of API requests, and of answers of the network to handsets, that an account keeps."""

CONTENTS_KEPT = 200
"""The number of refused requests whose contents an account keeps: at most 16 kB each."""

LOOSE = 500
"""The bytes of a request's contents that count as one more entry that belongs to no message."""

NAMES_KEPT = 10_000
"""The number of handsets whose state an account keeps, and of opted-out consumers, of own numbers and of scenarios that were
played: of each the most recent ones."""

ANSWERS_KEPT = 32_000_000
"""The bytes of endpoints' answers that an account keeps: of older attempts only status and time are kept."""

_EVENT_TRIGGERS = {trigger.value: trigger for trigger in (Trigger.SENT, Trigger.SENDING, Trigger.DELIVERED, Trigger.FAILED)}


class AttemptRecord(State):
    """One HTTP request of a callback. Times are virtual milliseconds."""

    number: int
    started: int
    by_hand: bool = False
    finished: int | None = None
    outcome: Outcome | None = None


class CallbackRecord(State):
    """One callback and its attempts. ``next_due`` is None when no attempt is scheduled."""

    id: str
    sequence: int
    message: str
    event: Event
    url: str
    retry: RetrySchedule
    created: int
    status: CallbackStatus = CallbackStatus.WAITING
    next_due: int | None = None
    first_due: int = -1
    last_due: int = -1
    scheduled: int = 0
    attempts: list[AttemptRecord] = field(default_factory=list)

    def history(self) -> Iterator[object]:
        """Yield the attempts of the callback so far, for error messages."""
        for attempt in self.attempts:
            yield f"attempt {attempt.number} {attempt.outcome or 'in flight'}"


class RecipientRecord(State):
    """The state of a message for one recipient. ``played`` counts the played steps of its track."""

    number: str
    status: RecipientStatus
    error: int | None = None
    played: int = 0


class MessageRecord(State):
    """One message, its recipients, its callbacks, and the events that were not sent.

    ``cause``: for a handset's reply, the step of another message's plan that caused it.
    """

    message: Message
    plan: Plan | None
    recipients: list[RecipientRecord]
    cause: j.StepRef | None = None
    callbacks: tuple[str, ...] = ()
    withheld: tuple[j.CallbackWithheld, ...] = ()
    notified: tuple[str, ...] = ()
    answered: int | None = None
    dequeued: int | None = None
    cancelled: bool = False
    expired: bool = False

    def due_of(self, timed: Timed) -> int | None:
        """Return when a step of the message's plan is due; None while the message waits in the send queue (P5)."""
        base = self.message.time if timed.from_acceptance else self.dequeued
        return None if base is None else base + timed.offset

    @property
    def status(self) -> RecipientStatus:
        """The status of the message as a whole: failed when any recipient failed, else the least advanced one's."""
        if len(self.recipients) == 1:
            return self.recipients[0].status
        statuses = {recipient.status for recipient in self.recipients}
        if RecipientStatus.FAILED in statuses:
            return RecipientStatus.FAILED
        return min(statuses, key=list(RecipientStatus).index)

    @property
    def failed_with(self) -> int | None:
        """The error code of the first recipient that failed, or None."""
        return next((recipient.error for recipient in self.recipients if recipient.error is not None), None)


Key = TypeVar("Key")
Item = TypeVar("Item")


class Recent(OrderedDict[Key, Item]):
    """A mapping that keeps only the ``NAMES_KEPT`` keys that were set last: clients may send any number of keys."""

    def __init__(self, items: Iterable[tuple[Key, Item]] = ()) -> None:
        super().__init__()
        for key, item in items:
            self.put(key, item)

    def put(self, key: Key, item: Item) -> None:
        """Set a key, and delete the one that was set longest ago when there are too many."""
        self[key] = item
        self.move_to_end(key)
        if len(self) > NAMES_KEPT:
            self.popitem(last=False)


class Records:
    """The records of an account: messages, callbacks, requests, handset states, opt-outs, outages, plays.

    ``size`` is the approximate size in bytes of the messages with their records. Since the last snapshot
    (``MessagesForgotten``), ``loose`` counts the entries that belong to no message, and ``forgotten`` the deleted messages.
    """

    def __init__(self) -> None:
        self._sizes = AnswerSizes()
        self._clear()
        self.callbacks_created = 0
        self.time = 0
        self.clock: j.ClockChanged | None = None

    def _clear(self) -> None:
        self.messages: dict[str, MessageRecord] = {}
        self.callbacks: dict[str, CallbackRecord] = {}
        self.requests: deque[j.RequestAnswered] = deque(maxlen=REQUESTS_KEPT)
        self.requests_answered = 0
        """The total number so far, which is the number of the newest."""
        self._with_contents: deque[int] = deque()
        """The numbers of the requests whose contents are kept."""
        self.network_replies: deque[j.NetworkReplied] = deque(maxlen=REQUESTS_KEPT)
        self.states: Recent[str, str] = Recent()
        self.plays: Recent[str, int] = Recent()
        self.opted_out: Recent[tuple[str, str], None] = Recent()
        self.own_numbers: Recent[str, str] = Recent()
        self.outage: tuple[int, ApiAnswer] | None = None
        self.pending = self.size = self.loose = self.forgotten = 0
        self._answered: deque[tuple[str, AttemptRecord]] = deque()
        """The attempts whose answers are kept, oldest first, each with its callback."""
        self._answers = 0
        """The size of these answers in bytes."""
        self._stale = 0
        """The maximum number of these attempts that belong to deleted callbacks."""

    def apply(self, entry: j.Entry) -> None:
        """Fold one entry in.

        Raises:
            LifecycleError: the entry does not follow from the ones before it.
        """
        self.time = entry.time
        _APPLY[type(entry)](self, entry)

    def _message_accepted(self, entry: j.MessageAccepted) -> None:
        message, status = entry.message, RecipientStatus.QUEUED if entry.queued else RecipientStatus.ACCEPTED
        record = MessageRecord(message, entry.plan, [RecipientRecord(number, status) for number in message.to])
        record.dequeued = None if entry.queued else entry.time
        self.messages[message.id] = record
        self.size += size_of_message(message)
        self.own_numbers.put(message.sender, message.application)
        for channel in message.channels:
            self.own_numbers.put(channel.sender, channel.application)
        self._scenario_played(entry.plan.scenario)

    def _scenario_played(self, scenario: str | None) -> None:
        if scenario is not None:
            self.plays.put(scenario, self.plays.get(scenario, 0) + 1)

    def _message_refused(self, entry: j.MessageRefused) -> None:
        self.loose += 1
        self._scenario_played(entry.scenario)

    def _answer_waived(self, entry: j.AnswerWaived) -> None:
        self.messages[entry.message].answered = entry.time

    def _message_dequeued(self, entry: j.MessageDequeued) -> None:
        record = self.messages[entry.message]
        record.dequeued = entry.time
        for recipient in record.recipients:
            self._move_recipient(record, recipient, Trigger.DEQUEUE)

    def _message_expired(self, entry: j.MessageExpired) -> None:
        self.messages[entry.message].expired = True

    def _message_cancelled(self, entry: j.MessageCancelled) -> None:
        record = self.messages[entry.message]
        record.cancelled = True
        for recipient in record.recipients:
            self._move_recipient(record, recipient, Trigger.CANCEL)

    def _message_received(self, entry: j.MessageReceived) -> None:
        message = entry.message
        record = MessageRecord(message, entry.plan, [RecipientRecord(message.owner, RecipientStatus.RECEIVED)], cause=entry.cause)
        record.answered = record.dequeued = entry.time
        self.messages[message.id] = record
        self.size += size_of_message(message)
        self._scenario_played(entry.plan.scenario if entry.plan is not None else None)
        self._played(entry.cause)

    def _callback_created(self, entry: j.CallbackCreated) -> None:
        self.callbacks_created = max(self.callbacks_created, entry.sequence)
        self.callbacks[entry.callback] = CallbackRecord(
            entry.callback, entry.sequence, entry.message, entry.event, entry.url, entry.retry, entry.time
        )
        self.pending += 1
        self.messages[entry.message].callbacks += (entry.callback,)
        self._event_happened(entry.message, entry.event, entry.cause)

    def _callback_withheld(self, entry: j.CallbackWithheld) -> None:
        self.messages[entry.message].withheld += (entry,)
        self._event_happened(entry.message, entry.event, entry.cause)

    def _event_happened(self, message_id: str, event: Event, cause: j.StepRef | None) -> None:
        self._played(cause)
        record = self.messages[message_id]
        if event.type not in record.notified:
            record.notified += (event.type,)
        trigger = _EVENT_TRIGGERS.get(event.type)
        if record.message.direction is Direction.IN or trigger is None:
            return
        for recipient in record.recipients:
            if event.recipient is None or recipient.number == event.recipient:
                self._move_recipient(record, recipient, trigger)
                if recipient.status is RecipientStatus.FAILED and recipient.error is None:
                    recipient.error = event.error

    def _move_recipient(self, record: MessageRecord, recipient: RecipientRecord, trigger: Trigger) -> None:
        recipient.status = advance(
            RECIPIENT,
            recipient.status,
            trigger,
            lambda: f"recipient {recipient.number} of message {record.message.id}",
            lambda: record.callbacks,
        )

    def _step_passed(self, entry: j.StepPassed) -> None:
        self._played(entry.cause)

    def _played(self, cause: j.StepRef | None) -> None:
        # In a journal, the effect of a step may follow the deletion of its message.
        if cause is not None and (record := self.messages.get(cause.message)) is not None:
            recipient = record.recipients[cause.track]
            recipient.played = max(recipient.played, cause.index + 1)

    def _attempt_scheduled(self, entry: j.AttemptScheduled) -> None:
        callback = self.callbacks[entry.callback]
        callback.next_due = callback.last_due = entry.due
        if callback.first_due < 0:
            callback.first_due = entry.due

    def _attempt_started(self, entry: j.AttemptStarted) -> None:
        callback = self.callbacks[entry.callback]
        callback.attempts.append(AttemptRecord(entry.number, entry.time, entry.by_hand))
        if not entry.by_hand:
            callback.scheduled += 1
            callback.next_due = None
            self._move_callback(callback, Trigger.START)

    def _attempt_finished(self, entry: j.AttemptFinished) -> None:
        callback = self.callbacks[entry.callback]
        attempt = callback.attempts[entry.number - 1]
        attempt.finished, attempt.outcome = entry.time, entry.outcome
        self._answered.append((entry.callback, attempt))
        self._answers += ANSWER + self._sizes.of(entry.outcome)
        if self._answers > ANSWERS_KEPT:
            self._forget_answers()
        if not attempt.by_hand and not entry.outcome.delivered:
            # An attempt that the server itself interrupted does not count in the retry schedule.
            callback.scheduled -= entry.outcome.fault is Fault.INTERRUPTED
            self._move_callback(callback, Trigger.FAIL)

    def _forget_answers(self) -> None:
        """Delete headers and bodies of the oldest answers, whether or not their callbacks have ended."""
        while self._answers > ANSWERS_KEPT:
            _, attempt = self._answered.popleft()
            if attempt.outcome is not None:
                self._answers -= ANSWER + self._sizes.of(attempt.outcome)
                attempt.outcome = replace(attempt.outcome, headers=(), body="")

    def _leave_stale_answers(self) -> None:
        """Remove attempts whose callbacks are deleted, when they may be half of all."""
        if self._stale * 2 > len(self._answered):
            self._answered = deque(each for each in self._answered if each[0] in self.callbacks)
            outcomes = (attempt.outcome for _, attempt in self._answered)
            self._answers = sum(ANSWER + self._sizes.of(outcome) for outcome in outcomes if outcome is not None)
            self._stale = 0

    def _callback_delivered(self, entry: j.CallbackDelivered) -> None:
        self._end_callback(entry.callback, Trigger.DELIVER)

    def _callback_expired(self, entry: j.CallbackExpired) -> None:
        self._end_callback(entry.callback, Trigger.EXPIRE)

    def _callback_cancelled(self, entry: j.CallbackCancelled) -> None:
        self._end_callback(entry.callback, Trigger.CANCEL)

    def _end_callback(self, callback_id: str, trigger: Trigger) -> None:
        callback = self.callbacks[callback_id]
        self.pending -= not callback.status.final
        callback.next_due = None
        self._move_callback(callback, trigger)

    def _move_callback(self, callback: CallbackRecord, trigger: Trigger) -> None:
        callback.status = advance(CALLBACK, callback.status, trigger, lambda: f"callback {callback.id}", callback.history)

    def _network_replied(self, entry: j.NetworkReplied) -> None:
        self.loose += 1
        self.network_replies.append(entry)

    def _opted_out(self, entry: j.OptedOut) -> None:
        self.loose += 1
        self.opted_out.put((entry.number, entry.consumer), None)

    def _opted_in(self, entry: j.OptedIn) -> None:
        self.loose += 1
        self.opted_out.pop((entry.number, entry.consumer), None)

    def _state_set(self, entry: j.StateSet) -> None:
        self.states.put(entry.number, entry.state)
        self.loose += entry.cause is None
        self._played(entry.cause)

    def _outage_began(self, entry: j.OutageBegan) -> None:
        self.outage = (entry.until, entry.answer)
        self.loose += entry.cause is None
        self._played(entry.cause)

    def _request_answered(self, entry: j.RequestAnswered) -> None:
        self.requests.append(entry)
        self.requests_answered += 1
        if entry.message is None:
            self.loose += 1
        if entry.contents is not None:
            self.loose += size_of_contents(entry.contents) // LOOSE
            self._with_contents.append(self.requests_answered)
            if len(self._with_contents) > CONTENTS_KEPT:
                self._forget_contents(self._with_contents.popleft())
        if entry.message is not None and (record := self.messages.get(entry.message)) is not None and record.answered is None:
            record.answered = entry.time

    def _forget_contents(self, number: int) -> None:
        place = number - 1 - (self.requests_answered - len(self.requests))
        if place >= 0:
            self.requests[place] = replace(self.requests[place], contents=None)

    def _clock_changed(self, entry: j.ClockChanged) -> None:
        self.clock = entry

    def _clock_stopped(self, entry: j.ClockStopped) -> None:
        """Only the time of this entry matters."""

    def _messages_forgotten(self, entry: j.MessagesForgotten) -> None:
        for message in entry.messages:
            if (record := self.messages.pop(message, None)) is not None:
                self.size -= size_of_message(record.message)
        for callback in entry.callbacks:
            if (gone := self.callbacks.pop(callback, None)) is not None:
                self._stale += len(gone.attempts)
        self._leave_stale_answers()
        if not entry.snapshot:
            self.forgotten += len(entry.messages)
            return
        self.loose = self.forgotten = 0
        self.callbacks_created = entry.callbacks_created
        self.plays = Recent(entry.plays)
        self.states = Recent(entry.states)
        self.opted_out = Recent((pair, None) for pair in entry.opted_out)
        self.own_numbers = Recent(entry.own_numbers)
        self.outage = entry.outage

    def _account_reset(self, entry: j.AccountReset) -> None:
        self._clear()
        self.callbacks_created = max(self.callbacks_created, entry.callbacks_created)

    def _account_removed(self, entry: j.AccountRemoved) -> None:
        self._clear()


_APPLY: dict[type, Callable[[Records, Any], None]] = {
    j.MessageAccepted: Records._message_accepted,
    j.MessageRefused: Records._message_refused,
    j.AnswerWaived: Records._answer_waived,
    j.MessageDequeued: Records._message_dequeued,
    j.MessageExpired: Records._message_expired,
    j.MessageCancelled: Records._message_cancelled,
    j.MessageReceived: Records._message_received,
    j.CallbackCreated: Records._callback_created,
    j.CallbackWithheld: Records._callback_withheld,
    j.StepPassed: Records._step_passed,
    j.AttemptScheduled: Records._attempt_scheduled,
    j.AttemptStarted: Records._attempt_started,
    j.AttemptFinished: Records._attempt_finished,
    j.CallbackDelivered: Records._callback_delivered,
    j.CallbackExpired: Records._callback_expired,
    j.CallbackCancelled: Records._callback_cancelled,
    j.NetworkReplied: Records._network_replied,
    j.OptedOut: Records._opted_out,
    j.OptedIn: Records._opted_in,
    j.StateSet: Records._state_set,
    j.OutageBegan: Records._outage_began,
    j.RequestAnswered: Records._request_answered,
    j.ClockChanged: Records._clock_changed,
    j.ClockStopped: Records._clock_stopped,
    j.MessagesForgotten: Records._messages_forgotten,
    j.AccountReset: Records._account_reset,
    j.AccountRemoved: Records._account_removed,
}
