"""The journal as lines in a terminal: one for each attempt, with the answer and what comes next."""

from __future__ import annotations

from mockbw.cli.story import Story
from mockbw.core.entries import CallbackExpired
from mockbw.core.model import Fault, Outcome
from mockbw.core.settings import AccountSettings
from tests.support import DOWN, OK, START, URL, CoreBench

ONE_EVENT = "name: one-event\ntimeline: [{callback: message-failed, error: 4770, after: 1s}]"
FIRST = "  00:00:00    POST /messages                        202      SMS  to +19195550100"


def one_event(*answers: Outcome) -> CoreBench:
    left = iter(answers)
    bench = CoreBench(scenarios=ONE_EVENT, settings=AccountSettings(callback_url=URL), answer=lambda attempt: next(left, DOWN))
    bench.post()
    return bench


def lines(entries) -> list[str]:
    story = Story()
    return [line.plain for entry in entries for line in story.lines(entry)]


def test_each_attempt_has_its_answer_and_what_comes_next():
    bench = one_event(Outcome(fault=Fault.REFUSED), OK)
    bench.run()
    assert lines(bench.entries) == [
        FIRST,
        "  00:00:01    message-failed 4770 +19195550100      refused  next attempt at 00:00:31",
        "  00:00:31    message-failed 4770 +19195550100  attempt 2 200",
    ]


def test_of_many_failed_attempts_the_first_are_shown_and_the_last():
    bench = one_event()
    bench.run()
    *_, ninth, tenth, last = lines(bench.entries)
    assert len(lines(bench.entries)) == 12
    assert ninth.endswith("attempt 9 500      next attempt at 03:03:31")
    assert tenth.endswith("attempt 10 500      … and so on")
    assert last.endswith("attempt 30 500      expired after 30 attempts: dropped")


def test_a_callback_that_ends_without_an_attempt_is_shown_too():
    bench = one_event()
    bench.run(until=2_000)
    bench.account.cancel_callback("cb-1", bench.now)
    bench.perform()
    assert (
        lines(bench.entries)[-1]
        == "  00:00:02    message-failed 4770 +19195550100               no more attempts: cancelled by hand"
    )
    expired = CallbackExpired(START + 86_500_000, "cb-2", 4)  # of which only the end was written since the server was started
    assert lines([bench.entries[0], expired])[-1].split() == ["24:01:40", "cb-2", "expired", "after", "4", "attempts:", "dropped"]
