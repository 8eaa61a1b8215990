"""``mockbw check`` on the command line: what a person reads, and what CI relies on."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

from mockbw.cli import app

runner = CliRunner()

BASICS = ["--only", "basics"]


class _Receiver(BaseHTTPRequestHandler):
    answer = 200

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.server.answer)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def receiver() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Receiver)
    server.answer = 200
    server.url = f"http://127.0.0.1:{server.server_port}/callbacks"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def test_a_good_endpoint_gets_the_grade_ready(receiver):
    result = runner.invoke(app, ["check", receiver.url, *BASICS])
    assert result.exit_code == 0
    assert " ✓ plain-callback       A callback is answered 2xx" in result.output
    assert "Grade: ready" in result.output
    assert "Fix first" not in result.output


def test_a_bad_endpoint_gets_what_to_fix_first_and_fails_the_build(receiver):
    receiver.answer = 403
    result = runner.invoke(app, ["check", receiver.url, *BASICS])
    assert result.exit_code == 1
    assert "message-delivered was answered 403 instead of 2xx" in result.output
    assert "Exempt the endpoint from CSRF protection" in " ".join(result.output.split())


def test_with_json_nothing_else_is_printed(receiver):
    result = runner.invoke(app, ["check", receiver.url, *BASICS, "--json"])
    assert json.loads(result.output)["grade"] == "ready"


def test_fail_on_never_makes_the_exit_code_0(receiver):
    receiver.answer = 500
    assert runner.invoke(app, ["check", receiver.url, *BASICS, "--fail-on", "never"]).exit_code == 0


def test_the_html_and_junit_reports_are_written(receiver, tmp_path):
    page, results = tmp_path / "report.html", tmp_path / "report.xml"
    runner.invoke(app, ["check", receiver.url, *BASICS, "--html", str(page), "--junit", str(results)])
    assert page.read_text().startswith("<!doctype html>")
    assert results.read_bytes().startswith(b"<?xml")


def test_the_drills_are_listed_with_what_they_require():
    output = runner.invoke(app, ["check", "--list"]).output
    assert "  duplicates           The same event twice  must\n" in output
    assert "Wrong credentials are refused  must  needs --user and --password\n" in output


def test_options_come_from_a_file_and_flags_override_it(receiver, tmp_path):
    file = tmp_path / "check.yaml"
    file.write_text(f"url: {receiver.url}\nonly: [basics]\nskip: received-sms\nedition: '2023'\ntimeout: 5s\n")
    data = json.loads(runner.invoke(app, ["check", "--config", str(file), "--edition", "2018-01", "--json"]).output)
    assert (data["url"], data["edition"], data["limit"]) == (receiver.url, "2018-01", 5000)
    assert [drill["drill"] for drill in data["drills"]] == ["plain-callback", "unknown-message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check"], "give the endpoint to check: mockbw check http://localhost:5000/callbacks"),
        (["check", "localhost:5000"], "'localhost:5000' is not a valid URL, such as http://localhost:5000/callbacks"),
        (["check", "http://localhost:5000", "--user", "me"], "--user needs a --password"),
        (["check", "http://localhost:5000", "--down", "true"], "--down and --up must be given together"),
    ],
)
def test_mistakes_are_explained(arguments, words):
    result = runner.invoke(app, arguments, env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert words in " ".join(result.output.replace("│", " ").split())
