"""The commands that query a running server: ``send``, ``text``, ``messages``, ``record`` and ``advance``."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from mockbw.cli import app
from mockbw.client import ControlClient
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.errors import RemoteError
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import START

NOWHERE = "http://127.0.0.1:9/callbacks"


@contextmanager
def served(**settings: Any) -> Iterator[MockBandwidth]:
    """Run a server in a thread of its own, so that a command can call it over HTTP."""
    chosen = {"port": 0, "clock": ClockMode.MANUAL, "start": START, "seed": "1", "grace": 0, "callback_url": NOWHERE, **settings}
    double = MockBandwidth(Settings(**chosen))
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(double.start(), loop).result(10)
        yield double
    finally:
        asyncio.run_coroutine_threadsafe(double.stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture(scope="module")
def double() -> Iterator[MockBandwidth]:
    with served() as running:
        yield running


@pytest.fixture(autouse=True)
def no_accounts(double: MockBandwidth) -> None:
    with ControlClient(double.url) as client:
        for account in client.get("accounts")["accounts"]:
            client.call("DELETE", f"accounts/{account['name']}")


@pytest.fixture
def mockbw(double: MockBandwidth):
    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env={"MOCKBW_URL": double.url, **environment})

    return run


def posted(mockbw, *arguments: str) -> str:
    result = mockbw("send", *arguments, "--json")
    assert result.exit_code == 0, result.output
    return str(json.loads(result.output)["answer"]["id"])


def test_send_posts_a_message_and_prints_its_id(mockbw):
    result = mockbw("send", "Hello", "--to", "+19195550100", "--tag", "greeting")
    assert result.exit_code == 0
    assert result.output.startswith("202 ")
    listed = json.loads(mockbw("messages", "--json").output)
    assert [(m["text"], m["to"], m["tag"]) for m in listed] == [("Hello", ["+19195550100"], "greeting")]
    assert listed[0]["id"] in result.output


def test_a_refused_message_is_reported_with_the_platforms_error(mockbw):
    result = mockbw("send", "Hello", "--to", "123")
    assert result.exit_code == 1
    assert result.output.splitlines()[0] == "400 Your request could not be accepted"
    assert result.output.splitlines()[1].startswith("  to: '123' must be replaced with a valid E164")


def test_text_is_received_by_the_application(mockbw):
    result = mockbw("text", "STOP", "--from", "+19195550100", "--to", "+19195550199")
    assert result.exit_code == 0
    assert result.output.startswith("received +19195550199 ")
    listed = mockbw("messages", "--direction", "in")
    assert "sms   ← +19195550100  received  STOP" in listed.output


def test_messages_are_listed_newest_first_in_a_line_each(mockbw):
    first = posted(mockbw, "one", "--to", "+19195550101")
    second = posted(mockbw, "two", "--to", "+19195550102", "--to", "+19195550103")
    lines = mockbw("messages").output.splitlines()
    assert lines == [
        f"{second}  01-24 16:00:00  group → +19195550102 and 1 more  accepted  two",
        f"{first}  01-24 16:00:00  sms   → +19195550101  accepted  one",
    ]


def test_messages_exits_with_1_when_none_match(mockbw):
    posted(mockbw)
    assert mockbw("messages", "--to", "+1919*", "--status", "accepted").exit_code == 0
    result = mockbw("messages", "--to", "+1000", "--status", "accepted")
    assert (result.exit_code, result.output) == (1, "None of the 1 messages of account 9900000 match\n")


def test_one_message_is_shown_with_its_history(mockbw):
    identity = posted(mockbw, "Your table is ready")
    mockbw("advance", "--steps", "1")
    result = mockbw("messages", identity)
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0] == f"{identity}  sms from the application, sent"
    assert "  plays       the edition's own timeline" in lines
    assert f"  message-sent  waiting  cb-1 to {NOWHERE}" in lines
    assert any(line.startswith("    2018-01-24T16:00:01.000Z  attempt 1  refused  ") for line in lines)
    assert "  message-delivered +19195550100  due 2018-01-24T16:00:03.000Z" in lines


def test_advance_prints_the_attempts_made_on_the_way(mockbw):
    posted(mockbw)
    result = mockbw("advance", "10s")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        "  2018-01-24T16:00:01.000Z  message-sent  refused",
        "  2018-01-24T16:00:03.000Z  message-delivered  refused",
        "2018-01-24T16:00:10.000Z  +10s  2 attempts, 0 delivered, 0 expired  next in 21s",
    ]


def test_advance_until_idle_ends_every_callback(mockbw):
    posted(mockbw)
    result = mockbw("advance", "--until-idle", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["expired"] == 2


def test_advance_exits_with_1_when_the_clock_is_held(mockbw, double):
    posted(mockbw)
    with ControlClient(double.url) as client:
        client.call("PUT", "accounts/9900000/clock/holds/breakfast")
    result = mockbw("advance", "1h")
    assert (result.exit_code, result.output) == (1, "error: the clock cannot move: held by breakfast\n")


@pytest.mark.parametrize("arguments", [(), ("1h", "--steps", "1")])
def test_advance_takes_exactly_one_target(mockbw, arguments):
    posted(mockbw)
    result = mockbw("advance", *arguments)
    assert result.exit_code == 2
    assert "give exactly one of DURATION, --to, --steps and --until-idle" in " ".join(result.output.replace("│", " ").split())


def test_several_accounts_require_a_choice(mockbw):
    posted(mockbw, "--account", "one")
    posted(mockbw, "--account", "two")
    result = mockbw("messages")
    assert str(result.exception) == "there are 2 accounts: one, two. Choose one with --account"
    assert mockbw("messages", "--account", "two").exit_code == 0


def test_an_invalid_value_gets_the_servers_explanation(mockbw):
    posted(mockbw)
    result = mockbw("messages", "--status", "deliverd")
    assert isinstance(result.exception, RemoteError)
    assert str(result.exception).endswith("not 'deliverd'. Did you mean 'delivered'?")


def test_an_unreachable_server_is_reported_with_what_to_do():
    result = CliRunner().invoke(app, ["messages", "--url", "http://127.0.0.1:9"])
    assert isinstance(result.exception, RemoteError)
    assert str(result.exception).startswith("http://127.0.0.1:9 cannot be reached: ")
    assert str(result.exception).endswith("Is it running? Start it with: mockbw serve")


def test_an_invalid_address_is_reported_as_such():
    result = CliRunner().invoke(app, ["messages", "--url", "localhost:8080"])
    assert str(result.exception) == "'localhost:8080' is not a valid address. Write it as http://127.0.0.1:8080"


def test_a_control_token_is_sent_along():
    with served(control_token="open-sesame") as double:
        refused = CliRunner().invoke(app, ["messages"], env={"MOCKBW_URL": double.url})
        assert str(refused.exception) == ("the control token is missing. Give it with --token, or set MOCKBW_CONTROL_TOKEN")
        environment = {"MOCKBW_URL": double.url, "MOCKBW_CONTROL_TOKEN": "open-sesame"}
        assert CliRunner().invoke(app, ["send"], env=environment).exit_code == 0
        assert CliRunner().invoke(app, ["messages"], env=environment).exit_code == 0


def test_a_message_is_recorded_as_a_scenario_that_reproduces_it(mockbw, tmp_path):
    identity = posted(mockbw, "Costs ${5}", "--to", "+19995554770")
    assert mockbw("advance", "48h").exit_code == 0
    file = tmp_path / "strange-day.yaml"
    assert mockbw("record", identity, "-o", str(file)).exit_code == 0
    assert mockbw("record", identity).output == file.read_text()
    assert "endpoint:\n  answers: [reset]\n" in file.read_text()
    played = mockbw("play", str(file), "--sample-endpoint")
    assert played.exit_code == 0, played.output
    assert "✓ expected message-failed 4770 1 time, in 30 attempts, finally expired" in played.output


def test_recording_an_unknown_message_is_an_error(mockbw):
    posted(mockbw)
    assert "nope" in str(mockbw("record", "nope").exception)


def test_clock_shows_the_time_the_pace_and_what_is_due_and_changes_the_mode(mockbw):
    posted(mockbw)
    assert mockbw("clock").output.splitlines()[1:] == [
        "mode  manual",
        "pace  0: a manual clock moves only when it is advanced",
        "next  2018-01-24T16:00:01.000Z, in 1s",
    ]
    changed = json.loads(mockbw("clock", "scaled", "--day", "24h", "--json").output)
    assert (changed["mode"], changed["rate"]) == ("scaled", 1.0)
    assert "mode  scaled, 1 times the wall at most" in mockbw("clock").output


def test_the_command_that_an_error_names_makes_the_next_one_work(mockbw):
    posted(mockbw)
    mockbw("clock", "real")
    refused = mockbw("advance", "24h")
    assert refused.exit_code == 1
    (command,) = re.findall(r"\(mockbw (.+)\)", refused.output)
    assert mockbw(*command.split()).exit_code == 0
    assert mockbw("advance", "24h").exit_code == 0


def test_a_mode_that_does_not_exist_is_refused_with_those_that_do(mockbw):
    result = mockbw("clock", "fast")
    assert result.exit_code == 2
    assert "manual" in result.output
