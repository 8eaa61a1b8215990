"""Generated scenario files: valid ones play to the end, invalid ones are reported with their place, and nothing else happens."""

from __future__ import annotations

import re
from typing import Any

import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mockbw.scenario.loader import load_text, read_text
from mockbw.scenario.rehearsal import rehearse
from mockbw.scenario.validate import edition_of
from tests.support import examples

NUMBERS = ["+19195550100", "+19195550101", "+19195550102"]

durations = st.sampled_from(["0s", "500ms", "2s", "1m30s", "10m", "24h", "1d", "0"])
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20) | st.sampled_from(
    ["yes", "no", "null", "~", "0123", "1e3", "true", "2018-01-24", "a: b", "- a", "#", "${to} says ${text}", "'", '"', "!!str"]
)
patterns = st.sampled_from([*NUMBERS, "+1919*", "*", "/5$/", "/(?P<last>.)$/", "+1919555010?"])
headers = st.dictionaries(
    st.sampled_from(["X-One", "User-Agent", "Content-Type"]), st.sampled_from(["a", "b/1", "5"]), max_size=2
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**6), 10**6) | texts, lambda inner: st.lists(inner, max_size=2), max_leaves=4
)


def mapping(required: dict[str, Any], **optional: Any) -> st.SearchStrategy[dict[str, Any]]:
    names = {key.replace("_", "-"): value for key, value in optional.items()}
    return st.fixed_dictionaries(required, optional=names)


@st.composite
def steps(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    to: dict[str, Any] = {"to": patterns | st.lists(patterns, min_size=1, max_size=2)}
    kinds = [
        mapping(
            {"callback": st.sampled_from(["message-sent", "message-delivered"])},
            **to,
            twice=st.booleans(),
            early=st.booleans(),
            dropped=st.booleans(),
            corrupted=st.sampled_from(["truncated", "not-json", "wrong-type", "empty"]),
            set=st.dictionaries(st.sampled_from(["type", "message.text", "a.b.c", "message.id.x"]), json_values, max_size=2),
            omit=st.lists(st.sampled_from(["time", "message.to", "a.b"]), max_size=2),
            headers=headers,
            description=texts,
            carrier=texts,
        ),
        mapping({"callback": st.just("message-failed"), "error": st.sampled_from([4432, 4770, "4770"])}, **to),
        mapping({"outcome": st.sampled_from(["delivered", "unreceipted"])}, **to, twice=st.booleans()),
        mapping({"outcome": st.just("failed"), "error": st.sampled_from([4404, 4770, 5600])}, **to),
        mapping({"reply": texts}, **to, media=st.lists(st.just("https://media.example.com/a.png"), max_size=2)),
        mapping({"outage": durations}, answer=responses),
        mapping({"set-state": texts}, **to),
    ]
    if depth:
        branch = mapping({"timeline": st.lists(steps(depth - 1), max_size=2)}, weight=st.floats(0.1, 10))
        kinds.append(mapping({"choose": st.lists(branch, min_size=1, max_size=3)}))
    step = draw(st.one_of(kinds))
    return {**step, **draw(st.sampled_from([{}, {"after": draw(durations)}, {"at": draw(durations)}]))}


responses = mapping(
    {},
    status=st.integers(200, 599),
    body=json_values,
    headers=headers,
    delay=durations,
    connection=st.sampled_from(["reset", "silent", "truncated"]),
    taken=st.booleans(),
)
waits = durations.filter(lambda duration: duration not in ("0s", "0"))
retries = st.one_of(
    mapping(
        {"first": waits},
        factor=st.floats(1.01, 10),  # one that does not grow makes more attempts than a schedule may have
        jitter=st.floats(0, 1),
        window=durations,
    ),
    mapping({"delays": st.lists(st.sampled_from(["1s", "10m", "6h"]), min_size=1, max_size=3)}, repeat=st.booleans()),
    st.lists(st.sampled_from(["1m", "1h"]), min_size=1, max_size=3),
)
scenarios = mapping(
    {"timeline": st.lists(steps(), max_size=4)},
    name=st.sampled_from(["a", "b c", "0123"]),
    description=texts,
    match=mapping({}, kind=st.sampled_from(["sms", "mms", "group"]), tag=st.sampled_from(["x", "x*"]), state=texts),
    times=st.integers(1, 3),
    response=responses,
    retry=retries,
    endpoint=mapping(
        {"answers": st.lists(st.sampled_from([200, 204, 302, 404, 500, "reset", "timeout"]), min_size=1, max_size=3)}
    ),
    expect=st.lists(
        mapping(
            {"callback": st.sampled_from(["message-sent", "message-received"])},
            times=st.integers(0, 2),
            answered=st.sampled_from(["2xx", 500, ["timeout", "200"]]),
            ends=st.sampled_from(["delivered", "expired", "cancelled"]),
        ),
        max_size=2,
    ),
)


def written(scenario: object) -> str:
    return yaml.safe_dump(scenario, sort_keys=False, allow_unicode=True, width=1000)


@settings(max_examples=examples(150))
@given(scenarios)
def test_a_right_file_loads_and_plays_to_its_end_and_does_so_again(scenario):
    [source] = load_text(written(scenario))
    rehearsal = rehearse(source, edition=edition_of(source))
    assert all(callback.status.final for callback in rehearsal.records.callbacks.values())
    for record in rehearsal.records.messages.values():
        plan = record.plan
        assert plan is None or [r.played for r in record.recipients] == [len(track) for track in plan.tracks]
    assert rehearse(source, edition=edition_of(source)).entries == rehearsal.entries


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return where in a scenario there are mappings whose keys are the language's own."""
    if isinstance(value, dict):
        inner = [place for key, v in value.items() if key not in ("set", "headers", "body") for place in places(v, (*path, key))]
        return [path, *inner]
    if isinstance(value, list):
        return [place for index, v in enumerate(value) for place in places(v, (*path, index))]
    return []


@settings(max_examples=examples(100))
@given(scenarios, st.data())
def test_an_unknown_key_is_told_at_its_line_wherever_it_stands(scenario, data):
    place = data.draw(st.sampled_from(places(scenario)))
    target: Any = scenario
    for part in place:
        target = target[part]
    target["bogus-key"] = 1
    text = written(scenario)
    sources, problems = read_text(text)
    assert sources == []
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "bogus-key" in line)
    assert [(problem.line, problem.message) for problem in problems] == [(line, "unknown key 'bogus-key'")]


