"""What ``mockbw serve`` does on signals, and what it writes to its log."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.process import ServeProcess
from tests.support import APPLICATION, SENDER

MESSAGE = {"from": SENDER, "to": "+19195550100", "text": "a text that is nobody's business", "applicationId": APPLICATION}


async def posted(server: ServeProcess, password: str = "x") -> int:
    headers = {"Authorization": "Basic dXNlcjo=" if not password else "Basic dXNlcjpwYXNz"}
    async with (
        ClientSession() as client,
        client.post(f"{server.url}/api/v2/users/1/messages", json=MESSAGE, headers=headers) as response,
    ):
        return response.status


async def test_sighup_reloads_the_configuration_and_a_broken_one_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "mockbw.yaml"
    file.write_text("edition: 2018-01\n")
    server = ServeProcess(folder=tmp_path)
    await server.start()
    assert await posted(server) == 202
    assert server.process is not None

    file.write_text("credentials: [other:other]\nday: 5s\n")
    server.process.send_signal(signal.SIGHUP)
    await server.said("read again")
    assert (await server.said("these take effect"))["message"] == "these take effect at the next start: day"
    assert await posted(server) == 401
    refused = await server.said("POST /api/v2/users/1/messages answered 401")
    assert (refused["level"], refused["account"], refused["status"]) == ("info", "1", 401)

    file.write_text("credentails: [user:pass]\n")
    server.process.send_signal(signal.SIGHUP)
    kept = await server.said("the configuration stays as it was")
    assert "Did you mean 'credentials'?" in kept["message"]
    assert await posted(server) == 401

    file.write_text("")
    server.process.send_signal(signal.SIGHUP)
    await server.said("read again")
    assert await posted(server) == 202
    assert await server.kill(signal.SIGTERM) == 0


async def test_beyond_loopback_without_a_token_the_log_warns_that_the_control_api_is_closed() -> None:
    server = ServeProcess("--host", "0.0.0.0")
    await server.start()
    warned = await server.said("the control API is closed")
    assert warned["level"] == "warning"
    assert await server.kill(signal.SIGINT) == 0


async def test_a_scenario_that_became_invalid_is_logged_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("name: mine\n")
    server = ServeProcess("--scenarios", str(file))
    await server.start()
    assert server.process is not None
    file.write_text("name: mine\nmatsch: {}\n")
    server.process.send_signal(signal.SIGHUP)
    wrong = await server.said(f"{file}:2:1: ")
    assert (wrong["level"], wrong["file"], wrong["line"], wrong["column"]) == ("error", str(file), 2, 1)
    assert "Did you mean 'match'?" in wrong["message"]
    assert (await server.said("the scenarios stay"))["level"] == "error"
    assert await server.kill(signal.SIGTERM) == 0


class _Terminal:
    """``mockbw serve`` as a person sees it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process, self.shown = process, ""
        self.url = ""

    async def shows(self, text: str) -> str:
        """Read on until a line with that text, and return it."""
        assert self.process.stdout is not None
        async with asyncio.timeout(60):  # not to wait for ever for what never comes
            async for line in self.process.stdout:
                self.shown += line.decode()
                if text in line.decode():
                    return line.decode()
        raise AssertionError(f"the server ended without {text!r}:\n{self.shown}")

    async def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        out, _ = await self.process.communicate()
        self.shown += out.decode()
        assert self.process.returncode == 0


@asynccontextmanager
async def terminal(*arguments: str, **streams: int) -> AsyncIterator[_Terminal]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "mockbw", "serve", "--port", "0", "--log", "human", *arguments),
        **{"stdout": asyncio.subprocess.PIPE, "stderr": asyncio.subprocess.DEVNULL, **streams},
    )
    seen = _Terminal(process)
    try:
        seen.url = (await seen.shows("is ready at")).split()[-1]
        yield seen
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


async def post_to(url: str) -> None:
    async with ClientSession() as client, client.post(f"{url}/api/v2/users/1/messages", json=MESSAGE) as response:
        assert response.status == 202


async def test_a_person_sees_each_message_and_what_becomes_of_its_callbacks_and_why() -> None:
    async with terminal("--callback-url", "http://127.0.0.1:1/callbacks") as server:
        await post_to(server.url)
        assert "SMS  to +19195550100" in await server.shows("POST /messages")
        assert "next attempt at" in await server.shows("message-delivered")
        await server.shows("http://127.0.0.1:1/callbacks: nothing listens at 127.0.0.1:1")
        await server.shows("use host.docker.internal")
        await server.end()
        assert MESSAGE["text"] not in server.shown


async def test_quiet_shows_where_it_is_ready_and_no_messages() -> None:
    async with terminal("--quiet") as server:
        await post_to(server.url)
        await server.end()
        assert "POST /messages" not in server.shown


async def test_whoever_starts_a_server_reads_what_todays_platform_does_otherwise() -> None:
    async with terminal() as server:
        assert "2018-01. Today's platform (2026) sends message-sent only on request" in await server.shows("edition")
        await server.end()
    logged = ServeProcess("--edition", "2026")
    await logged.start()
    assert await logged.said("edition") | {"time": ""} == {
        "time": "", "level": "info", "message": "edition 2026, today's platform", "edition": "2026",
    }  # fmt: skip
    assert await logged.kill(signal.SIGTERM) == 0


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_server_whose_streams_a_supervisor_has_closed_runs_and_ends_as_always(closed: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    # The shell closes the streams, and the server takes its place.
    command = f'exec "$0" -m mockbw serve --port {port} {closed}'
    with subprocess.Popen(["sh", "-c", command, sys.executable], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            url = f"http://127.0.0.1:{port}"
            ready = subprocess.run([sys.executable, "-m", "mockbw", "readyz", "--wait", "--url", url], check=False)
            assert ready.returncode == 0
            server.terminate()
            assert server.wait(30) == 0
        finally:
            server.kill()
