"""What ``mockbw serve`` does on signals, and what it writes to its log."""

from __future__ import annotations

import signal
from pathlib import Path

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
