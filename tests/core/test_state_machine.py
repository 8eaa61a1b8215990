"""The account as a Hypothesis state machine: whatever order things happen in, the platform's promises hold."""

from __future__ import annotations

from random import Random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, precondition, rule

from mockbw.core import entries as j
from mockbw.core.account import Account, InboundDraft
from mockbw.core.callbacks import SendAttempt
from mockbw.core.clock import DAY
from mockbw.core.model import CallbackStatus, Fault, Outcome, Priority
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import ScenarioPlaybook
from tests.support import START, URL, draft, examples

SCENARIOS = """
name: spam
match: {to: "+19195550111"}
timeline: [{outcome: failed, error: 4770}]
---
name: chance
match: {to: "+19195550112"}
timeline:
  - choose:
      - {weight: 1, timeline: [{outcome: delivered}, {reply: STOP, after: 30s}]}
      - {weight: 1, timeline: [{outcome: failed, error: 4432, after: 2h}]}
retry: {first: 1m, factor: 3, max: 6h, jitter: 0.5}
---
name: early-and-twice
match: {to: "+19195550113"}
timeline:
  - {callback: message-sent, early: true, twice: true}
  - {callback: message-delivered, at: 10m}
"""

NUMBERS = ["+19195550110", "+19195550111", "+19195550112", "+19195550113"]
OUTCOMES = [Outcome(status=200), Outcome(status=204), Outcome(status=302), Outcome(status=404), Outcome(status=500),
            Outcome(fault=Fault.REFUSED), Outcome(fault=Fault.TIMEOUT)]  # fmt: skip