WRONG = {
    "after": "soon",
    "at": [1],
    "callback": {"a": 1},
    "twice": "maybe",
    "corrupted": "badly",
    "kind": "fax",
    "times": 0,
    "status": 99,
    "answers": [],
    "choose": [],
    "weight": 0,
    "outcome": "lost",
    "connection": "lost",
    "ends": "well",
    "timeline": "soon",
    "expect": 5,
}


@settings(max_examples=examples(100))
@given(scenarios, st.data())
def test_a_wrong_value_is_told_at_its_line_wherever_it_stands(scenario, data):
    spots = []
    for place in places(scenario):
        target: Any = scenario
        for part in place:
            target = target[part]
        spots += [(target, key) for key in target if key in WRONG]
    target, key = data.draw(st.sampled_from(spots))
    assume(not (key == "times" and "callback" in target))  # expect's may be 0
    target[key] = WRONG[key] if WRONG[key] != [1] else {"bad": 1}
    marked = {**target}
    target.clear()
    target.update({key: marked.pop(key), **marked})
    text = written(scenario)
    found = [problem.line for problem in read_text(text)[1]]
    target[key] = "here-it-is"
    lines = written(scenario).splitlines()
    line = next(number for number, line in enumerate(lines, 1) if "here-it-is" in line)
    assert found
    assert set(found) <= {line, line + 1}


scraps = [
    "name: a\n",
    "- b\n",
    "&a ",
    "*a\n",
    "? ",
    ": ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    "---\n",
    "!!map ",
    "'",
    '"',
    "|\n",
    "  x: y\n",
]
any_text = st.text(max_size=200) | st.lists(st.sampled_from([*scraps, "#", "%YAML 1.2\n"]), max_size=20).map("".join)


@settings(max_examples=examples(200))
@given(any_text)
def test_no_text_at_all_leads_to_anything_but_scenarios_or_problems_in_it(text):
    sources, problems = read_text(text)
    last = len(re.split("\r\n|[\n\r\x85\u2028\u2029]", text))
    assert sources or problems
    assert all(1 <= problem.line <= last and problem.column >= 1 and problem.message for problem in problems)
