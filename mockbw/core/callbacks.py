"""The lifecycle of a callback: created, attempted on its retry schedule, finally delivered, expired or cancelled (P10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mockbw.core import entries as j
from mockbw.core.base import Value
from mockbw.core.ids import RandomBits
from mockbw.core.model import Application, CallbackStatus, Credentials, CredentialsMode, Direction, Event, Fault, Message, Outcome
from mockbw.core.payload import callback_body
from mockbw.core.policy import Policy
from mockbw.core.retry import RetrySchedule
from mockbw.core.state import CallbackRecord, Records
from mockbw.core.timers import Timers

__all__ = ["CALLBACK_HEADERS", "AttemptEnds", "Callbacks", "SendAttempt"]

CALLBACK_HEADERS = (("Content-Type", "application/json; charset=utf-8"), ("User-Agent", "BandwidthAPI/v2"))
"""The headers of every callback, in every edition (P8)."""

_INTERRUPTED = Outcome(fault=Fault.INTERRUPTED, detail="the server stopped before the endpoint's answer was known")


class SendAttempt(Value, frozen=True):
    """Effect: make this HTTP request; report ``attempt_started`` when it starts and ``attempt_finished`` when it has ended.

    ``due`` is virtual time; ``timeout`` is wall milliseconds. ``url`` and ``body`` are the same for every attempt of a callback.
    ``redirects``: what a 3xx means, ``fail``, ``follow`` or ``accept`` (P10). ``retries``: earlier attempts of the callback
    failed.
    """

    callback: str
    due: int
    url: str
    body: bytes
    headers: tuple[tuple[str, str], ...]
    timeout: int
    credentials: Credentials | None = None
    credentials_mode: CredentialsMode = CredentialsMode.CHALLENGE
    by_hand: bool = False
    redirects: str = "fail"
    retries: bool = False


class AttemptEnds(Value, frozen=True):
    """Timer: the attempt ends in virtual time only now, because on a manual or auto clock its time-out takes virtual time."""

    callback: str
    number: int
    outcome: Outcome


@dataclass(slots=True)
class Callbacks:
    """The callbacks of one account. ``emit`` records an entry; ``send`` adds an effect."""

    policy: Policy
    records: Records
    timers: Timers[object]
    random: RandomBits
    emit: Callable[[j.Entry], None]
    send: Callable[[SendAttempt], None]

    def create(
        self,
        message: Message,
        event: Event,
        application: Application,
        retry: RetrySchedule | None,
        now: int,
        cause: j.StepRef | None = None,
        copies: int = 1,
    ) -> None:
        """Create the callback of an event to the application's URL, with its first attempt immediately."""
        url = application.outbound_url if message.direction is Direction.OUT else application.inbound_url
        if url is None:
            side = "callback" if application.outbound_url == application.inbound_url else f"{message.direction}bound callback"
            self.emit(j.CallbackWithheld(now, message.id, event, f"application {application.id} has no {side} URL", cause))
            return
        for _ in range(copies):
            sequence = self.records.callbacks_created + 1
            callback = f"cb-{sequence}"
            schedule = retry or self.policy.settings.retry
            self.emit(j.CallbackCreated(now, callback, sequence, message.id, event, url, schedule, cause))
            self.emit(j.AttemptScheduled(now, callback, 1, now))
            self.send(self._request(self.records.callbacks[callback], message, application, now))

    def _schedule(self, callback: CallbackRecord, due: int, now: int) -> None:
        self.emit(j.AttemptScheduled(now, callback.id, callback.scheduled + 1, due))
        self.timers.add(due, callback.sequence, callback)

    def resume(self, callback: CallbackRecord, now: int) -> None:
        """Continue a callback that was restored from a journal, which may end between any two entries."""
        for attempt in callback.attempts:
            if attempt.finished is None:
                self.emit(j.AttemptFinished(now, callback.id, attempt.number, _INTERRUPTED))
        if callback.status.final:
            return
        if any(attempt.outcome is not None and attempt.outcome.delivered for attempt in callback.attempts):
            self.emit(j.CallbackDelivered(now, callback.id))
        elif callback.attempts and now - callback.first_due > callback.retry.window:  # the time the server was down counts
            self.emit(j.CallbackExpired(now, callback.id, len(callback.attempts)))
        elif callback.next_due is not None:
            self.timers.add(callback.next_due, callback.sequence, callback)
        else:
            self._go_on(callback, now)

    def attempt_due(self, callback: CallbackRecord, due: int) -> None:
        """The timer fired: dispatch the attempt."""
        self.send(self.request(callback, due))

    def redeliver(self, callback: CallbackRecord, now: int) -> None:
        """Dispatch one extra attempt, whatever the state of the callback; the schedule does not change."""
        self.send(self.request(callback, now, by_hand=True))

    def request(self, callback: CallbackRecord, due: int, *, by_hand: bool = False) -> SendAttempt:
        """Return the HTTP request of an attempt of the callback."""
        message = self.records.messages[callback.message].message.on_channel(callback.event.channel)
        application = self.policy.settings.application_for(message, self.policy.edition.application_of)
        return self._request(callback, message, application, due, by_hand=by_hand)

    def _request(
        self, callback: CallbackRecord, message: Message, application: Application, due: int, *, by_hand: bool = False
    ) -> SendAttempt:
        edition = self.policy.edition
        event = callback.event
        inbound = message.direction is Direction.IN
        return SendAttempt(
            callback.id,
            due,
            callback.url,
            callback_body(edition, message, event),
            _merged(CALLBACK_HEADERS, event.headers) if event.headers else CALLBACK_HEADERS,
            callback.retry.timeout,
            application.inbound_credentials if inbound else application.credentials,
            application.credentials_mode or edition.credentials_mode,
            by_hand,
            self.policy.settings.redirects,
            callback.scheduled > 0 and not by_hand,
        )

    def started(self, callback_id: str, now: int, *, by_hand: bool) -> int | None:
        """The request starts: return the attempt's number, or None when the callback no longer needs it."""
        callback = self.records.callbacks.get(callback_id)
        if callback is None or (callback.status.final and not by_hand):
            return None
        number = len(callback.attempts) + 1
        self.emit(j.AttemptStarted(now, callback_id, number, by_hand))
        return number

    def finished(self, callback_id: str, number: int, outcome: Outcome, now: int) -> None:
        """The attempt has ended: the callback is delivered, waits for its next attempt, or has expired."""
        callback = self.records.callbacks.get(callback_id)
        if callback is None:
            return  # reset while the attempt was in flight
        by_hand = callback.attempts[number - 1].by_hand
        self.emit(j.AttemptFinished(now, callback_id, number, outcome))
        if outcome.delivered:
            self.emit(j.CallbackDelivered(now, callback_id))
        elif callback.status is CallbackStatus.WAITING and not by_hand:
            self._go_on(callback, now)

    def _go_on(self, callback: CallbackRecord, now: int) -> None:
        """Schedule the attempt after the last scheduled one; immediately if there was none, or it was interrupted."""
        last = next((attempt for attempt in reversed(callback.attempts) if not attempt.by_hand), None)
        if last is None or (last.outcome is not None and last.outcome.fault is Fault.INTERRUPTED):
            self._schedule(callback, now, now)
            return
        due = callback.retry.next_due(
            first=callback.first_due, previous=callback.last_due, number=callback.scheduled, now=now, random=self.random
        )
        if due is None:
            self.emit(j.CallbackExpired(now, callback.id, len(callback.attempts)))
        else:
            self._schedule(callback, due, now)

    def cancel(self, callback: CallbackRecord, because: str, now: int) -> None:
        """Stop attempting the callback; one that has already ended is left as it is."""
        if not callback.status.final:
            self.emit(j.CallbackCancelled(now, callback.id, because))


def _merged(base: tuple[tuple[str, str], ...], extra: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return the base headers, replaced by those with the same name, then the new ones."""
    replaced = {name.lower() for name, _ in extra}
    return tuple(header for header in base if header[0].lower() not in replaced) + extra
