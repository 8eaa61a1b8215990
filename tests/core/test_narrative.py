"""The narrative: whatever order things happen in, people are shown each of them once, with what comes next."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mockbw.core import entries as j
from mockbw.core.account import InboundDraft
from mockbw.core.model import CallbackStatus, Fault, Outcome
from mockbw.core.narrative import JOINED, AttemptMade, CallbackEnded, Fact, Narrative, ends, narrate
from mockbw.core.settings import AccountSettings
from tests.core.test_resume import resumed
from tests.core.test_state_machine import Platform
from tests.support import DOWN, OK, RECIPIENT, START, URL, CoreBench, examples

ONE_EVENT = "name: one-event\ntimeline: [{callback: message-sent, after: 1s}]"
REFUSED = Outcome(fault=Fault.REFUSED, detail="nothing listens at localhost:5000")
STATUS_OF = {
    j.CallbackDelivered: CallbackStatus.DELIVERED,
    j.CallbackExpired: CallbackStatus.EXPIRED,
    j.CallbackCancelled: CallbackStatus.CANCELLED,
}


def one_event(*answers: Outcome) -> CoreBench:
    """Return a bench with one callback, due after a second; the last answer repeats."""
    left = list(answers)
    return CoreBench(scenarios=ONE_EVENT, answer=lambda attempt: left.pop(0) if len(left) > 1 else left[0])


def attempts(facts: Iterable[Fact]) -> list[AttemptMade]:
    return [fact for fact in facts if isinstance(fact, AttemptMade)]


# -- whatever happens ---------------------------------------------------------------------------------------------------------


def check_whole(entries: list[j.Entry]) -> None:
    """Check the facts of a whole run against its entries."""
    facts = list(narrate(entries))
    assert [fact for fact in facts if not isinstance(fact, (AttemptMade, CallbackEnded))] == [
        entry for entry in entries if not isinstance(entry, JOINED)
    ], "what says all by itself is a fact as it stands, and nothing else of the journal is"
    callbacks = {entry.callback: entry for entry in entries if isinstance(entry, j.CallbackCreated)}
    for callback, created in callbacks.items():
        own = [entry for entry in entries if j.about(entry)[1] == callback]
        made = [fact for fact in attempts(facts) if fact.callback == callback]
        check_attempts(own, made)
        found = [end for end in ends(facts) if end.callback == callback]
        first = next((entry for entry in own if type(entry) in STATUS_OF), None)
        assert [(end.time, end.status) for end in found] == ([] if first is None else [(first.time, STATUS_OF[type(first)])])
        assert all(fact.created == created for fact in [*made, *found]), "event and URL are known"


def check_attempts(own: list[j.Entry], made: list[AttemptMade]) -> None:
    """Check that each attempt of a callback is reported once, in order, with what comes next."""
    starts = {entry.number: entry for entry in own if isinstance(entry, j.AttemptStarted)}
    finished = [(index, entry) for index, entry in enumerate(own) if isinstance(entry, j.AttemptFinished)]
    assert [(fact.number, fact.finished, fact.outcome) for fact in made] == [
        (entry.number, entry.time, entry.outcome) for _, entry in finished
    ]
    before: list[Outcome] = []
    for fact, (index, entry) in zip(made, finished, strict=True):
        start = starts[entry.number]
        assert (fact.time, fact.by_hand) == (start.time, start.by_hand)
        assert fact.next_due == following(own, index, fact)
        alike = [(past.status, past.fault) == (entry.outcome.status, entry.outcome.fault) for past in reversed(before)]
        assert fact.repeats == (alike.index(False) if False in alike else len(alike))
        before.append(entry.outcome)


def following(own: list[j.Entry], index: int, made: AttemptMade) -> int | None:
    """Return when the attempt is due that follows on the end of one, at ``index``, as the journal has it.

    An attempt on schedule is followed by what is written next; one by hand leaves in force what was scheduled before it.
    """
    if made.outcome.delivered:
        return None
    if not made.by_hand:
        later = (entry for entry in own[index + 1 :] if isinstance(entry, (j.AttemptScheduled, *STATUS_OF)))
        return next((entry.due if isinstance(entry, j.AttemptScheduled) else None for entry in later), None)
    due = None
    for entry in own[:index]:
        match entry:
            case j.AttemptScheduled():
                due = entry.due
            case j.AttemptStarted(by_hand=False) | j.CallbackDelivered() | j.CallbackExpired() | j.CallbackCancelled():
                due = None
    return due


class NarratedPlatform(Platform):
    """The account as a state machine; at the end of each run its journal is narrated."""

    def teardown(self) -> None:
        """Check the whole run."""
        super().teardown()
        if hasattr(self, "entries"):
            check_whole(self.entries)
            assert len(list(ends(narrate(self.entries)))) == self.account.records.callbacks_created, "each has exactly one end"


NarratedPlatform.TestCase.settings = settings(max_examples=examples(30), stateful_step_count=30, deadline=None)
TestNarratedPlatform = NarratedPlatform.TestCase


def busy_run() -> CoreBench:
    """Return a bench after a run with retries, a redelivery, a cancelled message, a handset and several recipients."""
    answers = iter([DOWN, DOWN, REFUSED, OK, DOWN, REFUSED])
    bench = CoreBench(answer=lambda attempt: next(answers, OK))
    bench.post()
    bench.account.receive(InboundDraft(RECIPIENT, ("+18005550199",), "STOP"), bench.now)
    bench.perform()
    bench.run(until=40_000)
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    bench.account.cancel_message(bench.post(to=("+19195550101", "+19195550102")).id, bench.now)
    bench.perform()
    bench.post(to=("+19195550101", "+19195550102"))
    bench.run()
    return bench


BUSY = busy_run().entries


@given(st.integers(0, len(BUSY)), st.integers(0, len(BUSY)))
def test_any_part_of_a_journal_tells_each_attempt_that_ended_in_it_once(one: int, other: int) -> None:
    part = BUSY[min(one, other) : max(one, other)]
    expected = [(entry.callback, entry.number) for entry in part if isinstance(entry, j.AttemptFinished)]
    assert sorted((fact.callback, fact.number) for fact in attempts(narrate(part))) == sorted(expected)


def test_wherever_a_server_stopped_the_journal_goes_on_as_one_narrative() -> None:
    bench = busy_run()
    first = next(index for index, entry in enumerate(bench.entries, 1) if isinstance(entry, j.MessageAccepted))
    for cut in range(first, len(bench.entries) + 1):
        after = resumed(bench, bench.entries[:cut])
        after.run()
        entries = [*bench.entries[:cut], *after.entries]
        assert len(list(ends(narrate(entries)))) == after.account.records.callbacks_created
        reported = [(fact.callback, fact.number) for fact in attempts(narrate(entries))]
        assert sorted(reported) == sorted({(e.callback, e.number) for e in entries if isinstance(e, j.AttemptFinished)})


def test_the_first_attempt_and_the_delivery_need_no_entry_of_their_own() -> None:
    """Creation implies the first, a 2xx the second: nobody who reads the narrative would miss them in the journal."""

    def implied(before: j.Entry, entry: j.Entry) -> bool:
        first = isinstance(entry, j.AttemptScheduled) and isinstance(before, j.CallbackCreated)
        return first or isinstance(entry, j.CallbackDelivered)

    left = [entry for before, entry in pairwise(BUSY) if not implied(before, entry)]
    assert len(left) < len(BUSY) - 1
    assert list(narrate([BUSY[0], *left])) == list(narrate(BUSY))


# -- examples -----------------------------------------------------------------------------------------------------------------


def test_an_attempt_has_all_that_a_line_about_it_needs() -> None:
    bench = one_event(REFUSED, OK)
    message = bench.post()
    bench.run()
    first, second = attempts(narrate(bench.entries))
    assert (first.time, first.finished, first.number) == (START + 1000, START + 1000, 1)
    assert (str(first.outcome), first.outcome.detail) == ("refused", "nothing listens at localhost:5000")
    assert first.created is not None
    assert (first.created.message, str(first.created.event), first.created.url) == (message.id, "message-sent", URL)
    assert (first.next_due, first.end) == (START + 31_000, None)
    assert (second.time, second.number, second.repeats, second.next_due) == (START + 31_000, 2, 0, None)
    assert second.end == CallbackEnded(START + 31_000, "cb-1", CallbackStatus.DELIVERED, 2, OK, "", first.created)


def test_attempts_that_end_alike_are_counted_so_that_a_change_shows() -> None:
    bench = one_event(DOWN, DOWN, REFUSED, DOWN, DOWN, DOWN, OK)
    bench.post()
    bench.run()
    assert [fact.repeats for fact in attempts(narrate(bench.entries))] == [0, 1, 0, 0, 1, 2, 0]


def test_the_last_attempt_of_the_schedule_is_the_end() -> None:
    bench = one_event(DOWN)
    bench.post()
    bench.run()
    *failed, last = attempts(narrate(bench.entries))
    assert {fact.end for fact in failed} == {None}
    assert last.next_due is None
    assert last.end is not None
    assert (last.end.status, last.end.attempts, last.end.last) == (CallbackStatus.EXPIRED, 30, DOWN)


def test_an_attempt_is_reported_as_soon_as_it_is_known_what_comes_next_and_not_before() -> None:
    narrative = Narrative()
    created = j.CallbackCreated(0, "cb-1", 1, "m-1", *parts_of_a_callback())
    assert narrative.facts(created) == (created,)
    assert narrative.facts(j.AttemptScheduled(0, "cb-1", 1, 0)) == ()
    assert narrative.facts(j.AttemptStarted(0, "cb-1", 1)) == ()
    assert narrative.facts(j.AttemptFinished(5, "cb-1", 1, DOWN)) == ()
    [made] = narrative.facts(j.AttemptScheduled(5, "cb-1", 2, 30_000))
    assert made == AttemptMade(0, 5, "cb-1", 1, DOWN, 0, next_due=30_000, created=created)
    assert list(narrative.unfinished()) == []


def test_an_attempt_that_changes_nothing_in_the_schedule_is_reported_at_once() -> None:
    narrative = Narrative()
    for entry in (
        j.AttemptStarted(0, "cb-1", 1),
        j.AttemptStarted(0, "cb-1", 2, by_hand=True),
        j.AttemptStarted(0, "cb-2", 1),
        j.CallbackCancelled(0, "cb-2", "cancelled by hand"),
    ):
        narrative.facts(entry)
    assert narrative.facts(j.AttemptFinished(5, "cb-1", 2, DOWN)) == (AttemptMade(0, 5, "cb-1", 2, DOWN, 0, by_hand=True),)
    assert narrative.facts(j.AttemptFinished(5, "cb-2", 1, DOWN)) == (AttemptMade(0, 5, "cb-2", 1, DOWN, 0),)


def test_attempts_that_a_stop_cut_short_together_are_followed_by_the_same_one() -> None:
    cut_short = Outcome(fault=Fault.INTERRUPTED)
    entries = [
        j.AttemptStarted(0, "cb-1", 1),
        j.AttemptStarted(0, "cb-1", 2, by_hand=True),
        j.AttemptFinished(9, "cb-1", 1, cut_short),
        j.AttemptFinished(9, "cb-1", 2, cut_short),
        j.AttemptScheduled(9, "cb-1", 1, 9),
    ]
    assert list(narrate(entries)) == [
        AttemptMade(0, 9, "cb-1", 1, cut_short, 0, next_due=9),
        AttemptMade(0, 9, "cb-1", 2, cut_short, 1, by_hand=True, next_due=9),
    ]


def test_what_is_read_from_the_middle_of_a_journal_is_reported_as_far_as_it_is_known() -> None:
    cut = [
        j.AttemptFinished(5, "cb-1", 3, DOWN),
        j.AttemptFinished(9, "cb-1", 4, OK),
        j.CallbackDelivered(9, "cb-1"),
        j.CallbackExpired(9, "cb-2", 30),
        j.CallbackDelivered(9, "cb-3"),
    ]
    assert list(narrate(cut)) == [
        AttemptMade(5, 5, "cb-1", 3, DOWN, 0),
        AttemptMade(9, 9, "cb-1", 4, OK, 0, end=CallbackEnded(9, "cb-1", CallbackStatus.DELIVERED, 4, OK)),
        CallbackEnded(9, "cb-2", CallbackStatus.EXPIRED, 30),
        CallbackEnded(9, "cb-3", CallbackStatus.DELIVERED, 0),
    ]


def parts_of_a_callback() -> tuple[object, ...]:
    bench = one_event(OK)
    bench.post()
    bench.run()
    [created] = bench.of(j.CallbackCreated)
    return created.event, created.url, created.retry


@pytest.mark.parametrize("late", [DOWN, OK])
def test_an_answer_after_the_cancel_is_reported_and_changes_the_end_no_more(late: Outcome) -> None:
    bench = one_event(OK)
    bench.post()
    bench.now += 1000
    bench.account.fire_due(bench.now)
    *entries, attempt = bench.account.take_effects()
    number = bench.account.attempt_started(attempt, bench.now)
    bench.account.cancel_callback("cb-1", bench.now)
    bench.account.attempt_finished("cb-1", number, late, bench.now + 500)
    bench.entries += [*entries, *bench.account.take_effects()]
    end, made = [fact for fact in narrate(bench.entries) if isinstance(fact, (AttemptMade, CallbackEnded))]
    assert isinstance(end, CallbackEnded)
    assert (end.status, end.because, end.attempts, end.last) == (CallbackStatus.CANCELLED, "cancelled by hand", 1, None)
    assert isinstance(made, AttemptMade)
    assert (made.outcome, made.finished, made.next_due, made.end) == (late, bench.now + 500, None, None)


def test_a_redelivery_by_hand_says_when_the_schedule_goes_on() -> None:
    bench = one_event(DOWN, REFUSED, OK)
    bench.post()
    bench.run(until=20_000)
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    bench.run()
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    assert [
        (fact.by_hand, str(fact.outcome), fact.next_due, fact.end is not None) for fact in attempts(narrate(bench.entries))
    ] == [
        (False, "500", START + 31_000, False),
        (True, "refused", START + 31_000, False),
        (False, "200", None, True),
        (True, "200", None, False),
    ]


def test_a_callback_that_expired_while_the_server_was_down_ends_apart_from_any_attempt() -> None:
    bench = one_event(DOWN)
    bench.post()
    bench.run(until=60_000)
    expired = j.CallbackExpired(START + 48 * 3_600_000, "cb-1", 2)
    [end] = [fact for fact in narrate([*bench.entries, expired]) if isinstance(fact, CallbackEnded)]
    assert (end.status, end.attempts, end.last) == (CallbackStatus.EXPIRED, 2, DOWN)


def test_what_is_not_sent_is_a_fact_as_it_stands() -> None:
    bench = CoreBench(settings=AccountSettings())
    bench.post()
    bench.run()
    withheld = bench.of(j.CallbackWithheld)
    assert len(withheld) == 2
    assert [fact for fact in narrate(bench.entries) if isinstance(fact, j.CallbackWithheld)] == withheld


@pytest.mark.parametrize(
    "forgetting",
    [j.MessagesForgotten(0, ("m-1",), ("cb-1",), 1), j.AccountReset(0, 1), j.AccountRemoved(0)],
    ids=lambda e: type(e).__name__,
)
def test_nothing_is_remembered_of_what_the_account_has_forgotten(forgetting: j.Entry) -> None:
    narrative = Narrative()
    narrative.facts(j.CallbackCreated(0, "cb-1", 1, "m-1", *parts_of_a_callback()))
    assert narrative.facts(forgetting) == (forgetting,)
    [made] = narrative.facts(j.AttemptFinished(0, "cb-1", 1, OK))
    assert isinstance(made, AttemptMade)
    assert made.created is None


def test_the_narrative_of_a_long_run_is_bounded_by_what_the_account_keeps() -> None:
    bench = CoreBench(settings=AccountSettings(callback_url=URL, keep_messages=20))
    for _ in range(200):
        bench.post()
        bench.run()
    narrative = Narrative()
    for entry in bench.entries:
        narrative.facts(entry)
    late = [narrative.facts(j.AttemptFinished(bench.now, f"cb-{number}", 3, OK)) for number in range(1, 401)]
    known = [fact.callback for facts in late for fact in attempts(facts) if fact.created is not None]
    assert known == list(bench.account.records.callbacks)
    assert len(known) <= 2 * (20 + 2)