class Platform(RuleBasedStateMachine):
    """Posts, answers, lets time pass, answers attempts late or never, redelivers, cancels and resets, in any order."""

    in_flight = Bundle("in_flight")
    unanswered = Bundle("unanswered")

    @initialize(rate=st.sampled_from([None, 0.5, 3.0]), edition=st.sampled_from(["2018-01", "2023", "2026"]))
    def begin(self, rate: float | None, edition: str) -> None:
        if edition == "2023":
            sources = [source for source in load_text(SCENARIOS) if source.name != "early-and-twice"]
        else:
            sources = load_text(SCENARIOS)
        playbook = ScenarioPlaybook(edition, sources)
        settings_ = AccountSettings(callback_url=URL, rate=rate, queue_seconds=10)
        self.account = Account("9", edition=playbook.edition, playbook=playbook, random=Random(7), settings=settings_)
        self.now = START
        self.entries: list[j.Entry] = []
        self.started: dict[tuple[str, int], SendAttempt] = {}
        self.bodies: dict[str, set[bytes]] = {}
        self.delivered: set[str] = set()
        self.cancelled: set[str] = set()

    def take(self) -> list[tuple[SendAttempt, int]]:
        begun: list[tuple[SendAttempt, int]] = []
        while effects := self.account.take_effects():
            for effect in effects:
                if not isinstance(effect, SendAttempt):
                    self.record(effect)
                    continue
                number = self.account.attempt_started(effect, self.now)
                if number is not None:
                    self.check_attempt(effect)
                    begun.append((effect, number))
        return begun

    def record(self, entry: j.Entry) -> None:
        if self.entries and not isinstance(entry, j.AccountReset):
            assert entry.time >= self.entries[-1].time, "virtual time never goes back"
        self.entries.append(entry)
        if isinstance(entry, j.CallbackDelivered):
            self.delivered.add(entry.callback)
        if isinstance(entry, j.AttemptScheduled):
            assert entry.due >= entry.time
        if isinstance(entry, j.MessageCancelled):
            self.cancelled.add(entry.message)
        if isinstance(entry, (j.CallbackCreated, j.CallbackWithheld)):
            assert entry.message not in self.cancelled, "a cancelled message has no further events"

    def check_attempt(self, attempt: SendAttempt) -> None:
        callback = self.account.records.callbacks[attempt.callback]
        if not attempt.by_hand:
            assert attempt.callback not in self.delivered, "nothing is attempted after a 2xx"
            assert attempt.due - callback.first_due <= DAY, "no attempt is due outside the window"
        self.bodies.setdefault(attempt.callback, set()).add(attempt.body)
        assert len(self.bodies[attempt.callback]) == 1, "every attempt has the same bytes"

    @rule(target=unanswered, to=st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=3, unique=True),
          text=st.sampled_from(["hi", "x" * 400]), high=st.booleans(), lives=st.sampled_from([None, 1_000, 60_000]))  # fmt: skip
    def post(self, to: list[str], text: str, high: bool, lives: int | None) -> object:
        priority = Priority.HIGH if high else None
        submission = self.account.submit(draft(to, text, priority=priority, expires_at=lives and self.now + lives), self.now)
        self.finish(self.take())
        return multiple() if submission.message is None else submission.message.id

    def finish(self, begun: list[tuple[SendAttempt, int]]) -> None:
        """Answer at once what a rule without a bundle of its own has led to."""
        for attempt, number in begun:
            self.account.attempt_finished(attempt.callback, number, Outcome(status=500), self.now)
        if begun:
            self.finish(self.take())

    @rule(message=consumes(unanswered))
    def client_is_told(self, message: str) -> None:
        self.account.waive_answer(message, self.now)
        self.finish(self.take())

    @rule(sender=st.sampled_from(NUMBERS), text=st.sampled_from(["STOP", "unstop ", "hello"]))
    def handset_writes(self, sender: str, text: str) -> None:
        self.account.receive(InboundDraft(sender, ("+18885550199",), text), self.now)
        self.finish(self.take())

    @rule(target=in_flight)
    def go_to_next_deadline(self) -> object:
        deadline = self.account.next_deadline()
        if deadline is None:
            return multiple()
        assert deadline >= START
        self.now = max(self.now, deadline)
        begun: list[tuple[SendAttempt, int]] = []
        while self.account.fire_due(self.now):
            begun += self.take()
        left = self.account.next_deadline()
        assert left is None or left > self.now, "no deadline is skipped"
        return multiple(*begun)

    @rule(wait=st.integers(min_value=1, max_value=DAY))
    def time_passes(self, wait: int) -> None:
        target = self.now + wait
        while (deadline := self.account.next_deadline()) is not None and deadline <= target:
            self.now = max(self.now, deadline)
            while self.account.fire_due(self.now):
                self.finish(self.take())
        self.now = target

    @rule(attempt=consumes(in_flight), outcome=st.sampled_from(OUTCOMES))
    def endpoint_answers(self, attempt: tuple[SendAttempt, int], outcome: Outcome) -> None:
        sent, number = attempt
        ends = self.now + sent.timeout if outcome.fault is Fault.TIMEOUT else None
        self.account.attempt_finished(sent.callback, number, outcome, self.now, ends)
        self.finish(self.take())

    @precondition(lambda self: self.account.records.callbacks)
    @rule(target=in_flight, data=st.data())
    def redeliver(self, data: st.DataObject) -> object:
        callback = data.draw(st.sampled_from(sorted(self.account.records.callbacks)))
        self.account.redeliver(callback, self.now)
        return multiple(*self.take())

    @precondition(lambda self: self.account.records.messages)
    @rule(data=st.data())
    def cancel_message(self, data: st.DataObject) -> None:
        self.account.cancel_message(data.draw(st.sampled_from(sorted(self.account.records.messages))), self.now)
        self.finish(self.take())

    @invariant()
    def the_journal_is_the_account(self) -> None:
        """Folding the entries anew gives the very state the account has."""
        if not hasattr(self, "entries"):
            return
        folded = Records()
        for entry in self.entries:
            folded.apply(entry)
        assert folded.messages == self.account.records.messages
        assert folded.callbacks == self.account.records.callbacks
        assert (folded.states, folded.plays, folded.opted_out, folded.pending) == (
            self.account.records.states,
            self.account.records.plays,
            self.account.records.opted_out,
            self.account.records.pending,
        )

    @invariant()
    def pending_counts_what_has_not_ended(self) -> None:
        if hasattr(self, "account"):
            callbacks = self.account.records.callbacks.values()
            assert self.account.records.pending == sum(not callback.status.final for callback in callbacks)

    def teardown(self) -> None:
        """At the end of time every callback has ended, and no recipient had two terminal events."""
        if not hasattr(self, "account"):
            return
        for message, record in list(self.account.records.messages.items()):
            if record.answered is None:
                self.account.waive_answer(message, self.now)
                self.finish(self.take())
        open_attempts = [
            (callback.id, attempt.number)
            for callback in self.account.records.callbacks.values()
            for attempt in callback.attempts
            if attempt.outcome is None
        ]
        for _ in range(100_000):
            deadline = self.account.next_deadline()
            if deadline is None:
                break
            self.now = max(self.now, deadline)
            self.account.fire_due(self.now)
            self.finish(self.take())
        for callback, number in open_attempts:
            if self.account.records.callbacks[callback].attempts[number - 1].outcome is None:
                self.account.attempt_finished(callback, number, Outcome(status=200), self.now)
                self.finish(self.take())
        for callback in self.account.records.callbacks.values():
            assert callback.status in (CallbackStatus.DELIVERED, CallbackStatus.EXPIRED, CallbackStatus.CANCELLED)
        self.one_terminal_event_per_recipient()

    def one_terminal_event_per_recipient(self) -> None:
        terminal: dict[tuple[str, str | None], int] = {}
        for entry in self.entries:
            is_event = isinstance(entry, (j.CallbackCreated, j.CallbackWithheld))
            if is_event and entry.event.type in ("message-delivered", "message-failed"):
                key = (entry.message, entry.event.recipient)
                terminal[key] = terminal.get(key, 0) + 1
        assert all(count == 1 for count in terminal.values())


Platform.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=30, deadline=None)
TestPlatform = Platform.TestCase
