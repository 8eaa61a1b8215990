"""What the README says is true: its commands, its test, its scenario, its table, its links."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from mockbw.cli import COMMANDS
from mockbw.config.settings import Settings
from mockbw.core.clock import ClockMode
from mockbw.scenario.loader import load_text
from mockbw.scenario.shipped import shipped_folder
from mockbw.testing import ServerThread
from tests.support import CoreBench

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_table_of_magic_numbers_is_what_the_shipped_file_says() -> None:
    shipped = yaml.safe_load_all((shipped_folder() / "magic-numbers.yaml").read_text(encoding="utf-8"))
    said = [scenario["description"].split(": ", 1) for scenario in shipped]
    table = re.findall(r"^\| `(\+1 999 555 \w{4})` \| (.*?) \|$", README, re.MULTILINE)
    assert table == [(number, what) for number, what in said]


def test_the_scenario_plays_as_it_reads() -> None:
    (scenario,) = blocks("yaml")
    assert [source.name for source in load_text(scenario)] == ["spam-then-silence"]
    bench = CoreBench(scenario)
    bench.post()
    bench.run()
    assert bench.events == [(500, "message-sent"), (2500, "message-failed"), (62_500, "message-received")]


def test_every_command_exists_and_every_flag_is_known() -> None:
    named = set(re.findall(r"mockbw ([a-z]+)", "\n".join([*blocks("sh"), *re.findall(r"`(mockbw [^`]+)`", README)])))
    assert {"serve", "endpoint", "validate", "explain", "play"} <= named
    assert named <= set(COMMANDS)


def test_make_knows_the_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"make (\w+)", "\n".join(blocks("sh"))):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="the README posts with curl, which is not installed")
def test_the_message_posted_by_hand_is_accepted() -> None:
    (command,) = [block for block in blocks("sh") if block.startswith("curl")]
    with ServerThread(Settings(port=0, clock=ClockMode.MANUAL)) as server:
        words = shlex.split(command.replace("http://127.0.0.1:8080", server.double.url).replace("\\\n", " "))
        done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.startswith("HTTP/1.1 202 Accepted")
    assert '"text":"Your table is ready"' in done.stdout


APPLICATION = """
import json, threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest


class App:
    def __init__(self, url, mockbw):
        self.url, self.mockbw, self.statuses = url, mockbw, {}

    def remind(self, number):
        body = {"from": "+19195550199", "to": [number], "text": "Tomorrow at nine", "applicationId": "app-1"}
        request = urllib.request.Request(
            f"{self.mockbw.base_url}/users/{self.mockbw.account_id}/messages",
            data=json.dumps(body).encode(), headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()

    def status_of(self, message):
        return self.statuses[message]


@pytest.fixture
def app(mockbw):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            for event in json.loads(self.rfile.read(int(self.headers["Content-Length"]))):
                application.statuses[event["message"]["id"]] = event["type"].removeprefix("message-")
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    application = App(f"http://127.0.0.1:{server.server_port}", mockbw)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield application
    server.shutdown()
    server.server_close()
"""


def test_the_test_passes(pytester: pytest.Pytester) -> None:
    (test,) = blocks("python")
    pytester.makeconftest(APPLICATION)
    pytester.makepyfile(test)
    pytester.runpytest_subprocess("-q", "-p", "no:cacheprovider").assert_outcomes(passed=1)
