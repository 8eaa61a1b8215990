"""``mockbw play``: scenarios played over real HTTP, judged, and reported to people and to CI."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

from mockbw.cli import app
from mockbw.errors import StartError

runner = CliRunner()

MIXED = """
name: good
timeline: [{callback: message-sent, after: 1s}]
expect: [{callback: message-sent, times: 1}]
---
name: bad
timeline: [{callback: message-sent, after: 1s}]
expect: [{callback: message-delivered}]
"""


@pytest.fixture
def mixed(tmp_path):
    file = tmp_path / "mixed.yaml"
    file.write_text(MIXED)
    return file


def test_a_day_of_retries_is_played_and_judged_at_once():
    result = runner.invoke(app, ["play", "expiry", "--sample-endpoint"])
    assert result.exit_code == 0
    assert "expired after 30 attempts: dropped" in result.output
    assert "✓ expected message-delivered 1 time, in 30 attempts, answered 500, finally expired" in result.output
    assert result.output.endswith("1 scenario, all as expected\n")


def test_what_is_not_as_expected_is_shown_and_fails_the_command(mixed):
    result = runner.invoke(app, ["play", str(mixed), "--sample-endpoint"])
    assert result.exit_code == 1
    assert "✗ expected message-delivered\n      but none was sent, only message-sent\n" in result.output
    assert result.output.endswith("1 of 2 scenarios not as expected: bad\n")


def test_name_selects_one_scenario(mixed):
    result = runner.invoke(app, ["play", str(mixed), "--sample-endpoint", "--name", "good"])
    assert result.exit_code == 0
    result = runner.invoke(app, ["play", str(mixed), "--sample-endpoint", "--name", "god"])
    assert str(result.exception) == "There is no scenario 'god'. Did you mean 'good'?"


def test_results_are_written_for_programs(mixed, tmp_path):
    report = tmp_path / "report.xml"
    result = runner.invoke(app, ["play", str(mixed), "--sample-endpoint", "--json", "--junit", str(report)])
    good, bad = json.loads(result.output)
    assert (good["scenario"], good["held"]) == ("good", True)
    assert bad["expect"] == [
        {"expected": "message-delivered", "held": False, "differences": ["none was sent, only message-sent"]}
    ]
    suite = ET.parse(report).getroot()
    assert (suite.attrib["tests"], suite.attrib["failures"]) == ("2", "1")
    assert [case.attrib["name"] for case in suite] == ["good", "bad"]
    assert suite.findtext("testcase/failure") == "expected message-delivered\n  but none was sent, only message-sent"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["play", "expiry"], "give an endpoint: --to URL or --sample-endpoint"),
        (
            ["play", "expiry", "--to", "localhost:5000"],
            "'localhost:5000' is not a valid URL, such as http://localhost:5000/callbacks",
        ),
    ],
)
def test_an_endpoint_must_be_given(arguments, said):
    result = runner.invoke(app, arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


def test_an_endpoint_where_nothing_listens_is_said_before_the_first_attempt():
    result = runner.invoke(app, ["play", "refused-country", "--to", "http://127.0.0.1:9/callbacks"])
    assert isinstance(result.exception, StartError)
    assert str(result.exception) == (
        "nothing listens at 127.0.0.1:9: start your application first, or play with --sample-endpoint"
    )
    assert result.output == ""


@pytest.mark.parametrize(("answer", "code", "said"), [("200", 0, "✓ expected every"), ("503", 1, "✗ expected every")])
def test_a_scenario_that_expects_nothing_fails_when_a_callback_is_never_answered(tmp_path, answer, code, said):
    file = tmp_path / "quiet.yaml"
    file.write_text(f"timeline: [{{callback: message-sent, after: 1s}}]\nendpoint: {{answers: [{answer}]}}\n")
    result = runner.invoke(app, ["play", str(file), "--sample-endpoint"])
    assert result.exit_code == code
    assert f"  {said} callback answered 2xx\n" in result.output
    assert ("but message-sent expired after 30 attempts" in result.output) is (code == 1)
