"""The commands as a user runs them: real processes, real ports, and the errors that are printed."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path

import pytest
from typer import rich_utils

from mockbw import __version__
from mockbw.cli import main
from tests.support import APPLICATION, RECIPIENT, SENDER


def mockbw(*arguments: str, timeout: float = 60) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    command = [sys.executable, "-m", "mockbw", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"}
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=environment, check=False)


@contextmanager
def serving(*arguments: str, ready: str) -> Iterator[tuple[subprocess.Popen[str], re.Match[str]]]:
    """Run a command until the block ends, from the moment it printed a line that matches ``ready``."""
    command = [sys.executable, "-m", "mockbw", *arguments]
    environment = {**os.environ, "COLUMNS": "200", "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            seen = ""
            for line in process.stdout:
                seen += line
                if (found := re.search(ready, line)) is not None:
                    yield process, found
                    break
            else:
                pytest.fail(f"{arguments} never printed {ready!r}:\n{seen}")
        finally:
            process.kill()


def post(base: str) -> dict[str, object]:
    data = json.dumps({"from": SENDER, "to": RECIPIENT, "applicationId": APPLICATION, "text": "hi"}).encode()
    request = urllib.request.Request(
        f"{base}/api/v2/users/1/messages", data=data, headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        assert response.status == 202
        return dict(json.load(response))


def test_the_demo_shows_callbacks_and_retries_and_exits_with_0() -> None:
    done = mockbw("demo", "--day", "3s")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "00:00:01 message-sent 200" in lines
    assert "00:00:03 message-delivered 200" in lines
    assert f"00:00:01 message-failed 4432 {RECIPIENT} 200" in lines
    assert f"00:00:03 message-failed 4770 {RECIPIENT} 200" in lines
    assert any("attempt 13 200" in line for line in lines)
    # On a scaled clock, the time an answer takes is virtual time too: a slow machine makes fewer attempts in a day.
    assert sum(re.search(r"500 expired after \d+ attempts: dropped", line) is not None for line in lines) == 2


def test_an_endpoint_that_fails_twice_gets_three_attempts() -> None:
    with serving("endpoint", "--port", "0", "--fail-first", "2", ready=r"at (http://\S+)") as (endpoint, where):
        serve = ("serve", "--port", "0", "--callback-url", where[1], "--clock", "auto", "--edition", "2023", "--log", "human")
        with serving(*serve, ready=r"ready at (http://\S+)") as (_, server):
            message = post(server[1])
            assert endpoint.stdout is not None
            lines = [endpoint.stdout.readline() for _ in range(3)]
    assert [line.split("→")[-1].strip() for line in lines] == ["500", "500", "200"]
    assert all(str(message["id"]) in line for line in lines)


def test_a_server_stops_with_exit_code_0_on_sigterm() -> None:
    with serving("serve", "--port", "0", ready="ready at") as (process, _):
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_the_terminal_shows_where_a_scenario_became_invalid(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\n")
    with serving("serve", "--port", "0", "--scenarios", str(file), "--log", "human", ready="Ctrl-C stops it") as (server, _):
        file.write_text("name: mine\nmatsch: {}\n")
        server.send_signal(signal.SIGHUP)
        assert server.stdout is not None
        shown = "".join(takewhile(lambda line: "the scenarios stay as they were" not in line, server.stdout))
    assert f"{file}:2:1: " in shown
    assert "│ ^" in shown


@pytest.mark.parametrize("command", ["serve", "readyz"])
def test_without_a_terminal_nothing_for_terminals_is_loaded(command: str) -> None:
    """These are what a container runs, one of them every few seconds."""
    script = f"import sys, mockbw.cli.commands.{command}; print([name for name in sys.modules if name.split('.')[0] == 'rich'])"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_readyz_waits_until_the_server_is_ready(unused_tcp_port: int) -> None:
    command = [sys.executable, "-m", "mockbw", "readyz", "--wait", "--url", f"http://127.0.0.1:{unused_tcp_port}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.poll() is None
        with serving("serve", "--port", str(unused_tcp_port), ready="ready at"):
            out, _ = process.communicate(timeout=20)
    assert process.returncode == 0
    assert out == f"http://127.0.0.1:{unused_tcp_port} is ready\n"


def test_readyz_names_the_server_that_does_not_answer(unused_tcp_port: int) -> None:
    done = mockbw("readyz", "--url", f"http://127.0.0.1:{unused_tcp_port}")
    assert done.returncode == 1
    assert f"http://127.0.0.1:{unused_tcp_port} is not ready: " in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_in_use_is_named_with_the_option_that_changes_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = mockbw("serve", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} on 127.0.0.1 is in use by another program" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--scenarios", "no-such-folder"), "no-such-folder:1:1: no such file or folder"),
        (("--edition", "2019"), "2018-01"),
        (("--day", "5"), "the duration '5' lacks a unit: write 5s or 5ms"),
        (("--clock", "fast"), "'fast'"),
        (("--credentials", "nobody"), "USER:PASSWORD"),
        (("--callback-url", "localhost:5000"), "http"),
    ],
)
def test_a_wrong_option_is_explained_before_anything_starts(
    arguments: tuple[str, ...], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["mockbw", "serve", "--port", "0", *arguments])
    monkeypatch.setattr(rich_utils, "MAX_WIDTH", 200)
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 2
    assert said in capsys.readouterr().err


def test_a_broken_scenario_is_shown_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("name: broken\ntimeline:\n  - callback: message-sent\n    aftr: 2s\n")
    done = mockbw("serve", "--port", "0", "--scenarios", str(tmp_path))
    assert done.returncode == 2
    assert f"{broken}:4:5: unknown key 'aftr'" in done.stderr
    assert "    aftr: 2s" in done.stderr
    assert "Did you mean 'after'?" in done.stderr


def test_help_names_the_command_to_try_first() -> None:
    done = mockbw("--help")
    assert done.returncode == 0
    assert "mockbw demo" in done.stdout


def test_the_version_is_the_packages() -> None:
    assert mockbw("--version").stdout == f"mockbw {__version__}\n"
