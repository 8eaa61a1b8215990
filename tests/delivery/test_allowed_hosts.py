from __future__ import annotations

import pytest
from aiohttp import web

from mockbw.config.settings import Settings
from mockbw.core.account import InboundDraft
from mockbw.core.clock import ClockMode
from mockbw.core.model import Fault
from mockbw.core.settings import AccountSettings
from mockbw.delivery.allowed_hosts import AllowedHosts
from mockbw.server.mock_bandwidth import MockBandwidth
from tests.support import Endpoint


@pytest.mark.parametrize(
    ("patterns", "host", "allowed"),
    [
        ((), "anything.example.com", True),
        (("app",), "app", True),
        (("app",), "APP.", True),
        (("app",), "app.example.com", False),
        (("*.example.com",), "a.b.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "evilexample.com", False),
        (("10.0.0.0/8",), "10.1.2.3", True),
        (("10.0.0.0/8",), "169.254.169.254", False),
        (("10.0.0.0/8",), "app", False),
        (("::1",), "[::1]", True),
        (("*",), "app", True),
        (("app",), None, False),
    ],
)
def test_a_host_is_allowed_by_name_by_ending_or_by_network(patterns: tuple[str, ...], host: str | None, allowed: bool) -> None:
    assert AllowedHosts(patterns).allows(host) is allowed


async def test_a_callback_to_a_forbidden_host_is_never_sent(endpoint: Endpoint) -> None:
    settings = Settings(port=0, callback_url=endpoint.url, callback_hosts=("app.internal",), clock=ClockMode.MANUAL)
    async with MockBandwidth(settings) as double:
        account = double.account("1")
        account.receive(InboundDraft("+19195550100", ("+19195550199",), "yes"))
        await account.advance(1000)
        outcome = account.records.callbacks["cb-1"].attempts[0].outcome
    assert outcome is not None
    assert outcome.fault is Fault.FORBIDDEN
    assert outcome.detail == "callbacks to 127.0.0.1 are not allowed: see callback-hosts"
    assert endpoint.bodies == []


async def test_a_redirect_does_not_lead_to_a_forbidden_host(endpoint: Endpoint) -> None:
    async def elsewhere(*_: object) -> web.StreamResponse:
        return web.Response(status=307, headers={"Location": endpoint.url.replace("127.0.0.1", "localhost")})

    endpoint.react = elsewhere
    account_settings = AccountSettings(redirects="follow")
    settings = Settings(
        port=0, callback_url=endpoint.url, callback_hosts=("127.0.0.1",), clock=ClockMode.MANUAL, account=account_settings
    )
    async with MockBandwidth(settings) as double:
        account = double.account("1")
        account.receive(InboundDraft("+19195550100", ("+19195550199",), "yes"))
        await account.advance(1000)
        outcome = account.records.callbacks["cb-1"].attempts[0].outcome
    assert outcome is not None
    assert outcome.fault is Fault.FORBIDDEN
    assert len(endpoint.bodies) == 1
