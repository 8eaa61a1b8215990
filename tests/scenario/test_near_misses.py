"""What a message's plan says about the scenarios that were not for it."""

from __future__ import annotations

from tests.support import CoreBench

SCENARIOS = """
name: another-number
match: {to: "+19195550111"}
---
name: other-text
match: {to: "+1919*", text: "Hello*"}
---
name: far-away
match: {kind: group, from: "+1303*", text: "/^Bye/"}
"""


def misses(**message: object) -> list[str]:
    bench = CoreBench(SCENARIOS)
    accepted = bench.post(**message)
    plan = bench.account.records.messages[accepted.id].plan
    assert plan is not None
    return [str(miss) for miss in plan.misses]


def test_each_scenario_that_was_not_for_a_message_says_why_nearest_first() -> None:
    assert misses() == [
        "another-number: to is '+19195550100', expected '+19195550111'",
        "other-text: text is 'Your table is ready', expected 'Hello*'",
        "far-away: kind is sms, expected group; from is '+19195550199', expected '+1303*'; "
        "text is 'Your table is ready', expected '/^Bye/'",
    ]


def test_a_message_that_has_its_scenario_has_no_misses() -> None:
    assert misses(to="+19195550111") == []
