"""One account of the platform as a state machine: inputs go in, effects come out (``take_effects``).

Nothing here waits or asks what time it is: every input carries virtual time, and the shell that moves the clock calls
``fire_due`` at each deadline. An input that comes after a deadline must be preceded by ``fire_due`` for that deadline.
"""

from __future__ import annotations

from typing import TypeAlias

from mockbw.core import entries as j
from mockbw.core import optout
from mockbw.core.base import Value
from mockbw.core.callbacks import AttemptEnds, Callbacks, SendAttempt
from mockbw.core.edition import Edition
from mockbw.core.events import event_of_step, why_withheld
from mockbw.core.ids import RandomBits, message_id
from mockbw.core.inbound import RBM, InboundDraft, application_for, event_of, media_path, media_urls, own_numbers, reply_to
from mockbw.core.model import Direction, Draft, Kind, Message, Outcome
from mockbw.core.multichannel import chain
from mockbw.core.retention import Retention
from mockbw.core.segments import count_segments
from mockbw.core.sending import EXPIRED_IN_QUEUE, MessageExpires, QueueMoves, Sending
from mockbw.core.settings import AccountSettings
from mockbw.core.state import CallbackRecord, MessageRecord, Records
from mockbw.core.timeline import (
    ApiAnswer,
    CallbackStep,
    FallbackStep,
    OutageStep,
    Plan,
    Playbook,
    ReplyStep,
    SetStateStep,
    Situation,
    Timed,
)
from mockbw.core.timers import Timers
from mockbw.errors import UnknownError

__all__ = ["Account", "Effect", "InboundDraft", "SubmitResult"]

Effect: TypeAlias = j.Entry | SendAttempt
"""What an input leads to: something to keep in the journal, or an HTTP request to make."""


class SubmitResult(Value, frozen=True):
    """What became of a create request.

    ``message`` is None when it was not taken; ``queue_full`` tells the one refusal that is the platform's own.
    ``answer`` is a scenario's wish for the HTTP answer. ``early`` says that callbacks leave before the 202.
    """

    message: Message | None
    answer: ApiAnswer | None = None
    queue_full: bool = False
    early: bool = False


class _StepDue(Value, frozen=True):
    """Timer: the next step of one track of a message."""

    message: str
    track: int


