"""The control API's hand on scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.server.bench import ACCOUNT, Bench, serving
from tests.support import Endpoint
from tests.watchdog import Watchdog

SCENARIOS = f"accounts/{ACCOUNT}/scenarios"
SPAM = """\
# the carrier is in a bad mood
name: spam
description: The carrier refuses it.
match:
  text: "*prize*"
timeline:
  - callback: message-sent
  - callback: message-failed
    error: 4770
"""
SLOW = "name: slow\ntimeline:\n  - callback: message-sent\n    after: 1h\n"


@pytest.fixture
async def bench(endpoint: Endpoint) -> AsyncIterator[Bench]:
    async with serving(endpoint.url, magic_numbers=False) as running:
        yield running


async def loaded(bench: Bench) -> list[str]:
    return [entry["name"] for entry in (await bench.get(SCENARIOS))["scenarios"] if entry["loaded"]]


async def test_scenarios_in_yaml_are_loaded_before_those_there_are(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=SLOW)
    answer = await bench.call("POST", f"{SCENARIOS}?file=mine.yaml", data=f"{SPAM}---\nname: other\n")
    assert answer.status == 201
    assert answer.json["scenarios"][0] == {
        "name": "spam",
        "description": "The carrier refuses it.",
        "file": "mine.yaml",
        "shipped": False,
        "loaded": True,
        "on": True,
        "editions": None,
        "fits": True,
        "match": {"text": ["*prize*"]},
        "times": None,
        "plays": 0,
        "text": SPAM,
    }
    assert answer.json["scenarios"][1]["text"] == "name: other\n"
    assert await loaded(bench) == ["spam", "other", "slow"]


async def test_a_scenario_in_json_says_the_same(bench: Bench) -> None:
    data = {"name": "spam", "match": {"text": "*prize*"}, "timeline": [{"callback": "message-failed", "error": 4770}]}
    assert (await bench.call("POST", SCENARIOS, json=data)).status == 201
    posted = await bench.post(text="a prize for you")
    assert (await bench.get(f"accounts/{ACCOUNT}/messages/{posted}"))["scenario"] == "spam"
    assert (await bench.get(f"{SCENARIOS}/spam"))["plays"] == 1


async def test_a_wrong_scenario_is_refused_with_place_and_hint_and_changes_nothing(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=SLOW)
    answer = await bench.call("POST", SCENARIOS, data="name: bad\ntimeline:\n  - callbak: message-sent\n")
    assert answer.status == 422
    assert answer.json["problems"][0] == {
        "message": "a step needs one of the keys callback, outcome, reply, outage, set-state, choose",
        "hint": "Did you mean 'callback'?",
        "field": None,
        "file": "<text>",
        "line": 3,
        "column": 5,
        "excerpt": "  - callbak: message-sent",
    }
    assert await loaded(bench) == ["slow"]


async def test_a_scenario_is_replaced_where_it_stands(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=f"{SPAM}---\n{SLOW}")
    answer = await bench.call("PUT", f"{SCENARIOS}/slow", data="description: new\n")
    assert (answer.status, answer.json["name"], answer.json["description"]) == (200, "slow", "new")
    assert await loaded(bench) == ["spam", "slow"]


async def test_a_scenario_with_another_name_than_its_address_is_refused(bench: Bench) -> None:
    answer = await bench.call("PUT", f"{SCENARIOS}/fast", data=SLOW)
    assert (answer.status, answer.json["error"]) == (422, "the scenario's name is 'slow', the path says 'fast'")


async def test_a_scenario_is_switched_off_and_on_again(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=SLOW)
    assert (await bench.call("POST", f"{SCENARIOS}/slow/switch", json={"on": False})).json["on"] is False
    posted = await bench.post()
    assert (await bench.get(f"accounts/{ACCOUNT}/messages/{posted}"))["scenario"] is None
    assert (await bench.call("POST", f"{SCENARIOS}/slow/switch", json={"on": True})).json["on"] is True
    posted = await bench.post()
    assert (await bench.get(f"accounts/{ACCOUNT}/messages/{posted}"))["scenario"] == "slow"


async def test_a_scenario_is_taken_away(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=f"{SPAM}---\n{SLOW}")
    assert (await bench.call("DELETE", f"{SCENARIOS}/spam")).status == 204
    assert await loaded(bench) == ["slow"]
    assert (await bench.call("DELETE", f"{SCENARIOS}/slo")).json["hint"] == "Did you mean 'slow'?"


async def test_a_scenario_is_played_by_name(bench: Bench, endpoint: Endpoint) -> None:
    await bench.call("POST", SCENARIOS, data=SPAM)
    answer = await bench.call("POST", f"{SCENARIOS}/spam/play")
    assert (answer.status, answer.json["scenario"]) == (202, "spam")
    await bench.double.account(ACCOUNT).settle()
    assert endpoint.types == ["message-sent", "message-failed"]
    message = await bench.get(f"accounts/{ACCOUNT}/messages/{answer.json['message']}")
    assert (message["status"], message["error"]) == ("failed", 4770)


async def test_scenarios_are_played_without_being_loaded(bench: Bench) -> None:
    answer = await bench.call("POST", f"accounts/{ACCOUNT}/play", data=f"{SPAM}---\n{SLOW}")
    assert (answer.status, [play["scenario"] for play in answer.json["plays"]]) == (202, ["spam", "slow"])
    assert await loaded(bench) == []


async def test_a_scenario_nobody_knows_is_404_with_the_nearest(bench: Bench) -> None:
    await bench.call("POST", SCENARIOS, data=SLOW)
    for method, path in (("GET", "slwo"), ("POST", "slwo/play"), ("DELETE", "slwo")):
        answer = await bench.call(method, f"{SCENARIOS}/{path}")
        assert (answer.status, answer.json["hint"]) == (404, "Did you mean 'slow'?")


async def test_validation_says_what_is_wrong_and_loads_nothing(bench: Bench) -> None:
    right = await bench.call("POST", "validate", data=f"{SPAM}---\n{SLOW}")
    assert right.json == {"valid": True, "scenarios": ["spam", "slow"], "problems": []}
    wrong = await bench.call("POST", "validate?file=mine.yaml", data="name: x\ntimes: many\n")
    assert (wrong.status, wrong.json["valid"]) == (200, False)
    assert [(p["file"], p["line"], p["message"]) for p in wrong.json["problems"]] == [
        ("mine.yaml", 2, "'times' must be a number, not 'many'")
    ]


async def test_validation_is_for_an_edition(bench: Bench) -> None:
    text = "timeline:\n  - callback: message-sending\n"
    assert (await bench.call("POST", "validate?edition=2026", data=text)).json["valid"] is True
    assert (await bench.call("POST", "validate?edition=2018-01", data=text)).json["valid"] is False


@pytest.mark.parametrize("data", [[], "text", [1], {"name": "x", "timeline": {"a": 1}}])
async def test_json_that_is_no_scenario_is_422(bench: Bench, data: Any) -> None:
    assert (await bench.call("POST", SCENARIOS, json=data)).status == 422


async def test_a_body_that_is_no_utf_8_is_422(bench: Bench) -> None:
    answer = await bench.call("POST", SCENARIOS, data=b"name: \xff")
    assert (answer.status, answer.json["error"]) == (422, "the body is not UTF-8 at byte 6")


@pytest.mark.parametrize("text", ["a: 1\n---\n" * 20_000, "x" * 900_000, "- a\n" * 100_000])
async def test_a_large_text_full_of_mistakes_holds_nobody_up(bench: Bench, watchdog: Watchdog, text: str) -> None:
    answer = await bench.call("POST", "validate", data=text)
    assert (answer.status, answer.json["valid"]) == (200, False)
    assert 0 < len(answer.json["problems"]) <= 101
    assert watchdog.held == []
