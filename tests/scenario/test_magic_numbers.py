"""The magic numbers, like test cards: what happens depends on the number a message goes to."""

from __future__ import annotations

import pytest

from mockbw.core.timeline import Connection
from mockbw.scenario.loader import load_text
from mockbw.scenario.playbook import ScenarioPlaybook
from mockbw.scenario.shipped import default_sources
from tests.support import CoreBench, draft

HOUR = 3_600_000


@pytest.fixture
def bench() -> CoreBench:
    bench = CoreBench()
    playbook = ScenarioPlaybook("2018-01", default_sources())
    bench.account.use(playbook.edition, playbook)
    return bench


def happens(bench: CoreBench, *to: str) -> list[tuple[int, str]]:
    bench.post(to=to)
    bench.run()
    return bench.events


def test_a_number_with_a_carrier_code_is_sent_then_failed_with_that_code(bench):
    assert happens(bench, "+19995554770") == [(1000, "message-sent"), (3000, "message-failed")]
    assert [event.get("errorCode") for _, event in bench.notifications()] == [None, 4770]


def test_a_number_with_a_code_of_the_platform_only_fails(bench):
    assert happens(bench, "+19995554432") == [(1000, "message-failed")]
    assert [event["errorCode"] for _, event in bench.notifications()] == [4432]


def test_a_number_whose_code_the_edition_does_not_know_is_delivered_and_the_nearest_codes_are_recorded(bench):
    message = bench.post(to="+19995554771")
    bench.run()
    assert [type_ for _, type_ in bench.events] == ["message-sent", "message-delivered"]
    plan = bench.account.records.messages[message.id].plan
    assert plan is not None
    assert plan.scenario is None
    assert plan.misses[0].because == "'4771' is not an error code of edition 2018-01 (nearest: 4751, 4770, 4775)"


def test_in_a_group_each_magic_recipient_fails_with_its_own_code_and_the_others_fare_well(bench):
    bench.post(to=("+19995554770", "+19195550100", "+19995554432"))
    bench.run()
    assert [(event["type"], event.get("to"), event.get("errorCode")) for _, event in bench.notifications()] == [
        ("message-sent", None, None),
        ("message-failed", "+19995554432", 4432),
        ("message-failed", "+19995554770", 4770),
    ]


@pytest.mark.parametrize(
    ("number", "events"),
    [
        ("+19995550000", []),
        ("+19995550001", [(1000, "message-sent")]),
        (
            "+19995550002",
            [(1000, "message-sent"), (1000, "message-sent"), (3000, "message-delivered"), (3000, "message-delivered")],
        ),
        ("+19995550003", [(23 * HOUR + 1000, "message-sent"), (23 * HOUR + 3000, "message-delivered")]),
        ("+19995550004", [(1000, "message-delivered"), (3000, "message-sent")]),
        ("+19995550005", [(1000, "message-sent"), (3000, "message-failed")]),
        ("+19995550006", [(1000, "message-sent"), (3000, "message-delivered"), (13000, "message-received")]),
        ("+19995550502", [(1000, "message-sent"), (3000, "message-delivered")]),
    ],
)
def test_a_magic_number_leads_to_its_events(bench, number, events):
    assert happens(bench, number) == events


@pytest.mark.parametrize(
    ("number", "status", "connection"),
    [
        ("+19995550429", 429, Connection.KEEP),
        ("+19995550500", 500, Connection.KEEP),
        ("+19995550501", None, Connection.RESET),
        ("+19995550504", None, Connection.SILENT),
    ],
)
def test_a_magic_number_that_refuses_takes_no_message(bench, number, status, connection):
    submission = bench.account.submit(draft(to=number), bench.now)
    assert submission.message is None
    assert submission.answer is not None
    assert (submission.answer.status, submission.answer.connection) == (status, connection)


def test_a_scenario_of_the_users_own_goes_before_the_magic_numbers(bench):
    own = load_text("name: mine\nmatch: {to: '+19995554770'}\ntimeline: [{callback: message-sent, after: 1s}]")
    playbook = ScenarioPlaybook("2018-01", [*own, *default_sources()])
    bench.account.use(playbook.edition, playbook)
    assert happens(bench, "+19995554770") == [(1000, "message-sent")]
