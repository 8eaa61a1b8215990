"""Programs as users write them, for the type checker alone. Each ignore stands for a mistake that it must find."""

from __future__ import annotations

from pathlib import Path
from typing import Any, assert_type

from mockbw import (
    AccountSettings,
    Application,
    AsyncMockAccount,
    ClockMode,
    Credentials,
    MockAccount,
    MockBandwidth,
    MockbwError,
    NamedAccount,
    RetrySchedule,
    ServerLimits,
    ServerThread,
    Settings,
    Tls,
    __version__,
)
from mockbw.client import ControlClient
from mockbw.errors import ClockError, RemoteError, ScenarioError, StartError, UnknownError
from mockbw.sdk import configuration
from mockbw.testcontainers import MockbwContainer

settings = Settings(
    port=0,
    clock=ClockMode.MANUAL,
    scenarios=(Path("scenarios"),),
    account=AccountSettings(retry=RetrySchedule(delays=(5_000, 60_000)), rate=5),
    accounts={
        "9900000": NamedAccount(
            AccountSettings(
                strict=True,
                applications={"app-1": Application("app-1", outbound_url="http://localhost:5000/callbacks")},
                numbers={"+19195550199": "app-1"},
            )
        )
    },
    credentials=(Credentials("user", "password"),),
    limits=ServerLimits(body=100_000),
    tls=Tls(port=0),
)


async def serve() -> None:
    async with MockBandwidth(settings) as double:
        assert_type(double.base_url, str)
        assert_type(double.tls_port, int | None)
    try:
        await MockBandwidth().start()
    except StartError as error:
        raise SystemExit(str(error)) from None


def script() -> None:
    with ServerThread(settings) as server, MockAccount(server, "9900000", clock="manual") as mockbw:
        mockbw.settle()
        assert_type(mockbw.timeline, str)
        configuration(mockbw, username="user")
    configuration("http://127.0.0.1:8080/api/v2")


async def async_script(server: ServerThread) -> None:
    async with AsyncMockAccount(server) as mockbw:
        await mockbw.settle()


def remote() -> None:
    with ControlClient("http://127.0.0.1:8080", token="secret", timeout=5) as client:
        assert_type(client.get("accounts", limit=10), Any)
        status, answer = client.post_message("9900000", {"text": "hi"}, Credentials("user", "password"))
        assert_type(status, int)
        assert_type(answer, dict[str, Any])


def container() -> None:
    mockbw = MockbwContainer(callback_url="http://host.docker.internal:5000/callbacks", scenarios=Path("scenarios"))
    assert_type(mockbw.base_url, str)
    assert_type(mockbw.control_headers, dict[str, str])


def errors(error: MockbwError) -> None:
    match error:
        case ScenarioError():
            assert_type(error.problems[0].line, int)
        case UnknownError():
            assert_type(error.suggestion, str | None)
        case ClockError():
            assert_type(error.holds, tuple[str, ...])
        case RemoteError():
            assert_type(error.status, int | None)


def mistakes() -> None:
    Settings(prot=8080)  # type: ignore[call-arg]
    Settings(clock="manual")  # type: ignore[arg-type]  # ClockMode.MANUAL
    settings.port = 8081  # type: ignore[misc]  # frozen
    AccountSettings(retry=[5, 60])  # type: ignore[arg-type]
    Application()  # type: ignore[call-arg]  # which one?
    MockbwContainer(callback_url=5000)  # type: ignore[arg-type]
    ControlClient("http://127.0.0.1:8080", "secret", 5)  # type: ignore[call-arg]  # the timeout is named
    assert_type(__version__, str)
