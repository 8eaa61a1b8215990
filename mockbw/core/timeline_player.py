"""Plays the plans of messages: schedules the next step of each track, and performs it when it is due.

A plan has one track for each recipient; the steps of a track are played one after another, and only the next one has a timer.
The progress of a track is in the records (``RecipientRecord.played``, counted by the entries that name the step as their cause),
so a timeline continues after a restart where it was. A timeline starts when two things have happened: the client was answered,
and the message has left the send queue. Only steps that a scenario marks as early are played before, at acceptance.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import assert_never

from mockbw.core import entries as j
from mockbw.core.base import Value
from mockbw.core.callbacks import Callbacks
from mockbw.core.events import event_of_step, why_withheld
from mockbw.core.inbound import InboundDraft, event_of, reply_to
from mockbw.core.model import Direction, Message
from mockbw.core.policy import Policy
from mockbw.core.retention import UNFINISHED, is_full
from mockbw.core.send_queue import EXPIRED_IN_QUEUE
from mockbw.core.state import MessageRecord, Records
from mockbw.core.timeline import CallbackStep, FallbackStep, OutageStep, ReplyStep, SetStateStep, Timed

__all__ = ["StepDue", "TimelinePlayer"]


class StepDue(Value, frozen=True):
    """Timer: the next step of one track of a message."""

    message: str
    track: int


class TimelinePlayer:
    """The timelines of one account.

    ``add_timer`` schedules a task at a virtual time, ``emit`` records an entry. ``receive`` takes a handset's reply, its time and
    the step that causes it, and returns the inbound messages that it created: none when it goes to no number of the account.
    """

    def __init__(
        self,
        policy: Policy,
        records: Records,
        callbacks: Callbacks,
        add_timer: Callable[[int, object], None],
        emit: Callable[[j.Entry], None],
        receive: Callable[[InboundDraft, int, j.StepRef], tuple[Message, ...]],
    ) -> None:
        self._policy, self._records, self._callbacks = policy, records, callbacks
        self._add_timer, self._emit, self._receive = add_timer, emit, receive

    def play_early(self, record: MessageRecord, now: int) -> bool:
        """Play the steps that come before the client is answered; return whether there were any."""
        early = False
        assert record.plan is not None, "an accepted message has a plan"
        for track, steps in enumerate(record.plan.tracks):
            # Early steps come first in a track, so that the played steps are always a prefix of it.
            for index, timed in enumerate(steps):
                if not (isinstance(timed.step, CallbackStep) and timed.step.early):
                    break
                early = True
                self._play(record, timed, j.StepRef(record.message.id, track, index), now, now)
        return early

    def begin(self, record: MessageRecord) -> None:
        """Schedule the next step of every track, if the client was answered and the message has left the queue."""
        if record.answered is None or record.dequeued is None or record.plan is None:
            return
        for track in range(len(record.plan.tracks)):
            self._schedule_step(record, track)

    def _schedule_step(self, record: MessageRecord, track: int) -> None:
        assert record.plan is not None, "only a message whose timeline has started has steps to schedule"
        steps = record.plan.tracks[track]
        index = record.recipients[track].played
        if index < len(steps) and not record.cancelled:
            due = record.due_of(steps[index])
            assert due is not None, "only a message whose timeline has started has steps to schedule"
            self._add_timer(due, StepDue(record.message.id, track))

    def step_due(self, message: str, track: int, due: int, at: int) -> None:
        """``StepDue`` fired: play the step, which was due at ``due`` and happens at ``at``, and schedule the one after it."""
        record = self._records.messages[message]
        assert record.plan is not None, "a message with steps has a plan"
        index = record.recipients[track].played
        self._play(record, record.plan.tracks[track][index], j.StepRef(message, track, index), due, at)
        assert record.recipients[track].played > index, "the entry of a step names it as its cause, or it is played forever"
        self._schedule_step(record, track)

    def _play(self, record: MessageRecord, timed: Timed, cause: j.StepRef, due: int, at: int) -> None:
        message, recipient = record.message.on_channel(timed.channel), record.recipients[cause.track].number
        handset = recipient if message.direction is Direction.OUT else message.sender
        match step := timed.step:
            case CallbackStep():
                kind = self._policy.edition.events.get(step.event)
                if kind is not None and kind.per_message and step.event in record.notified:
                    self._emit(j.StepPassed(at, cause, f"{step.event} is sent once for the whole message"))
                else:
                    self._notify(message, recipient, step, cause, due, at, timed.channel)
            case ReplyStep():
                full = is_full(self._records, self._policy.settings)
                if not self._receive(reply_to(message, handset, step), at, cause):
                    because = (
                        UNFINISHED if full else f"{message.owner} is not a number of the account, so the reply is not received"
                    )
                    self._emit(j.StepPassed(at, cause, because))
            case FallbackStep(channel, code, following):
                self._emit(j.StepPassed(at, cause, f"{channel} fails with {code}: {following} is tried next"))
            case OutageStep(duration, answer):
                self._emit(j.OutageBegan(at, at + duration, answer, cause))
            case SetStateStep(state):
                self._emit(j.StateSet(at, handset, state, cause))
            case _:
                assert_never(step)

    def notify_received(self, message: Message, now: int) -> None:
        """Send the event of an inbound message that no scenario plays."""
        self._notify(message, message.owner, CallbackStep(event_of(message.extra)), None, now, now)

    def notify_expired(self, message: Message, now: int) -> None:
        """Send the event of a message that expired in the send queue, for each of its recipients (P5)."""
        for recipient in message.to:
            self._notify(message, recipient, CallbackStep("message-failed", error=EXPIRED_IN_QUEUE), None, now, now)

    def _notify(
        self,
        message: Message,
        recipient: str,
        step: CallbackStep,
        cause: j.StepRef | None,
        due: int,
        at: int,
        channel: int | None = None,
    ) -> None:
        """Perform an event: its callback is created, or withheld with a reason."""
        edition, settings = self._policy.edition, self._policy.settings
        event = event_of_step(edition, settings, message, step, recipient, due, channel)
        plan = self._records.messages[message.id].plan
        application = settings.application_for(message, edition.application_of)
        withheld = why_withheld(edition, application, message, step, plan.scenario if plan else None)
        if withheld is not None:
            self._emit(j.CallbackWithheld(at, message.id, event, withheld, cause))
            return
        retry = plan.retry if plan else None
        self._callbacks.create(message, event, application, retry, at, cause, step.copies)
