"""The JSON Schema that editors get agrees with the loader."""

from __future__ import annotations

import json

import jsonschema
import pytest
import yaml

from mockbw.scenario.json_schema import scenario_schema
from mockbw.scenario.shipped import shipped_folder

VALIDATOR = jsonschema.Draft202012Validator(scenario_schema())


def test_the_schema_beside_the_shipped_scenarios_is_current():
    shipped = json.loads((shipped_folder() / "schema.json").read_text())
    assert shipped == scenario_schema(), "run: mockbw schema > scenarios/schema.json"


@pytest.mark.parametrize("file", sorted(shipped_folder().glob("*.yaml")), ids=lambda file: file.name)
def test_every_shipped_file_names_the_schema_and_follows_it(file):
    text = file.read_text()
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    for document in yaml.safe_load_all(text):
        VALIDATOR.validate(document)


@pytest.mark.parametrize(
    "text",
    [
        "match: {to: +19195550100, text: 4770, tag: true}",
        "match: {to: [19195550100, '+1919*']}",
        "timeline: [{callback: message-sent, after: 0}]",
        "timeline: [{outcome: failed, error: 4770}, {outcome: failed, error: '${code}'}]",
        "retry: [1s, 2m, 1m30s]",
        "retry: {first: 1s, factor: 1.5, max: 1h, jitter: 0.1}",
        "expect: [{callback: message-sent, answered: 200}, {callback: message-sent, answered: [2xx, 503]}]",
        "endpoint: {answers: [500, reset, timeout, 200]}",
        "response: {status: 202, body: [1, two, null], headers: {Retry-After: 300}}",
        "timeline:",
    ],
)
def test_the_schema_accepts_what_the_loader_accepts(text):
    VALIDATOR.validate(yaml.safe_load(text))


@pytest.mark.parametrize(
    "text",
    [
        "descripton: x",
        "match: {kind: smms}",
        "timeline: [{callback: message-sent, after: 5}]",
        "timeline: [{callback: message-sent, after: soon}]",
        "timeline: [{replay: x}]",
        "timeline: [{callback: message-sent, reply: x}]",
        "times: 0",
        "response: {status: 700}",
        "endpoint: {answers: [600]}",
    ],
)
def test_the_schema_refuses_what_the_loader_refuses(text):
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(yaml.safe_load(text))
