"""One account of the platform as a state machine: inputs go in, effects come out.

How it works:

*Inputs.* Everything that happens to an account is a call of one of its methods: a create request (``submit``), a message from a
handset (``receive``), the start and the end of an HTTP request (``attempt_started``, ``attempt_finished``), a deadline
(``fire_due``). Nothing here waits, reads a clock, uses ambient randomness or does IO: time, randomness and ids are arguments.

*Entries.* An input changes the state only through entries (``_emit``), each of which is folded into the records immediately
(``Records.apply``). So the records of a running account and of one that is restored from its journal are the same.

*Effects.* ``take_effects`` returns the results of the inputs since the last call, in order: entries to write to the journal, and
HTTP requests to make (``SendAttempt``). The driver of the account performs them; the outcome of a request is an input again.

*Deadlines.* Everything that happens later is a timer: the next step of a track, the next attempt of a callback, the next message
to leave the send queue. ``next_deadline`` returns when the first is due; ``fire_due`` performs the first one, one timer per call,
at the time at which it was due. Before any other input the driver fires every deadline that has passed; otherwise things would
happen out of order.

*Holds.* The account does not know what moves its clock. A driver with a manual or auto clock must not move it while an answer to
a client is being written or a request is in flight, since what follows from them happens at the present time: it takes a hold
for each (``core/clock.py``).

*Resume.* Timers and queues are not stored. After a restart the records are folded from the journal, which may end between any
two entries, and ``resume`` reschedules whatever is unfinished: an interrupted attempt is repeated, a message continues with the
first step that was not played.

The parts: ``send_queue`` lets messages leave at the platform's rate, ``timeline_player`` plays their plans, ``callbacks``
attempts each callback until it is delivered or expired, ``retention`` drops the oldest messages. All share one ``Policy``.
"""

from __future__ import annotations

from typing import TypeAlias

from mockbw.core import entries as j
from mockbw.core import optout
from mockbw.core.base import Value
from mockbw.core.bounds import bounded, bounded_request
from mockbw.core.callbacks import AttemptEnds, Callbacks, SendAttempt
from mockbw.core.clock import LATEST
from mockbw.core.edition import Edition
from mockbw.core.ids import RandomBits, message_id
from mockbw.core.inbound import InboundDraft, application_for, media_path, own_numbers, received_message
from mockbw.core.model import Direction, Draft, Kind, Message, Outcome
from mockbw.core.multichannel import chain
from mockbw.core.policy import Policy
from mockbw.core.retention import LOOSE_KEPT, UNFINISHED, Retention, is_full
from mockbw.core.segments import count_segments
from mockbw.core.send_queue import MessageExpires, QueueMoves, SendQueue
from mockbw.core.settings import AccountSettings
from mockbw.core.state import CallbackRecord, Records
from mockbw.core.timeline import ApiAnswer, Plan, Playbook, Situation
from mockbw.core.timeline_player import StepDue, TimelinePlayer
from mockbw.core.timers import Timers
from mockbw.errors import UnknownError

__all__ = ["Account", "Effect", "InboundDraft", "SubmitResult"]

Effect: TypeAlias = j.Entry | SendAttempt
"""The result of an input: an entry to write to the journal, or an HTTP request to make."""


class SubmitResult(Value, frozen=True):
    """The result of a create request.

    ``message`` is None when it was not accepted; ``queue_full`` is the one refusal that is the platform's own.
    ``answer`` is the HTTP answer that a scenario defines. ``early`` means that callbacks are sent before the 202.
    """

    message: Message | None
    answer: ApiAnswer | None = None
    queue_full: bool = False
    early: bool = False