class Account:
    """Accepts messages, plays their timelines, keeps their callbacks going. One per tenant; shares nothing."""

    def __init__(
        self,
        name: str,
        *,
        edition: Edition,
        playbook: Playbook,
        random: RandomBits,
        settings: AccountSettings | None = None,
        records: Records | None = None,
    ) -> None:
        self.name = name
        self.edition = edition
        self.playbook = playbook
        self.random = random
        self.records = records or Records()
        self.site = "https://messaging.bandwidth.com"
        """Where the API is reached, scheme and host; the shell knows. URLs of received media begin with it."""
        self._timers: Timers[object] = Timers(self._stands)
        self._effects: list[Effect] = []
        self._sequence = 0
        self._sending = Sending(self.records, self._add_timer)
        self._retention = Retention()
        self._callbacks = Callbacks(self.records, self._timers, random, self._emit, self._effects.append)
        self.settings = AccountSettings()
        self.configure(settings or AccountSettings())

    def configure(self, settings: AccountSettings) -> None:
        """Replace the settings; what is already under way keeps the plan it has."""
        self._sending.configure(settings)
        self.settings = settings

    def take_effects(self) -> list[Effect]:
        """Return, in order, what the inputs since the last call have led to."""
        effects = self._effects[:]
        self._effects.clear()
        return effects

    def next_deadline(self) -> int | None:
        """Return the virtual time at which ``fire_due`` has something to do, or None when nothing is to come."""
        return self._timers.next_due()

    # -- inputs ---------------------------------------------------------------------------------------------------------

    def submit(self, draft: Draft, now: int, fault: int | None = None) -> SubmitResult:
        """Take a validated create request: accept and queue it, or refuse it.

        Follow up with ``record_request`` when the client has been told, or ``waive_answer`` when it has gone.

        ``fault`` is the code with which the platform fails the accepted message, if the shell found any (P11).
        """
        segments = count_segments(draft.text or "") if draft.kind is Kind.SMS else 1
        if not self._sending.room_for(draft, segments):
            self._emit(j.MessageRefused(now, draft.sender, draft.to, None, "the send queue is full"))
            return SubmitResult(None, queue_full=True)
        if len(self.records.messages) >= 2 * self.settings.keep_messages:
            self._emit(j.MessageRefused(now, draft.sender, draft.to, None, "too many messages are unfinished"))
            return SubmitResult(None, queue_full=True)
        message = Message(
            id=self._new_id(now),
            direction=Direction.OUT,
            kind=draft.kind,
            time=now,
            sender=draft.sender,
            to=draft.to,
            owner=draft.sender,
            application=draft.application,
            segments=segments,
            text=draft.text,
            media=draft.media,
            tag=draft.tag,
            priority=draft.priority,
            expiration=draft.expiration,
            expires_at=draft.expires_at,
            channels=draft.channels,
        )
        plan = self._plan(message, fault)
        if plan.answer is not None and not plan.answer.taken:
            self._emit(j.MessageRefused(now, draft.sender, draft.to, plan.scenario, "the scenario refuses it"))
            return SubmitResult(None, plan.answer)
        return self._accept(message, plan, now)

    def _plan(self, message: Message, fault: int | None) -> Plan:
        if not message.channels:
            return self.playbook.plan(message, self._situation(message, fault), self.random)
        views = [message.on_channel(index) for index in range(len(message.channels))]
        plans = [self.playbook.plan(view, self._situation(view, fault), self.random) for view in views]
        return chain(message.channels, plans)

    def start(self, draft: Draft, plan_of: Playbook, now: int) -> Message | None:
        """Take a message that nobody posted: a scenario's ``given: outbound``. Nobody waits for its answer.

        Returns None when the message was not taken: the scenario itself refuses it, or the send queue is full.
        """
        usual, self.playbook = self.playbook, plan_of
        try:
            submission = self.submit(draft, now)
        finally:
            self.playbook = usual
        if submission.message is not None:
            self.waive_answer(submission.message.id, now)
        return submission.message

    def _accept(self, message: Message, plan: Plan, now: int) -> SubmitResult:
        self._emit(j.MessageAccepted(now, message, plan, queued=self._sending.limited))
        early = False
        record = self.records.messages[message.id]
        for track, steps in enumerate(plan.tracks):
            # Early steps stand first in a track, so that what was played is always its beginning.
            for index, timed in enumerate(steps):
                if not (isinstance(timed.step, CallbackStep) and timed.step.early):
                    break
                early = True
                self._play(record, timed, j.StepRef(message.id, track, index), now, now)
        if self._sending.limited:
            self._sending.wait(message)
        self._forget(now)
        return SubmitResult(message, plan.answer, early=early)

    def waive_answer(self, message: str, now: int) -> None:
        """Nobody is to be told that the message was taken: its timeline may begin. One that was told already has begun."""
        record = self.records.messages.get(message)
        if record is None or record.answered is not None:
            return
        self._emit(j.AnswerWaived(now, message))
        self._begin(record)

    def receive(
        self, arrival: InboundDraft, now: int, cause: j.StepRef | None = None, playbook: Playbook | None = None
    ) -> tuple[Message, ...]:
        """A handset sends a message: one inbound message and event for each own number among its recipients (P14).

        ``playbook``: what happens to the message instead, as a scenario with ``given: inbound`` has it.
        """
        received = []
        kind = Kind.RBM if arrival.channel == RBM else Kind.of(len(arrival.to), len(arrival.media))
        segments = count_segments(arrival.text) if kind is Kind.SMS else 1
        for own in own_numbers(self.settings, self.records, arrival.to):
            application = application_for(self.settings, self.records, arrival, own)
            identity = self._new_id(now)
            message = Message(
                id=identity,
                direction=Direction.IN,
                kind=kind,
                time=now,
                sender=arrival.sender,
                to=arrival.to,
                owner=own,
                application=application.id,
                segments=segments,
                text=arrival.text if event_of(arrival.extra) == "message-received" else None,
                media=media_urls(arrival, f"{self.site}{self.media_path}/{identity}"),
                channel=arrival.channel,
                extra=arrival.extra,
            )
            plan = playbook.plan(message, Situation(self.records.plays, self.records.states), self.random) if playbook else None
            self._emit(j.MessageReceived(now, message, cause, plan))
            cause = None
            if plan is None:
                self._tell_received(message, now)
            else:
                self._begin(self.records.messages[identity])
            received.append(message)
            for entry in optout.reaction(message, now):
                self._emit(entry)
        self._forget(now)
        return tuple(received)

    def _tell_received(self, message: Message, now: int) -> None:
        self._tell(message, message.owner, CallbackStep(event_of(message.extra)), None, now, now)

    def attempt_started(self, attempt: SendAttempt, now: int) -> int | None:
        """The shell begins the request: return the attempt's number, or None when the request is not wanted any more."""
        return self._callbacks.started(attempt.callback, now, by_hand=attempt.by_hand)

    def attempt_finished(self, callback: str, number: int, outcome: Outcome, now: int, ends: int | None = None) -> None:
        """The request has ended. ``ends`` after ``now`` means that in virtual time it ends only then (a time-out)."""
        if ends is not None and ends > now and (record := self.records.callbacks.get(callback)) is not None:
            self._timers.add(ends, record.sequence, AttemptEnds(callback, number, outcome))
        else:
            self._callbacks.finished(callback, number, outcome, now)

    def redeliver(self, callback: str, now: int) -> None:
        """Make one extra attempt of a callback, whatever its state.

        Raises:
            UnknownError: the account has no such callback.
        """
        record = self.records.callbacks.get(callback)
        if record is None:
            raise UnknownError("callback", callback, self.records.callbacks)
        self._callbacks.redeliver(record, self.edition, self.settings, now)

    def request_of(self, callback: str) -> SendAttempt:
        """Return the HTTP request that an attempt of the callback makes, without making one.

        Raises:
            UnknownError: the account has no such callback.
        """
        record = self.records.callbacks.get(callback)
        if record is None:
            raise UnknownError("callback", callback, self.records.callbacks)
        return self._callbacks.request(record, self.edition, self.settings, record.created)

    def cancel_callback(self, callback: str, now: int) -> None:
        """Attempt a callback no more; one that has ended is left as it is.

        Raises:
            UnknownError: the account has no such callback.
        """
        record = self.records.callbacks.get(callback)
        if record is None:
            raise UnknownError("callback", callback, self.records.callbacks)
        self._callbacks.cancel(record, "cancelled by hand", now)

    def cancel_message(self, message: str, now: int) -> None:
        """Cancel what is still to come for a message: steps not yet played, and callbacks not yet delivered.

        Raises:
            UnknownError: the account has no such message.
        """
        record = self.records.messages.get(message)
        if record is None:
            raise UnknownError("message", message, self.records.messages)
        self._sending.remove(message)
        if not record.cancelled:
            self._emit(j.MessageCancelled(now, message))
        for callback in record.callbacks:
            self._callbacks.cancel(self.records.callbacks[callback], "its message was cancelled", now)

    def reset(self, now: int) -> None:
        """Cancel everything outstanding and forget every record; settings and scenarios stay."""
        for callback in list(self.records.callbacks.values()):
            self._callbacks.cancel(callback, "the account was reset", now)
        self._timers.clear()
        self._sending.clear()
        self._emit(j.AccountReset(now, self.records.callbacks_created))

    def record_request(self, entry: j.RequestAnswered) -> None:
        """Remember a request to the platform's API. The timeline of the message that it created may begin."""
        record = self.records.messages.get(entry.message) if entry.message is not None else None
        begins = record is not None and record.answered is None
        self._emit(entry)
        if begins and record is not None:
            self._begin(record)

    def outage(self, now: int) -> ApiAnswer | None:
        """Return how the API answers everything while an outage lasts, else None."""
        if self.records.outage is not None and now < self.records.outage[0]:
            return self.records.outage[1]
        return None

    def begin_outage(self, answer: ApiAnswer, until: int, now: int) -> None:
        """Let the API answer every request with ``answer`` before ``until``; ``until`` not after ``now`` ends an outage."""
        self._emit(j.OutageBegan(now, until, answer))

    def fire_due(self, now: int) -> bool:
        """Do the one thing that is due first, if it is due by ``now``; return whether there was one.

        It happens at its own time: what was due at 10 is recorded at 10 though the shell came at 12.
        """
        fired = self._timers.pop(now)
        if fired is None:
            return False
        due, task = fired
        at = max(due, self.records.time)
        match task:
            case CallbackRecord():
                self._callbacks.attempt_due(task, self.edition, self.settings, at)
            case _StepDue(message, track):
                self._step_due(message, track, due, at)
            case AttemptEnds(callback, number, outcome):
                self._callbacks.finished(callback, number, outcome, at)
            case QueueMoves():
                self._queue_moves(at)
            case MessageExpires(message):
                self._message_expires(message, at)
        return True

    def resume(self, now: int) -> None:
        """Go on with everything unfinished, after the records were read back from a journal."""
        left = [record for record in self.records.messages.values() if record.plan is not None and record.dequeued is not None]
        if left:
            last = max(left, key=lambda record: record.dequeued or 0)
            self._sending.occupy(last.message, last.dequeued or 0)
        for record in self.records.messages.values():
            if record.cancelled or record.expired:
                continue
            if record.plan is None:
                if not record.told:
                    self._tell_received(record.message, now)
                continue
            if record.answered is None:
                self._emit(j.AnswerWaived(now, record.message.id))
            if record.dequeued is None:
                if self._sending.limited:
                    self._sending.wait(record.message)
                else:
                    self._emit(j.MessageDequeued(now, record.message.id))
            self._begin(record)
        for callback in self.records.callbacks.values():
            self._callbacks.resume(callback, now)

    def _queue_moves(self, now: int) -> None:
        message = self._sending.next(now)
        if message is not None:
            self._emit(j.MessageDequeued(now, message))
            self._begin(self.records.messages[message])

    def _message_expires(self, message: str, now: int) -> None:
        self._sending.remove(message)
        record = self.records.messages[message]
        self._emit(j.MessageExpired(now, message))
        for recipient in record.message.to:
            self._tell(record.message, recipient, CallbackStep("message-failed", error=EXPIRED_IN_QUEUE), None, now, now)

    # -- timelines ------------------------------------------------------------------------------------------------------

    def _begin(self, record: MessageRecord) -> None:
        if record.answered is None or record.dequeued is None or record.plan is None:
            return
        for track in range(len(record.plan.tracks)):
            self._schedule_step(record, track)

    def _schedule_step(self, record: MessageRecord, track: int) -> None:
        assert record.plan is not None, "only a begun message has steps to schedule"
        assert record.dequeued is not None, "only a begun message has steps to schedule"
        steps = record.plan.tracks[track]
        index = record.recipients[track].played
        if index < len(steps) and not record.cancelled:
            base = record.message.time if steps[index].from_acceptance else record.dequeued
            self._add_timer(base + steps[index].offset, _StepDue(record.message.id, track))

    def _step_due(self, message: str, track: int, due: int, at: int) -> None:
        record = self.records.messages[message]
        assert record.plan is not None, "a message with steps has a plan"
        index = record.recipients[track].played
        cause = j.StepRef(message, track, index)
        self._play(record, record.plan.tracks[track][index], cause, due, at)
        self._schedule_step(record, track)

    def _play(self, record: MessageRecord, timed: Timed, cause: j.StepRef, due: int, at: int) -> None:
        message, recipient = record.message.on_channel(timed.channel), record.recipients[cause.track].number
        handset = recipient if message.direction is Direction.OUT else message.sender
        match step := timed.step:
            case CallbackStep():
                kind = self.edition.events.get(step.event)
                if kind is not None and kind.per_message and step.event in record.told:
                    self._emit(j.StepPassed(at, cause, f"{step.event} is told once for the whole message"))
                else:
                    self._tell(message, recipient, step, cause, due, at, timed.channel)
            case ReplyStep():
                if not self.receive(reply_to(message, handset, step), at, cause):
                    self._emit(j.StepPassed(at, cause, f"the reply goes to no number of the account: {message.owner} is none"))
            case FallbackStep(channel, code, following):
                self._emit(j.StepPassed(at, cause, f"{channel} fails with {code}: {following} is tried next"))
            case OutageStep(duration, answer):
                self._emit(j.OutageBegan(at, at + duration, answer, cause))
            case SetStateStep(state):
                self._emit(j.StateSet(at, handset, state, cause))

    def _tell(
        self,
        message: Message,
        recipient: str,
        step: CallbackStep,
        cause: j.StepRef | None,
        due: int,
        at: int,
        channel: int | None = None,
    ) -> None:
        event = event_of_step(self.edition, self.settings, message, step, recipient, due, channel)
        plan = self.records.messages[message.id].plan
        application = self.settings.application_for(message, self.edition.application_of)
        withheld = why_withheld(self.edition, application, message, step, plan.scenario if plan else None)
        if withheld is not None:
            self._emit(j.CallbackWithheld(at, message.id, event, withheld, cause))
            return
        retry = plan.retry if plan else None
        self._callbacks.create(message, event, application, self.edition, self.settings, retry, at, cause, step.copies)

    # -- who is who -----------------------------------------------------------------------------------------------------

    def _situation(self, message: Message, fault: int | None) -> Situation:
        refused: dict[str, int] = {}
        for recipient in message.to if self.settings.strict or self.records.opted_out or fault is not None else ():
            code = optout.refusal(self.records.opted_out, self.settings, message, recipient) or fault
            if code is not None:
                refused[recipient] = code
        silent = optout.unlinked(self.settings, message, self.edition.application_of)
        return Situation(self.records.plays, self.records.states, refused, silent)

    @property
    def media_path(self) -> str:
        """The path of the account's media store, below which every file has its name (P11)."""
        return media_path(self.edition, self.name)

    # -- bounds ---------------------------------------------------------------------------------------------------------

    def _forget(self, now: int) -> None:
        """Forget the oldest finished messages that are more, or older, than the settings keep."""
        if self._retention.is_due(self.records, self.settings, now):
            entry = self._retention.forget(self.records, self.settings, now)
            if entry is not None:
                self._emit(entry)

    # -- plumbing -------------------------------------------------------------------------------------------------------

    def _emit(self, entry: j.Entry) -> None:
        self.records.apply(entry)
        self._effects.append(entry)

    def _new_id(self, now: int) -> str:
        """Draw an id that is free: a seed that is set again at the same instant draws the same once more."""
        while (identity := message_id(now, self.random)) in self.records.messages:
            pass
        return identity

    def _stands(self, task: object) -> bool:
        """Return True while a timer is wanted: nothing waits, and no clock leaps, for what has ended in the meantime."""
        match task:
            case CallbackRecord():
                return not task.status.final
            case _StepDue(message):
                record = self.records.messages.get(message)
                return record is not None and not record.cancelled
            case QueueMoves() | MessageExpires():
                return self._sending.stands(task)
        return True

    def _add_timer(self, due: int, task: object) -> None:
        self._sequence += 1
        self._timers.add(due, self._sequence, task)

    @property
    def idle(self) -> bool:
        """True when nothing is scheduled and no callback is under way."""
        return self.records.pending == 0 and self._timers.next_due() is None
