"""What ``mockbw explain`` prints."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from mockbw.cli import app
from mockbw.cli.console import stdout

runner = CliRunner()


def test_a_scenario_is_drawn_with_every_retry(monkeypatch):
    monkeypatch.setattr(stdout, "_width", 100)
    result = runner.invoke(app, ["explain", "carrier-spam", "--answers", "500,timeout,200"])
    assert result.exit_code == 0
    rows = [line.split() for line in result.output.splitlines() if "message-failed" in line and "again" in line]
    assert [(row[0], row[-6:]) for row in rows] == [
        ("3s", ["+19195550100", "1", "500", "again", "after", "30s"]),
        ("33s", ["+19195550100", "2", "timeout", "again", "after", "1m"]),
    ]
    assert "✗ expected message-failed 4770 1 time, in 1 attempt, answered 2xx" in result.output
    assert "but message-failed 4770 about +19195550100 took 3 attempts, not 1" in result.output


def test_the_same_as_json_for_programs():
    result = runner.invoke(app, ["explain", "refused-country", "--json"])
    [schedule] = json.loads(result.output)
    assert schedule["scenario"] == "refused-country"
    assert schedule["rows"] == [
        {"at": 0, "what": "accepted", "text": "SMS from +19195550199 to +19195550100 is accepted"},
        {
            "at": 1000,
            "what": "attempt",
            "text": "message-failed 4432 +19195550100",
            "callback": "cb-1",
            "event": "message-failed",
            "recipient": "+19195550100",
            "error": 4432,
            "attempt": 1,
            "answer": "200",
            "ends": "delivered",
        },
    ]
    assert [entry["differences"] for entry in schedule["expect"]] == [[], []]


def test_every_kind_of_step_has_its_place_on_the_axis(tmp_path, monkeypatch):
    monkeypatch.setattr(stdout, "_width", 120)
    file = tmp_path / "all.yaml"
    file.write_text(
        "timeline:\n"
        "  - {callback: message-sent, after: 1s, dropped: true}\n"
        "  - {outage: 10m, after: 1m}\n"
        "  - {set-state: away}\n"
        "  - {reply: hi, after: 1h}\n"
    )
    result = runner.invoke(app, ["explain", str(file)])
    assert result.exit_code == 0
    axis = next(line for line in result.output.splitlines() if line.startswith("message  "))
    assert "┼" in axis
    assert "○" in axis
    assert "▒▒▒" in axis
    assert "◆" in axis
    assert "the API answers 503 for 10m" in result.output
    assert "message-sent: dropped by the scenario all" in result.output


def test_an_invalid_answer_is_an_error(tmp_path):
    result = runner.invoke(app, ["explain", "expiry", "--answers", "500,never"])
    assert result.exit_code == 2
    assert "'never' is not a valid answer: write a status from 200 to 599, reset or timeout" in " ".join(
        result.output.replace("│", " ").split()
    )
