"""A message that was becomes a scenario that plays the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings

from mockbw.core.account import InboundDraft
from mockbw.core.model import Outcome
from mockbw.core.payload import callback_body
from mockbw.core.settings import AccountSettings
from mockbw.core.state import Records
from mockbw.errors import UnknownError
from mockbw.scenario.edition import edition_names, load_edition
from mockbw.scenario.expectations import judge
from mockbw.scenario.loader import ScenarioSource, load_text
from mockbw.scenario.recording import recorded_yaml
from mockbw.scenario.rehearsal import START, Rehearsal, rehearse
from mockbw.scenario.shipped import default_sources, shipped_sources
from mockbw.scenario.validate import edition_of
from tests.scenario.test_properties import scenarios, written
from tests.support import URL, CoreBench, examples


def callbacks(records: Records, edition: str) -> list[tuple[int, str, int, list[tuple[int, str]]]]:
    """Return of every callback: when, its body but for ids, and its attempts; in the order of their birth."""
    ids = {name: f"message-{number}" for number, name in enumerate(records.messages)}
    found = []
    for callback in records.callbacks.values():
        message = records.messages[callback.message].message
        body = callback_body(load_edition(edition).edition, message, callback.event).decode(errors="replace")
        for name, stand_in in ids.items():
            body = body.replace(name, stand_in)
        attempts = [(attempt.started - START, str(attempt.outcome)) for attempt in callback.attempts]
        found.append((callback.created - START, body, callback.event.error or 0, attempts))
    return found


def replayed(source: ScenarioSource, edition: str) -> tuple[Rehearsal, Rehearsal] | None:
    """Play a scenario, record its message, and play the recording."""
    first = rehearse(source, edition=edition)
    if first.message is None:
        return None
    [recording] = load_text(recorded_yaml(first.records, first.message.id, edition))
    return first, rehearse(recording, edition=edition)


@pytest.mark.parametrize(
    ("source", "edition"),
    [
        pytest.param(source, edition, id=f"{source.name} {edition}")
        for source in (*shipped_sources(), *default_sources())
        for edition in source.scenario.editions or edition_names()
    ],
)
def test_every_shipped_scenario_recorded_plays_the_same_and_comes_true(source, edition):
    both = replayed(source, edition)
    if both is not None:
        first, again = both
        assert again.message is not None
        assert callbacks(again.records, edition) == callbacks(first.records, edition)
        judgements = judge(again.source, again.records, [again.message.id])
        assert [str(judgement) for judgement in judgements if not judgement.held] == []


@settings(max_examples=examples(60))
@given(scenarios)
def test_any_scenario_recorded_plays_the_same(scenario):
    scenario.pop("endpoint", None)  # a recording has one row of answers for all callbacks
    [source] = load_text(written(scenario))
    edition = edition_of(source)
    both = replayed(source, edition)
    if both is not None:
        first, again = both
        assert callbacks(again.records, edition) == callbacks(first.records, edition)


def recorded(bench: CoreBench, message: str) -> Any:
    [source] = load_text(recorded_yaml(bench.account.records, message, "2018-01"))
    return source.scenario


def test_the_file_says_what_was_posted_what_came_of_it_and_what_the_endpoint_answered():
    answers = [500, 500, 503, 503, 200, 200]
    bench = CoreBench(answer=lambda attempt: Outcome(status=answers.pop(0)))
    message = bench.post(tag="booking-81", text="Costs ${5}: yes", application="app")
    bench.run()
    assert recorded_yaml(bench.account.records, message.id, "2018-01") == (
        f"# Recorded from message {message.id}.\n"
        f"name: recorded-{message.id[-8:]}\n"
        "description: A message from +19195550199 to +19195550100, played by the edition's own timeline.\n"
        "editions: [2018-01]\n"
        "match: {kind: sms, to: '+19195550100'}\n"
        "given:\n"
        "  outbound: {from: '+19195550199', to: '+19195550100', text: 'Costs ${5}: yes', tag: booking-81, application: app}\n"
        "timeline:\n"
        "- {callback: message-sent, at: 1s}\n"
        "- {callback: message-delivered, at: 3s}\n"
        "endpoint:\n"
        "  answers: [500, 503, 200]\n"
        "expect:\n"
        "- {callback: message-sent, times: 1, attempts: 3, ends: delivered}\n"
        "- {callback: message-delivered, times: 1, attempts: 3, ends: delivered}\n"
    )


def test_a_text_with_a_placeholder_in_it_is_said_again_as_it_was():
    scenario = "timeline: [{reply: 'costs $${to} $$${to} ${to}'}]"
    bench = CoreBench(scenario)
    message = bench.post()
    bench.run()
    [text] = [event["message"]["text"] for _, event in bench.notifications()]
    assert text == "costs ${to} $${to} +19195550100"
    assert recorded(bench, message.id).timeline[0].reply == "costs $${to} $$${to} +19195550100"


def test_attempts_made_by_hand_are_not_part_of_the_recording():
    bench = CoreBench()
    message = bench.post()
    bench.run()
    bench.account.redeliver("cb-1", bench.now)
    bench.perform()
    assert [expectation.attempts for expectation in recorded(bench, message.id).expect] == [1, 1]


def test_an_inbound_message_is_recorded_as_given():
    bench = CoreBench()
    [message] = bench.account.receive(InboundDraft("+19195550100", ("+19195550199",), "Hello", application="app"), bench.now)
    bench.perform()
    bench.run()
    scenario = recorded(bench, message.id)
    assert scenario.given.inbound.text == "Hello"
    assert scenario.timeline is None
    assert [(e.callback, e.times) for e in scenario.expect] == [("message-received", 1)]


def test_steps_of_a_message_that_waited_in_the_queue_keep_their_times():
    bench = CoreBench(settings=AccountSettings(callback_url=URL, rate=0.5))
    bench.post()
    second = bench.post()
    bench.run()
    assert [step.at for step in recorded(bench, second.id).timeline] == [3000, 5000]


def test_a_message_that_is_not_there_is_told():
    with pytest.raises(UnknownError, match="There is no message 'nope'"):
        recorded_yaml(Records(), "nope", "2018-01")
