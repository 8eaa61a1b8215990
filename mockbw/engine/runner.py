"""The pump: the one module that performs effects, moves clocks and takes holds.

An ``AccountRunner`` drives one core ``Account``: it feeds inputs, makes the HTTP requests the core asks for, writes the
journal, and sees to it that every deadline is met in its account's virtual time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from random import Random

from mockbw.core.account import Account, InboundDraft, SubmitResult
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import DAY, ClockMode
from mockbw.core.edition import Edition
from mockbw.core.entries import AccountRemoved, ClockChanged, ClockStopped, Entry, RequestAnswered
from mockbw.core.model import CallbackStatus, Draft, Fault, Message, Outcome
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.core.timeline import ApiAnswer
from mockbw.delivery.dispatcher import Begun, Dispatcher
from mockbw.delivery.outcomes import Sender
from mockbw.documents.durations import format_duration
from mockbw.engine.account_setup import AccountSetup, RestoredAccount
from mockbw.errors import ClockError, UnknownError
from mockbw.journal import Journal
from mockbw.media.store import MediaStore
from mockbw.scenario.loader import ScenarioSource
from mockbw.scenario.playbook import ScenarioPlaybook, only_scenario, start_scenario
from mockbw.wallclock import monotonic_ms

__all__ = ["SETTLE_LIMIT", "AccountRunner"]

SETTLE_LIMIT = 7 * DAY
"""How far ``settle`` goes at most before it says that the account never comes to rest, in virtual milliseconds."""


class AccountRunner:
    """Drives one account. All methods belong to the engine's event loop."""

    def __init__(
        self, name: str, setup: AccountSetup, sender: Sender, journal: Journal, kept: RestoredAccount | None = None
    ) -> None:
        records = kept.records if kept is not None else None
        self.name = name
        self.setup = setup
        self.sources: list[ScenarioSource] = list(setup.sources)
        self.switched_off: set[str] = set()
        self._journal = journal
        playbook = self._compile(self.sources, setup.edition, setup.settings)
        again = f"/{records.time}" if records is not None else ""
        self._random = Random(setup.seed_of(name, again))  # noqa: S311 - to repeat, not to hide
        self.core = Account(
            name, edition=playbook.edition, playbook=playbook, random=self._random, settings=setup.settings, records=records
        )
        self.playbook = playbook
        self.media = MediaStore()
        self.clock = kept.clock(setup) if kept is not None else setup.clock()
        self._begun = setup.follower is None or records is not None
        self._dispatcher = Dispatcher(sender, self)
        self._wake: asyncio.TimerHandle | asyncio.Handle | None = None
        self._wake_for = 0
        """The deadline that the wake-up is for, in virtual milliseconds."""
        self._waiters: list[asyncio.Future[None]] = []
        self._moving = asyncio.Lock()
        self._closed = False
        self._left = False

    # -- what is asked: read, never written ------------------------------------------------------------------------------------

    @property
    def records(self) -> Records:
        """What has happened in the account, as the fold of its entries; read it, never write it."""
        return self.core.records

    @property
    def settings(self) -> AccountSettings:
        """The settings in force."""
        return self.core.settings

    @property
    def edition(self) -> Edition:
        """The edition in force."""
        return self.core.edition

    @property
    def idle(self) -> bool:
        """True while nothing is scheduled and no callback is under way."""
        return self.core.idle

    @property
    def media_path(self) -> str:
        """The path below which the platform serves the account's media."""
        return self.core.media_path

    @property
    def site(self) -> str:
        """Scheme and host under which the API is reached."""
        return self.core.site

    def next_deadline(self) -> int | None:
        """Return the virtual time at which something is due next, or None when nothing is to come."""
        return self.core.next_deadline()

    def outage(self) -> ApiAnswer | None:
        """Return how the API answers everything while an outage lasts, else None."""
        return self.core.outage(self.now())

    def request_of(self, callback: str) -> SendAttempt:
        """Return the HTTP request that an attempt of the callback makes, without making one.

        Raises:
            UnknownError: the account has no such callback.
        """
        return self.core.request_of(callback)

    # -- inputs: each brings the account up to now first, so that nothing is skipped ----------------------------------------

    def now(self) -> int:
        """Return virtual time."""
        if not self._begun:
            self._look_for_start()
        return max(self.clock.now(monotonic_ms()), self.core.records.time)

    def _look_for_start(self) -> None:
        """Let the clock begin where its follower is, as long as nothing has happened."""
        self._begun = self.core.records.time > 0
        follower = self.setup.follower
        if not self._begun and follower is not None and (start := follower.start()) is not None:
            self.clock.begin(start, monotonic_ms())

    def reached_at(self, site: str) -> None:
        """Tell the account the scheme and host under which the API is reached: URLs of received media begin with it."""
        self.core.site = site

    def submit(self, draft: Draft, fault: int | None = None) -> SubmitResult:
        """Hand in a create request; see ``Account.submit``. Follow up with ``record_request`` or ``waive_answer``."""
        submission = self.core.submit(draft, self._arrive(), fault)
        if submission.message is not None:
            self.clock.hold(_answer_to(submission.message.id))
        self.done()
        return submission

    def waive_answer(self, message: str) -> None:
        """Let the timeline of a message begin although its client was not told: it has gone, or must not know."""
        self.core.waive_answer(message, self._arrive())
        self.clock.release(_answer_to(message))
        self.done()

    def receive(self, arrival: InboundDraft) -> tuple[Message, ...]:
        """A handset sends a message."""
        messages = self.core.receive(arrival, self._arrive())
        self.done()
        return messages

    def play(self, source: ScenarioSource) -> Message | None:
        """Start a scenario by itself: from its ``given``, else from a message made up to match it.

        Returns that message, or None when the scenario refuses it.

        Raises:
            ScenarioError: the scenario does not fit the edition, or nothing can be made up that it matches.
        """
        scenario = only_scenario(source, self.setup.edition, self.core.settings.mms_receipts)
        message = start_scenario(self.core, scenario, self._arrive())
        self.done()
        return message

    def redeliver(self, callback: str) -> None:
        """Make one extra attempt of a callback."""
        self.core.redeliver(callback, self._arrive())
        self.done()

    def cancel_callback(self, callback: str) -> None:
        """Attempt a callback no more."""
        self.core.cancel_callback(callback, self._arrive())
        self.done()

    def cancel_message(self, message: str) -> None:
        """Cancel what is still to come for a message."""
        self.core.cancel_message(message, self._arrive())
        self.done()

    def reset(self) -> None:
        """Cancel everything outstanding, forget every record; settings, scenarios and clock stay."""
        now = self._arrive()
        self._dispatcher.clear()
        self.core.reset(now)
        self.media.clear()
        self.done()

    def record_request(
        self, method: str, path: str, status: int, message: str | None = None, because: str = "", *, scripted: bool = False
    ) -> None:
        """Remember a request to the platform's API; ``scripted`` when a scenario wanted that answer.

        ``message`` is the one that it created: its timeline may begin now.
        """
        self.core.record_request(RequestAnswered(self._arrive(), method, path, status, message, because, scripted))
        if message is not None:
            self.clock.release(_answer_to(message))
        self.done()

    def begin_outage(self, answer: ApiAnswer, duration: int) -> None:
        """Let the API fail for ``duration`` virtual milliseconds from now; 0 ends an outage."""
        now = self._arrive()
        self.core.begin_outage(answer, now + duration, now)
        self.done()

    def configure(self, settings: AccountSettings) -> None:
        """Replace the account's settings."""
        self._arrive()
        playbook = self._compile(self.sources, self.setup.edition, settings)
        self.core.configure(settings)
        self.setup = replace(self.setup, settings=settings)
        self._use(playbook)

    def use_edition(self, name: str) -> None:
        """Behave as another edition from now on.

        Raises:
            UnknownError: there is no such edition.
            ScenarioError: a loaded scenario does not fit it; nothing has changed then.
        """
        self._arrive()
        playbook = self._compile(self.sources, name, self.core.settings)
        self.setup = replace(self.setup, edition=name)
        self._use(playbook)

    def reseed(self, seed: str | None) -> None:
        """Let ids and choices repeat those of any account of this name with the same seed; None: by lot again."""
        self.setup = replace(self.setup, seed=seed)
        self._random.seed(self.setup.seed_of(self.name))

    # -- scenarios --------------------------------------------------------------------------------------------------------

    def set_scenarios(self, sources: Iterable[ScenarioSource]) -> None:
        """Replace the scenarios of the account, first match first.

        Raises:
            ScenarioError: one does not fit the edition; nothing has changed then.
        """
        changed = list(sources)
        playbook = self._compile(changed, self.setup.edition, self.core.settings)
        self.sources = changed
        self._use(playbook)

    def add_scenarios(self, sources: Iterable[ScenarioSource]) -> None:
        """Put scenarios before those there are; one of the same name is replaced."""
        new = list(sources)
        names = {source.name for source in new}
        self.set_scenarios([*new, *(source for source in self.sources if source.name not in names)])

    def renew_scenarios(self, begun: tuple[ScenarioSource, ...]) -> None:
        """Replace the scenarios that the account began with; those added since stay, and stay before them.

        Raises:
            ScenarioError: one does not fit the edition; nothing has changed then.
        """
        old = {id(source) for source in self.setup.sources}
        added = [source for source in self.sources if id(source) not in old]
        names = {source.name for source in added}
        self.set_scenarios([*added, *(source for source in begun if source.name not in names)])
        self.setup = replace(self.setup, sources=begun)

    def switch_scenario(self, name: str, *, on: bool) -> None:
        """Take a scenario out of play, or back in.

        Raises:
            UnknownError: there is no such scenario.
        """
        if name not in {source.name for source in self.sources}:
            raise UnknownError("scenario", name, [source.name for source in self.sources])
        (self.switched_off.discard if on else self.switched_off.add)(name)
        self._use(self._compile(self.sources, self.setup.edition, self.core.settings))

    def _compile(self, sources: Iterable[ScenarioSource], edition: str, settings: AccountSettings) -> ScenarioPlaybook:
        return ScenarioPlaybook(edition, (s for s in sources if s.name not in self.switched_off), settings.mms_receipts)

    def _use(self, playbook: ScenarioPlaybook) -> None:
        self.playbook = self.core.playbook = playbook
        self.core.edition = playbook.edition

    # -- the clock --------------------------------------------------------------------------------------------------------

    def set_clock(self, mode: ClockMode, rate: float | None = None) -> None:
        """Change what moves the clock; virtual time goes on from where it is.

        Raises:
            ClockError: the rate is not a positive number.
        """
        now = self._arrive()
        self.clock.set(mode, monotonic_ms(), rate)
        if self._wake is not None:  # it was set by the clock as it was
            self._wake.cancel()
            self._wake = None
        self._note(ClockChanged(now, mode.value, self.clock.scaled_rate))
        self.done()

    def hold(self, name: str) -> None:
        """Take a named hold by hand: an auto or manual clock stands until ``release``."""
        self.clock.hold(name)

    def release(self, name: str) -> None:
        """Give a named hold back.

        Raises:
            ClockError: no such hold is out.
        """
        self.clock.release(name)
        self.done()

    async def advance(self, by: int) -> None:
        """Move a clock that stands by ``by`` milliseconds; see ``advance_to``."""
        await self.advance_to(self.now() + by)

    async def advance_to(self, target: int) -> None:
        """Go through every deadline up to ``target``, in order, waiting at each for what is due to come out.

        Returns when the target is reached and nothing is in flight.

        Raises:
            ClockError: the clock flows by itself, or the target is past.
        """
        async with self._mover():
            if target < self.now():
                raise ClockError("virtual time never goes back")
            while (deadline := await self._next()) is not None and deadline <= target:
                self._jump(deadline)
            self._jump(target)
            await self._quiet()

    async def step(self, count: int = 1) -> int:
        """Go to the next deadline, ``count`` times; return how many there were.

        Raises:
            ClockError: the clock flows by itself.
        """
        async with self._mover():
            for done in range(count):
                deadline = await self._next()
                if deadline is None:
                    return done
                self._jump(deadline)
                await self._quiet()
            return count

    async def settle(self, limit: int = SETTLE_LIMIT) -> None:
        """Return when nothing is left to do: every timeline played, every callback ended.

        A clock that stands is moved from deadline to deadline; a clock that flows is waited for.

        Raises:
            ClockError: the account is still not at rest after ``limit`` virtual milliseconds.
        """
        last = self.now() + limit
        if self.clock.flows:
            while not (self.core.idle and not self.clock.is_held()):
                if self.now() > last:
                    raise _restless(limit)
                await self.changed()
            return
        async with self._mover():
            while (deadline := await self._next()) is not None:
                if deadline > last:
                    raise _restless(limit)
                self._jump(deadline)

    @asynccontextmanager
    async def _mover(self) -> AsyncIterator[None]:
        if self.clock.flows:
            raise ClockError(f"a {self.clock.mode} clock moves by itself: make it manual or auto first")
        async with self._moving:
            self.clock.hold(_ADVANCE)
            try:
                yield
            finally:
                self.clock.release(_ADVANCE)
                self.done()

    async def _next(self) -> int | None:
        await self._quiet()
        return self.core.next_deadline()

    def _jump(self, instant: int) -> None:
        self._leap(instant, by=_ADVANCE)
        self._catch_up(instant)
        self.done()

    def _leap(self, instant: int, by: str | None = None) -> None:
        """Move a clock that stands, never back, and its follower with it."""
        before = self.now()
        self._begun = True
        self.clock.jump(max(instant, before), by=by)
        if self.setup.follower is not None and instant > before:
            self.setup.follower.moved(instant - before)

    async def _quiet(self) -> None:
        """Return when no hold but the mover's own is out. New requests get a turn first."""
        await asyncio.sleep(0)
        while self.clock.is_held(besides=_ADVANCE):
            await self.changed()

    def resume(self) -> None:
        """Go on with everything unfinished in an account that was read back from a journal."""
        self.core.resume(self.now())
        self.done()

    async def callbacks_ended(self, message: str) -> None:
        """Return when every callback that the message has so far was answered or has failed once."""
        record = self.core.records.messages[message]
        while any(self.core.records.callbacks[callback].status is CallbackStatus.ATTEMPTING for callback in record.callbacks):
            await self.changed()

    async def changed(self) -> None:
        """Return as soon as anything has happened in the account."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiters.append(future)
        await future

    # -- the pump ---------------------------------------------------------------------------------------------------------

    def _arrive(self) -> int:
        """Do everything that is due by now, so that the input at hand comes after it; return now."""
        now = self.now()
        self._catch_up(now)
        return now

    def _catch_up(self, now: int) -> None:
        while self.core.fire_due(now):
            self._perform()

    def done(self) -> None:
        """Perform what the last input led to and see when to come back."""
        self._perform()
        self._set_wake()
        if self._waiters:
            waiters, self._waiters = self._waiters, []
            for future in waiters:
                if not future.done():
                    future.set_result(None)

    def _perform(self) -> None:
        """Record what has happened and begin what is to be sent, which may be more that has happened.

        A request that begins here is on its way only when the event loop goes on: by then its beginning is in the journal.
        """
        entries: list[Entry] = []
        while effects := self.core.take_effects():
            for effect in effects:
                if isinstance(effect, SendAttempt):
                    self._dispatch(effect)
                else:
                    entries.append(effect)
        if entries:
            self._journal.append(self.name, *entries)

    def _note(self, entry: Entry) -> None:
        """Record what the core knows nothing of."""
        self.core.records.apply(entry)
        self._journal.append(self.name, entry)

    def _set_wake(self) -> None:
        deadline = self.core.next_deadline()
        if self._wake is not None:
            # One that comes too early looks again: cheaper than a new one after every input.
            if deadline is not None and self._wake_for <= deadline and not self._closed:
                return
            self._wake.cancel()
            self._wake = None
        if deadline is None or self._closed:
            return
        self._wake_for = deadline
        if self.clock.flows:
            wait = self.clock.wall_until(deadline, monotonic_ms()) or 0.0
            self._wake = asyncio.get_running_loop().call_later(wait / 1000, self._woken)
        elif not self.clock.is_held() and (self.clock.mode is ClockMode.AUTO or deadline <= self.now()):
            self._wake = asyncio.get_running_loop().call_soon(self._woken)

    def _woken(self) -> None:
        self._wake = None
        if not self.clock.flows:
            deadline = self.core.next_deadline()
            if self.clock.is_held() or deadline is None:
                return
            if self.clock.mode is ClockMode.AUTO:
                self._leap(deadline)
        self._catch_up(self.now())
        self.done()

    # -- attempts: what the dispatcher asks of its owner --------------------------------------------------------------

    def _dispatch(self, attempt: SendAttempt) -> None:
        if self._closed:
            return  # still due when the account is read back from its journal
        self.clock.hold(_hold_of(attempt))
        self._dispatcher.put(attempt, self.core.records.time)

    def width_of_origin(self, *, unresponsive: bool) -> int:
        """How many attempts an origin gets at once.

        Where time stands they go one after another, so that the endpoint sees the same order in every run. An endpoint that
        does not answer sees no order: its attempts time out side by side.
        """
        if self.setup.concurrency is not None:
            return self.setup.concurrency
        return 64 if self.clock.flows or unresponsive else 1

    def begin_attempt(self, attempt: SendAttempt, since: int) -> Begun | None:
        """Record that the request begins; one that did not have to wait ``since`` then begins when it was due."""
        started = max(self.core.records.time, attempt.due) if since == self.core.records.time else self.now()
        number = self.core.attempt_started(attempt, started)
        if number is None:
            self.drop_attempt(attempt)
            return None
        return Begun(number, started)

    def end_attempt(self, attempt: SendAttempt, begun: Begun, outcome: Outcome) -> None:
        """Record how the request ended. Where time stands, an answer takes none of it, but a time-out takes its length."""
        now = self._arrive()
        timed_out = outcome.fault is Fault.TIMEOUT and not self.clock.flows
        ends = begun.at + attempt.timeout if timed_out else now
        self.core.attempt_finished(attempt.callback, begun.number, outcome, now, ends)
        self.drop_attempt(attempt)

    def drop_attempt(self, attempt: SendAttempt) -> None:
        """The attempt is not under way any more: it holds the clock no longer."""
        self.clock.release(_hold_of(attempt))

    def leave(self) -> None:
        """Cancel everything and have the journal forget the account: what still ends is recorded no more.

        At once, since another account of the name may begin before this one is closed.
        """
        self.reset()
        self._note(AccountRemoved(self.now()))
        self._left = True

    async def close(self, grace: float) -> None:
        """Stop: give attempts in flight ``grace`` seconds of wall time to end, then cut them."""
        self._closed = True
        self._set_wake()
        await self._dispatcher.close(grace)
        self.done()
        if self.core.records.time and not self._left:
            self._note(ClockStopped(self.now()))


_ADVANCE = "advance"


def _restless(limit: int) -> ClockError:
    return ClockError(
        f"still not at rest after {format_duration(limit)} of virtual time: advance to what is due later, or cancel it"
    )


def _answer_to(message: str) -> str:
    return f"answer to {message}"


def _hold_of(attempt: SendAttempt) -> str:
    return f"attempt of {attempt.callback} to {attempt.url}"