class Account:
    """Accepts messages, plays their timelines, attempts their callbacks. One per tenant; shares nothing."""

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
        self.random = random
        self.records = records or Records()
        self._policy = Policy(edition, playbook, settings or AccountSettings())
        self._site = "https://messaging.bandwidth.com"
        self._timers: Timers[object] = Timers(self._is_timer_valid)
        self._effects: list[Effect] = []
        self._last_headers: tuple[tuple[str, str], ...] = ()
        """Those of the last answer: equal ones mostly come as the same object, and are not looked at again."""
        self._sequence = 0
        self._queue = SendQueue(self.records, self._add_timer)
        self._queue.configure(self._policy.settings)
        self._retention = Retention()
        self._callbacks = Callbacks(self._policy, self.records, self._timers, random, self._emit, self._effects.append)
        self._player = TimelinePlayer(self._policy, self.records, self._callbacks, self._add_timer, self._emit, self.receive)

    # -- queries --------------------------------------------------------------------------------------------------------

    @property
    def edition(self) -> Edition:
        """The current edition."""
        return self._policy.edition

    @property
    def playbook(self) -> Playbook:
        """What plans outbound messages."""
        return self._policy.playbook

    @property
    def settings(self) -> AccountSettings:
        """The current settings."""
        return self._policy.settings

    @property
    def site(self) -> str:
        """The scheme and host of the API: URLs of received media start with it."""
        return self._site

    @property
    def media_path(self) -> str:
        """The path of the account's media store, below which every file has its name (P11)."""
        return media_path(self._policy.edition, self.name)

    @property
    def idle(self) -> bool:
        """True when nothing is scheduled and no callback is in flight."""
        return self.records.pending == 0 and self._timers.next_due() is None

    def next_deadline(self) -> int | None:
        """Return the virtual time at which ``fire_due`` has something to do, or None when nothing is scheduled."""
        return self._timers.next_due()

    def outage(self, now: int) -> ApiAnswer | None:
        """Return how the API answers every request during an outage, else None."""
        if self.records.outage is not None and now < self.records.outage[0]:
            return self.records.outage[1]
        return None

    def outage_ends(self, now: int) -> int | None:
        """Return when the current outage ends by itself; None when there is none, or it lasts until it is ended by hand."""
        outage = self.records.outage
        return outage[0] if outage is not None and now < outage[0] < LATEST else None

    def request_of(self, callback: str) -> SendAttempt:
        """Return the HTTP request of an attempt of the callback, without making it.

        Raises:
            UnknownError: the account has no such callback.
        """
        record = self._callback(callback)
        return self._callbacks.request(record, record.created)

    # -- effects --------------------------------------------------------------------------------------------------------

    def take_effects(self) -> list[Effect]:
        """Return the results of the inputs since the last call, in order."""
        effects = self._effects[:]
        self._effects.clear()
        return effects

    # -- inputs ---------------------------------------------------------------------------------------------------------

    def configure(self, settings: AccountSettings) -> None:
        """Replace the settings; messages in progress keep their plans."""
        self._policy.settings = settings
        self._queue.configure(settings)

    def use(self, edition: Edition, playbook: Playbook) -> None:
        """Change the edition, and the playbook that was compiled for it."""
        self._policy.edition, self._policy.playbook = edition, playbook

    def reached_at(self, site: str) -> None:
        """Set the scheme and host of the API."""
        self._site = site

    def submit(self, draft: Draft, now: int, fault: int | None = None, playbook: Playbook | None = None) -> SubmitResult:
        """Accept and queue a validated create request, or refuse it.

        Follow up with ``record_request`` when the client has been answered, or ``waive_answer`` when it has disconnected.

        ``fault`` is the code with which the platform fails the accepted message, if the shell found one (P11).
        ``playbook`` plans the message instead of the account's own.
        """
        segments = count_segments(draft.text or "") if draft.kind is Kind.SMS else 1
        if not self._queue.has_room_for(draft, segments):
            self._emit(j.MessageRefused(now, draft.sender, draft.to, None, "the send queue is full"))
            return SubmitResult(None, queue_full=True)
        if is_full(self.records, self._policy.settings):
            self._emit(j.MessageRefused(now, draft.sender, draft.to, None, UNFINISHED))
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
        plan = self._plan(message, fault, playbook or self._policy.playbook)
        if plan.answer is not None and not plan.answer.taken:
            self._emit(j.MessageRefused(now, draft.sender, draft.to, plan.scenario, "refused by the scenario"))
            return SubmitResult(None, plan.answer)
        return self._accept(message, plan, now)

    def _plan(self, message: Message, fault: int | None, playbook: Playbook) -> Plan:
        if not message.channels:
            return playbook.plan(message, self._situation(message, fault), self.random)
        views = [message.on_channel(index) for index in range(len(message.channels))]
        plans = [playbook.plan(view, self._situation(view, fault), self.random) for view in views]
        return chain(message.channels, plans)

    def _situation(self, message: Message, fault: int | None) -> Situation:
        settings = self._policy.settings
        refused: dict[str, int] = {}
        for recipient in message.to if settings.strict or self.records.opted_out or fault is not None else ():
            code = optout.refusal(self.records.opted_out, settings, message, recipient) or fault
            if code is not None:
                refused[recipient] = code
        silent = optout.unlinked(settings, message, self._policy.edition.application_of)
        return Situation(self.records.plays, self.records.states, refused, silent)

    def _accept(self, message: Message, plan: Plan, now: int) -> SubmitResult:
        queued = self._queue.limited
        self._emit(j.MessageAccepted(now, message, plan, queued))
        early = self._player.play_early(self.records.messages[message.id], now)
        if queued:
            self._queue.push(message)
        self._forget(now)
        return SubmitResult(message, plan.answer, early=early)

    def start(self, draft: Draft, playbook: Playbook, now: int) -> Message | None:
        """Accept a message that was not posted: a scenario's ``given: outbound``. No client waits for its answer.

        Returns None when the message was not accepted: the scenario itself refuses it, or the send queue is full.
        """
        submission = self.submit(draft, now, playbook=playbook)
        if submission.message is not None:
            self.waive_answer(submission.message.id, now)
        return submission.message

    def waive_answer(self, message: str, now: int) -> None:
        """No client will be answered: the message's timeline may start. It has no effect when the client was already answered."""
        record = self.records.messages.get(message)
        if record is None or record.answered is not None:
            return
        self._emit(j.AnswerWaived(now, message))
        self._player.begin(record)

    def receive(
        self, draft: InboundDraft, now: int, cause: j.StepRef | None = None, playbook: Playbook | None = None
    ) -> tuple[Message, ...]:
        """Receive a message from a handset: one inbound message and event for each own number among its recipients (P14).

        Returns no message when none of the numbers is the account's, or when it has too many messages that are unfinished.

        ``playbook`` plans the message instead, for a scenario with ``given: inbound``.
        """
        if is_full(self.records, self._policy.settings):
            self._emit(j.MessageRefused(now, draft.sender, draft.to, None, UNFINISHED))
            return ()
        received = []
        settings = self._policy.settings
        for own in own_numbers(settings, self.records, draft.to):
            application = application_for(settings, self.records, draft, own)
            message = received_message(draft, own, application, self._new_id(now), now, f"{self._site}{self.media_path}")
            plan = playbook.plan(message, Situation(self.records.plays, self.records.states), self.random) if playbook else None
            self._emit(j.MessageReceived(now, message, cause, plan))
            cause = None
            if plan is None:
                self._player.notify_received(message, now)
            else:
                self._player.begin(self.records.messages[message.id])
            received.append(message)
            for entry in optout.reaction(message, now):
                self._emit(entry)
        self._forget(now)
        return tuple(received)

    def attempt_started(self, attempt: SendAttempt, now: int) -> int | None:
        """The shell starts the request: return the attempt's number, or None when the request is no longer needed."""
        return self._callbacks.started(attempt.callback, now, by_hand=attempt.by_hand)

    def attempt_finished(self, callback: str, number: int, outcome: Outcome, now: int, ends: int | None = None) -> None:
        """The request has ended. ``ends`` after ``now`` means that in virtual time it ends only then (a time-out).

        Every answer is cut here to what is kept of it, whichever sender it comes from.
        """
        outcome = bounded(outcome, self._last_headers)
        self._last_headers = outcome.headers
        if ends is not None and ends > now and (record := self.records.callbacks.get(callback)) is not None:
            self._timers.add(ends, record.sequence, AttemptEnds(callback, number, outcome))
        else:
            self._callbacks.finished(callback, number, outcome, now)

    def redeliver(self, callback: str, now: int) -> None:
        """Make one extra attempt of a callback, whatever its state.

        Raises:
            UnknownError: the account has no such callback.
        """
        self._callbacks.redeliver(self._callback(callback), now)

    def cancel_callback(self, callback: str, now: int) -> None:
        """Stop attempting a callback; one that has ended is left as it is.

        Raises:
            UnknownError: the account has no such callback.
        """
        self._callbacks.cancel(self._callback(callback), "cancelled by hand", now)

    def _callback(self, callback: str) -> CallbackRecord:
        record = self.records.callbacks.get(callback)
        if record is None:
            raise UnknownError("callback", callback, self.records.callbacks)
        return record

    def cancel_message(self, message: str, now: int) -> None:
        """Cancel what remains of a message: steps not yet played, and callbacks not yet delivered.

        Raises:
            UnknownError: the account has no such message.
        """
        record = self.records.messages.get(message)
        if record is None:
            raise UnknownError("message", message, self.records.messages)
        self._queue.remove(message)
        if not record.cancelled:
            self._emit(j.MessageCancelled(now, message))
        for callback in record.callbacks:
            self._callbacks.cancel(self.records.callbacks[callback], "its message was cancelled", now)

    def reset(self, now: int) -> None:
        """Cancel everything outstanding and delete all records; settings and scenarios stay."""
        for callback in list(self.records.callbacks.values()):
            self._callbacks.cancel(callback, "the account was reset", now)
        self._timers.clear()
        self._queue.clear()
        self._emit(j.AccountReset(now, self.records.callbacks_created))

    def record_request(self, entry: j.RequestAnswered) -> None:
        """Record a request to the platform's API. The timeline of the message that it created may start."""
        record = self.records.messages.get(entry.message) if entry.message is not None else None
        begins = record is not None and record.answered is None
        self._emit(bounded_request(entry))
        if self.records.loose > LOOSE_KEPT:
            self._forget(entry.time)
        if begins and record is not None:
            self._player.begin(record)

    def begin_outage(self, answer: ApiAnswer, until: int, now: int) -> None:
        """Make the API answer every request with ``answer`` until ``until``; an ``until`` not after ``now`` ends an outage.

        One until ``LATEST`` lasts until it is ended by hand.
        """
        self._emit(j.OutageBegan(now, until, answer))

    def fire_due(self, now: int) -> bool:
        """Perform the first timer that is due by ``now``; return whether there was one.

        It happens at its own time: what was due at 10 is recorded at 10 even if the shell calls at 12.
        """
        fired = self._timers.pop(now)
        if fired is None:
            return False
        due, task = fired
        at = max(due, self.records.time)
        match task:
            case CallbackRecord():
                self._callbacks.attempt_due(task, at)
            case StepDue(message, track):
                self._player.step_due(message, track, due, at)
            case AttemptEnds(callback, number, outcome):
                self._callbacks.finished(callback, number, outcome, at)
            case QueueMoves():
                self._queue_moves(at)
            case MessageExpires(message):
                self._message_expires(message, at)
        return True

    def _queue_moves(self, now: int) -> None:
        message = self._queue.pop(now)
        if message is not None:
            self._emit(j.MessageDequeued(now, message))
            self._player.begin(self.records.messages[message])

    def _message_expires(self, message: str, now: int) -> None:
        self._queue.remove(message)
        self._emit(j.MessageExpired(now, message))
        self._player.notify_expired(self.records.messages[message].message, now)

    def resume(self, now: int) -> None:
        """Continue everything unfinished, after the records were restored from a journal."""
        left = [record for record in self.records.messages.values() if record.plan is not None and record.dequeued is not None]
        if left:
            last = max(left, key=lambda record: record.dequeued or 0)
            self._queue.occupy(last.message, last.dequeued or 0)
        for record in self.records.messages.values():
            if record.cancelled or record.expired:
                continue
            if record.plan is None:
                if not record.notified:
                    self._player.notify_received(record.message, now)
                continue
            if record.answered is None:
                self._emit(j.AnswerWaived(now, record.message.id))
            if record.dequeued is None:
                if self._queue.limited:
                    self._queue.push(record.message)
                else:
                    self._emit(j.MessageDequeued(now, record.message.id))
            self._player.begin(record)
        for callback in self.records.callbacks.values():
            self._callbacks.resume(callback, now)

    # -- internals ------------------------------------------------------------------------------------------------------

    def _emit(self, entry: j.Entry) -> None:
        self.records.apply(entry)
        self._effects.append(entry)

    def _forget(self, now: int) -> None:
        """Drop the oldest finished messages beyond the number or age that the settings keep."""
        settings = self._policy.settings
        if self._retention.is_due(self.records, settings, now):
            entry = self._retention.forget(self.records, settings, now)
            if entry is not None:
                self._emit(entry)

    def _new_id(self, now: int) -> str:
        """Return an unused random id: a seed that is set again at the same instant repeats the previous ones."""
        while (identity := message_id(now, self.random)) in self.records.messages:
            pass
        return identity

    def _is_timer_valid(self, task: object) -> bool:
        """Return True while a timer is needed: nothing waits, and no clock jumps, for what has ended in the meantime."""
        match task:
            case CallbackRecord():
                return not task.status.final
            case StepDue(message):
                record = self.records.messages.get(message)
                return record is not None and not record.cancelled
            case QueueMoves() | MessageExpires():
                return self._queue.is_timer_valid(task)
        return True

    def _add_timer(self, due: int, task: object) -> None:
        self._sequence += 1
        self._timers.add(due, self._sequence, task)
